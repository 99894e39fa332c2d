"""Disposals as Form 8949 wants them (TX-1, TX-2), and what a tax year asks of the journal. Not tax advice.

`disposals` are those of the books: first in, first out, nothing disallowed. What the taxpayer's year makes of them is
worked out in `allusr_sdk.tax`, which reads the journal by `tax_entries` and `last_marks` alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import takewhile

from attrs import evolve, frozen
from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, or_, select

from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import decoded, utc_text
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.lots import Ended, How, contract_of
from allusr_sdk.ledger.outcomes import effective_day
from allusr_sdk.ledger.storage import asked
from allusr_sdk.ledger.tables import MOVES_UNITS, entries, postings
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Corrected, Event, Marked, Revalued
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import Contract

type _Entries = Select[int, str, str, str, str, str, str]

_LAPSED = "Expired (0.00)"
_RESULTS = ("4010", "4020", "4030", "4040", "4100")


@frozen
class Disposal:
    """What ended of one lot.

    Attributes:
        ledger: the sleeve's ledger.
        symbol: the underlying.
        contract: None for shares.
        quantity: signed units that ended; negative was written.
        acquired: day it was bought; for written options the day they were bought back or lapsed.
        sold: day it was sold or lapsed; for written options the day they were written.
        proceeds, cost: dollars; a lapsed side is zero.
        expired: whether it lapsed.
    """

    ledger: str
    symbol: str
    contract: Contract | None
    quantity: int
    acquired: date
    sold: date
    proceeds: Decimal
    cost: Decimal
    expired: bool

    @property
    def gain(self) -> Decimal:
        """Proceeds less cost, in dollars."""
        return self.proceeds - self.cost

    @property
    def long_term(self) -> bool:
        """Whether it was owned for more than a year; written options never are (s.1234(b))."""
        return self.quantity > 0 and self.sold > _anniversary(self.acquired)

    @property
    def section_1256(self) -> bool:
        """Whether it belongs on Form 6781: cash-settled index options (TX-5)."""
        return self.contract is not None and self.contract.kind.cash_settled

    @property
    def description(self) -> str:
        """Column (a)."""
        return described(self.symbol, self.contract, self.quantity)

    def form_8949(self) -> dict[str, str]:
        """The line's columns by letter, with its part and description."""
        lapsed_cost = self.expired and self.quantity < 0
        return {
            "part": "II" if self.long_term else "I",
            "desc": self.description,
            "b": f"{self.acquired:%m/%d/%Y}",
            "c": f"{self.sold:%m/%d/%Y}",
            "d": _LAPSED if self.expired and not lapsed_cost else f"{self.proceeds:.2f}",
            "e": _LAPSED if lapsed_cost else f"{self.cost:.2f}",
            "h": f"{self.gain:.2f}" if self.gain >= 0 else f"({-self.gain:.2f})",
        }


def described(symbol: str, contract: Contract | None, quantity: int) -> str:
    """Column (a) of Form 8949: ``2 AAPL 05/22/26 P210 written`` or ``100 MSFT``; negative was written."""
    if contract is None:
        return f"{abs(quantity)} {symbol}"
    text = f"{abs(quantity)} {contract.root} {contract.expiry:%m/%d/%y} {contract.right}{contract.strike.normalize():f}"
    return f"{text} written" if quantity < 0 else text


def disposals(run: Run) -> tuple[Disposal, ...]:
    """Every disposal of a run, in order of the journal; what an assignment carried into shares has no line.

    What a broker corrected after the end is in the newest line of its kind.
    """
    fold = Fold()
    found: list[Disposal] = []
    for entry in run.entries():
        if isinstance(entry.event, Corrected):
            _correct(found, entry.event, fold, entry.at)
        else:
            found += _disposals(entry.event, fold, entry.at)
        fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
    return tuple(found)


def form_8949(found: Iterable[Disposal]) -> tuple[dict[str, str], ...]:
    """Lines of Form 8949, without what belongs on Form 6781."""
    return tuple(d.form_8949() for d in found if not d.section_1256)


@frozen
class TaxEntry:
    """An entry that a tax year reads: number, New York date of its instant, event."""

    seq: int
    day: date
    event: Event


