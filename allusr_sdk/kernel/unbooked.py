"""Options that ended without an entry: how they ended is inferred from what moved at the broker (B10, LQ-6, CAD-13).

Executions that tell an assignment are evidence for it and are never booked themselves: the difference between books and
broker is, so it is booked once, whichever comes first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from math import prod

from attrs import frozen

from allusr_sdk.kernel.amounts import fits
from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case
from allusr_sdk.kernel.gaps import Gap, gaps
from allusr_sdk.kernel.parting import parted
from allusr_sdk.kernel.shadow import named
from allusr_sdk.model.broker import key_of
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Assigned, Event, Exercised, Expired
from allusr_sdk.model.money import CENT, ZERO, usd
from allusr_sdk.model.options import MULTIPLIER, Contract

_MOST_WAYS = 4096


@frozen
class Gone:
    """Contracts that the broker holds no longer: `count` of them, `over` where their expiry has passed."""

    gap: Gap
    contract: Contract
    count: int
    over: bool

    @property
    def short(self) -> bool:
        """Whether they were written."""
        return self.gap.ours < 0

    @property
    def shares(self) -> int:
        """Shares that one of them brings when it is assigned or exercised; negative takes them."""
        return MULTIPLIER * (1 if self.contract.is_put is self.short else -1)


@frozen
class Way:
    """One way in which the options of a symbol may have ended: how many of each delivered shares."""

    delivered: tuple[tuple[Gone, int], ...]

    @property
    def cash(self) -> Decimal:
        """Dollars that the deliveries bring."""
        return usd(sum((-gone.shares * gone.contract.strike * count for gone, count in self.delivered), ZERO))


def unbooked(case: Case) -> Iterator[Finding]:
    """B10: what ended and is booked here, and what seems to have ended and fits in part only."""
    ended = _ended(case)
    ways = {symbol: found for symbol, gone in ended.items() if (found := _ways(symbol, gone, case))}
    chosen = _chosen(ways, case)
    for symbol, gone in ended.items():
        if symbol in chosen:
            yield from _booked(chosen[symbol], case)
        elif any(g.over for g in gone) or symbol in gaps(case):
            why = "shares fit, cash does not" if symbol in ways else "the shares that moved do not fit"
            yield from _unfit(gone, why, case)


def _ended(case: Case) -> dict[str, list[Gone]]:
    """By symbol, options of which the broker holds fewer than the books."""
    ended: dict[str, list[Gone]] = {}
    for gap in gaps(case).values():
        if gap.contract is None or gap.moved * gap.ours >= 0 or abs(gap.moved) > abs(gap.ours):
            continue
        if any(part * gap.ours < 0 for part in case.shadow.parts(gap.instrument).values()):
            continue  # ledgers that hold opposite sides net at the broker: who gave what is not known (CAD-13)
        gone = Gone(gap, gap.contract, abs(gap.moved), case.over(gap.contract.expiry))
        if gone.over or gone.short:
            ended.setdefault(gap.symbol, []).append(gone)
    return ended


# --- which way ---


def _ways(symbol: str, gone: Sequence[Gone], case: Case) -> list[Way]:
    """Ways that explain every share that moved. Before its expiry a contract ends by assignment alone."""
    if not all(map(_delivers, gone)):
        return []
    moved = gaps(case)[symbol].moved if symbol in gaps(case) else 0
    counts = [range(g.count + 1) if g.over else (g.count,) for g in gone]
    if prod(map(len, counts)) > _MOST_WAYS:
        return []
    tried = (Way(tuple(zip(gone, each, strict=True))) for each in product(*counts))
    return [way for way in tried if sum(g.shares * count for g, count in way.delivered) == moved]


def _delivers(gone: Gone) -> bool:
    kind = gone.contract.kind
    return not (kind.cash_settled or kind.adjusted)


def _chosen(ways: Mapping[str, Sequence[Way]], case: Case) -> dict[str, Way]:
    """The combination that cash fits too, by the last prices where several do; else what is certain without cash."""
    few = prod(map(len, ways.values())) <= _MOST_WAYS
    combinations = list(product(*ways.values())) if few else []
    fitting = [each for each in combinations if fits(case, sum((way.cash for way in each), ZERO))]
    if len(fitting) > 1:
        fitting = [each for each in fitting if all(_natural(way, case) for way in each)]
    if len(fitting) == 1:
        return dict(zip(ways, fitting[0], strict=True))
    return {symbol: each[0] for symbol, each in ways.items() if len(each) == 1 and _certain(each[0], case)}


def _natural(way: Way, case: Case) -> bool:
    """Whether all that expired in the money delivered, and nothing else did (LQ-6)."""
    for gone, count in way.delivered:
        close = case.ours.closes.get(gone.contract.underlying)
        if gone.over and (close is None or count != (gone.count if gone.contract.intrinsic(close) >= CENT else 0)):
            return False
    return True


def _certain(way: Way, case: Case) -> bool:
    return all(gone.over or _told(gone, count, case) for gone, count in way.delivered)


def _told(gone: Gone, count: int, case: Case) -> bool:
    """Whether executions without an order tell it: the option for nothing and shares at its strike, at one instant.

    Asked of what was written alone: nothing that is held long ends before its expiry.
    """
    theirs = [e for e in case.theirs.executions if not key_of(e.reference)]
    for at in {e.at for e in theirs}:
        now = [(named(e.instrument), e.price, e.quantity) for e in theirs if e.at == at]
        options = sum(q for name, price, q in now if (name, price) == (gone.gap.instrument, ZERO))
        shares = sum(q for name, price, q in now if (name, price) == (gone.contract.underlying, gone.contract.strike))
        if (options, shares) == (count, gone.shares * count):
            return True
    return False


# --- booking ---


def _booked(way: Way, case: Case) -> Iterator[Finding]:
    """Shares that come are booked before shares that go, for they may be the same."""
    order = sorted(way.delivered, key=lambda each: -each[0].shares)
    gone = [g for g, _ in order]
    if way.delivered and any(case.ours.closes.get(g.contract.underlying) is None for g in gone):
        yield from _unfit(gone, f"no last price of {gone[0].contract.underlying} is known", case)
        return
    entries = {g.gap.instrument: _entries(g, count, case) for g, count in order}
    if why := case.shadow.take([entry for each in entries.values() for entry in each]):
        yield from _unfit(gone, why, case)
        return
    for g, count in order:
        yield _finding(g, cause=_cause(g, count, case), mends=entries[g.gap.instrument])


def _entries(gone: Gone, count: int, case: Case) -> list[Event]:
    """What each ledger books: its part of `count` deliveries, and of what has expired worthless (CAD-13)."""
    parts = case.shadow.parts(gone.gap.instrument)
    took = parted(count, parts)
    rest = parted(gone.count - count, {name: abs(part) - took[name] for name, part in parts.items()})
    return [
        *(_delivery(gone, name, each, case) for name, each in took.items() if each),
        *(_expiry(gone, name, each, case) for name, each in rest.items() if each),
    ]


def _delivery(gone: Gone, ledger: str, count: int, case: Case) -> Event:
    settlement, quantity = usd(case.ours.closes[gone.contract.underlying]), count * (-1 if gone.short else 1)
    if not gone.short:
        return Exercised(
            ledger=ledger, symbol=gone.gap.symbol, rule="RECON B10", instrument=gone.gap.instrument, quantity=quantity,
            settlement=settlement,
        )  # fmt: skip
    return Assigned(
        ledger=ledger, symbol=gone.gap.symbol, rule="RECON B10", instrument=gone.gap.instrument, quantity=quantity,
        settlement=settlement, early=not gone.over, effective=None if gone.over else _night(case),
    )  # fmt: skip


def _expiry(gone: Gone, ledger: str, count: int, case: Case) -> Event:
    return Expired(
        ledger=ledger, symbol=gone.gap.symbol, rule="RECON B10", instrument=gone.gap.instrument,
        quantity=count * (-1 if gone.short else 1), settlement=usd(case.ours.closes[gone.contract.underlying]),
    )  # fmt: skip


def _night(case: Case) -> date:
    """The session whose night it was."""
    today = xnys().session(case.day)
    return case.day if today and case.theirs.at >= today.close else xnys().before(case.day).day


# --- words ---


def _cause(gone: Gone, count: int, case: Case) -> str:
    ended = "assigned" if gone.short else "exercised"
    if not gone.over:
        return f"{ended} overnight, before its expiry"
    if count in (0, gone.count):
        return f"{ended} at its expiry" if count else "expired worthless"
    return f"{count} {ended} at its expiry, {gone.count - count} expired worthless"


def _unfit(gone: Sequence[Gone], why: str, case: Case) -> Iterator[Finding]:
    for g in gone:
        case.settled.add(g.gap.instrument)
        yield _finding(g, cause=why if _delivers(g) else "what it delivers, or the cash it settles in, is not told")


def _finding(gone: Gone, *, cause: str, mends: Sequence[Event] = ()) -> Finding:
    gap = gone.gap
    return found(
        "B10", gap.instrument, worse=not mends, symbol=gap.symbol, ours=str(gap.ours), theirs=str(gap.theirs),
        what=f"{gap.instrument}: {gone.count} ended at the broker without an entry", cause=cause, mends=mends,
    )  # fmt: skip
