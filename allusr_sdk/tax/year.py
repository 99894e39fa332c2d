"""A tax year of one taxpayer worked out from the journal, in both modes (TX-3 to TX-8)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve, frozen

from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.tax import TaxEntry, entries_since, last_day, last_marks, realised, tax_entries
from allusr_sdk.model.events import CashBooked, DividendAccrued, DividendPaid, DividendReceived, Reinvested, RunStarted
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.tax.choosing import chosen_lots
from allusr_sdk.tax.differences import Difference, bare, differences, ended_in
from allusr_sdk.tax.dividends import Dividend, DividendLine, dividends, lines_1099
from allusr_sdk.tax.forms import Totals, schedule_d
from allusr_sdk.tax.index_options import Line6781, lines_6781, open_years, sixty_forty, total_6781
from allusr_sdk.tax.outcome import OpenLot, TaxYear
from allusr_sdk.tax.parcels import Ending, Parcel, Parcels
from allusr_sdk.tax.reserve import reserves
from allusr_sdk.tax.straddles import Cover, Deferral, covers, deferrals, restart
from allusr_sdk.tax.terms import BROKER, TAXPAYER, Terms
from allusr_sdk.tax.walk import FIFO, HANDLERS, Walk
from allusr_sdk.tax.wash import Flag, Washed, wash

_INCOME = (DividendAccrued, DividendPaid, DividendReceived, CashBooked)


@frozen
class Report:
    """A year in both modes, and what tells them and the books apart.

    Attributes:
        chosen: the mode that was asked for.
        broker, taxpayer: the year in each mode.
        differences: from the books' realised result to each mode's, cause by cause.
        mode_of_run: `backtest`, `paper` or `live`.
        signed_off: who signed the method off; empty: nobody.
    """

    chosen: TaxYear
    broker: TaxYear
    taxpayer: TaxYear
    differences: tuple[Difference, ...]
    mode_of_run: str
    signed_off: str

    @property
    def draft(self) -> bool:
        """Whether the pages of a live account stand without a CPA's sign-off (TX-7)."""
        return self.mode_of_run == "live" and not self.signed_off


@frozen
class Facts:
    """What the journal says, read once for both modes.

    Attributes:
        run: the run.
        income: its dividends.
        booked: appropriations of quarters, beside other entries.
        last: its last day.
        mode: `backtest`, `paper` or `live`.
    """

    run: Run
    income: tuple[Dividend, ...]
    booked: tuple[TaxEntry, ...]
    last: date
    mode: str

    @classmethod
    def read(cls, run: Run) -> "Facts":
        """Read a run."""
        found = tuple(tax_entries(run, (RunStarted, Reinvested, *_INCOME)))
        mode = next((e.event.mode for e in found if isinstance(e.event, RunStarted)), "")
        return cls(run, dividends(found), found, last_day(run), mode)

    def parcels(self, walk: Walk, year: int, terms: Terms) -> Parcels:
        """Every parcel that a year can depend on; entries are let go as they are read, for there may be many."""
        since = date(year, 1, 1) - timedelta(days=2 * terms.days + 1)  # purchases near losses that are near the year
        return walk.read(entries_since(self.run, tuple(HANDLERS), since, terms.deep))

    def marks(self, years: Iterable[int]) -> dict[int, Mapping[str, Decimal]]:
        """Values at the ends of years, or on the last day of one that runs."""
        return {year: last_marks(self.run, min(date(year, 12, 31), self.last)) for year in sorted(set(years))}


def report(run: Run, year: int, terms: Terms) -> Report:
    """Both modes of a year."""
    facts = Facts.read(run)
    plain = facts.parcels(Walk(FIFO), year, terms)
    choices = chosen_lots(run)
    chosen = plain if terms.method == FIFO and not choices else facts.parcels(Walk(terms.method, choices), year, terms)
    fifo = bare(ended_in(plain, year))
    parcels = {BROKER: chosen.copied(), TAXPAYER: chosen}  # each is changed on the way
    broker, taxpayer = (tax_year(facts, year, evolve(terms, mode=mode), mine) for mode, mine in parcels.items())
    told = differences(realised(run, year), fifo, terms.indices, (broker, taxpayer))
    mine = taxpayer if terms.whole else broker
    return Report(mine, broker, taxpayer, told, facts.mode, terms.signed_off)


def tax_year(facts: Facts, year: int, terms: Terms, parcels: Parcels) -> TaxYear:
    """A year by the mode of its terms; the parcels are changed on the way."""
    unknown: list[str] = []
    asof = min(date(year, 12, 31), facts.last)
    washed, over = _adjusted(parcels, terms, year)
    index_options = [p for p in parcels if p.symbol in terms.indices and p.contract is not None]
    marks = facts.marks([*open_years(index_options, year), *_loss_years(over, year)])
    waiting = deferrals(over, year, marks, unknown)
    for row in waiting:
        row.call.deferred = row.deferred if not row.carried else row.call.deferred
    mine = tuple(row for row in waiting if row.year == year)
    index = lines_6781(index_options, year, asof, marks, unknown)
    ended = tuple(p for p in parcels if _counts(p, year, terms))
    income = lines_1099(facts.income, year, parcels, over, facts.last)
    gains = _by_quarter(ended, index, mine, income)
    return TaxYear(
        year, terms.mode, terms.method, asof, _over(year, facts.last), ended, index, mine,
        schedule_d(ended, terms.box, _other(index, mine, terms)), income,
        reserves(year, gains, facts.booked, terms.reserve), _open(parcels, year, marks, terms),
        washed.outside, tuple(f for f in (*washed.flags, *_deep_calls(over, terms)) if f.day.year == year),
        tuple(unknown), parcels,
    )  # fmt: skip


