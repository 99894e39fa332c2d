"""ALL-USE: the public names for authors of plugins, each imported when it is first used.

    from allusr_sdk import Sleeve, hookimpl, setting, settings

`allusr_sdk.settings`, `allusr_sdk.testing` and `allusr_sdk.errors` are public too; docs/deprecations.md says what that
promises.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allusr_sdk.contracts import assignment as assignment
    from allusr_sdk.contracts import broker as broker
    from allusr_sdk.contracts import earnings as earnings
    from allusr_sdk.contracts import greeks as greeks
    from allusr_sdk.contracts import ladders as ladders
    from allusr_sdk.contracts import liquidity as liquidity
    from allusr_sdk.contracts import wheel as wheel
    from allusr_sdk.contracts.growth import Fork as Fork
    from allusr_sdk.contracts.growth import Merge as Merge
    from allusr_sdk.contracts.growth import Tree as Tree
    from allusr_sdk.contracts.ladders import LadderView as LadderView
    from allusr_sdk.contracts.plugins import Assessment as Assessment
    from allusr_sdk.contracts.plugins import Calm as Calm
    from allusr_sdk.contracts.plugins import ForkRule as ForkRule
    from allusr_sdk.contracts.plugins import LadderManager as LadderManager
    from allusr_sdk.contracts.plugins import RiskProtocol as RiskProtocol
    from allusr_sdk.contracts.plugins import Sleeve as Sleeve
    from allusr_sdk.contracts.selection import Pick as Pick
    from allusr_sdk.contracts.selection import choose as choose
    from allusr_sdk.contracts.view import Atr as Atr
    from allusr_sdk.contracts.view import SleeveView as SleeveView
    from allusr_sdk.hookspecs import Advice as Advice
    from allusr_sdk.hookspecs import Forecast as Forecast
    from allusr_sdk.hookspecs import Section as Section
    from allusr_sdk.hookspecs import hookimpl as hookimpl
    from allusr_sdk.model import events as events
    from allusr_sdk.model.calendar import Calendar as Calendar
    from allusr_sdk.model.calendar import Session as Session
    from allusr_sdk.model.calendar import xnys as xnys
    from allusr_sdk.model.chains import Chain as Chain
    from allusr_sdk.model.chains import Quote as Quote
    from allusr_sdk.model.events import Event as Event
    from allusr_sdk.model.intents import Band as Band
    from allusr_sdk.model.intents import Candidate as Candidate
    from allusr_sdk.model.intents import Close as Close
    from allusr_sdk.model.intents import Halt as Halt
    from allusr_sdk.model.intents import Hedge as Hedge
    from allusr_sdk.model.intents import Intent as Intent
    from allusr_sdk.model.intents import Note as Note
    from allusr_sdk.model.intents import Roll as Roll
    from allusr_sdk.model.intents import Sell as Sell
    from allusr_sdk.model.intents import Shares as Shares
    from allusr_sdk.model.intents import Skip as Skip
    from allusr_sdk.model.intents import Veto as Veto
    from allusr_sdk.model.ladders import Rung as Rung
    from allusr_sdk.model.nodes import Node as Node
    from allusr_sdk.model.options import Contract as Contract
    from allusr_sdk.model.options import Right as Right
    from allusr_sdk.model.positions import LedgerBook as LedgerBook
    from allusr_sdk.model.positions import Position as Position
    from allusr_sdk.model.positions import Watch as Watch
    from allusr_sdk.model.positions import Wheel as Wheel
    from allusr_sdk.model.views import Bar as Bar
    from allusr_sdk.model.views import Bars as Bars
    from allusr_sdk.model.views import Dividend as Dividend
    from allusr_sdk.model.views import EarningsDate as EarningsDate
    from allusr_sdk.model.views import Grain as Grain
    from allusr_sdk.model.views import MarketSource as MarketSource
    from allusr_sdk.model.views import MarketView as MarketView
    from allusr_sdk.model.views import Settlement as Settlement
    from allusr_sdk.model.views import Snapshot as Snapshot
    from allusr_sdk.model.views import Split as Split
    from allusr_sdk.model.views import Step as Step
    from allusr_sdk.model.views import Vix as Vix
    from allusr_sdk.rulebook import Rulebook as Rulebook
    from allusr_sdk.scenarios import Scenario as Scenario
    from allusr_sdk.settings import setting as setting
    from allusr_sdk.settings import settings as settings

_MODULES = {
    "assignment": "contracts.assignment",
    "broker": "contracts.broker",
    "earnings": "contracts.earnings",
    "events": "model.events",
    "greeks": "contracts.greeks",
    "ladders": "contracts.ladders",
    "liquidity": "contracts.liquidity",
    "settings": "settings",  # called, it is the decorator
    "wheel": "contracts.wheel",
}
_HOMES = {
    "contracts.growth": ("Fork", "Merge", "Tree"),
    "contracts.ladders": ("LadderView",),
    "contracts.plugins": ("Assessment", "Calm", "ForkRule", "LadderManager", "RiskProtocol", "Sleeve"),
    "contracts.selection": ("Pick", "choose"),
    "contracts.view": ("Atr", "SleeveView"),
    "hookspecs": ("Advice", "Forecast", "Section", "hookimpl"),
    "model.calendar": ("Calendar", "Session", "xnys"),
    "model.chains": ("Chain", "Quote"),
    "model.events": ("Event",),
    "model.intents": (
        "Band", "Candidate", "Close", "Halt", "Hedge", "Intent", "Note", "Roll", "Sell", "Shares", "Skip", "Veto",
    ),
    "model.ladders": ("Rung",),
    "model.nodes": ("Node",),
    "model.options": ("Contract", "Right"),
    "model.positions": ("LedgerBook", "Position", "Watch", "Wheel"),
    "model.views": (
        "Bar", "Bars", "Dividend", "EarningsDate", "Grain", "MarketSource", "MarketView", "Settlement", "Snapshot",
        "Split", "Step", "Vix",
    ),
    "rulebook": ("Rulebook",),
    "scenarios": ("Scenario",),
    "settings": ("setting",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_MODULES, *_HOME_OF])


def _found(name: str) -> object:
    if name in _MODULES:
        found: object = import_module(f"allusr_sdk.{_MODULES[name]}")
    elif name in _HOME_OF:
        found = getattr(import_module(f"allusr_sdk.{_HOME_OF[name]}"), name)
    else:
        from allusr_sdk._deprecations import moved

        found = moved(__name__, name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:  # a checker that saw it would take any name for a public one
    __getattr__ = _found
