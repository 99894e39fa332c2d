"""What paths come to as a report's facts, so that every form that reports have is a form of it."""

from collections.abc import Iterator, Sequence
from datetime import date

from allusr_sdk.market.modelled import MARK, heading, modelled
from allusr_sdk.montecarlo.figures import Chance, Count, Outcome, Spread
from allusr_sdk.montecarlo.summary import QUANTILES
from allusr_sdk.reports.periods.shown import shown
from allusr_sdk.reports.periods.values import (
    Cell,
    Column,
    Figure,
    PeriodFacts,
    Plot,
    Row,
    Sentence,
    Table,
    Trace,
)
from allusr_sdk.reports.words import plural

MONTECARLO = "montecarlo"
_CARDS = ("cagr", "end", "after_tax", "income", "forks", "first_fork")
_HEADS = tuple(f"{q:.0%}" for q in QUANTILES)


def facts_of(found: Outcome) -> PeriodFacts:
    """The facts of paths as reports have them. They rest on no entry of a journal, for none of it has happened."""
    return PeriodFacts(
        run=found.run, mode=found.mode, market=marked(found), rulebook=found.rulebook, what_if=found.what_if,
        kind=MONTECARLO, label=f"{found.paths:,} paths of {plural(found.years, 'year')}",
        first=found.first, last=found.last, status="FINAL", asof=None, seq=0, headline=tuple(_cards(found)),
        words=tuple(map(Sentence, (*telling(found), *found.notes))), tables=tuple(_tables(found)),
        plots=tuple(_plots(found)), sections=(), linked=(),
    )  # fmt: skip


def marked(found: Outcome) -> str:
    """The source's market, with the mark of modelled options wherever they were."""
    if found.options == "modelled" and not modelled(found.market):
        return f"{found.market}; {MARK} (made up by that market)"
    return found.market


def headings(found: Outcome) -> Iterator[str]:
    """What stands before anything else."""
    if said := heading(marked(found)):
        yield said
    if found.what_if:
        yield f"WHAT-IF: {', '.join(f'{key} = {value}' for key, value in found.what_if.items())}"


_MADE_UP = "synthetic"


def telling(found: Outcome) -> Iterator[str]:
    """What came out, in sentences, the user's target first."""
    cagr, low, high = found.total("cagr"), found.chance("target_20"), found.chance("target_30")
    assert cagr is not None
    yield (f"The target of 20 to 30 % a year: {_share(low)} of the paths grow by 20 % a year or more, {_share(high)} "
           f"by 30 % or more; the middle one grows by {shown(cagr.quantiles[2], 'fraction')}.")  # fmt: skip
    yield f"Ruin ({found.chance('ruin').about}): {_share(found.chance('ruin'))} of the paths."
    first = found.total("first_fork")
    if first is not None:
        yield (f"{_share(found.chance('fork'))} of the paths fork, half of these within {first.quantiles[2]:.1f} "
               "years.")  # fmt: skip
    if found.market.startswith(_MADE_UP):
        yield "The weeks are of a made-up market: they show how these rules let an account grow, not what they earn."
    yield (f"Behind \"±\" stands one Monte Carlo standard error of {found.paths:,} paths (seed {found.seed}): how far "
           "other paths of the same weeks would differ, and nothing about how far weeks to come will.")  # fmt: skip


def _share(one: Chance) -> str:
    return f"{one.share:.1%} (±{one.error:.1%})"


def _cards(found: Outcome) -> Iterator[Figure]:
    for key in _CARDS:
        if (one := found.total(key)) is not None:
            unit = "number" if one.unit in ("years", "count") else one.unit
            ends = f"{shown(one.quantiles[0], unit)} to {shown(one.quantiles[-1], unit)} in 90 % of paths"
            yield Figure(one.key, f"{one.label}, median", one.quantiles[2], unit, (), f"{ends}; {found.options}")
    for key in ("ruin", "target_20"):
        one_of = found.chance(key)
        note = f"±{one_of.error:.2%}; {one_of.about}"
        yield Figure(key, one_of.label, one_of.share, "fraction", (), note)


