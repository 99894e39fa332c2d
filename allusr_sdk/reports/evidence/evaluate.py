"""Evidence: every measure of every curve with its interval, and by how much a run was ahead of each other curve."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import isfinite

import numpy as np
from attrs import evolve, frozen

from allusr_sdk.ledger import Run
from allusr_sdk.market.modelled import options_of
from allusr_sdk.model.chains import Floats
from allusr_sdk.reports.beginnings import rearmed_by, started
from allusr_sdk.reports.evidence.bootstrap import DRAWS, LEVEL, Interval, block_length, intervals
from allusr_sdk.reports.evidence.curves import Curve, Path
from allusr_sdk.reports.evidence.metrics import DAYS, MEASURES, WEEKS, Measure, Terms, cagr, total
from allusr_sdk.reports.evidence.sharpe import Shape, probabilistic
from allusr_sdk.reports.periods.statistics import FEWEST, SESSIONS, YEARLY

_YEAR = 365.25
AHEAD = Measure(key="ahead", label="This run ahead by", unit="fraction", rows=DAYS, fewest=1, of=cagr,
                about="CAGR of this run less this one's over the days of both; of under 90 the return")  # fmt: skip
CHANCE = Measure(key="skill", label="P(Sharpe > 0)", unit="fraction", rows=DAYS, fewest=FEWEST, of=cagr,
                 about="probabilistic Sharpe ratio (Bailey and Lopez de Prado, 2012), for one trial")  # fmt: skip


@frozen(kw_only=True)
class Estimate:
    """A measure of a curve; `low` and `high` are its interval's ends. Unknown is None, and `note` says why."""

    key: str
    label: str
    unit: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


@frozen(kw_only=True)
class Evaluated:
    """A curve with its measures; `first` and `last` are its days, None where it has none. Else as in `Curve`.

    Attributes:
        returns: how many daily returns; `weeks` how many weeks.
        blocks: mean length of a block of days in the bootstrap, sessions.
    """

    key: str
    name: str
    options: str
    what_if: bool
    first: date | None
    last: date | None
    returns: int
    weeks: int
    blocks: int
    note: str
    estimates: tuple[Estimate, ...]

    def estimate(self, key: str) -> Estimate | None:
        """An estimate; None where the curve has no such measure."""
        return next((one for one in self.estimates if one.key == key), None)


@frozen(kw_only=True)
class Evidence:
    """What a backtest showed, compared. Every rendering is made of this and of the curves themselves.

    Attributes:
        options: `real`, `modelled`, `mixed` or `unknown`: the prices of the options that were traded.
        level: of the intervals, `draws` how many there were, `seed` of them.
        rate: riskless rate a year of the ratios (RATE-1), a fraction.
        rearm: the policy in place of a person who re-arms, in words; empty where nobody does.
        curves: the run first.
        notes: what was not compared, and why.
    """

    run: int
    mode: str
    market: str
    options: str
    rulebook: str
    what_if: Mapping[str, str]
    capital: Decimal
    first: date
    last: date
    seed: int
    level: float
    draws: int
    rate: float
    rearm: str
    curves: tuple[Evaluated, ...]
    notes: tuple[str, ...] = ()

    def curve(self, key: str) -> Evaluated:
        """A curve. Raises `KeyError` where there is none."""
        return {one.key: one for one in self.curves}[key]


def evidence(run: Run, curves: Sequence[Curve], *, rate: float, notes: Sequence[str] = ()) -> Evidence:
    """Evaluate curves, the run's own first; the run's seed draws the intervals.

    Args:
        run: the journal of the first curve.
        curves: see `curves.of_run`, `Holdings.curves` and `published`.
        rate: riskless, a fraction a year.
        notes: what was not compared.
    """
    head = started(run)
    own = curves[0]
    told = [evaluated(curve, rate=rate, seed=head.seed) for curve in curves]
    told[1:] = [evolve(one, estimates=(*one.estimates, ahead(own, curve, seed=head.seed)))
                for one, curve in zip(told[1:], curves[1:], strict=True)]  # fmt: skip
    return Evidence(
        run=run.id, mode=head.mode, market=head.market, options=options_of(head.market), rulebook=head.rulebook,
        what_if=dict(head.what_if), capital=head.capital, first=head.first, last=head.last, seed=head.seed, level=LEVEL,
        draws=DRAWS, rate=rate, rearm=rearmed_by(run), curves=tuple(told), notes=tuple(notes),
    )  # fmt: skip


