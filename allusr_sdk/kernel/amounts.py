"""Dollars on both sides: lines of the account, cash and net value (B14, B09, B12)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from attrs import evolve

from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case, seniority, signed
from allusr_sdk.ledger.lots import spread
from allusr_sdk.model.broker import CashLine
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import CashBooked, DividendReceived, Mended
from allusr_sdk.model.money import ZERO, cents, usd
from allusr_sdk.model.nodes import Receivable

CASH, NAV, MARKS = "cash", "nav", "marks"
AWAITED = "a dividend that was awaited"
_MARKS = "marks differ by less than anyone is asked about"
Paid = tuple[str, date]
Booking = CashBooked | DividendReceived
Due = dict[Paid, list[tuple[str, Receivable]]]


# --- B14 ---


def lines(case: Case) -> Iterator[Finding]:
    """B14: lines that are not booked; of a dividend that is, its payment, and what the broker tells otherwise."""
    paid = matched(case)
    for line in case.theirs.lines:
        if line.id in case.ours.lines or not case.ours.book.ledgers:
            continue
        booked = case.ours.dividends[paid[line.id]] if line.id in paid else ZERO
        due = _awaited(case, paid[line.id]) if line.id in paid else []
        if due or line.id not in paid or abs(line.amount - booked) > case.rules.money("RECON.line"):
            yield _line(line, booked, due, case)


def matched(case: Case) -> dict[str, Paid]:
    """Which booked dividend a line pays, by the line's id: the nearest before it that no other line has paid.

    Dividends are booked on the ex-date, and a broker pays days or weeks after it.
    """
    free, most = dict(case.ours.dividends), timedelta(days=case.rules.integer("RECON.dividend_days"))
    paid: dict[str, Paid] = {}
    for line in case.theirs.lines:
        mine = (p for p in free if line.kind == "dividend" and p[0] == line.symbol and line.amount > 0)
        may = [p for p in mine if timedelta(0) <= line.on - p[1] <= most]
        if may:
            paid[line.id] = max(may)
            del free[paid[line.id]]
    return paid


def _awaited(case: Case, paid: Paid) -> list[tuple[str, Receivable]]:
    """What ledgers await of a dividend."""
    ledgers = case.ours.book.ledgers.items()
    return [(name, one) for name, ledger in ledgers for one in ledger.awaited if (one.symbol, one.ex_day) == paid]


def _line(line: CashLine, booked: Decimal, due: Sequence[tuple[str, Receivable]], case: Case) -> Finding:
    mends: list[Booking] = [_received(ledger, one) for ledger, one in due]
    if abs(line.amount - booked) > case.rules.money("RECON.line") or not due:
        mends += [
            CashBooked(ledger=ledger, symbol=line.symbol, rule="RECON B14", line="", what=line.kind, amount=amount)
            for ledger, amount in shared(usd(line.amount - booked), _weights(line, case)).items()
        ]
    mends = [mend for mend in _named(line, mends) if mend.line not in case.ours.lines]
    case.shadow.take(mends)
    told = "is paid" if due and line.amount == booked else "is not in the books"
    return found(
        "B14", line.id, symbol=line.symbol, what=f"{line.kind} {line.id} of {line.on} {told}",
        ours=signed(booked), theirs=signed(line.amount), mends=mends,
        cause=_cause(line, booked),
    )  # fmt: skip


def _cause(line: CashLine, booked: Decimal) -> str:
    if not booked:
        return "a line of the account that no execution explains"
    return AWAITED if line.amount == booked else "the broker paid another amount"


def _received(ledger: str, one: Receivable) -> DividendReceived:
    return DividendReceived(ledger=ledger, symbol=one.symbol, rule="RECON B14", cash=one.cash, ex_day=one.ex_day)


def _named(line: CashLine, mends: Sequence[Booking]) -> Iterator[Booking]:
    """Each ledger's part under a name of its own; the last has the line's, so that then all of them are booked."""
    *others, last = mends
    for mend in others:
        part = "/paid" if isinstance(mend, DividendReceived) else ""
        yield evolve(mend, line=f"{line.id}/{mend.ledger}{part}")
    yield evolve(last, line=line.id)


def shared(amount: Decimal, weights: Mapping[str, int]) -> dict[str, Decimal]:
    """Dollars by ledger in whole cents, by weight; what gets nothing is left out, but for one."""
    names = seniority(weights)
    parts = dict(zip(names, spread(amount, [weights[name] for name in names]), strict=True))
    return {name: part for name, part in parts.items() if part} or {names[0]: amount}


def _weights(line: CashLine, case: Case) -> dict[str, int]:
    """Who a line belongs to: holders of the share by their shares, else all ledgers by their capital."""
    if holders := case.shadow.parts(line.symbol):
        return holders
    capital = {name: cents(ledger.base) for name, ledger in case.ours.book.ledgers.items() if ledger.base > 0}
    return capital or dict.fromkeys(case.ours.book.ledgers, 1)


# --- B09 ---


def fits(case: Case, amount: Decimal = ZERO) -> bool:
    """Whether the broker's cash is the books' and this, with or without dividends that are on their way."""
    gap, due = unexplained(case) - amount, _due(case)
    return any(abs(gap - _sum(due, some)) <= case.tolerance for some in _choices(due))


def unexplained(case: Case) -> Decimal:
    """Dollars that the broker has more than the books, less what a person explained of them."""
    return case.theirs.cash - case.shadow.cash - case.dollars("B09", CASH)


def _due(case: Case) -> Due:
    """Dividends that are awaited and that no line of the account has paid yet, the earliest payment first."""
    paid = set(matched(case).values())
    oldest = case.day - timedelta(days=case.rules.integer("RECON.dividend_days"))
    due: Due = {}
    awaited = ((name, one) for name, ledger in case.ours.book.ledgers.items() for one in ledger.awaited)
    for ledger, one in sorted(awaited, key=lambda each: (_paid_on(each[1]), each[1].symbol)):
        if (one.symbol, one.ex_day) not in paid and oldest <= one.ex_day:
            due.setdefault((one.symbol, one.ex_day), []).append((ledger, one))
    return due


def _paid_on(one: Receivable) -> date:
    return one.pay_day or one.ex_day


def _choices(due: Due) -> Iterator[tuple[Paid, ...]]:
    """What may have been paid: nothing, one of them, or the earliest of them together."""
    names = tuple(due)
    yield ()
    yield from ((name,) for name in names)
    yield from (names[:count] for count in range(2, len(names) + 1))


def _sum(due: Due, names: Sequence[Paid]) -> Decimal:
    return sum((one.cash for name in names for _, one in due[name]), ZERO)


def arrived(case: Case) -> Iterator[Finding]:
    """B14 of a broker that tells no lines: cash beyond the books' pays dividends whose day has come, as fits best."""
    gap = unexplained(case)
    due = {name: parts for name, parts in _due(case).items() if _paid_on(parts[0][1]) <= case.day}
    chosen = min(_choices(due), key=lambda some: abs(gap - _sum(due, some)))
    if abs(gap - _sum(due, chosen)) > case.tolerance:
        return
    for symbol, ex_day in chosen:
        mends = [_received(ledger, one) for ledger, one in due[symbol, ex_day]]
        case.shadow.take(mends)
        yield found(
            "B14", f"{symbol} {ex_day}", symbol=symbol, what=f"the dividend of {symbol} of {ex_day} is in the account",
            ours=signed(ZERO), theirs=signed(_sum(due, [(symbol, ex_day)])), mends=mends, cause=AWAITED,
        )  # fmt: skip


