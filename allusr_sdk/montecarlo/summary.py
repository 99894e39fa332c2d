"""What paths come to: spreads, chances and counts, each with its Monte Carlo standard error."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from math import sqrt

import numpy as np

from allusr_sdk.market.modelled import options_of
from allusr_sdk.model.chains import Floats
from allusr_sdk.montecarlo.calendar import DAYS_A_YEAR
from allusr_sdk.montecarlo.figures import Chance, Count, Outcome, Spread
from allusr_sdk.montecarlo.grown import Grown
from allusr_sdk.montecarlo.layout import Ints
from allusr_sdk.montecarlo.paths import Simulated
from allusr_sdk.reports.words import plural

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TARGETS = (0.2, 0.3)
"""Ends of the user's target of 20 to 30 % a year."""


def outcome(found: Simulated) -> Outcome:
    """What paths come to; equal paths come to the same."""
    grown, asked, source = found.grown, found.asked, found.source
    begun = grown.begun.sum(axis=1)
    return Outcome(
        options=options_of(source.market), run=source.run, market=source.market, mode=source.mode,
        rulebook=source.rulebook, what_if=dict(source.what_if), source_first=source.first, source_last=source.last,
        weeks=found.weeks, capital=Decimal(int(grown.equity[0, 0])) / 100, years=asked.years, paths=asked.paths,
        seed=asked.seed, block=found.block, ruin=asked.ruin, first=found.calendar.days[0],
        last=found.calendar.days[-1],
        equity=tuple(_yearly("equity", "Equity at the end of the year", grown.equity[1:])),
        income=tuple(_yearly("income", "Premium kept in the year", grown.kept)),
        realised=tuple(_yearly("realised", "Net realised result of the year", grown.realised)),
        tax=tuple(_yearly("tax", "TX-8 of the year", grown.tax)), totals=tuple(_totals(found)),
        forks=counts(begun.sum(axis=0)), minis=counts(begun[0]), fulls=counts(begun[1]),
        chances=tuple(_chances(found)), notes=tuple(_notes(found)),
    )  # fmt: skip


def spread(key: str, label: str, unit: str, values: Floats, year: int | None = None) -> Spread:
    """How a number lies over paths: at least two, a value each.

    Standard errors of quantiles are half of what lies between the quantiles one standard error of their share away.
    """
    count = len(values)
    ends = [(q, sqrt(q * (1 - q) / count)) for q in QUANTILES]
    low, at, high = (np.quantile(values, [min(max(q + by * e, 0), 1) for q, e in ends]) for by in (-1, 0, 1))
    return Spread(
        key=key, label=label, unit=unit, year=year, mean=float(values.mean()),
        error=float(values.std(ddof=1) / sqrt(count)), quantiles=tuple(at.tolist()),
        errors=tuple(((high - low) / 2).tolist()), paths=count,
    )  # fmt: skip


def counts(numbers: Ints) -> tuple[Count, ...]:
    """Shares of paths by number, from the smallest to the largest."""
    found, times = np.unique(numbers, return_counts=True)
    shares = [(int(n), int(t) / len(numbers)) for n, t in zip(found, times, strict=True)]
    return tuple(Count(number=n, share=share, error=_error(share, len(numbers))) for n, share in shares)


def _error(share: float, paths: int) -> float:
    return sqrt(share * (1 - share) / paths)


def _yearly(key: str, label: str, amounts: Ints) -> Iterator[Spread]:
    for year, one in enumerate(amounts, 1):
        yield spread(key, label, "usd", one / 100, year)


def growth(found: Simulated) -> Floats:
    """Growth a year of each path, tax reserve included; a path that lost all has -1."""
    grown = found.grown
    length = (found.calendar.days[-1] - found.calendar.days[0]).days / DAYS_A_YEAR
    rates: Floats = np.maximum(grown.equity[-1] / grown.equity[0], 0.0) ** (1 / length) - 1
    return rates


def _totals(found: Simulated) -> Iterator[Spread]:
    grown = found.grown
    for key, label, unit, of in _TOTALS:
        yield spread(key, label, unit, of(grown) if unit != "fraction" else growth(found))
    forked = grown.first >= 0
    if forked.sum() > 1:
        days = np.array([(day - found.calendar.days[0]).days for day in found.calendar.days])
        yield spread("first_fork", "Years to the first fork, of those that fork", "years",
                     days[grown.first[forked]] / DAYS_A_YEAR)  # fmt: skip


