"""What flows of a client on ib_async are made of."""

import asyncio

from ib_async import LimitOrder, Option, Stock

from tests.ibkr.wire import PUT


def spy():
    return Stock("SPY", "SMART", "USD")


def option(name):
    return Option(name[:6].strip(), f"20{name[6:12]}", int(name[13:]) / 1000, name[12], "SMART", currency="USD")


def order(side="SELL", lots=2, limit=4.00, reference="au-1", account="DU1", **more):
    return LimitOrder(side, lots, limit, orderRef=reference, account=account, tif=more.pop("tif", "DAY"), **more)


async def qualified(ib, name):
    (found,) = await ib.qualifyContractsAsync(option(name))
    return found


async def until(holds, seconds=60.0):
    """Wait for something that the other process brings about."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def placed(ib, name=PUT, **more):
    trade = ib.placeOrder(await qualified(ib, name), order(**more))
    await until(lambda: trade.orderStatus.status != "PendingSubmit")
    return trade
