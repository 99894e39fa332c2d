"""What authors of plugins test with: markets by sentences, a sandbox, faults, golden journals, conformance checks.

Every name is imported when it is first used, so that a test run which needs none of them does not wait for any.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allusr_sdk.testing.broker import Broker as Broker
    from allusr_sdk.testing.checks import Report as Report
    from allusr_sdk.testing.checks import broker_checks as broker_checks
    from allusr_sdk.testing.checks import check_broker as check_broker
    from allusr_sdk.testing.checks import check_fork as check_fork
    from allusr_sdk.testing.checks import check_ladder as check_ladder
    from allusr_sdk.testing.checks import check_market as check_market
    from allusr_sdk.testing.checks import check_observer as check_observer
    from allusr_sdk.testing.checks import check_protocol as check_protocol
    from allusr_sdk.testing.checks import check_sleeve as check_sleeve
    from allusr_sdk.testing.checks import fork_checks as fork_checks
    from allusr_sdk.testing.checks import ladder_checks as ladder_checks
    from allusr_sdk.testing.checks import market_checks as market_checks
    from allusr_sdk.testing.checks import observer_checks as observer_checks
    from allusr_sdk.testing.checks import protocol_checks as protocol_checks
    from allusr_sdk.testing.checks import sleeve_checks as sleeve_checks
    from allusr_sdk.testing.clock import Clock as Clock
    from allusr_sdk.testing.golden import Golden as Golden
    from allusr_sdk.testing.market import Market as Market
    from allusr_sdk.testing.played import Played as Played
    from allusr_sdk.testing.plugin_host import Recorded as Recorded
    from allusr_sdk.testing.sandbox import Sandbox as Sandbox
    from allusr_sdk.testing.standard import standard as standard
    from allusr_sdk.testing.tape import Tape as Tape

_KINDS = ("sleeve", "protocol", "ladder", "fork", "market", "broker", "observer")
_HOMES = {
    "broker": ("Broker",),
    "checks": ("Report", *(f"check_{kind}" for kind in _KINDS), *(f"{kind}_checks" for kind in _KINDS)),
    "clock": ("Clock",),
    "golden": ("Golden",),
    "market": ("Market",),
    "played": ("Played",),
    "plugin_host": ("Recorded",),
    "sandbox": ("Sandbox",),
    "standard": ("standard",),
    "tape": ("Tape",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def _found(name: str) -> object:
    if name in _HOME_OF:
        found: object = getattr(import_module(f"allusr_sdk.testing.{_HOME_OF[name]}"), name)
    else:
        from allusr_sdk._deprecations import moved

        found = moved(__name__, name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:  # a checker that saw it would take any name for a public one
    __getattr__ = _found
