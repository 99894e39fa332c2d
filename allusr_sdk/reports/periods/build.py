"""The facts of a report, from a run: one reading, then figures, tables, plots and sentences over it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger import Run
from allusr_sdk.market.modelled import modelled
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import usd
from allusr_sdk.reports.periods import money, quarterly, risk, trades, weekly
from allusr_sdk.reports.periods.measures import Measures, measured
from allusr_sdk.reports.periods.money import Standing
from allusr_sdk.reports.periods.performance import Beside, performance
from allusr_sdk.reports.periods.period import QUARTER, WEEK, Period
from allusr_sdk.reports.periods.plots import plots
from allusr_sdk.reports.periods.reading import Reading, read, status_of, valued
from allusr_sdk.reports.periods.refusals import refusals
from allusr_sdk.reports.periods.telling import sentences
from allusr_sdk.reports.periods.values import Added, Cell, Figure, PeriodFacts, Sentence, Table
from allusr_sdk.rulebook import Rulebook

_EQUITY = "cash and positions at last marks, without dividends on their way"


def facts_of(run: Run, period: Period, *, beside: Beside | None = None, sections: Sequence[Added] = ()) -> PeriodFacts:
    """The facts of a run over a period.

    Args:
        run: the journal; it is read alone.
        period: see `period_of`.
        beside: benchmarks; without them they are unknown, and ratios are over RATE-1 of the packaged rulebook.
        sections: what plugins add.
    """
    reading = read(run, period)
    standing, measures = Standing(reading), measured(reading.entries, reading.hedges)
    tables = tuple(_tables(reading, standing, measures, beside or _alone()))
    by_key = {table.key: table for table in tables}
    figures = tuple(_headline(reading, standing, measures, by_key["refused"], by_key["needs"]))
    said = modelled(reading.head.market)
    words = ((Sentence(said),) if said else ()) + tuple(sentences(period.kind, {f.key: f for f in figures}, by_key))
    known = reading.entries
    facts = PeriodFacts(
        run=run.id, mode=reading.head.mode, market=reading.head.market, rulebook=reading.head.rulebook,
        what_if=dict(reading.head.what_if), kind=period.kind, label=period.label, first=period.first, last=period.last,
        status=status_of(run, period), asof=known[-1].at.astimezone(NEW_YORK) if known else None,
        seq=known[-1].seq if known else 0, headline=figures, words=words, tables=tables, plots=plots(reading),
        sections=tuple(sections), linked=(),
    )  # fmt: skip
    return evolve(facts, linked=reading.linked(facts.under()))


def _alone() -> Beside:
    return Beside({}, None, float(Rulebook.default().number("RATE-1.rate")))


def _tables(reading: Reading, standing: Standing, measures: Measures, beside: Beside) -> Iterator[Table]:
    week, quarter = reading.period.kind == WEEK, reading.period.kind == QUARTER
    yield risk.waiting(reading)
    yield money.earned(standing, measures)
    if not week:
        yield performance(reading, beside)
    yield risk.positions(reading)
    refused, passed = refusals(reading)
    yield refused
    yield money.activity(measures, standing)
    yield trades.trades(reading) if week else money.by_symbol(measures)
    yield money.income(measures)
    yield weekly.records(reading, sleeves=week)
    yield risk.levels(reading)
    yield risk.switches(reading)
    yield trades.capital(reading)
    if quarter:
        yield quarterly.tax_ledger(reading, measures)
        yield quarterly.reinvestment(reading, standing)
        yield quarterly.hedges(reading)
        yield quarterly.ladder(reading)
    yield passed


def _headline(
    reading: Reading, standing: Standing, measures: Measures, refused: Table, needs: Table
) -> Iterator[Figure]:  # fmt: skip
    equity, before = standing.equity(), _before(reading, standing)
    yield _figure("realised", "Realised", measures.cell("realised"))
    yield _figure("unrealised", "Unrealised change", standing.change(), note=_why(standing.change(), standing))
    yield _figure("premium", "Premium taken", measures.cell("premium"))
    yield _figure("premium_kept", "Premium kept", measures.cell("premium_kept"))
    yield _figure("equity", "Equity at the end", equity, note=_why(equity, standing) or _EQUITY)
    moved = (
        equity.value - before.value if isinstance(equity.value, Decimal) and isinstance(before.value, Decimal) else None
    )
    yield _figure("equity_change", "Change of equity", Cell(moved, (*before.entries, *equity.entries)))
    yield _figure("collateral", "Behind written puts", standing.collateral(), note="cash that is reserved (RULE-1)")
    counted = [row.cells[6] for row in refused.rows]
    yield _count("refused", "Refused", counted, "symbols x days x reasons")
    yield Figure("needs", "Wait for a human", len(needs.rows), "count", tuple(
        seq for row in needs.rows for seq in row.cells[0].entries
    ))  # fmt: skip


def _why(cell: Cell, standing: Standing) -> str:
    """Why an amount is unknown; empty where it is known."""
    return standing.unmarked if cell.value is None else ""


def _before(reading: Reading, standing: Standing) -> Cell:
    """Equity with which the period began: the last values before it, or the capital of a run that begins in it."""
    entries = [e for name in standing.ledgers() if (e := reading.value(name, reading.period.first - timedelta(days=1)))]
    if not entries:
        return Cell(usd(reading.head.capital), (1,))
    return Cell(sum((valued(e).equity for e in entries), Decimal("0.00")), tuple(e.seq for e in entries))


def _figure(key: str, label: str, cell: Cell, *, note: str = "") -> Figure:
    return Figure(key, label, cell.value, "usd", cell.entries, note)


def _count(key: str, label: str, cells: Sequence[Cell], note: str) -> Figure:
    total = sum(cell.value for cell in cells if isinstance(cell.value, int))
    return Figure(key, label, total, "count", tuple(seq for cell in cells for seq in cell.entries), note)
