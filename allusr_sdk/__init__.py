"""ALL-USE: the public names for authors of plugins, each imported when it is first used.

Settings are declared with `setting` and `settings` from `allusr_sdk.settings`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allusr_sdk.contracts import assignment as assignment
    from allusr_sdk.contracts import earnings as earnings
    from allusr_sdk.contracts import greeks as greeks
    from allusr_sdk.contracts import liquidity as liquidity
    from allusr_sdk.contracts import wheel as wheel
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
    from allusr_sdk.hookspecs import hookimpl as hookimpl
    from allusr_sdk.model.chains import Chain as Chain
    from allusr_sdk.model.chains import Quote as Quote
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
    from allusr_sdk.model.options import Contract as Contract
    from allusr_sdk.model.options import Right as Right
    from allusr_sdk.model.positions import LedgerBook as LedgerBook
    from allusr_sdk.model.positions import Position as Position
    from allusr_sdk.model.positions import Watch as Watch
    from allusr_sdk.model.positions import Wheel as Wheel
    from allusr_sdk.model.views import Dividend as Dividend
    from allusr_sdk.model.views import Grain as Grain
    from allusr_sdk.model.views import MarketView as MarketView
    from allusr_sdk.model.views import Snapshot as Snapshot
    from allusr_sdk.rulebook import Rulebook as Rulebook

_HOMES = {
    "contracts": ("assignment", "earnings", "greeks", "liquidity", "wheel"),
    "contracts.plugins": ("Assessment", "Calm", "ForkRule", "LadderManager", "RiskProtocol", "Sleeve"),
    "contracts.selection": ("Pick", "choose"),
    "contracts.view": ("Atr", "SleeveView"),
    "hookspecs": ("hookimpl",),
    "model.chains": ("Chain", "Quote"),
    "model.intents": (
        "Band", "Candidate", "Close", "Halt", "Hedge", "Intent", "Note", "Roll", "Sell", "Shares", "Skip", "Veto",
    ),
    "model.options": ("Contract", "Right"),
    "model.positions": ("LedgerBook", "Position", "Watch", "Wheel"),
    "model.views": ("Dividend", "Grain", "MarketView", "Snapshot"),
    "rulebook": ("Rulebook",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"allusr_sdk has no public name {name!r}")
    home = import_module(f"allusr_sdk.{_HOME_OF[name]}")
    found = import_module(f"allusr_sdk.contracts.{name}") if _HOME_OF[name] == "contracts" else getattr(home, name)
    globals()[name] = found
    return found
