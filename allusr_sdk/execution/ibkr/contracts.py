"""Our instruments and IBKR's contracts: each has one name here and one number there, and prices have their ticks."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from allusr_sdk.errors import AllusrError
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset, Details, Refused
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.options import MULTIPLIER, Contract, Right

COMBO_STEP = Decimal("0.01")
"""Price increment of a combo's net price, which no market rule tells."""
NO_CONTRACT = 200

type Ticks = Sequence[tuple[Decimal, Decimal]]


class Unlisted(AllusrError):
    """IBKR knows no such contract, or several, or does not tell of it what an order needs."""


def asked_for(instrument: str) -> Asset:
    """An instrument as IBKR is asked for it: an option by its terms and its trading class, a share by its symbol."""
    option = contract_of(instrument)
    if option is None:
        return Asset(kind="STK", symbol=instrument)
    return Asset(
        kind="OPT", symbol=option.underlying, expiry=f"{option.expiry:%Y%m%d}", strike=option.strike,
        right=option.right.value, trading_class=option.root,
    )  # fmt: skip


def name_of(asset: Asset) -> str:
    """What we call a contract: the OSI symbol of an option of 100 shares, a share's symbol, else as IBKR calls it.

    What is adjusted and does not say so by its trading class, and what does not tell for how many shares it is, has a
    name that is no OSI symbol, so that nothing takes it for the contract of 100 shares.
    """
    called = asset.local_symbol or asset.symbol
    if asset.kind != "OPT":
        return asset.symbol if asset.kind == "STK" else f"{asset.kind} {called}"
    if asset.multiplier != MULTIPLIER:
        return f"{called} x{asset.multiplier or '?'}"
    try:
        root = asset.trading_class or asset.symbol
        return Contract(root, date.fromisoformat(asset.expiry), Right(asset.right), asset.strike).osi
    except ValueError:
        return f"{asset.kind} {called}"


class Contracts:
    """Contracts by name and by conId, each asked for once."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._details: dict[str, Details] = {}
        self._assets: dict[int, Asset] = {}
        self._rules: dict[int, Ticks] = {}

    def met(self, asset: Asset) -> str:
        """Remember a contract that was told, and give its name."""
        if asset.con_id and asset.kind != "BAG":
            self._assets.setdefault(asset.con_id, asset)
        return name_of(asset)

    def named(self, con_id: int) -> str:
        """The name of a contract that is known by its number alone. Raises `Refused` where IBKR knows none."""
        if con_id not in self._assets:
            found = self._port.details(Asset(con_id=con_id, kind=""))
            self._assets[con_id] = found[0].asset
        return name_of(self._assets[con_id])

    def details(self, instrument: str) -> Details:
        """A contract by its name.

        Raises:
            Unlisted: there is none or more than one of it.
            BrokerSilent: IBKR did not answer.
        """
        if instrument not in self._details:
            try:
                found = self._port.details(asked_for(instrument))
            except Refused as why:
                if why.code != NO_CONTRACT:
                    raise
                found = []
            mine = [each for each in found if name_of(each.asset) == instrument]
            if len(mine) != 1:
                raise _unlisted(instrument, mine, found)
            self._details[instrument] = mine[0]
            self.met(mine[0].asset)
        return self._details[instrument]

    def ticks(self, details: Details) -> Ticks:
        """Price increments of a contract in dollars, from a price on.

        Raises:
            Unlisted: IBKR tells none, or none for every price.
            BrokerSilent: IBKR did not answer.
        """
        if not details.rule:
            return _stepped(details, ((Decimal(0), details.min_tick),))
        if details.rule not in self._rules:
            self._rules[details.rule] = _stepped(details, self._port.rule(details.rule))
        return self._rules[details.rule]


def _unlisted(instrument: str, mine: Sequence[Details], found: Sequence[Details]) -> Unlisted:
    if not mine and any(each.asset.kind == "OPT" and not each.asset.multiplier for each in found):
        return Unlisted(
            f"LQ-4: {instrument} is not traded: IBKR does not tell for how many shares it is: look it up in TWS"
        )
    return Unlisted(f"{instrument}: IBKR lists {len(mine)} such contracts: look it up in TWS by its terms")


def _stepped(details: Details, ticks: Ticks) -> Ticks:
    """Increments that can be used: they begin at nothing, and each is one."""
    if ticks and min(low for low, _ in ticks) <= 0 and all(step > 0 for _, step in ticks):
        return ticks
    raise Unlisted(
        f"ORD-1: {name_of(details.asset)} is not traded: IBKR tells no price increment of it (market rule "
        f"{details.rule or 'none'}): look it up in TWS"
    )


def rounded(limit: Decimal, ticks: Ticks, *, buys: bool) -> Decimal:
    """A limit on its grid, away from harm: who buys pays no more and who sells takes no less than was decided."""
    step = [each for low, each in sorted(ticks) if abs(limit) >= low][-1]
    return (limit / step).to_integral_value(ROUND_FLOOR if buys else ROUND_CEILING) * step
