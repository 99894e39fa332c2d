"""Ports and brokers of ours on a simulated TWS, with waits that are short enough for tests."""

from datetime import date
from decimal import Decimal
from time import monotonic, sleep

from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset
from allusr_sdk.ibkr import Ibkr

CLIENT = 71


def settings(tws, **more):
    short = {
        "account": "DU1", "seconds": 3.0, "heartbeat": 0.2, "retry": 0.05, "retry_most": 0.2, "acknowledged": 1.0,
        "grace": 0.2, "fees": 0.3, "settle": 0.2,
    }  # fmt: skip
    return Ibkr(port=tws.port, client_id=CLIENT, **(short | more))


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
