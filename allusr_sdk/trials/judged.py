"""What the best of many trials is worth: the more were tried, the less its numbers say."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import sqrt

import numpy as np
from attrs import evolve, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.chains import Floats
from allusr_sdk.reports.evidence import Shape, deflated, expected_best, overfitting
from allusr_sdk.reports.evidence.overfitting import BLOCKS
from allusr_sdk.reports.periods.statistics import FEWEST, SESSIONS
from allusr_sdk.reports.words import plural
from allusr_sdk.trials.sweep import Outcome, Result, Sweep

_BLOCK = 5  # returns that a block has to have at least
_SURE = 0.95
_FLAT = 1e-12


@frozen(kw_only=True)
class Judged:
    """What a sweep's best variant is worth. Unknown is None, and `notes` say why.

    Attributes:
        variants: how many combinations were to be tried, `trials` how many backtests, `ended` how many came to an end.
        ways: how many different paths of equity came out of them; settings that change nothing share one.
        returns: daily returns of each variant; with several seeds, of all of them one behind another.
        ratios: Sharpe ratio a year over these returns, by variant; None where they are too few or do not vary.
        best: the variant with the highest ratio.
        luck: the ratio a year that the best of as many variants without any skill is expected to show.
        deflated: probability that the best one's true ratio is above zero, counting all variants.
        overfitted: probability of backtest overfitting (PBO), `loss` that the chosen one loses out of sample.
        halvings: how many halvings of time these two rest on.
    """

    variants: int
    trials: int
    ended: int
    ways: int
    returns: int
    ratios: Mapping[int, float | None]
    best: int | None = None
    luck: float | None = None
    deflated: float | None = None
    overfitted: float | None = None
    loss: float | None = None
    halvings: int = 0
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """The best one's Sharpe ratio a year."""
        return None if self.best is None else self.ratios[self.best]


def judged(sweep: Sweep, results: Mapping[int, Result]) -> Judged:
    """Judge a sweep by the results that there are."""
    columns = returns_of(sweep, results)
    rate, count = sweep.rate / SESSIONS, max(map(len, columns.values()), default=0)
    alike = {number: column for number, column in columns.items() if len(column) == count}
    shapes = {number: _shape(column, rate) for number, column in alike.items()}
    variants = sweep.space.variants
    found = Judged(
        variants=len(variants), trials=len(sweep.trials), returns=count,
        ways=len({column.tobytes() for column in columns.values()}),
        ended=sum(isinstance(result, Outcome) for result in results.values()),
        ratios={v.number: _yearly(shapes.get(v.number)) for v in variants},
        notes=tuple(_left_out(sweep, shapes, columns, alike)),
    )  # fmt: skip
    ranked = {number: shape for number, shape in shapes.items() if shape is not None}
    return _halved(_deflated(found, ranked), [alike[number] for number in ranked], rate)


def returns_of(sweep: Sweep, results: Mapping[int, Result]) -> dict[int, Floats]:
    """Daily returns of each variant whose trials all came to their end, seeds one behind another."""
    found: dict[int, Floats] = {}
    for number, trials in groupby(sweep.trials, key=lambda trial: trial.variant.number):
        parts = [_returns(results.get(trial.number)) for trial in trials]
        if all(part is not None for part in parts):
            found[number] = np.concatenate([part for part in parts if part is not None])
    return found


def telling(found: Judged) -> Iterator[str]:
    """What has to be read before the best row is, in sentences."""
    variants = plural(found.variants, "variant")
    yield (f"{variants} tried, {plural(found.trials, 'backtest')}, {found.ended:,} of them ended: the best of many "
           "looks better than it is.")  # fmt: skip
    if found.ways < found.variants:
        yield f"{plural(found.ways, 'path')} of equity came out; settings that change nothing are counted as tried too."
    if found.best is not None and found.luck is not None and found.ratio is not None:
        yield (f"The best ratio is {found.ratio:.2f} a year (row {found.best}); of {variants} without any skill the "
               f"best would be expected to show {found.luck:.2f}.")  # fmt: skip
    if found.deflated is not None:
        said = "which chance explains well enough: no decision rests on it" if found.deflated < _SURE else (
            "which chance alone hardly explains, with days as these")  # fmt: skip
        yield f"Deflated Sharpe ratio of the best: {found.deflated:.2f}, {said}."
    if found.overfitted is not None and found.loss is not None:
        yield (f"Probability of overfitting: {found.overfitted:.2f}, the share of {plural(found.halvings, 'halving')} "
               "of time in which the best of one half was no better than the median in the other; in "
               f"{found.loss:.2f} of them it lost there.")  # fmt: skip
    yield from found.notes


def _returns(result: Result | None) -> Floats | None:
    if not isinstance(result, Outcome):
        return None
    values = np.array(result.equity, dtype=float)
    if len(values) < 2 or not (values > 0).all():
        return None
    found: Floats = values[1:] / values[:-1] - 1
    return found


def _shape(column: Floats, rate: float) -> Shape | None:
    return None if len(column) < FEWEST or float(np.std(column)) < _FLAT else Shape.of(column, rate)


def _yearly(shape: Shape | None) -> float | None:
    return None if shape is None else float(f"{shape.ratio * sqrt(SESSIONS):.6g}")


def _left_out(
    sweep: Sweep, shapes: Mapping[int, Shape | None], columns: Mapping[int, Floats], alike: Mapping[int, Floats]
) -> Iterator[str]:
    variants = len(sweep.space.variants)
    told = {
        "without an end with all seeds": variants - len(columns),
        "ended on other days than the longest": len(columns) - len(alike),
        f"with fewer than {FEWEST} daily returns, or none that vary": sum(shape is None for shape in shapes.values()),
    }
    for why, count in told.items():
        if count:
            yield f"{count:,} of {plural(variants, 'variant')} {why}: counted as tried, not ranked."


def _deflated(found: Judged, shapes: Mapping[int, Shape]) -> Judged:
    if not shapes:
        return evolve(found, notes=(*found.notes, "Nothing can be ranked, so nothing is called the best."))
    best = max(shapes, key=lambda number: shapes[number].ratio)
    ratios = [shape.ratio for shape in shapes.values()]
    if len(ratios) == 1 and found.variants > 1:
        note = "The spread of ratios is unknown, with one alone that can be ranked: nothing deflates it."
        return evolve(found, best=best, notes=(*found.notes, note))
    variance = float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0
    luck = expected_best(found.variants, variance) * sqrt(SESSIONS)
    try:
        chance = deflated(shapes[best], found.variants, variance)
    except InputError as why:
        return evolve(found, best=best, luck=luck, notes=(*found.notes, f"{why}.".capitalize()))
    return evolve(found, best=best, luck=luck, deflated=chance)


def _halved(found: Judged, columns: Sequence[Floats], rate: float) -> Judged:
    blocks = min(BLOCKS, found.returns // _BLOCK // 2 * 2)
    if len(columns) < 2 or blocks < 4:
        why = f"The probability of overfitting is unknown: it needs two ranked variants and {4 * _BLOCK} returns."
        return evolve(found, notes=(*found.notes, why))
    pbo = overfitting(np.column_stack(columns), blocks=blocks, rate=rate)
    return evolve(found, overfitted=pbo.probability, loss=pbo.loss, halvings=pbo.halvings)
