"""A gateway of Interactive Brokers, as `allusr doctor --market ibkr` looks at it."""

from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allusr_sdk.cli.checkup import Told
    from allusr_sdk.cli.house import Home
    from allusr_sdk.execution.arming import Row
    from allusr_sdk.ibkr import Ibkr

IBKR = "ibkr"
SHOWN = 3
"""Underlyings that are looked at, beside the VIX."""


def rows(told: "Told", home: "Home", market: str) -> "tuple[Row, ...]":
    """The checks of a market's gateway; none where no market is named.

    Raises:
        InputError: the market is none that has a gateway, or the configuration cannot be used.
    """
    if not market:
        return ()
    if market != IBKR:
        raise InputError(f"--market {market}: only ibkr has a gateway to look at")
    from allusr_sdk.cli.checkup import hosted
    from allusr_sdk.config import Config
    from allusr_sdk.execution.ibkr.market.checking import judged, look, shared

    use = told.plugins and list(told.plugins)
    config = Config.read(
        told.config, sets=told.sets, options={"plugins.use": use} if use else {}, rulebook=home.rulebook(),
        account=told.account,
    )  # fmt: skip
    host, _ = hosted(config)
    symbols = config.market.symbols or tuple(dict.fromkeys(
        symbol for sleeve in (host.sleeves.values() if host else ()) for symbol in sleeve.symbols
    ))  # fmt: skip
    found = look(config.ibkr, symbols[:SHOWN])
    account = config.ibkr.account or config.broker.account
    skew = config.rulebook.number("KS-9.skew_seconds")
    beside = _beside(told, config.ibkr, home)
    return (*judged(found, config.ibkr, told.mode, account, skew), *shared(beside))


def _beside(told: "Told", own: "Ibkr", home: "Home") -> "Mapping[str, Ibkr]":
    """What all accounts of the configuration say of the gateway of one of them, by name."""
    from allusr_sdk.config import Config
    from allusr_sdk.layers import accounts, of_file, of_pairs

    names = accounts([of_file(told.config), of_pairs(told.sets, {})])
    every = {
        name: Config.read(told.config, sets=told.sets, rulebook=home.rulebook(), account=name).ibkr for name in names
    }
    return {name: each for name, each in every.items() if (each.host, each.port) == (own.host, own.port)}
