"""What a plugin implements, and the view that it is asked with."""

from allusr_sdk.contracts.ladders import LadderView
from allusr_sdk.contracts.plugins import Assessment, Calm, ForkRule, LadderManager, RiskProtocol, Sleeve
from allusr_sdk.contracts.selection import Pick, choose
from allusr_sdk.contracts.view import Atr, SleeveView

__all__ = [
    "Assessment",
    "Atr",
    "Calm",
    "ForkRule",
    "LadderManager",
    "LadderView",
    "Pick",
    "RiskProtocol",
    "Sleeve",
    "SleeveView",
    "choose",
]
