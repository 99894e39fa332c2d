"""The market's topics: what stands out, which regime it is in, and how far it may move."""

from collections.abc import Callable, Mapping, Sequence
from math import erfc, sqrt
from typing import TYPE_CHECKING

from allusr_advisor.advice import (
    Missing,
    Regime,
    anomalies,
    changes,
    daily_sentiment,
    forecast_volatility,
    headlines,
    panel,
    regime,
    walk_anomalies,
    walk_regimes,
)
from allusr_advisor.advice.measures import SESSIONS_A_YEAR, returns
from allusr_advisor.advice.volatility import HORIZON
from allusr_advisor.advising.reading import Briefing, index_bars, unknown
from allusr_sdk.hookspecs import Advice, Forecast

if TYPE_CHECKING:
    from allusr_advisor.advice import Anomalies
    from allusr_sdk.model.views import Bar

_LOOK_BACK = 21  # sessions in which a change of regime is told
_CALLED = 252  # sessions whose flags are compared with what followed
_WEIGHT = 10.0  # sessions that the base rate counts for beside those that were flagged alike
_TAIL = 0.9
_LARGE = 2.0  # of a calm day's standard deviation


def stands_out(known: Briefing) -> Advice:
    """Flags on volatility, its price, gaps, correlation and mood on the last day; scored by the week after it."""
    bars = index_bars(known)
    if isinstance(bars, str):
        return unknown("anomalies", bars)
    universe = {symbol: known.bars(symbol) for symbol in known.symbols}
    mood = daily_sentiment(headlines(known.headlines)) if known.headlines else {}
    measured = panel(bars, known.vix, universe, mood)
    today = anomalies(measured)
    if today is None or all(r.verdict == "unknown" for r in today.readings):
        return unknown("anomalies", "; ".join(r.why for r in today.readings) if today else "no session")
    past = walk_anomalies(measured, first=max(0, len(bars) - _CALLED))
    read = {f"{r.measure}_z": r.z for r in today.readings if r.z is not None}
    flagged = [r.why for r in today.flags]
    blind = [r.measure for r in (*today.readings, today.together) if r.verdict == "unknown"]
    head = f"{known.index} on {today.day}: " + ("; ".join(flagged) if flagged else "nothing stands out")
    return Advice(
        "anomalies", f"{head}.{_blind(blind)}", about=str(today.day),
        numbers={"flags": float(len(flagged)), **read}, forecast=_after_flags(known, bars, past, bool(flagged)),
    )  # fmt: skip


def regime_now(known: Briefing) -> Advice:
    """Calm or turbulent, and where that changed lately; scored by whether the next session moves far."""
    bars = index_bars(known)
    if isinstance(bars, str):
        return unknown("regime", bars)
    found = regime(bars)
    if isinstance(found, Missing):
        return unknown("regime", found.why)
    turned = list(changes(walk_regimes(bars, refit=len(bars), first=len(bars) - _LOOK_BACK)))
    last = f" It changed on {turned[-1].day}." if turned else f" No change in the last {_LOOK_BACK} sessions."
    word = "turbulent" if found.turbulent >= 0.5 else "calm"
    text = (
        f"{known.index} on {found.day} is {word}: turbulence has probability {found.turbulent:.2f}, and "
        f"{found.tomorrow:.2f} for the next session. Calm days have {found.calm_volatility:.1f} % a year, turbulent "
        f"ones {found.turbulent_volatility:.1f} %; fitted on {found.fitted} sessions.{last}"
    )
    return Advice(
        "regime", text, about=str(found.day), confidence=max(found.turbulent, 1 - found.turbulent),
        numbers={"turbulent": found.turbulent, "turbulent_next": found.tomorrow},
        forecast=_next_move(known, bars, found),
    )  # fmt: skip


