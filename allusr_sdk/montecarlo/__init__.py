"""What a tree of accounts may come to over years: thousands of paths at once, in columns.

Weeks come out of a run's journal (`weeks_of`), paths are drawn out of them in blocks and grow by the rules of forks,
merges, reinvestment and ladders (`simulate`), and `outcome` says what they come to. `agreement` lets a run's own weeks
grow the same way and sets every fork, merge, transfer and ledger beside the run's.
"""

from allusr_sdk.montecarlo.agreement import Agreement, Growth, agreement
from allusr_sdk.montecarlo.calendar import Calendar
from allusr_sdk.montecarlo.facts import facts_of, headings, telling
from allusr_sdk.montecarlo.figures import Chance, Count, Outcome, Spread
from allusr_sdk.montecarlo.grown import Grown
from allusr_sdk.montecarlo.paths import Asked, Simulated, simulate
from allusr_sdk.montecarlo.reading import weeks_of
from allusr_sdk.montecarlo.summary import outcome
from allusr_sdk.montecarlo.weeks import Source, Weeks

__all__ = [
    "Agreement",
    "Asked",
    "Calendar",
    "Chance",
    "Count",
    "Grown",
    "Growth",
    "Outcome",
    "Simulated",
    "Source",
    "Spread",
    "Weeks",
    "agreement",
    "facts_of",
    "headings",
    "outcome",
    "simulate",
    "telling",
    "weeks_of",
]
