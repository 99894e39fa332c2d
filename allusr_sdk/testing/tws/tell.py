"""Messages about orders, executions, positions and accounts, as the records have them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from allusr_sdk.testing.tws.books import Books, Prices
from allusr_sdk.testing.tws.codec import Value
from allusr_sdk.testing.tws.instruments import Registry, fields, listed_ids, stamp
from allusr_sdk.testing.tws.layout import UNSET, Raw
from allusr_sdk.testing.tws.messages import MESSAGES
from allusr_sdk.testing.tws.records import Fill, Order

BAG_ID = 28_812_380
"""The conId that TWS gives all combos."""

_ECHOED = {name: frozenset(field.name for field in MESSAGES[name].fields()) for name in ("openOrder", "completedOrder")}
_NOT_ECHOED = frozenset({
    "conId", "strike", "right", "deltaNeutralOrderType", "adjustedOrderType", "displaySize", "clearingIntent",
    "openClose", "ocaType", "exemptCode", "conditions", "legs", "deltaNeutral", "dontUseAutoPriceForHedge",
})  # fmt: skip
"""What TWS fills in by itself, whatever was asked."""


@frozen
class Told:
    """One message, and whom it is for: a client's id, or None for all."""

    name: str
    values: Mapping[str, Value]
    client: int | None = None


def open_order(order: Order, registry: Registry, margins: Mapping[str, Value] | None = None) -> Told:
    """An order as it stands; `margins` where it is a what-if."""
    values = _echo(order, registry, "openOrder") | {
        "orderId": order.order_id, "clientId": order.client_id, "permId": order.perm_id, "status": order.status,
        "totalQuantity": order.quantity, **(margins or {}),
        "sharesAllocation": f"{order.perm_id}.0/{order.account}/{order.quantity}",
    }  # fmt: skip
    return Told("openOrder", values, order.client_id)


def completed(order: Order, registry: Registry) -> Told:
    """An order that is done: without its number at the client, as TWS tells it."""
    said = f"Filled Size: {order.filled}" if order.status == "Filled" else order.why or order.status
    values = _echo(order, registry, "completedOrder") | {
        "permId": order.perm_id, "status": order.status, "filledQuantity": order.filled,
        "totalQuantity": 0 if order.status == "Filled" else order.quantity,
        "completedTime": stamp(order.ended) if order.ended else "", "completedStatus": said,
    }  # fmt: skip
    return Told("completedOrder", values, order.client_id)


def status(order: Order) -> Told:
    """The status of an order."""
    return Told("orderStatus", {
        "orderId": order.order_id, "status": order.status, "filled": order.filled,
        "remaining": order.left, "avgFillPrice": _price(order.average),
        "permId": order.perm_id, "lastFillPrice": order.last, "clientId": order.client_id,
        "parentId": _raw(order.asked, "parentId") or None,
    }, order.client_id)  # fmt: skip


def execution(fill: Fill, registry: Registry, asked: int = -1) -> Told:
    """An execution; `asked` is the request that it answers, -1 for none."""
    contract: dict[str, Value] = (
        {"conId": BAG_ID, "symbol": fill.instrument, "secType": "BAG", "exchange": "SMART", "right": "?"}
        if fill.combo
        else listed_ids(fill.instrument, registry)
    )
    values = contract | {
        "reqId": asked, "orderId": fill.order_id, "execId": fill.id, "time": stamp(fill.at),
        "acctNumber": fill.account, "execExchange": "CBOE" if fill.order_id > 0 else "SMART",
        "side": "BOT" if fill.quantity > 0 else "SLD", "shares": abs(fill.quantity), "price": fill.price,
        "permId": fill.perm_id, "clientId": fill.client_id, "liquidation": int(fill.liquidation),
        "cumQty": fill.cumulative or abs(fill.quantity), "avgPrice": _price(fill.average or fill.price),
        "orderRef": fill.reference,
    }  # fmt: skip
    return Told("execDetails", values, fill.client_id)


def commission(fill: Fill) -> Told:
    """What an execution cost."""
    values: dict[str, Value] = {"execId": fill.id, "commission": fill.fee, "realizedPNL": fill.realised}
    return Told("commissionReport", values, fill.client_id)


def position(account: str, books: Books, name: str, registry: Registry) -> Told:
    """What is held of an instrument now, nothing included."""
    told = fields(name, registry.id(name), exchange="")
    held, average = books.holdings.get(name, 0), books.average(name)
    return Told("position", told | {"account": account, "position": held, "averageCost": average})


def portfolio(account: str, books: Books, prices: Prices, registry: Registry, moved: Sequence[str]) -> Iterator[Told]:
    """Every holding with its mark, and what has just become none."""
    for name in sorted({*books.holdings, *moved}):
        held, average = books.holdings.get(name, 0), books.average(name)
        told = fields(name, registry.id(name), exchange="")
        units = int(str(told.get("multiplier", 1)))
        price = prices(name) or average / units
        value = held * price * units
        del told["exchange"]
        yield Told("portfolio", told | {
            "account": account, "position": held, "marketPrice": price, "marketValue": value, "averageCost": average,
            "unrealizedPNL": value - held * average, "realizedPNL": books.gains.get(name, Decimal("0.00")),
        })  # fmt: skip


def error(code: int, text: str, number: int = -1, client: int | None = None) -> Told:
    """An error or notice about a request or order, or about none."""
    return Told("error", {"reqId": number, "code": code, "text": text}, client)


def _echo(order: Order, registry: Registry, message: str) -> dict[str, Value]:
    """What of the order's own fields a message repeats."""
    known = _ECHOED[message] - _NOT_ECHOED
    values: dict[str, Value] = {
        name: value for name, value in order.asked.items()
        if name in known and not isinstance(value, list)
    }  # fmt: skip
    values |= {"account": order.account, "lmtPrice": _raw(order.asked, "lmtPrice") or None}
    if not order.combo:
        values |= listed_ids(order.legs[0].instrument, registry)
        return values | {"exchange": _raw(order.asked, "exchange") or "SMART"}
    legs = order.asked.get("legs", [])
    rows = [row for row in legs if isinstance(row, dict)]
    words = ",".join(f"{row['conId']}|{'' if row['action'] == 'BUY' else '-'}{row['ratio']}" for row in rows)
    return values | {"conId": BAG_ID, "right": "?", "comboLegsDescrip": words, "legs": rows}


def _raw(asked: Mapping[str, Raw], name: str) -> str:
    found = asked.get(name, "")
    return found if isinstance(found, str) and found not in UNSET else ""


def _price(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.00000001")).normalize() if value else Decimal("0.0")
