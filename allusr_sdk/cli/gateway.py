"""A gateway of Interactive Brokers, as `allusr doctor --market ibkr` looks at it."""

from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.cli.checkup import Told
    from allusr_sdk.cli.house import Home
    from allusr_sdk.execution.arming import Row

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
    from allusr_sdk.execution.ibkr.market.checking import judged, look

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
    return tuple(judged(found, config.ibkr, told.mode, account, config.rulebook.number("KS-9.skew_seconds")))
