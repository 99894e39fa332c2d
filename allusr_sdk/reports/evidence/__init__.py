"""Statistics of evidence: what a run would have earned, how sure that is, and beside what.

Measures with intervals, deflated Sharpe ratios, the probability of backtest overfitting, and curves to compare with.
"""

from allusr_sdk.reports.evidence.build import facts_of, headings, telling
from allusr_sdk.reports.evidence.curves import Curve, of_run
from allusr_sdk.reports.evidence.evaluate import Estimate, Evaluated, Evidence, evaluated, evidence
from allusr_sdk.reports.evidence.holding import Holdings
from allusr_sdk.reports.evidence.overfitting import Overfitting, overfitting
from allusr_sdk.reports.evidence.published import INDICES, published
from allusr_sdk.reports.evidence.sharpe import Shape, deflated, deflated_best, expected_best, probabilistic

__all__ = [
    "INDICES",
    "Curve",
    "Estimate",
    "Evaluated",
    "Evidence",
    "Holdings",
    "Overfitting",
    "Shape",
    "deflated",
    "deflated_best",
    "evaluated",
    "evidence",
    "expected_best",
    "facts_of",
    "headings",
    "of_run",
    "overfitting",
    "probabilistic",
    "published",
    "telling",
]