def evaluated(curve: Curve, *, rate: float, seed: int, draws: int = DRAWS) -> Evaluated:
    """The measures of a curve with their intervals; equal arguments give equal ones."""
    daily, weekly, days = curve.daily, curve.weekly, list(curve.path)
    terms = Terms(_years(curve.path), rate)
    by_rows = {DAYS: daily, WEEKS: weekly}
    found: dict[str, Estimate] = {}
    for kind, rows in by_rows.items():
        mine = [m for m in MEASURES if m.rows == kind and (curve.written or not m.options)]
        ends = intervals(rows, mine, terms, seed=seed, draws=draws)
        found |= {m.key: _estimate(m, rows, terms, end) for m, end in zip(mine, ends, strict=True)}
    ordered = [found[measure.key] for measure in MEASURES if measure.key in found]
    return Evaluated(
        key=curve.key, name=curve.name, options=curve.options, what_if=curve.what_if,
        first=days[0] if len(daily) else None, last=days[-1] if len(daily) else None, returns=len(daily),
        weeks=len(weekly), blocks=block_length(daily[:, 0]), note=curve.note,
        estimates=(*ordered, _chance(daily, rate)),
    )  # fmt: skip


def ahead(own: Curve, other: Curve, *, seed: int, draws: int = DRAWS) -> Estimate:
    """By how much a curve's CAGR was above another's over the days that both have; days are drawn as pairs.

    Where they are too few for a rate a year, by how much its return was.
    """
    days = [day for day in own.path if day in other.path]
    pair = [evolve(curve, path={day: curve.path[day] for day in days}, written={}).daily for curve in (own, other)]
    if not all(map(len, pair)):
        return _unknown(AHEAD, "no days that both have")
    rows, terms = np.column_stack(pair), Terms(_years(dict.fromkeys(days, 1.0)), 0.0)
    measure = evolve(AHEAD, of=_apart)
    (interval,) = intervals(rows, (measure,), terms, seed=seed, draws=draws)
    shared = "" if days[0] == min(own.path) and days[-1] == max(own.path) else f"{days[0]} to {days[-1]}"
    return evolve(_estimate(measure, rows, terms, interval), note=shared)


def _apart(rows: Floats, terms: Terms) -> float:
    grown = cagr if _long(terms, YEARLY) else total
    return grown(rows[:, :1], terms) - grown(rows[:, 1:], terms)


def _long(terms: Terms, days: int) -> bool:
    return round(terms.years * _YEAR) >= days


def _chance(daily: Floats, rate: float) -> Estimate:
    if len(daily) < CHANCE.fewest or float(np.std(daily)) < 1e-12:
        return _unknown(CHANCE, f"needs {CHANCE.fewest} daily returns that vary")
    return evolve(
        _unknown(CHANCE, "is a probability itself"), value=_six(probabilistic(Shape.of(daily[:, 0], rate / SESSIONS)))
    )


def _estimate(measure: Measure, rows: Floats, terms: Terms, interval: Interval | None) -> Estimate:
    if len(rows) < measure.fewest:
        return _unknown(measure, f"needs {measure.fewest} {_UNITS[measure.rows]}")
    if not _long(terms, measure.days):
        return _unknown(measure, f"needs {measure.days} calendar days")
    value = measure.of(rows, terms)
    if not isfinite(value):
        return _unknown(measure, "there was nothing to tell it by")
    told = round if measure.unit == "count" else _six
    low, high = (None, None) if interval is None else (told(interval.low), told(interval.high))
    return Estimate(key=measure.key, label=measure.label, unit=measure.unit, value=told(value), low=low, high=high)


_UNITS = {DAYS: "daily returns", WEEKS: "weeks"}


def _unknown(measure: Measure, why: str) -> Estimate:
    return Estimate(key=measure.key, label=measure.label, unit=measure.unit, value=None, note=why)


def _years(path: Path) -> float:
    days = list(path)
    return max((days[-1] - days[0]).days, 1) / _YEAR if days else 1.0


def _six(value: float) -> float:
    """Six significant digits: a last bit is no fact."""
    return float(f"{value:.6g}")
