"""Between IBKR's library and our records: contracts and orders both ways, sentinels cleaned."""

from collections.abc import Iterable
from datetime import UTC, date
from decimal import Decimal, InvalidOperation
from math import nan

from ib_async import BarData, ComboLeg, Contract, ContractDetails, Execution, OptionChain, Order, OrderState
from ib_async.util import UNSET_DOUBLE, UNSET_INTEGER

from allusr_sdk.execution.ibkr.records import Asset, Chain, Details, Executed, Leg, Margin, OrderSeen, Outgoing
from allusr_sdk.model.views import Bar

SMART, CBOE, USD = "SMART", "CBOE", "USD"


def amount(value: object) -> Decimal | None:
    """A number as IBKR tells it; None where it is empty, infinite, or one of the values that stand for nothing."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return None if not found.is_finite() or abs(found) >= Decimal("1e300") or found == UNSET_INTEGER else found


def whole(told: object) -> int | None:
    """A quantity; None where it is not told, or no whole number: books have no parts of shares."""
    value = amount(told)
    return None if value is None or value != value.to_integral_value() else int(value)


def asset_of(told: Contract) -> Asset:
    """A contract as it was told."""
    return Asset(
        con_id=told.conId, kind=told.secType, symbol=told.symbol,
        expiry=told.lastTradeDateOrContractMonth[:8], strike=amount(told.strike) or Decimal(0),
        right=told.right.strip("?0")[:1], multiplier=whole(told.multiplier) or 0,
        trading_class=told.tradingClass, local_symbol=told.localSymbol,
    )  # fmt: skip


def contract_of(asset: Asset, legs: Iterable[Leg] = ()) -> Contract:
    """A contract as it is asked for, routed by SMART."""
    if legs:
        return Contract(
            secType="BAG", symbol=asset.symbol, exchange=SMART, currency=USD,
            comboLegs=[
                ComboLeg(conId=leg.con_id, ratio=abs(leg.ratio), action=_side(leg.ratio > 0), exchange=SMART)
                for leg in legs
            ],
        )  # fmt: skip
    return Contract(
        conId=asset.con_id, secType=asset.kind, symbol=asset.symbol, lastTradeDateOrContractMonth=asset.expiry,
        strike=float(asset.strike), right=asset.right, multiplier=str(asset.multiplier or ""),
        exchange=CBOE if asset.kind == "IND" else SMART,
        currency=USD, tradingClass=asset.trading_class if asset.kind == "OPT" else "",
    )  # fmt: skip


def details_of(told: ContractDetails) -> Details:
    """A contract with the price rule that it has on SMART, else with the one that it has everywhere."""
    assert told.contract is not None
    rules = [whole(each) or 0 for each in told.marketRuleIds.split(",")]
    exchanges = [each.strip() for each in told.validExchanges.split(",")]
    by_exchange = dict(zip(exchanges, rules, strict=True)) if len(rules) == len(exchanges) else {}
    everywhere = rules[0] if len({*rules}) == 1 else 0
    return Details(
        asset=asset_of(told.contract), rule=by_exchange.get(SMART, everywhere),
        min_tick=amount(told.minTick) or Decimal(0),
    )  # fmt: skip


def chain_of(told: OptionChain) -> Chain:
    """An option class as it was told; strikes by their text, for they are no binary fractions."""
    return Chain(
        trading_class=told.tradingClass, multiplier=whole(told.multiplier) or 0,
        expiries=tuple(sorted(told.expirations)),
        strikes=tuple(sorted(Decimal(str(each)) for each in told.strikes)),
    )  # fmt: skip


def bar_of(told: BarData) -> Bar | None:
    """A daily bar as it was told, None where a price of it is not; IBKR tells a volume that it does not know as 0 or
    less."""
    assert isinstance(told.date, date)
    prices = (told.open, told.high, told.low, told.close)
    if any((value := amount(each)) is None or value <= 0 for each in prices):
        return None
    volume = float(told.volume)
    return Bar(told.date, *prices, volume if volume > 0 else nan)


def order_of(sent: Outgoing) -> Order:
    """An order as it leaves: a limit order in regular hours until an instant, its reference and account always set."""
    return Order(
        orderId=sent.number, action=_side(sent.buys), totalQuantity=sent.lots, orderType="LMT",
        lmtPrice=float(sent.limit), tif="GTD", goodTillDate=f"{sent.until.astimezone(UTC):%Y%m%d-%H:%M:%S}",
        outsideRth=False, account=sent.account, orderRef=sent.reference, transmit=True,
    )  # fmt: skip


def seen(number: int, told: Contract, order: Order, state: OrderState) -> OrderSeen:
    """An order as it was told; of a completed one IBKR tells no number, and its size as what was filled."""
    legs = tuple(Leg(each.conId, each.ratio if each.action == "BUY" else -each.ratio) for each in told.comboLegs)
    return OrderSeen(
        order_id=number, client_id=order.clientId, perm_id=order.permId, account=order.account,
        reference=order.orderRef, asset=asset_of(told), legs=legs, buys=order.action == "BUY",
        lots=whole(order.totalQuantity), limit=amount(order.lmtPrice) if order.orderType == "LMT" else None,
        status=state.status, why=state.completedStatus,
    )  # fmt: skip


def executed(told: Contract, run: Execution) -> Executed:
    """An execution as it was told; TWS leaves the number of a manual order unset."""
    number = 0 if run.orderId == UNSET_INTEGER else run.orderId
    shares, sign = whole(run.shares), {"BOT": 1, "SLD": -1}.get(run.side)
    return Executed(
        id=run.execId, account=run.acctNumber, order_id=number, client_id=run.clientId, perm_id=run.permId,
        reference=run.orderRef, asset=asset_of(told), quantity=sign * shares if sign and shares else None,
        price=amount(run.price), at=run.time, liquidation=bool(run.liquidation),
    )  # fmt: skip


def margin_of(state: OrderState) -> Margin:
    """What a what-if told of the account after the order."""
    return Margin(
        initial=amount(state.initMarginAfter), maintenance=amount(state.maintMarginAfter),
        equity=amount(state.equityWithLoanAfter),
    )  # fmt: skip


def told_margin(state: OrderState) -> bool:
    """Whether an answer to a what-if is the one with numbers: TWS may tell the order itself before."""
    return float(state.initMarginChange or UNSET_DOUBLE) != UNSET_DOUBLE


def _side(buys: bool) -> str:
    return "BUY" if buys else "SELL"
