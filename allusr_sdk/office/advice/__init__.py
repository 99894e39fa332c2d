"""Advice as it was given to a home, and its scores: a chain beside the runs, that nothing but a person acts on."""

from allusr_sdk.office.advice.log import CHAIN, AdviceLog, Given, given
from allusr_sdk.office.advice.outcomes import Became, became
from allusr_sdk.office.advice.scoring import Standing, score_all, standings, waiting

__all__ = ["CHAIN", "AdviceLog", "Became", "Given", "Standing", "became", "given", "score_all", "standings", "waiting"]
