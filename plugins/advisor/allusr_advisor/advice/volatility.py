"""Forecasts of the next five sessions' volatility and return, and the naive ones that they have to beat.

`har_vix` is a heterogeneous autoregression in logarithms: variance of one, four and thirteen weeks, VIX, and how much
the last week fell. Each forecast is fitted on outcomes that were known on its day; its range comes from how earlier
forecasts turned out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from allusr_advisor.advice.basis import Known, Missing, one_thread
from allusr_advisor.advice.measures import SESSIONS_A_YEAR, on_days, returns

if TYPE_CHECKING:
    from datetime import date

    from allusr_sdk.model.chains import Floats
    from allusr_sdk.model.views import Bar

HORIZON = 5
MODEL = "har_vix"
"""The method that is told; the others are what it is compared with."""

LEAST = 1000
"""Sessions of past before the first forecast: about four years."""

LEVELS = (0.8, 0.95)
_TURNED_OUT = 100  # earlier forecasts that a range is read off
_TINY = 1e-8
_DECAY = 0.94  # RiskMetrics' for days
_LAGS = (5, 22, 66)


@frozen
class Span:
    """Where the return of the horizon is to lie with probability `level`; percent."""

    level: float
    low: float
    high: float


@frozen(kw_only=True)
class VolatilityForecast:
    """What the next five sessions' volatility and return are expected to be, as known at a day's close.

    Attributes:
        volatility: percent a year.
        variance: of the horizon's whole return, as a share squared.
        spans: ranges of the horizon's return; empty until a hundred earlier forecasts have turned out.
        naive: the same volatility by each naive method, percent a year.
        history: sessions that it was fitted on.
    """

    day: "date"
    model: str
    volatility: float
    variance: float
    spans: tuple[Span, ...]
    naive: Mapping[str, float]
    history: int
    advisory: bool = field(default=True, init=False)


@frozen(eq=False)
class _History:
    """Returns, variances looking back and VIX by session; `ahead` is the variance of the five sessions after it."""

    moves: "Floats"
    back: "Mapping[int, Floats]"
    ewma: "Floats"
    implied: "Floats"
    ahead: "Floats"
    outcome: "Floats"


def forecast_volatility(index: "Sequence[Bar]", vix: Known, *, least: int = LEAST) -> VolatilityForecast | Missing:
    """The forecast at the close of the last bar, or what is missing for one."""
    last = len(index) - 1
    if last < least:
        return Missing.of("volatility", last + 1, least + 1, "sessions")
    if index[last].day not in vix:
        return Missing.of("volatility", 0, 1, f"close of VIX on {index[last].day}")
    found = walk_volatility(index, vix, sorted(range(last, least - 1, -HORIZON)), least=least)
    if not found or found[-1].day != index[last].day:
        return Missing.of("volatility", 0, 1, "unbroken stretch of 66 sessions before this one")
    return found[-1]


@one_thread()
def walk_volatility(
    index: "Sequence[Bar]", vix: Known, origins: Sequence[int], *, least: int = LEAST
) -> tuple[VolatilityForecast, ...]:
    """Forecasts at the closes of some bars (`origins`, rising positions), each from what that close knew.

    An origin with too little past, or next to a hole, has none.
    """
    history = _history(index, vix)
    made: list[VolatilityForecast] = []
    standard: list[tuple[int, float]] = []
    for i in origins:
        forecasts = {name: method(history, i) for name, method in METHODS.items()} if i >= least else {}
        if not forecasts or not _usable(forecasts):
            continue
        scale = forecasts[MODEL] ** 0.5
        spans = _spans([z for j, z in standard if j + HORIZON <= i], scale)
        made.append(_forecast(index[i].day, forecasts, spans, i + 1))
        outcome = float(history.outcome[i])
        if outcome == outcome:
            standard.append((i, outcome / scale))
    return tuple(made)


def _forecast(day: "date", forecasts: Mapping[str, float], spans: tuple[Span, ...], history: int) -> VolatilityForecast:
    points = {name: _percent(variance) for name, variance in forecasts.items()}
    volatility = points.pop(MODEL)
    return VolatilityForecast(
        day=day,
        model=MODEL,
        volatility=volatility,
        variance=forecasts[MODEL],
        spans=spans,
        naive=points,
        history=history,
    )


def realised_ahead(index: "Sequence[Bar]") -> "tuple[Floats, Floats]":
    """Variance and return of the five sessions after each bar, as shares; NaN where they are not all known."""
    history = _history(index, {})
    return history.ahead, history.outcome


def _history(index: "Sequence[Bar]", vix: Known) -> _History:
    import numpy as np

    moves = returns(index)
    squares = moves**2
    back = {lag: _sums(squares, lag) / lag for lag in _LAGS}
    points = on_days(vix, [bar.day for bar in index])
    implied = (np.where(points > 0, points, np.nan) / 100) ** 2 / SESSIONS_A_YEAR
    ahead, outcome = np.full(len(moves), np.nan), np.full(len(moves), np.nan)
    ahead[:-HORIZON], outcome[:-HORIZON] = _sums(squares, HORIZON)[HORIZON:], _sums(moves, HORIZON)[HORIZON:]
    return _History(moves, back, _ewma(squares), implied, np.maximum(ahead, _TINY), outcome)


def _sums(values: "Floats", count: int) -> "Floats":
    import numpy as np

    found = np.full(len(values), np.nan)
    if len(values) >= count:
        found[count - 1 :] = np.lib.stride_tricks.sliding_window_view(values, count).sum(axis=1)
    return found


def _ewma(squares: "Floats") -> "Floats":
    """RiskMetrics' average of squared returns; it begins with the first one and skips unknown days."""
    import numpy as np

    found = np.full(len(squares), np.nan)
    value = float("nan")
    for i, square in enumerate(squares.tolist()):
        if square == square:
            value = _DECAY * value + (1 - _DECAY) * square if value == value else square
        found[i] = value
    return found


