"""Daily measures of a market out of its bars: volatility, its price, gaps, correlation, mood. All look back only."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_advisor.advice.basis import Known

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from allusr_sdk.model.chains import Floats
    from allusr_sdk.model.views import Bar

SESSIONS_A_YEAR = 252
REALISED_SESSIONS = 20
CORRELATION_SESSIONS = 60
LEAST_SYMBOLS = 3
LONGEST_PAUSE = 7
"""Calendar days between two bars that are still one session apart; the closure of September 2001 lasted seven."""

MEASURES: Mapping[str, str] = {
    "realised": "realised volatility of 20 sessions, percent a year",
    "vix": "VIX at its close, points",
    "vix_less_realised": "VIX less realised volatility, points",
    "gap": "opening price against the close before it, percent, either way",
    "correlation": "mean correlation of all pairs of the universe over 60 sessions",
    "sentiment": "mean score of the day's headlines, -1 to 1",
}
"""The measures by name, each with what it is and its unit."""


@frozen
class Panel:
    """The measures by day, oldest first; NaN is unknown."""

    days: "tuple[date, ...]"
    columns: Mapping[str, tuple[float, ...]]


def panel(
    index: "Sequence[Bar]",
    vix: Known,
    universe: "Mapping[str, Sequence[Bar]] | None" = None,
    sentiment: Known | None = None,
) -> Panel:
    """All measures on the days of `index`, each from what that day's close knew.

    Args:
        index: completed daily bars of the market, oldest first.
        vix: closes of VIX by day.
        universe: bars of the symbols whose correlation is measured.
        sentiment: mean scores by day, as `daily_sentiment` gives them.
    """
    import numpy as np

    days = tuple(bar.day for bar in index)
    realised = 100 * np.sqrt(SESSIONS_A_YEAR * _mean(returns(index) ** 2, REALISED_SESSIONS))
    points = on_days(vix, days)
    columns = {
        "realised": realised,
        "vix": points,
        "vix_less_realised": points - realised,
        "gap": _gaps(index),
        "correlation": _correlation(universe or {}, days),
        "sentiment": on_days(sentiment or {}, days),
    }
    return Panel(days, {name: tuple(values.tolist()) for name, values in columns.items()})


def returns(bars: "Sequence[Bar]") -> "Floats":
    """Logarithmic returns from close to close; the first one and one over a hole are NaN."""
    import numpy as np

    found = np.full(len(bars), np.nan)
    found[1:] = np.where(_adjoining(bars), np.diff(np.log(_prices(bars, "close"))), np.nan)
    return found


def on_days(known: Known, days: "Sequence[date]") -> "Floats":
    """A history's values on some days, NaN where it has no finite one."""
    import numpy as np

    values = np.array([known.get(day, np.nan) for day in days], float)
    return np.where(np.isfinite(values), values, np.nan)


def _prices(bars: "Sequence[Bar]", name: str) -> "Floats":
    """Opens or closes; NaN where one is no price."""
    import numpy as np

    values = np.array([getattr(bar, name) for bar in bars], float)
    return np.where((values > 0) & (values < np.inf), values, np.nan)


def _adjoining(bars: "Sequence[Bar]") -> "NDArray[np.bool_]":
    import numpy as np

    days = np.array([bar.day for bar in bars], "datetime64[D]")
    apart = np.diff(days).astype(int)
    return np.asarray((apart > 0) & (apart <= LONGEST_PAUSE))


def _gaps(bars: "Sequence[Bar]") -> "Floats":
    import numpy as np

    opens, closes = _prices(bars, "open"), _prices(bars, "close")
    found = np.full(len(bars), np.nan)
    found[1:] = np.where(_adjoining(bars), 100 * np.abs(opens[1:] / closes[:-1] - 1), np.nan)
    return found


def _mean(values: "Floats", count: int) -> "Floats":
    """Mean of the last `count` values, NaN unless all of them are known."""
    import numpy as np

    found = np.full(len(values), np.nan)
    if len(values) >= count:
        found[count - 1 :] = np.lib.stride_tricks.sliding_window_view(values, count).mean(axis=1)
    return found


def _correlation(universe: "Mapping[str, Sequence[Bar]]", days: "Sequence[date]") -> "Floats":
    import numpy as np

    found = np.full(len(days), np.nan)
    columns = [on_days(_returns_by_day(bars), days) for bars in universe.values()]
    if len(columns) < LEAST_SYMBOLS:
        return found
    moves = np.column_stack(columns)
    for last in range(CORRELATION_SESSIONS, len(days) + 1):
        found[last - 1] = _pairs(moves[last - CORRELATION_SESSIONS : last])
    return found


def _returns_by_day(bars: "Sequence[Bar]") -> Known:
    return {bar.day: float(move) for bar, move in zip(bars, returns(bars), strict=True)}


def _pairs(window: "Floats") -> float:
    """Mean correlation of the columns that are known throughout; NaN with too few of them."""
    import numpy as np

    known = window[:, np.isfinite(window).all(axis=0)]
    known = known[:, known.std(axis=0) > 0]
    count = known.shape[1]
    if count < LEAST_SYMBOLS:
        return float("nan")
    return float((np.corrcoef(known, rowvar=False).sum() - count) / (count * (count - 1)))