def tax_entries(
    run: Run, kinds: Sequence[type[Event]], first: date | None = None, last: date | None = None
) -> Iterator[TaxEntry]:
    """Entries of some kinds in order, without postings, between two New York dates, both included."""
    chosen = _of_kinds(run, kinds)
    numbers = chosen.with_only_columns(entries.c.seq).order_by(None)  # of which there is an index by kind
    if first is not None:
        numbers = numbers.where(entries.c.at >= midnight(first))
    if last is not None:
        numbers = numbers.where(entries.c.at < midnight(last + timedelta(days=1)))
    yield from _read(run, chosen.where(entries.c.seq.in_(numbers)))


def entries_since(run: Run, kinds: Sequence[type[Event]], since: date, deep: Decimal) -> Iterator[TaxEntry]:
    """Entries of some kinds in order that can still matter to a tax year, without reading what cannot.

    Left out are written puts that ended before a New York date without bringing shares: no loss of theirs can have gone
    anywhere but to the same contract, and nothing that was sold at a loss was replaced by them.

    Args:
        run: the run.
        kinds: of the entries.
        since: nothing that happened from this day on is left out.
        deep: a put written for this part of its strike may have replaced shares (TX-4), so it is kept.
    """
    first = first_since(run, since)
    yield from takewhile(lambda entry: entry.seq < first, _read(run, _telling(run, kinds, _kept(first, deep))))
    yield from _read(run, _of_kinds(run, kinds).where(entries.c.seq >= first))


def entries_of_open(run: Run, kinds: Sequence[type[Event]]) -> Iterator[TaxEntry]:
    """Entries of some kinds in order that tell of what is still open, and of the shares that are or were there."""
    yield from _read(run, _telling(run, kinds, func.sum(postings.c.quantity) != 0))


def _telling(run: Run, kinds: Sequence[type[Event]], options: ColumnElement[bool]) -> _Entries:
    """Entries of some kinds that tell of some options, of shares and what became of them, and what restates or moves.

    Args:
        run: the run.
        kinds: of the entries.
        options: what is true of all postings of an option that is wanted.
    """
    mine, name = postings.c.run == run.id, postings.c.instrument
    units = and_(mine, MOVES_UNITS)
    kept = select(name).where(units).group_by(name).having(or_(func.min(postings.c.account) == "1100", options))
    turning = select(entries.c.seq).where(entries.c.run == run.id, entries.c.kind.in_(_TURNING))
    turned = select(name).where(mine, postings.c.seq.in_(turning))
    wanted = select(postings.c.seq).where(units, name.in_(kept.union(turned)))
    return _of_kinds(run, kinds).where(entries.c.seq.in_(wanted.union(turning)))


def _kept(first: int, deep: Decimal) -> ColumnElement[bool]:
    """Options from before an entry that are told of later, are open, were bought, or are calls or deep puts."""
    name, account, seq, units = (postings.c[x] for x in ("instrument", "account", "seq", "quantity"))
    strike = cast(func.substr(name, 14, 8), BigInteger)  # thousandths of a dollar: ten of them a cent of a contract
    written, least = and_(account == "2100", units < 0), int(deep * _NEARLY)
    over = case((written, units * strike * least - postings.c.amount * 100))
    return and_(func.min(seq) < first, or_(
        func.max(seq) >= first, func.sum(units) != 0, func.min(account) == "1200", func.substr(name, 13, 1) == "C",
        func.max(over) >= 0,
    ))  # fmt: skip


_NEARLY = 900  # thousandths, for fees are taken off the premium
_TURNING = ("Assigned", "Exercised", "SplitApplied", "Adjusted", "TransferSent", "MergeSent", "Corrected")


def _of_kinds(run: Run, kinds: Sequence[type[Event]]) -> _Entries:
    run.flush()
    e = entries.c
    chosen = select(e.seq, e.at, e.kind, e.ledger, e.symbol, e.rule, e.payload).where(e.run == run.id)
    return chosen.where(e.kind.in_([kind.__name__ for kind in kinds])).order_by(e.seq)


def _read(run: Run, chosen: _Entries) -> Iterator[TaxEntry]:
    days: dict[str, date] = {}
    for seq, at, kind, ledger, symbol, rule, payload in asked(run.ledger.engine, chosen):
        hour = at[:13]  # a day of New York begins with one of UTC's hours
        day = days.get(hour) or days.setdefault(hour, _new_york(at))
        yield TaxEntry(seq, day, decoded(seq, kind, payload, {"ledger": ledger, "symbol": symbol, "rule": rule}))