def volatility_ahead(known: Briefing) -> Advice:
    """The next five sessions' volatility and range; scored against an average with memory."""
    bars = index_bars(known)
    if isinstance(bars, str):
        return unknown("volatility", bars)
    found = forecast_volatility(bars, known.vix)
    if isinstance(found, Missing):
        return unknown("volatility", found.why)
    spans = "; ".join(f"return {s.low:+.1f} to {s.high:+.1f} % with probability {s.level:.0%}" for s in found.spans)
    naive = ", ".join(f"{name} {value:.1f}" for name, value in found.naive.items())
    text = (
        f"{known.index}, the {HORIZON} sessions after {found.day}: volatility {found.volatility:.1f} % a year "
        f"({found.model}, {found.history} sessions); {spans or 'no range yet'}. Other methods say: {naive}."
    )
    return Advice(
        "volatility", text, about=str(found.day),
        numbers={"volatility": found.volatility, **{f"naive_{name}": value for name, value in found.naive.items()}},
        forecast=Forecast(
            outcome="volatility", about=str(found.day), instrument=known.index, sessions=HORIZON,
            expected={"percent": found.volatility}, naive={"percent": found.naive["ewma"]}, model=found.model,
            method="average of squared returns, decay 0.94",
        ),
    )  # fmt: skip


def _blind(measures: Sequence[str]) -> str:
    return f" Unknown: {', '.join(measures)}." if measures else ""


def _next_move(known: Briefing, bars: "Sequence[Bar]", found: Regime) -> Forecast:
    """Whether the next session moves by more than two calm deviations; naive: how often sessions did."""
    import numpy as np

    daily = {"calm": found.calm_volatility, "turbulent": found.turbulent_volatility}
    deviation = {name: value / sqrt(SESSIONS_A_YEAR) for name, value in daily.items()}
    threshold = round(_LARGE * deviation["calm"], 4)
    tail = {name: erfc(threshold / value / sqrt(2)) for name, value in deviation.items()}
    moves = 100 * np.abs(returns(bars)[-found.fitted :])
    moves = moves[np.isfinite(moves)]
    base = (float((moves > threshold).sum()) + 0.5) / (len(moves) + 1)
    large = found.tomorrow * tail["turbulent"] + (1 - found.tomorrow) * tail["calm"]
    return Forecast(
        outcome="move", about=str(found.day), instrument=known.index, sessions=1, threshold=threshold,
        expected=_both(large), naive=_both(base), model="two variances", method="frequency so far",
    )  # fmt: skip


def _after_flags(known: Briefing, bars: "Sequence[Bar]", past: "Sequence[Anomalies]", flagged: bool) -> Forecast | None:
    """Whether the next five sessions move far: how often they did after days flagged alike, drawn to the base rate."""
    import numpy as np

    moves = 100 * returns(bars)
    known_moves = np.where(np.isfinite(moves), moves, 0.0)
    weeks = np.abs(np.convolve(known_moves, np.ones(HORIZON), "valid"))
    if len(weeks) < _CALLED or len(past) <= 2 * HORIZON:
        return None
    threshold = round(float(np.quantile(weeks, _TAIL)), 4)
    first = len(bars) - len(past)
    judged = [
        (bool(day.flags), abs(float(known_moves[i + 1 : i + 1 + HORIZON].sum())) > threshold)
        for i, day in enumerate(past[:-HORIZON], first)
    ]
    base = (sum(large for _, large in judged) + 0.5) / (len(judged) + 1)
    alike = [large for flag, large in judged if flag == flagged]
    share = (sum(alike) + _WEIGHT * base) / (len(alike) + _WEIGHT)
    return Forecast(
        outcome="move", about=str(past[-1].day), instrument=known.index, sessions=HORIZON, threshold=threshold,
        expected=_both(share), naive=_both(base), model=f"after {len(alike)} days flagged alike",
        method="frequency in the last year",
    )  # fmt: skip


def _both(large: float) -> dict[str, float]:
    """Both probabilities, neither of them nothing."""
    kept = min(max(large, 0.001), 0.999)
    return {"large": kept, "small": 1 - kept}


TOPICS: Mapping[str, Callable[[Briefing], Advice]] = {
    "anomalies": stands_out, "regime": regime_now, "volatility": volatility_ahead,
}  # fmt: skip