def cash(case: Case) -> Iterator[Finding]:
    """B09: the difference, not the balance, is compared and explained, so that it stays the same as cash moves."""
    if fits(case):
        return
    what = f"cash: the broker has {case.theirs.cash:,.2f}, the books {case.shadow.cash:,.2f}"
    yield found(
        "B09", CASH, what=what, ours="0.00",
        theirs=signed(case.theirs.cash - case.shadow.cash), cause="a transfer, a fee, or a trade that is not ours",
    )  # fmt: skip


# --- B12 ---


def net_value(case: Case) -> Iterator[Finding]:
    """B12, on the marks of the last close: nothing up to 0.10 %, noted up to 0.5 %, and a person's affair beyond.

    As of cash, the difference is what is noted or explained; what was noted counts on toward the 0.5 %.
    """
    theirs, ours = case.theirs.nav, case.ours.book.equity
    if theirs is None or case.shadow.pending or not _marked(case):
        return
    gap = usd(theirs - ours) - case.dollars("B09", CASH)
    same, most = (abs(theirs) * case.rules.money(key) for key in ("RECON.nav_same", "RECON.nav_marks"))
    tell = partial(found, "B12", what="net value", ours=f"{ours:,.2f}", theirs=signed(gap))
    left = gap - case.dollars("B12", NAV)
    if abs(left) > most:
        yield tell(NAV, worse=True, cause=f"the broker has {theirs:,.2f}: more than marks can differ by")
    elif min(abs(left), abs(gap - case.dollars("B12", MARKS))) > same:
        noted = Mended(rule="B12", subject=MARKS, how="explained", theirs=signed(gap), actor="engine", reason=_MARKS)
        yield tell(MARKS, cause="the broker marks otherwise", mends=[noted])


def _marked(case: Case) -> bool:
    """Whether no market was open since the books were valued."""
    valued, calendar = case.ours.book.valued, xnys()
    if valued is None:
        return False
    following = calendar.after(valued)
    return calendar.before(following.day).close <= case.theirs.at < following.open
