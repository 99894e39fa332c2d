"""Flags on days that stand out: a robust z for each measure, an isolation forest for all of them together.

A measure is flagged where it is far from its median in units of the median absolute deviation *and* beyond nearly all
of its past: volatility is skewed, and a large z alone is common in it. Unknown stays unknown and is never a flag.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from allusr_advisor.advice.measures import MEASURES, Panel

if TYPE_CHECKING:
    from datetime import date

    from allusr_sdk.model.chains import Floats

MAD_TO_SIGMA = 1.4826
"""What a median absolute deviation is multiplied with to be a normal distribution's standard deviation."""

TREES, SEED = 100, 8
LARGEST = 1e30
"""What a forest's single precision takes; a larger number is no measure and counts as unknown there."""

Verdict = Literal["flag", "normal", "unknown"]


@frozen(kw_only=True)
class Limits:
    """When a value stands out, and how much past that takes.

    Attributes:
        z: distance from the median in robust standard deviations, either way.
        rank: share of the past that the value has to be beyond, on its side.
        least, window: fewest and most sessions of past that it is compared with.
        refit: sessions for which a forest that was grown is kept, when many days are read.
    """

    z: float = 3.5
    rank: float = 0.99
    least: int = 252
    window: int = 504
    refit: int = 21


@frozen(kw_only=True)
class Reading:
    """One measure on one day beside its own past.

    Attributes:
        value, median, mad: in the measure's unit; None where unknown.
        z: distance from the median in robust standard deviations.
        rank: share of the past at or below the value; for the forest, share of past days that were less odd.
        history: sessions of known past.
        why: one line with these numbers.
    """

    measure: str
    verdict: Verdict
    value: float | None = None
    median: float | None = None
    mad: float | None = None
    z: float | None = None
    rank: float | None = None
    history: int = 0
    why: str = ""


@frozen(kw_only=True)
class Anomalies:
    """What stood out on a day: each measure by itself, and all known ones together."""

    day: "date"
    readings: tuple[Reading, ...]
    together: Reading
    advisory: bool = field(default=True, init=False)

    @property
    def flags(self) -> tuple[Reading, ...]:
        """The readings that are flagged."""
        return tuple(r for r in (*self.readings, self.together) if r.verdict == "flag")


def anomalies(panel: Panel, limits: Limits = Limits()) -> Anomalies | None:
    """What stands out on the panel's last day against the days before it; None for a panel without days."""
    found = walk_anomalies(panel, limits, first=max(0, len(panel.days) - 1))
    return found[-1] if found else None


def walk_anomalies(panel: Panel, limits: Limits = Limits(), *, first: int = 0) -> tuple[Anomalies, ...]:
    """The same for every day from the `first` one on, each judged by its own past alone."""
    together = _Forests(panel, limits)
    return tuple(
        Anomalies(
            day=panel.days[i],
            readings=tuple(_reading(name, panel.columns.get(name, ()), i, limits) for name in MEASURES),
            together=together.reading(i),
        )
        for i in range(first, len(panel.days))
    )


def _reading(name: str, column: Sequence[float], i: int, limits: Limits) -> Reading:
    import numpy as np

    value = column[i] if i < len(column) else float("nan")
    past = np.array(column[max(0, i - limits.window) : i], float)
    past = past[np.isfinite(past)]
    if not np.isfinite(value):
        return _unknown(name, len(past), f"{name}: no value today")
    if len(past) < limits.least:
        return _unknown(name, len(past), f"{name}: {limits.least - len(past)} sessions of past are missing")
    median, mad = float(np.median(past)), float(np.median(np.abs(past - np.median(past))))
    if mad <= 0:
        return _unknown(name, len(past), f"{name}: its past does not vary")
    z, rank = (value - median) / (MAD_TO_SIGMA * mad), float((past <= value).mean())
    far = rank >= limits.rank if z > 0 else float((past >= value).mean()) >= limits.rank
    verdict: Verdict = "flag" if abs(z) >= limits.z and far else "normal"
    why = (
        f"{name} {value:.4g}, median {median:.4g}, MAD {mad:.4g}, z {z:+.1f}, above {rank:.1%} of {len(past)} sessions"
    )
    return Reading(
        measure=name, verdict=verdict, value=value, median=median, mad=mad, z=z, rank=rank, history=len(past), why=why
    )


def _unknown(name: str, history: int, why: str) -> Reading:
    return Reading(measure=name, verdict="unknown", history=history, why=why)


class _Forests:
    """Isolation forests over the measures that are known, each grown on the past and kept for a while."""

    def __init__(self, panel: Panel, limits: Limits) -> None:
        import numpy as np

        self._limits = limits
        self._names = [name for name in MEASURES if name in panel.columns]
        columns = [panel.columns[name] for name in self._names]
        rows = np.array(columns, float).reshape(len(columns), len(panel.days)).T
        self._rows = np.where(np.abs(rows) < LARGEST, rows, np.nan)
        self._grown = -limits.refit
        self._columns: list[int] = []
        self._past: Floats | None = None
        self._scores: Floats | None = None

    def reading(self, i: int) -> Reading:
        """How odd a day is among those before it."""
        if i - self._grown >= self._limits.refit or self._scores is None:
            self._grow(i)
        if self._scores is None or self._past is None:
            return _unknown("together", 0, f"together: no two measures have {self._limits.least} sessions of past")
        score = float(self._scores[i - self._grown])
        if score != score:
            return _unknown("together", len(self._past), "together: a measure has no value today")
        rank = float((self._past > score).mean())
        verdict: Verdict = "flag" if rank >= self._limits.rank else "normal"
        names = ", ".join(self._names[c] for c in self._columns)
        why = f"together ({names}): odder than {rank:.1%} of {len(self._past)} sessions"
        return Reading(measure="together", verdict=verdict, value=-score, rank=rank, history=len(self._past), why=why)

    def _grow(self, i: int) -> None:
        """A forest of the days before `i`, which scores the days from `i` on, each by itself."""
        import numpy as np
        from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]

        self._grown, self._scores, self._past = i, None, None
        past = self._rows[max(0, i - self._limits.window) : i]
        enough = np.isfinite(past).sum(axis=0) >= self._limits.least
        self._columns = [c for c in range(len(self._names)) if enough[c] and np.isfinite(self._rows[i, c])]
        whole = past[np.isfinite(past[:, self._columns]).all(axis=1)][:, self._columns]
        if len(self._columns) < 2 or len(whole) < self._limits.least:
            return
        forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(whole)
        self._past = forest.score_samples(whole)
        ahead = self._rows[i : i + self._limits.refit, self._columns]
        known = np.isfinite(ahead).all(axis=1)
        self._scores = np.full(len(ahead), np.nan)
        self._scores[known] = forest.score_samples(ahead[known])
