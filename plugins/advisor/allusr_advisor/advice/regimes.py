"""Calm or turbulent: a Markov chain with two variances, filtered and never smoothed, refitted as time goes on.

The probability on a day uses the returns up to that day and parameters that were fitted before it.
"""

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from allusr_advisor.advice.basis import Missing, one_thread
from allusr_advisor.advice.measures import SESSIONS_A_YEAR, returns

if TYPE_CHECKING:
    from datetime import date

    from allusr_sdk.model.chains import Floats
    from allusr_sdk.model.views import Bar

LEAST = 1000
WINDOW = 2520
REFIT = 126
UP, DOWN = 0.8, 0.2
"""Probabilities of turbulence at which a regime is said to have begun and to have ended."""


@frozen(kw_only=True)
class Regime:
    """What a day's close says of the regime.

    Attributes:
        turbulent: probability that the day was turbulent.
        tomorrow: probability that the next session will be.
        calm_volatility, turbulent_volatility: percent a year.
        fitted: sessions that the parameters were fitted on.
    """

    day: "date"
    turbulent: float
    tomorrow: float
    calm_volatility: float
    turbulent_volatility: float
    fitted: int
    advisory: bool = field(default=True, init=False)


@frozen(kw_only=True)
class Change:
    """A regime that was entered at a day's close, and with which probability of turbulence."""

    day: "date"
    turbulent: bool
    probability: float


@frozen
class _Chain:
    """Fitted parameters: daily mean and both variances of returns in percent, and the odds of staying."""

    mean: float
    variances: tuple[float, float]
    stay: tuple[float, float]
    fitted: int


def regime(index: "Sequence[Bar]", *, least: int = LEAST) -> Regime | Missing:
    """The regime at the close of the last bar, or what is missing to say."""
    moves = returns(index)
    known = int((moves == moves).sum())
    if known < least:
        return Missing.of("regime", known, least, "daily returns")
    if moves[-1] != moves[-1]:
        return Missing.of("regime", 0, 1, "return to the last session")
    found = walk_regimes(index, least=least, refit=len(index), first=len(index) - 1)
    return found[-1] if found else Missing.of("regime", 0, 1, "fit that tells two variances apart")


@one_thread()
def walk_regimes(
    index: "Sequence[Bar]", *, least: int = LEAST, refit: int = REFIT, first: int = 0
) -> tuple[Regime, ...]:
    """The regime at each close from the `first` bar on, fitted anew every `refit` sessions on the last `WINDOW`."""
    moves = 100 * returns(index)
    return tuple(
        reading
        for start in range(max(first, least), len(index), refit)
        for reading in _block(index, moves, start, min(start + refit, len(index)))
    )


def changes(found: Sequence[Regime], *, up: float = UP, down: float = DOWN) -> Iterator[Change]:
    """Where the regime changes: turbulent from `up` on, calm again at `down`; in between it stays."""
    turbulent: bool | None = None
    for reading in found:
        now = True if reading.turbulent >= up else False if reading.turbulent <= down else turbulent
        if turbulent is not None and now is not None and now != turbulent:
            yield Change(day=reading.day, turbulent=now, probability=reading.turbulent)
        turbulent = now


def _block(index: "Sequence[Bar]", moves: "Floats", start: int, end: int) -> Iterator[Regime]:
    """Readings of sessions start to end - 1 with parameters that were fitted on the returns before `start`."""
    import numpy as np

    past = moves[max(0, start - WINDOW) : start]
    chain = _fit(past[np.isfinite(past)])
    if chain is None:
        return
    days = range(max(0, start - WINDOW), end)
    for i, now, ahead in zip(days, *_filtered(moves[days.start : end], chain), strict=True):
        if i >= start and moves[i] == moves[i]:
            calm, turbulent = (float((SESSIONS_A_YEAR * v) ** 0.5) for v in chain.variances)
            yield Regime(
                day=index[i].day, turbulent=now, tomorrow=ahead, calm_volatility=calm, turbulent_volatility=turbulent,
                fitted=chain.fitted,
            )  # fmt: skip


def _fit(moves: "Floats") -> _Chain | None:
    """Parameters by maximum likelihood; None where the fit fails or does not tell two variances apart."""
    import numpy as np
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression  # type: ignore[import-untyped]

    if len(moves) < 2 or moves.std() <= 0:
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a fit that did not converge is judged by its parameters
        try:
            model = MarkovRegression(moves, k_regimes=2, trend="c", switching_trend=False, switching_variance=True)
            found: Any = model.fit(disp=False)
            fitted = dict(zip(model.param_names, found.params.tolist(), strict=True))
        except (np.linalg.LinAlgError, ValueError, RuntimeError):
            return None
    variances = (fitted["sigma2[0]"], fitted["sigma2[1]"])
    stay = (fitted["p[0->0]"], 1 - fitted["p[1->0]"])
    if variances[0] > variances[1]:
        variances, stay = variances[::-1], stay[::-1]
    sound = np.isfinite([*variances, *stay, fitted["const"]]).all() and 0 < variances[0] < variances[1]
    return _Chain(fitted["const"], variances, stay, len(moves)) if sound and all(0 < p < 1 for p in stay) else None


def _filtered(moves: "Floats", chain: _Chain) -> "tuple[list[float], list[float]]":
    """Hamilton's filter: probability of turbulence on each day, and of it on the next one."""
    import numpy as np

    (calm, turbulent), (stays_calm, stays) = chain.variances, chain.stay
    ahead = (1 - stays_calm) / (2 - stays_calm - stays)
    now, later = [], []
    for move in moves.tolist():
        if move == move:
            error = (move - chain.mean) ** 2
            # The ratio of densities, in logarithms so that no move is too large for it.
            odds = 0.5 * (np.log(calm / turbulent) + error / calm - error / turbulent)
            ahead = float(1 / (1 + (1 - ahead) / max(ahead, 1e-12) * np.exp(-odds)))
        now.append(ahead)
        ahead = ahead * stays + (1 - ahead) * (1 - stays_calm)
        later.append(ahead)
    return now, later
