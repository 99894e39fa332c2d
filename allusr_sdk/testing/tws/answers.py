"""What TWS answers: one function a request, by its name."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from attrs import evolve

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.testing.tws import instruments, tell
from allusr_sdk.testing.tws.codec import Message, Single
from allusr_sdk.testing.tws.lines import Line
from allusr_sdk.testing.tws.records import DONE, Fill
from allusr_sdk.testing.tws.session import Session

NO_CONTRACT = "No security definition has been found for the request"
NOT_SUBSCRIBED = {
    354: "Requested market data is not subscribed. Delayed market data is available.",
    10167: "Requested market data is not subscribed. Displaying delayed market data.",
    10168: "Requested market data is not subscribed. Delayed market data is not enabled.",
    10197: "No market data during competing live session",
}
LIVE, FROZEN, DELAYED = 1, 2, 3


def current_time(session: Session, _: Message) -> None:
    session.send("currentTime", time=int(session.world.state.now.timestamp()))


def managed_accounts(session: Session, _: Message) -> None:
    session.send("managedAccounts", accounts=",".join(session.world.state.accounts))


def next_id(session: Session, _: Message) -> None:
    session.send("nextValidId", orderId=session.world.state.highest.get(session.client, 0) + 1)


# --- contracts ---


def contract_details(session: Session, asked: Message) -> None:
    world, number = session.world, asked.number("reqId")
    found = world.described(asked)
    if not found:
        session.error(200, NO_CONTRACT, number)
        return
    for name in found:
        told = instruments.details(name, world.registry, world.market.calendar, world.state.now)
        session.send("contractDetails", reqId=number, **told)
    session.send("contractDetailsEnd", reqId=number)


def chain(session: Session, asked: Message) -> None:
    world, number, symbol = session.world, asked.number("reqId"), asked.text("symbol")
    listed = sorted(world.listed(symbol), key=lambda each: each.root)
    for root, group in groupby(listed, key=lambda each: each.root):
        options = list(group)
        for exchange in instruments.EXCHANGES[:2]:
            session.send(
                "chain", reqId=number, exchange=exchange, underConId=world.registry.id(symbol), tradingClass=root,
                multiplier=100, expirations=[{"date": f"{day:%Y%m%d}"} for day in sorted({o.expiry for o in options})],
                strikes=[{"strike": f"{strike:.1f}"} if strike * 10 % 1 == 0 else {"strike": f"{strike:f}"}
                         for strike in sorted({o.strike for o in options})],
            )  # fmt: skip
    session.send("chainEnd", reqId=number)


def market_rule(session: Session, asked: Message) -> None:
    number = asked.number("marketRuleId")
    rule = instruments.MARKET_RULES.get(number)
    if rule is None:
        session.error(321, f"Error validating request: market rule {number} does not exist")
        return
    rows = [{"lowEdge": low, "increment": step} for low, step in rule]
    session.send("marketRule", marketRuleId=number, increments=rows)


def historical(session: Session, asked: Message) -> None:
    number, world = asked.number("reqId"), session.world
    name = world.instrument(asked)
    if not name or session.paced(asked):
        text = "Historical Market Data Service error message:"
        session.error(
            162 if name else 200, f"{text}API historical data query pacing violation" if name else NO_CONTRACT, number
        )
        return
    count = {"D": 1, "W": 5, "M": 21, "Y": 252}
    length, unit = asked.text("duration").split() if asked.text("duration") else ("1", "D")
    bars: list[dict[str, Single]] = [
        {"date": f"{bar.day:%Y%m%d}", "open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close,
         "volume": _known(bar.volume), "average": bar.close, "count": 1}
        for bar in world.market.bars(name, int(length) * count.get(unit, 1))
    ]  # fmt: skip
    if asked.text("barSize") != "1 day" or not bars:
        session.error(162, "Historical Market Data Service error message:HMDS query returned no data", number)
        return
    session.send("historicalData", reqId=number, start=bars[0]["date"], end=bars[-1]["date"], bars=bars)


# --- market data ---


def market_data(session: Session, asked: Message) -> None:
    number, world = asked.number("reqId"), session.world
    generics = frozenset(int(each) for each in asked.text("genericTicks").split(",") if each.strip().isdigit())
    name = world.instrument(asked)
    if not name:
        session.error(200, NO_CONTRACT, number)
    elif generics and asked.flag("snapshot"):
        session.error(
            321,
            "Error validating request: Snapshot market data subscription is not applicable to generic ticks",
            number,
        )
    elif session.lines_left() <= 0:
        session.error(101, "Max number of tickers has been reached", number)
    elif (line := _permitted(session, Line(number, name, generics, asked.flag("snapshot")))) is not None:
        session.lines[number] = line
        session.send("marketDataType", reqId=number, marketDataType=DELAYED if line.delayed else LIVE)
        session.send(
            "tickReqParams",
            reqId=number,
            minTick=instruments.MARKET_RULES[instruments.rule_of(name)][0][1],
            bboExchange="9c0001",
        )
        session.show(line)
        if line.snapshot:
            session.send("tickSnapshotEnd", reqId=number)
            del session.lines[number]


def _permitted(session: Session, line: Line) -> Line | None:
    """The line as it may be shown; None where it is refused, which is told."""
    code = session.world.denied(line.instrument)
    if not code:
        return line
    if code in (354, 10167) and session.wants.data_type >= DELAYED:
        session.error(10167, NOT_SUBSCRIBED[10167], line.number)
        return evolve(line, delayed=True)
    session.error(354 if code == 10167 else code, NOT_SUBSCRIBED.get(code, NOT_SUBSCRIBED[354]), line.number)
    return None


def cancel_market_data(session: Session, asked: Message) -> None:
    number = asked.number("reqId")
    if session.lines.pop(number, None) is None:
        session.error(300, f"Can't find EId with tickerId:{number}", number)


def data_type(session: Session, asked: Message) -> None:
    session.wants.data_type = asked.number("marketDataType")


# --- orders ---


def place(session: Session, asked: Message) -> None:
    session.world.place(session.client, asked)


def cancel(session: Session, asked: Message) -> None:
    session.world.cancel(session.client, asked.number("orderId"))


def cancel_all(session: Session, _: Message) -> None:
    session.world.cancel_all()


def open_orders(session: Session, _: Message) -> None:
    _orders(session, session.client)


def all_open_orders(session: Session, _: Message) -> None:
    _orders(session, None)


def _orders(session: Session, client: int | None) -> None:
    world = session.world
    for order in world.state.orders.values():
        if order.working and client in (None, order.client_id):
            for told in (tell.open_order(order, world.registry), tell.status(order)):
                session.send(told.name, **told.values)
    session.send("openOrderEnd")


def auto_open(session: Session, asked: Message) -> None:
    if session.client == 0 and asked.flag("bind"):
        session.world.bind(session.client)


def completed_orders(session: Session, asked: Message) -> None:
    world = session.world
    for order in world.state.orders.values():
        today = order.ended is not None and order.ended.astimezone(NEW_YORK).date() == world.today
        if order.status in DONE and today and (order.client_id or not asked.flag("apiOnly")):
            session.send("completedOrder", **tell.completed(order, world.registry).values)
    session.send("completedOrdersEnd")


def executions(session: Session, asked: Message) -> None:
    world, number = session.world, asked.number("reqId")
    found = [fill for fill in world.state.fills if _remembered(session, fill) and _asked_for(asked, fill)]
    last = [fill for fill in found if fill.fee is not None and fill.id not in world.state.commissions]
    for fill in found:
        session.send("execDetails", **tell.execution(fill, world.registry, number).values)
        if not world.state.manners.commissions_last and fill in last:
            session.send("commissionReport", **tell.commission(fill).values)
    session.send("execDetailsEnd", reqId=number)
    if world.state.manners.commissions_last:
        for fill in last:
            session.send("commissionReport", **tell.commission(fill).values)


def _remembered(session: Session, fill: Fill) -> bool:
    state = session.world.state
    if state.manners.remembered:
        return fill.at > state.now - timedelta(hours=state.manners.remembered)
    return fill.at.astimezone(NEW_YORK).date() == session.world.today


def _asked_for(asked: Message, fill: Fill) -> bool:
    wanted = {
        "clientId": str(fill.client_id), "account": fill.account, "side": "BUY" if fill.quantity > 0 else "SELL",
        "secType": "BAG" if fill.combo else instruments.kind(fill.instrument),
    }  # fmt: skip
    since = instruments.instant(asked.text("time").replace("  ", " "))
    told = all(asked.text(name) in ("", "0", value) for name, value in wanted.items())
    symbol = fill.instrument if fill.combo else instruments.fields(fill.instrument, 0)["symbol"]
    return told and asked.text("symbol") in ("", symbol) and (since is None or fill.at >= since)


def exercise(session: Session, asked: Message) -> None:
    world, number, account = session.world, asked.number("reqId"), asked.text("account")
    name = world.instrument(asked)
    books = world.state.accounts.get(account)
    held = books.holdings.get(name, 0) if books else 0
    if books is None or not 0 < asked.number("quantity") <= held:
        session.error(322, f"Error processing request: {name or 'contract'}: {held} held, cannot be exercised", number)
        return
    if asked.number("action") == 1:
        books.exercise(name, asked.number("quantity"), spot=world.price(name))
        world.collect(account)


# --- accounts ---


def positions(session: Session, _: Message) -> None:
    session.wants.positions, world = True, session.world
    for account, books in world.state.accounts.items():
        for name in sorted(books.holdings):
            session.send("position", **tell.position(account, books, name, world.registry).values)
    session.send("positionEnd")


def cancel_positions(session: Session, _: Message) -> None:
    session.wants.positions = False


def account_updates(session: Session, asked: Message) -> None:
    account = asked.text("account") or next(iter(session.world.state.accounts))
    if account not in session.world.state.accounts:
        session.error(321, f"Error validating request: account {account} is not one of yours")
        return
    session.wants.updates = account if asked.flag("subscribe") else ""
    if session.wants.updates:
        session.show_account(account)
        session.send("accountDownloadEnd", account=account)


def account_multi(session: Session, asked: Message) -> None:
    number, account = asked.number("reqId"), asked.text("account")
    if account not in session.world.state.accounts:
        session.error(321, f"Error validating request: account {account} is not one of yours", number)
        return
    session.wants.multis[number] = account
    session.show_multi(number, account)
    session.send("accountUpdateMultiEnd", reqId=number)


def cancel_multi(session: Session, asked: Message) -> None:
    session.wants.multis.pop(asked.number("reqId"), None)


def account_summary(session: Session, asked: Message) -> None:
    number = asked.number("reqId")
    if len(session.wants.summaries) >= 2:
        session.error(
            322, "Error processing request.-'cS' : cause - Maximum number of account summary requests exceeded", number
        )
        return
    tags = tuple(asked.text("tags").split(","))
    session.wants.summaries[number] = tags
    session.show_summary(number, tags)
    session.send("accountSummaryEnd", reqId=number)


def cancel_summary(session: Session, asked: Message) -> None:
    session.wants.summaries.pop(asked.number("reqId"), None)


def nothing(session: Session, asked: Message) -> None:
    """What is heard and not answered."""


ANSWERS: dict[str, Callable[[Session, Message], None]] = {
    "reqMktData": market_data, "cancelMktData": cancel_market_data, "placeOrder": place, "cancelOrder": cancel,
    "reqOpenOrders": open_orders, "reqAccountUpdates": account_updates, "reqExecutions": executions,
    "reqIds": next_id, "reqContractDetails": contract_details, "setServerLogLevel": nothing,
    "reqAutoOpenOrders": auto_open, "reqAllOpenOrders": all_open_orders, "reqManagedAccts": managed_accounts,
    "reqHistoricalData": historical, "exerciseOptions": exercise, "cancelHistoricalData": nothing,
    "reqCurrentTime": current_time, "reqGlobalCancel": cancel_all, "reqMarketDataType": data_type,
    "reqPositions": positions, "reqAccountSummary": account_summary, "cancelAccountSummary": cancel_summary,
    "cancelPositions": cancel_positions, "reqAccountUpdatesMulti": account_multi,
    "cancelAccountUpdatesMulti": cancel_multi, "reqSecDefOptParams": chain, "reqMarketRule": market_rule,
    "reqCompletedOrders": completed_orders,
}  # fmt: skip


def _known(value: float) -> Single:
    return value if value == value else Decimal(0)