# --- methods: the variance of the next five sessions as seen from session i -----------------------------------------

Method = Callable[[_History, int], float]


def _scaled_vix(history: _History, i: int) -> float:
    """VIX squared times what variance has been of it so far."""
    import numpy as np

    ratio = history.ahead[: i - HORIZON + 1] / (HORIZON * history.implied[: i - HORIZON + 1])
    return float(HORIZON * history.implied[i] * np.nanmean(ratio)) if np.isfinite(ratio).any() else float("nan")


def _columns(history: _History, *, vix: bool) -> "Floats":
    import numpy as np

    columns = [np.log(np.maximum(history.back[lag], _TINY / HORIZON)) for lag in _LAGS]
    if vix:
        week = _sums(history.moves, HORIZON)
        usual = np.sqrt(np.maximum(HORIZON * history.back[66], _TINY))
        columns += [np.log(history.implied), np.maximum(-week, 0) / usual]
    return np.column_stack([np.ones(len(history.moves)), *columns])


def _regressed(history: _History, i: int, *, vix: bool) -> float:
    """A regression of log variance on what was known by session i; the mean of its errors' exponent is kept."""
    import numpy as np

    rows, target = _columns(history, vix=vix), np.log(history.ahead)
    past = slice(0, i - HORIZON + 1)
    known = np.isfinite(rows[past]).all(axis=1) & np.isfinite(target[past])
    if known.sum() < 10 * rows.shape[1] or not np.isfinite(rows[i]).all():
        return float("nan")
    x, y = rows[past][known], target[past][known]
    weights = np.linalg.lstsq(x, y, rcond=None)[0]
    return float(np.exp(rows[i] @ weights) * np.exp(y - x @ weights).mean())


METHODS: Mapping[str, Method] = {
    "last": lambda h, i: HORIZON * float(h.back[5][i]),
    "mean": lambda h, i: HORIZON * float(h.back[22][i]),
    "ewma": lambda h, i: HORIZON * float(h.ewma[i]),
    "vix": lambda h, i: HORIZON * float(h.implied[i]),
    "vix_scaled": _scaled_vix,
    "har": lambda h, i: _regressed(h, i, vix=False),
    "har_vix": lambda h, i: _regressed(h, i, vix=True),
}
"""Every method by name; `last` is the week before, `mean` the last 22 sessions, `vix` what VIX says."""


def _usable(forecasts: Mapping[str, float]) -> bool:
    return all(0 < value < float("inf") for value in forecasts.values())


def _percent(variance: float) -> float:
    return 100 * float((variance / HORIZON * SESSIONS_A_YEAR) ** 0.5)


def _spans(standard: Sequence[float], scale: float) -> tuple[Span, ...]:
    import numpy as np

    if len(standard) < _TURNED_OUT:
        return ()
    return tuple(
        Span(level, 100 * scale * float(low), 100 * scale * float(high))
        for level in LEVELS
        for low, high in [np.quantile(standard, [(1 - level) / 2, (1 + level) / 2])]
    )
