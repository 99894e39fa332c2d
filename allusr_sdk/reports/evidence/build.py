"""Evidence as a report's facts, so that every form that reports have is a form of it: page, paper, JSON, CSV."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from allusr_sdk.ledger import Run
from allusr_sdk.market.modelled import heading
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.rearming import rearmed
from allusr_sdk.reports.evidence.curves import BACKTEST, RUN, Curve, reading_of
from allusr_sdk.reports.evidence.evaluate import AHEAD, CHANCE, Estimate, Evaluated, Evidence
from allusr_sdk.reports.evidence.metrics import DAYS, MEASURES, WEEKS, Measure
from allusr_sdk.reports.periods import plots
from allusr_sdk.reports.periods.performance import BENCHMARKS
from allusr_sdk.reports.periods.reading import Reading, status_of
from allusr_sdk.reports.periods.shown import shown
from allusr_sdk.reports.periods.statistics import YEARLY, drawdowns
from allusr_sdk.reports.periods.values import (
    Cell,
    Column,
    Entries,
    Figure,
    PeriodFacts,
    Plot,
    Row,
    Sentence,
    Table,
    Trace,
)
from allusr_sdk.reports.words import plural

_CARDS = ("sharpe", "drawdown", "under_water", "worst_week", "cvar_95", "kept", "hit_rate")
_BENCHMARKS = tuple(f"hold_{symbol}" for symbol in BENCHMARKS)
_TABLES = {
    "returns": ("Return and risk, by day", DAYS, ()),
    "weekly": ("Weeks, premiums, and this run against the others", WEEKS, (CHANCE, AHEAD)),
}


def facts_of(run: Run, found: Evidence, curves: Sequence[Curve]) -> PeriodFacts:
    """The facts of a backtest as reports have them.

    Figures name the first and the last daily value of each ledger: all that they rest on lies between.

    Args:
        run: the journal of the first curve.
        found: see `evidence`.
        curves: those that it is of.
    """
    reading = reading_of(run)
    under = _ends(reading)
    facts = PeriodFacts(
        run=run.id, mode=found.mode, market=found.market, rulebook=found.rulebook, what_if=found.what_if,
        kind=BACKTEST, label=f"{found.first} to {found.last}", first=found.first, last=found.last,
        status=status_of(run, reading.period), asof=run.instant.astimezone(NEW_YORK), seq=run.seq,
        headline=tuple(_cards(found, under)), words=tuple(_words(found, under)), tables=tuple(_tables(found, under)),
        plots=tuple(_plots(reading, found, curves)), sections=(), linked=(),
    )  # fmt: skip
    return evolve(facts, linked=reading.linked(facts.under()))


def main_curves(found: Evidence) -> tuple[Evaluated, ...]:
    """All curves but those of symbols that are no benchmark: of these there may be many."""
    return tuple(curve for curve in found.curves if not curve.key.startswith("hold_") or curve.key in _BENCHMARKS)


def between(one: Estimate) -> str:
    """An estimate's interval in words; why it has none where it has none."""
    if one.low is None:
        return one.note or "too few for an interval"
    return f"{shown(one.low, one.unit)} to {shown(one.high, one.unit)}"


def value_of(one: Estimate) -> str:
    """An estimate's value in words."""
    return shown(one.value, one.unit)


def headings(found: Evidence) -> Iterator[str]:
    """What has to stand before anything else: modelled options, loosened rules, a person who is assumed."""
    if said := heading(found.market):
        yield said
    if found.what_if:
        yield f"WHAT-IF: {', '.join(f'{key} = {value}' for key, value in found.what_if.items())}"
    if found.rearm:
        yield rearmed(found.rearm)


def telling(found: Evidence) -> Iterator[str]:
    """What has to be known of evidence, in sentences."""
    if found.options == "real":
        yield f"The options of this market are real quotes as recorded ({found.market}); the fills are simulated."
    first = found.curves[0]
    yield (f"Behind values stand {found.level:.0%} intervals of {found.draws:,} stationary block bootstraps (seed "
           f"{found.seed}, blocks of {plural(first.blocks, 'session')} on average). They say how far chance reaches "
           f"with days as these: no day or week worse than those that were seen is in them.")  # fmt: skip
    yield (f"Ratios are over {found.rate:.2%} a year (RATE-1). Before taxes. This is one trial: of several, the best is"
           " worth less than it shows.")  # fmt: skip
    days = (found.last - found.first).days
    if days < YEARLY:
        yield f"No return is told a year: for that the period would have to be {YEARLY} days long."
    elif days < 365:
        yield "The period is shorter than a year: what stands here a year is an extrapolation."
    for curve in main_curves(found)[1:]:
        if (apart := curve.estimate(AHEAD.key)) is not None and apart.value is not None:
            yield _apart(curve, apart, apart.value, yearly=known(first, "cagr"))
    yield from found.notes


