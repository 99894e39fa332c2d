"""Reports of a week, a month or a quarter: one set of facts, and its renderings (JSON, CSV, HTML, PDF, words)."""

from allusr_sdk.reports.periods.build import facts_of
from allusr_sdk.reports.periods.period import KINDS, Period, period_of
from allusr_sdk.reports.periods.values import Added, PeriodFacts

__all__ = ["KINDS", "Added", "Period", "PeriodFacts", "facts_of", "period_of"]
