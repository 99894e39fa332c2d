"""Ports and brokers of ours on a simulated TWS, with waits that are short enough for tests."""

from datetime import date, timedelta
from decimal import Decimal
from time import monotonic, sleep

from allusr_sdk.execution.ibkr import IbkrBroker
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.model.broker import Execution, Part, Report, Ticket
from tests.ibkr.wire import PUT

CLIENT = 71


def settings(tws, **more):
    short = {
        "client_id": CLIENT, "account": "DU1", "seconds": 3.0, "heartbeat": 0.2, "retry": 0.05, "retry_most": 0.2,
        "acknowledged": 1.0, "grace": 0.2, "fees": 0.3, "settle": 0.2,
        "restart_minutes": 0,  # whatever the hour is
    }  # fmt: skip
    return Ibkr(port=tws.port, **(short | more))


def port(tws, **more):
    return Port(settings(tws, **more))


def option(name):
    return Asset(
        kind="OPT", symbol=name[:6].strip(), expiry=f"{date.fromisoformat('20' + name[6:12]):%Y%m%d}", right=name[12],
        strike=Decimal(int(name[13:])) / 1000, trading_class=name[:6].strip(),
    )  # fmt: skip


def until(holds, seconds=5.0):
    """Wait for something that another process or thread brings about."""
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it did not come about in time"
        sleep(0.01)


def broker(tws, **more):
    return IbkrBroker(settings(tws, **more))


def ticket(tws, name=PUT, quantity=-2, limit="4.00", reference="au-1", minutes=300, legs=()):
    parts = legs or ((name, quantity),)
    return Ticket(
        reference=reference, limit=Decimal(limit), until=tws.control.now() + timedelta(minutes=minutes),
        legs=tuple(Part(each, count, Decimal(limit), Decimal(limit)) for each, count in parts),
    )  # fmt: skip


def heard(broker, tws, seconds=0.0, enough=lambda told: True):
    """News until there are enough, or so many seconds have gone; at once where no seconds are given."""
    told, end = [*broker.news(tws.control.now())], monotonic() + seconds
    while monotonic() < end and not (told and enough(told)):
        told += broker.news(tws.control.now())
    return told


def reports(told, reference=None):
    found = [each for each in told if isinstance(each, Report)]
    return [each.status for each in found if reference in (None, each.reference)]


def runs(told):
    return [each for each in told if isinstance(each, Execution)]


def last(told):
    """Until the newest of what was told is a report."""
    return isinstance(told[-1], Report) and told[-1].status not in ("accepted",)


def states(tws):
    """States of the orders, as TWS has them."""
    return [(each.reference, each.status) for each in tws.control.orders()]
