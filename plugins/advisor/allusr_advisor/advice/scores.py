"""Scores of forecasts; lower is better in all of them. A score is told beside a naive one, or not at all."""

from collections.abc import Mapping, Sequence
from math import copysign, inf, log
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from allusr_sdk.model.chains import Floats

CERTAIN = 2.0
"""The t value from which a difference counts: about one in twenty when there is none."""

Probabilities = Mapping[str, float]


def brier(forecast: Probabilities, outcome: str) -> float:
    """Squared distance over all classes: 0 where the outcome was certain, 2 where another one was."""
    return sum((p - (name == outcome)) ** 2 for name, p in forecast.items()) + (outcome not in forecast)


def log_loss(forecast: Probabilities, outcome: str) -> float:
    """Minus the logarithm of what the outcome was given; infinite where that was nothing."""
    p = forecast.get(outcome, 0.0)
    return -log(p) if p > 0 else inf


def qlike(variance: "Floats", forecast: "Floats") -> "Floats":
    """QLIKE of variance forecasts: 0 where exact, and a forecast too low costs more than one too high."""
    import numpy as np

    ratio = variance / forecast
    return np.asarray(ratio - np.log(ratio) - 1)


def interval_loss(low: "Floats", high: "Floats", outcome: "Floats", level: float) -> "Floats":
    """Width of a range plus 2 / (1 - level) times what the outcome lay outside it (Winkler), in its own unit."""
    import numpy as np

    outside = np.maximum(low - outcome, 0) + np.maximum(outcome - high, 0)
    return np.asarray(high - low + 2 / (1 - level) * outside)


@frozen
class Comparison:
    """Mean losses of a forecast and of a naive one over the same cases, and whether their difference is certain.

    Attributes:
        t: of the mean difference, allowing for autocorrelation; negative where the forecast is better.
    """

    loss: float
    naive: float
    t: float
    count: int

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``no different``."""
        return "better" if self.t <= -CERTAIN else "worse" if self.t >= CERTAIN else "no different"


def compare(loss: Sequence[float], naive: Sequence[float], *, lags: int = 8) -> Comparison:
    """Diebold and Mariano's comparison of two forecasts' losses, with Newey and West's variance over some lags.

    Raises `ValueError` where the two differ in length, are shorter than the lags need, or a loss is not finite.
    """
    import numpy as np
    from statsmodels.regression.linear_model import OLS  # type: ignore[import-untyped]

    ours, theirs = np.asarray(loss, float), np.asarray(naive, float)
    if ours.shape != theirs.shape or len(ours) <= lags + 1:
        raise ValueError(f"losses of {len(ours)} and {len(theirs)} cases cannot be compared over {lags} lags")
    difference = ours - theirs
    if not np.isfinite(difference).all():
        raise ValueError("a loss that is not finite cannot be compared")
    mean = float(difference.mean())
    t = copysign(inf, mean) if mean else 0.0
    if difference.std() > 1e-12:
        fit = OLS(difference, np.ones(len(difference))).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
        t = float(fit.tvalues[0])
    return Comparison(float(ours.mean()), float(theirs.mean()), t, len(ours))