_TOTALS: tuple[tuple[str, str, str, Callable[[Grown], Floats]], ...] = (
    ("cagr", "Growth a year, before taxes", "fraction", lambda g: g.equity[-1] / 1.0),
    ("end", "Equity at the end", "usd", lambda g: g.equity[-1] / 100),
    ("after_tax", "Equity at the end less TX-8 of all years", "usd",
     lambda g: (g.equity[-1] - g.tax.sum(axis=0)) / 100),
    ("income", "Premium kept, all years", "usd", lambda g: g.kept.sum(axis=0) / 100),
    ("tax", "TX-8 of all years", "usd", lambda g: g.tax.sum(axis=0) / 100),
    ("reserve", "Tax reserve that the engine has set apart at the end (FK-7)", "usd",
     lambda g: (g.equity[-1] - g.own[-1]) / 100),
    ("forks", "Accounts that began", "count", lambda g: g.begun.sum(axis=(0, 1)) / 1.0),
    ("merges", "Minis merged", "count", lambda g: g.merged / 1.0),
)  # fmt: skip


def _chances(found: Simulated) -> Iterator[Chance]:
    grown, asked = found.grown, found.asked
    rate, begun = growth(found), grown.begun.sum(axis=1)
    ruined = grown.lowest < asked.ruin * grown.own[0]
    told = [
        ("ruin", "Ruin", f"equity less tax reserve under {asked.ruin:.0%} of the capital on any Monday", ruined),
        ("loss", "Loss", "less equity at the end than at the beginning", grown.equity[-1] < grown.equity[0]),
        *((f"target_{target:.0%}".rstrip("%"), f"{target:.0%} a year or more",
           "growth a year over the whole path, before taxes", rate >= target) for target in TARGETS),
        ("fork", "At least one fork", "a mini or a full account began", begun.sum(axis=0) > 0),
        ("full", "A full account", "Rev-Acc paid for an account of its own (FK-4)", begun[1] > 0),
        ("capped", "Stopped by FK-5", "a fork was due in some week and too many were active", grown.capped > 0),
    ]  # fmt: skip
    for key, label, about, mask in told:
        share = float(mask.mean())
        yield Chance(key=key, label=label, about=about, share=share, error=_error(share, asked.paths))


def _notes(found: Simulated) -> Iterator[str]:
    years = found.weeks * 7 / DAYS_A_YEAR
    yield (f"Drawn from {found.weeks} weeks ({years:.1f} years) of run {found.source.run}, in blocks of "
           f"{plural(found.block, 'week')} on average: no week is worse than the worst of these.")  # fmt: skip
    if (times := found.asked.years / years) > 1:
        yield f"A path is {times:.1f} times as long as what it is drawn from: what happened in these weeks, it repeats."
    if lost := found.source.unscaled:
        yield f"Ledgers made {lost:,.2f} dollars in weeks in which they could deploy nothing: no path has them."
    yield from _LEFT_OUT
    if not found.laddered:
        yield "The source had no ladder: LEAP budgets wait in their ledgers and earn nothing (FK-7)."
    elif found.ladder_weeks < found.terms.rung:
        yield (f"The source had a growth ladder for {plural(found.ladder_weeks, 'week')}, and a rung may live for "
               f"{found.terms.rung} (LL-1): what such a ladder makes is not known, so ladders keep cash.")  # fmt: skip


_LEFT_OUT = (
    "Every ledger of a style makes what the source's first ledger of it made, in shares of what it may deploy (CAD-10):"
    " contracts are not whole, CAD-11's minimums stop nobody, and no order is too large for its market (LQ-1, LQ-3).",
    "An account that is to be merged earns until nothing is owed in the source's weeks either; forks wait where the "
    "source's ledger was not calm or had no free cash in that week (FK-6, FK-2).",
    "A quarter is appropriated on the first Monday after it (FK-7). Ladders earn what the source's did, nothing in "
    "weeks in which it had none. No money comes from outside or is taken out, and no tax is paid out of the account.",
)