_YEARLY = {
    "equity": ("Equity by year", "At the end of each year, of all accounts, tax reserve included."),
    "income": ("Income by year", "Premium kept when written options ended, net of fees and of what closing them cost."),
    "realised": ("Net realised result by year", "Options, shares, dividends and interest, of all ledgers."),
    "tax": ("Tax by year", "TX-8's share of the year's net realised gains of all ledgers; losses count within a year."),
}


def _tables(found: Outcome) -> Iterator[Table]:
    columns = (Column("label", "Of paths"), Column("share", "Share", "fraction"), Column("error", "±", "fraction"),
               Column("about", "What"))  # fmt: skip
    rows = tuple(Row((Cell(c.label), Cell(c.share), Cell(c.error), Cell(c.about))) for c in found.chances)
    yield Table("chances", "How many paths", "Shares of all paths, with their standard errors.", columns, rows)
    for key, (title, about) in _YEARLY.items():
        yield _spreads(key, title, about, getattr(found, key), "usd")
    for unit, title in (("fraction", "Growth"), ("usd", "Sums of whole paths"), ("number", "Forks")):
        kinds = ("count", "years") if unit == "number" else (unit,)
        mine = [one for one in found.totals if one.unit in kinds]
        yield _spreads(f"totals_{unit}", title, "Over whole paths.", mine, unit)
    yield _counted(found)


def _spreads(key: str, title: str, about: str, spreads: Sequence[Spread], unit: str) -> Table:
    columns = (
        Column("label", ""), Column("mean", "Mean", unit), Column("error", "±", unit),
        *(Column(f"q{place}", head, unit) for place, head in enumerate(_HEADS)),
        Column("median_error", "± of 50%", unit), Column("paths", "Paths", "count"),
    )  # fmt: skip
    rows = []
    for one in spreads:
        name = one.label if one.year is None else f"Year {one.year}"
        values = (one.mean, one.error, *one.quantiles, one.errors[2])
        rows.append(Row((Cell(name), *map(Cell, values), Cell(one.paths))))
    return Table(key, title, about, columns, tuple(rows))


def _counted(found: Outcome) -> Table:
    sides = {"All forks": found.forks, "Minis": found.minis, "Full accounts": found.fulls}
    numbers = sorted({one.number for side in sides.values() for one in side})
    columns = (Column("number", "Accounts that began", "count"),
               *(Column(name, name, "fraction") for name in sides))  # fmt: skip
    shares = [{one.number: one.share for one in side} for side in sides.values()]
    rows = tuple(Row((Cell(n), *(Cell(side.get(n, 0.0)) for side in shares))) for n in numbers)
    return Table("forks", "Number of forks", "Shares of paths in which so many accounts ever began.", columns, rows)


def _plots(found: Outcome) -> Iterator[Plot]:
    options = f"Options {found.options}."
    days = (found.first, *_ends(found))
    fan = [(float(found.capital),) * len(QUANTILES), *(one.quantiles for one in found.equity)]
    yield Plot("fan", "Equity, fan of paths", f"Quantiles of paths at the end of each year. {options}", "lines", "usd",
               _traces(days, fan))  # fmt: skip
    yield Plot("incomes", "Premium kept a year, fan of paths", f"Quantiles by year. {options}", "lines", "usd",
               _traces(days[1:], [one.quantiles for one in found.income]))  # fmt: skip
    yield Plot("forked", "Accounts that began", "Shares of paths, by number.", "bars", "fraction",
               (_bars("minis", found.minis, found), _bars("full", found.fulls, found)))  # fmt: skip


def _ends(found: Outcome) -> tuple[date, ...]:
    step = (found.last - found.first) / len(found.equity)
    return tuple(found.first + step * year for year in range(1, len(found.equity) + 1))


def _traces(days: Sequence[date], fan: Sequence[Sequence[float]]) -> tuple[Trace, ...]:
    return tuple(
        Trace(name, tuple(days), tuple(round(year[place], 2) for year in fan)) for place, name in enumerate(_HEADS)
    )


def _bars(name: str, counts: Sequence[Count], found: Outcome) -> Trace:
    shares = {one.number: one.share for one in counts}
    numbers = range(max(one.number for one in (*found.minis, *found.fulls)) + 1)
    return Trace(name, tuple(map(str, numbers)), tuple(shares.get(number, 0.0) for number in numbers))
