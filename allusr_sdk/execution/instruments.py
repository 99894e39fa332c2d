"""Contracts and symbols as nautilus instruments, registered only when held or about to be traded."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from nautilus_trader.model.currencies import USD
from nautilus_trader.model.enums import AssetClass, OptionKind
from nautilus_trader.model.identifiers import (
    InstrumentId,
    Symbol,
    Venue,
    generic_spread_id_to_list,
    is_generic_spread_id,
    new_generic_spread_id,
)
from nautilus_trader.model.instruments import Equity, IndexInstrument, Instrument, OptionContract, OptionSpread
from nautilus_trader.model.objects import Price, Quantity

from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.options import MULTIPLIER, Contract, option_class

VENUE = Venue("SIM")
OPTION_PLACES, SHARE_PLACES = 2, 4

# Settlement is triggered by us once its price is known, never by the venue's clock on a stale one.
_NEVER = int((datetime(2200, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000


def symbol_id(symbol: str) -> InstrumentId:
    """Identifier of an underlying."""
    return InstrumentId(Symbol(symbol), VENUE)


def contract_id(contract: Contract) -> InstrumentId:
    """Identifier of an option: its OSI symbol without padding."""
    return InstrumentId(Symbol(contract.osi.replace(" ", "")), VENUE)


def underlying(symbol: str) -> Instrument:
    """A share or fund, or an index where the symbol's options settle in cash."""
    step = Price(Decimal("0.0001"), SHARE_PLACES)
    if option_class(symbol).cash_settled:
        return IndexInstrument(
            symbol_id(symbol), Symbol(symbol), USD, SHARE_PLACES, 0, step, Quantity.from_int(1), 0, 0
        )
    return Equity(symbol_id(symbol), Symbol(symbol), USD, SHARE_PLACES, step, Quantity.from_int(1), 0, 0)


def option(contract: Contract) -> OptionContract:
    """A listed option on a share, fund or index; its venue expiry lies beyond any run, see the module's constant."""
    identifier, right = contract_id(contract), OptionKind.PUT if contract.is_put else OptionKind.CALL
    return OptionContract(
        identifier, identifier.symbol, _asset_class(contract), USD,
        OPTION_PLACES, Price(Decimal("0.01"), OPTION_PLACES), Quantity.from_int(MULTIPLIER), Quantity.from_int(1),
        contract.underlying, right, Price(contract.strike, SHARE_PLACES), 0, _NEVER, 0, 0,
    )  # fmt: skip


def spread(buy: Contract, sell: Contract) -> OptionSpread:
    """A combo that buys one contract and sells another, one for one."""
    identifier = new_generic_spread_id([(contract_id(buy), 1), (contract_id(sell), -1)])
    return OptionSpread(
        identifier, identifier.symbol, _asset_class(buy), USD, OPTION_PLACES, Price(Decimal("0.01"), OPTION_PLACES),
        Quantity.from_int(MULTIPLIER), Quantity.from_int(1), buy.underlying, "COMBO", 0, _NEVER, 0, 0,
    )  # fmt: skip


def named(identifier: InstrumentId) -> Instrument:
    """The instrument that got this name from one of the functions above. Raises ValueError for what is no such name."""
    if is_generic_spread_id(identifier):
        legs = {ratio: Contract.parse(leg.symbol.value, True) for leg, ratio in generic_spread_id_to_list(identifier)}
        return spread(legs[1], legs[-1])
    name = identifier.symbol.value
    contract = contract_of(name)
    return underlying(name) if contract is None else option(contract)


def _asset_class(contract: Contract) -> AssetClass:
    return AssetClass.INDEX if contract.kind.cash_settled else AssetClass.EQUITY