def known(curve: Evaluated, key: str) -> bool:
    """Whether a curve's measure could be told."""
    return (one := curve.estimate(key)) is not None and one.value is not None


def _apart(curve: Evaluated, apart: Estimate, value: float, *, yearly: bool) -> str:
    way = "behind" if value < 0 else "ahead of"
    said = f" ({apart.note})" if apart.note else ""
    far = "" if apart.low is None else f": {between(apart)} ahead"
    much = f"{shown(abs(value), apart.unit)}{' a year' if yearly else ''}"
    return f"This run was {way} {_named(curve)} by {much}{said}{far}."


def _named(curve: Evaluated) -> str:
    return f"{curve.name} (WHAT-IF)" if curve.what_if else curve.name


def _ends(reading: Reading) -> Entries:
    return tuple(seq for entries in reading.valued.values() for seq in (entries[0].seq, entries[-1].seq))


def _cards(found: Evidence, under: Entries) -> Iterator[Figure]:
    growth = "cagr" if known(found.curves[0], "cagr") else "total"
    for key in (growth, *_CARDS):
        if (one := found.curves[0].estimate(key)) is not None:
            note = f"{between(one)}; options {found.options}"
            yield Figure(one.key, one.label, one.value, one.unit, under, note)


def _words(found: Evidence, under: Entries) -> Iterator[Sentence]:
    for text in (*headings(found), *telling(found)):
        yield Sentence(text, under if text.startswith("This run") else ())


def _tables(found: Evidence, under: Entries) -> Iterator[Table]:
    for key, (title, kind, more) in _TABLES.items():
        measures = (*(measure for measure in MEASURES if measure.rows == kind), *more)
        columns = (
            Column("curve", "Curve"),
            Column("options", "Options"),
            Column("row", ""),
            *(Column(m.key, m.label, m.unit) for m in measures),
        )
        about = "; ".join(f"{measure.label}: {measure.about}" for measure in measures)
        rows = tuple(row for curve in found.curves for row in _rows(curve, measures, under))
        yield Table(key, title, f"{about}. Low and high: {found.level:.0%} intervals.", columns, rows)
    columns = (
        Column("curve", "Curve"), Column("options", "Options"), Column("first", "From", "date"),
        Column("last", "To", "date"), Column("returns", "Daily returns", "count"), Column("weeks", "Weeks", "count"),
        Column("blocks", "Block, sessions", "count"), Column("note", "Note"),
    )  # fmt: skip
    values = ((_named(c), c.options, c.first, c.last, c.returns, c.weeks, c.blocks, c.note) for c in found.curves)
    yield Table("curves", "What is compared", "Days and weeks that the measures rest on, and what prices were.",
                columns, tuple(Row(tuple(map(Cell, row))) for row in values))  # fmt: skip


def _rows(curve: Evaluated, measures: Sequence[Measure], under: Entries) -> Iterator[Row]:
    """A row of values, and two of the intervals' ends where there are any; what a curve does not have is empty."""
    mine, found = under if curve.key == RUN else (), [curve.estimate(measure.key) for measure in measures]
    heads = (Cell(_named(curve)), Cell(curve.options), Cell(""))
    ends = any(one is not None and one.low is not None for one in found)
    yield Row((*heads, *(Cell("" if one is None else one.value, mine) for one in found)), total=ends)
    if ends:
        for name in ("low", "high"):
            told = ("" if one is None or one.low is None else getattr(one, name) for one in found)
            yield Row((Cell(""), Cell(""), Cell(name), *(Cell(end, mine) for end in told)))


def _plots(reading: Reading, found: Evidence, curves: Sequence[Curve]) -> Iterator[Plot]:
    names = {one.key: _named(one) for one in found.curves}
    main = {curve.key for curve in main_curves(found)}
    shown_here = [curve for curve in curves if curve.key in main and len(curve.daily)]
    if not shown_here:
        return
    start = float(found.capital)
    grown = [(names[c.key], c.path, start / next(iter(c.path.values()))) for c in shown_here]
    traces = tuple(Trace(name, tuple(p), tuple(round(v * by, 2) for v in p.values())) for name, p, by in grown)
    about = f"From the same {start:,.0f}, at each session's end. Options of this run: {found.options}."
    yield Plot("compared", "Equity, compared", about, "lines", "usd", traces)
    fallen = tuple(Trace(names[c.key], tuple(c.path), drawdowns(list(c.path.values()))) for c in shown_here)
    yield Plot("fallen", "Drawdown, compared", "Under the highest before.", "lines", "fraction", fallen)
    yield plots.equity(reading)