def _adjusted(parcels: Parcels, terms: Terms, year: int) -> tuple[Washed, tuple[Cover, ...]]:
    """Wash sales, and in the taxpayer's mode holding periods under calls; those come twice, for each has to know
    the other: a tacked period may be long, and a period that began anew is what is tacked."""
    if not terms.whole:
        return wash(parcels, terms, year), ()
    restart(covers(parcels, terms.indices))
    washed = wash(parcels, terms, year)
    for parcel in parcels:
        parcel.held_from, parcel.long_loss = None, False
    over = covers(parcels, terms.indices)
    restart(over)
    return washed, over


def _counts(parcel: Parcel, year: int, terms: Terms) -> bool:
    """Whether a parcel has a line on Form 8949 of a year; a loss that waits stands on Form 6781."""
    ended = parcel.end is not None and parcel.end.day.year == year and not parcel.carried
    return ended and parcel.symbol not in terms.indices and not parcel.deferred


def _loss_years(over: Iterable[Cover], year: int) -> Iterable[int]:
    ends = [
        c.call.end.day.year for c in over if c.call.end and c.call.end.how is not Ending.CARRIED and c.call.result < 0
    ]
    return range(min(ends), year + 1) if ends else ()


def _over(year: int, last: date) -> bool:
    """Whether a journal has come to a year's last weekday, the last session."""
    end = date(year, 12, 31)
    return last >= end - timedelta(days=max(end.weekday() - 4, 0))


def _other(index: Iterable[Line6781], waiting: Iterable[Deferral], terms: Terms) -> tuple[Totals, ...]:
    """What Schedule D takes from Form 6781."""
    kept = tuple(index)
    long, short = sixty_forty(total_6781(kept), terms.long_share)
    rows = [(False, short), (True, long)] if kept else []
    found = [Totals("6781 Part I", long_term, ZERO, ZERO, ZERO, gain) for long_term, gain in rows]
    for long_term in (False, True):
        mine = [row for row in waiting if row.call.long_loss is long_term]
        lost = sum((row.recognised for row in mine), ZERO)
        found += [Totals("6781 Part II", long_term, ZERO, ZERO, ZERO, -lost)] if mine else []
    return tuple(found)


def _by_quarter(
    ended: Iterable[Parcel], index: Iterable[Line6781], waiting: Iterable[Deferral], income: Iterable[DividendLine]
) -> dict[int, Decimal]:
    """Net results by quarter; what earlier years' losses come to is known when the year ends."""
    rows = [(p.end.day, p.gain) for p in ended if p.end] + [(line.until, line.gain) for line in index]
    rows += [(line.paid, line.amount) for line in income]
    for row in waiting:
        end = row.call.end.day if row.call.end else date(row.year, 12, 31)
        rows.append((date(row.year, 12, 31) if row.carried else end, -row.recognised))
    found: dict[int, Decimal] = {}
    for day, gain in rows:
        quarter = (day.month + 2) // 3
        found[quarter] = found.get(quarter, ZERO) + gain
    return found


def _open(parcels: Parcels, year: int, marks: Mapping[int, Mapping[str, Decimal]], terms: Terms) -> tuple[OpenLot, ...]:
    held = [p for p in parcels if p.opened.year <= year and (p.end is None or p.end.day.year > year)]
    return tuple(_open_lot(p, marks.get(year, {}), terms) for p in sorted(held, key=lambda p: (p.ledger, p.seq)))


def _open_lot(p: Parcel, marks: Mapping[str, Decimal], terms: Terms) -> OpenLot:
    basis = p.amount + (-p.moved if p.written else p.moved)
    if p.symbol in terms.indices and p.instrument in marks:
        basis = usd(marks[p.instrument] * p.shares)
    acquired = p.opened - timedelta(days=p.tacked)
    return OpenLot(p.ledger, p.instrument, p.quantity, acquired, p.since, p.amount, basis)


def _deep_calls(over: Iterable[Cover], terms: Terms) -> Iterable[Flag]:
    """Calls written so deep in the money over shares that they may be constructive sales: flagged, never automatic."""
    for cover in over:
        call = cover.call
        if call.contract is not None and call.price >= terms.deep * call.contract.strike:
            text = f"written at {call.price} over shares: see whether it is a constructive sale (s.1259)"
            yield Flag("TX-7", call.opened, call.instrument, text)
