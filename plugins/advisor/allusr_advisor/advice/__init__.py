"""Advice as statistics: flags, regimes, forecasts and suggestions out of daily values. Pure, scored and advisory.

Everything here takes values and gives frozen values that say `advisory`; nothing reads a home, and nothing here can
reach an order, a rule or the ledger. Where too little is known the answer is a `Missing` that says how much.

    reading = anomalies(panel(bars, vix, universe, daily_sentiment(headlines(text))))
    state = regime(bars)
    range_ahead = forecast_volatility(bars, vix)
    types = forecast_week(past, coming)
    ladder = suggest_ladder(state_of_ladder, rules, Climate(vix=.., vix_rank=.., turbulent=..))

`docs/advice-quality.md` says how good the forecasts have been; `allusr_advisor.advice.quality` measures it anew.
"""

from allusr_advisor.advice.anomalies import Anomalies, Limits, Reading, anomalies, walk_anomalies
from allusr_advisor.advice.basis import Known, Missing
from allusr_advisor.advice.ladder import (
    NEEDED,
    Climate,
    LadderAdvice,
    LadderState,
    RungState,
    Suggestion,
    suggest_ladder,
)
from allusr_advisor.advice.measures import MEASURES, Panel, panel
from allusr_advisor.advice.regimes import Change, Regime, changes, regime, walk_regimes
from allusr_advisor.advice.scores import Comparison, brier, compare, interval_loss, log_loss, qlike
from allusr_advisor.advice.sentiment import Headline, daily_sentiment, headlines, word_score
from allusr_advisor.advice.volatility import Span, VolatilityForecast, forecast_volatility, walk_volatility
from allusr_advisor.advice.weekmodels import LABELS, Week
from allusr_advisor.advice.weeks import Score, WeekForecast, forecast_week, walk_weeks

__all__ = [
    "LABELS", "MEASURES", "NEEDED", "Anomalies", "Change", "Climate", "Comparison", "Headline", "Known", "LadderAdvice",
    "LadderState", "Limits", "Missing", "Panel", "Reading", "Regime", "RungState", "Score", "Span", "Suggestion",
    "VolatilityForecast", "Week", "WeekForecast", "anomalies", "brier", "changes", "compare", "daily_sentiment",
    "forecast_volatility", "forecast_week", "headlines", "interval_loss", "log_loss", "panel", "qlike", "regime",
    "suggest_ladder", "walk_anomalies", "walk_regimes", "walk_volatility", "walk_weeks", "word_score",
]  # fmt: skip