def last_day(run: Run) -> date:
    """The New York date of a run's last entry."""
    run.flush()
    return _new_york(asked(run.ledger.engine, select(func.max(entries.c.at)).where(entries.c.run == run.id))[0][0])


def first_since(run: Run, day: date) -> int:
    """Number below which everything happened before a New York date; beyond all numbers where all of it did."""
    run.flush()
    number = entries.c.seq + 0  # a plain minimum PostgreSQL looks for by number, from the first entry on
    found = select(func.min(number)).where(entries.c.run == run.id, entries.c.at >= midnight(day))
    return asked(run.ledger.engine, found)[0][0] or _BEYOND


_BEYOND = 2**62
_MARK_DAYS = 10  # a position is marked each session, and no ten days pass without one


def last_marks(run: Run, day: date) -> dict[str, Decimal]:
    """The last value per share of each instrument that was marked in the ten days up to a New York date, dollars."""
    found: dict[str, Decimal] = {}
    for entry in tax_entries(run, (Marked, Revalued), day - timedelta(days=_MARK_DAYS), day):
        if isinstance(entry.event, Marked) or (isinstance(entry.event, Revalued) and not entry.event.undone):
            found[entry.event.position.partition(":")[2]] = entry.event.mark
    return found


def realised(run: Run, year: int) -> Decimal:
    """What the books of all ledgers realised on positions in a year, dollars: accounts 4010 to 4100."""
    begins, ends = date(year, 1, 1), date(year + 1, 1, 1)
    within = select(entries.c.seq).where(
        entries.c.run == run.id, entries.c.at >= midnight(begins), entries.c.at < midnight(ends)
    )
    chosen = select(func.sum(postings.c.amount)).where(
        postings.c.run == run.id, postings.c.seq >= first_since(run, begins), postings.c.seq.in_(within),
        postings.c.account.in_(_RESULTS),
    )  # fmt: skip
    return usd(-Decimal(int(asked(run.ledger.engine, chosen)[0][0] or 0)) / 100)


def midnight(day: date) -> str:
    """The instant at which a New York date begins, as the journal has it."""
    return utc_text(datetime.combine(day, time(), NEW_YORK))


def _new_york(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(NEW_YORK).date()


def _disposals(event: Event, fold: Fold, at: datetime) -> Iterator[Disposal]:
    day = at.astimezone(NEW_YORK).date()
    result = fold.outcome(event, day)
    for part in result.ended if result else ():
        if part.against is not None:
            yield _disposal(event.ledger, part, part.against, effective_day(event, day))


def _correct(found: list[Disposal], event: Corrected, fold: Fold, at: datetime) -> None:
    """Bring a correction of what has ended into its line: the sale's proceeds, or the purchase's cost."""
    day = at.astimezone(NEW_YORK).date()
    result, fill = fold.outcome(event, day), fold.memory.fills[event.corrects]
    more = sum(result.equity.values(), ZERO) if result else ZERO
    if not more:
        return
    contract = contract_of(fill.instrument)
    about = (event.ledger, contract.underlying if contract else fill.instrument, contract)
    place = next((i for i, d in reversed([*enumerate(found)]) if (d.ledger, d.symbol, d.contract) == about), None)
    if place is None:  # it was assigned, and so has no line
        found.append(Disposal(*about, fill.quantity, day, day, max(more, ZERO), max(-more, ZERO), expired=False))
    elif fill.quantity < 0:
        found[place] = evolve(found[place], proceeds=found[place].proceeds + more)
    else:
        found[place] = evolve(found[place], cost=found[place].cost - more)


def _disposal(ledger: str, part: Ended, against: Decimal, day: date) -> Disposal:
    lot, written = part.lot, part.lot.quantity < 0
    end = lot.contract.expiry if part.how is How.EXPIRED and lot.contract else day
    proceeds, cost = (lot.amount, against) if written else (against, lot.amount)
    acquired, sold = (end, lot.opened) if written else (lot.opened, end)
    lapsed = part.how is How.EXPIRED
    return Disposal(ledger, lot.symbol, lot.contract, lot.quantity, acquired, sold, proceeds, cost, lapsed)


def _anniversary(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
