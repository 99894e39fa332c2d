"""Contracts as TWS names them: conIds, trading classes, exchanges and price rules of shares, indices and options."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from attrs import frozen

from allusr_sdk.model.calendar import NEW_YORK, Calendar
from allusr_sdk.model.options import MULTIPLIER, Contract, option_class
from allusr_sdk.testing.brokerage.records import contract
from allusr_sdk.testing.tws.codec import Message, Value

FIRST_ID = 700_000_001
EXCHANGES = ("SMART", "CBOE", "ISE", "NASDAQ")
ZONE = "US/Eastern"
ORDER_TYPES = "ACTIVETIM,ADJUST,ALERT,ALLOC,AVGCOST,COND,DAY,GTC,GTD,LMT,MKT,NONALGO,OPG,WHATIF,"
MARKET_RULES: Mapping[int, Sequence[tuple[Decimal, Decimal]]] = {
    26: ((Decimal("0.0"), Decimal("0.01")),),
    109: ((Decimal("0.0"), Decimal("0.05")), (Decimal("3.0"), Decimal("0.10"))),
    110: ((Decimal("0.0"), Decimal("0.01")), (Decimal("3.0"), Decimal("0.05"))),
}
"""Price increments in dollars from a price on, by the rule's number."""
PENNY = frozenset({"SPY", "QQQ", "IWM"})
"""Underlyings whose options tick by a cent at all prices."""

type Fields = dict[str, Value]


@frozen
class Leg:
    """One leg of a combo: instrument, and signed contracts or shares in one combo bought."""

    instrument: str
    ratio: int


class Registry:
    """conIds by instrument (an OSI symbol or a share symbol), given in the order in which they are asked for, for ever.

    Args:
        path: file that keeps them, a name a line; None for memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._names = path.read_text().splitlines() if path is not None and path.exists() else []
        self._ids = {name: FIRST_ID + i for i, name in enumerate(self._names)}

    def id(self, name: str) -> int:
        """The conId of an instrument, a new one where it has none."""
        if name not in self._ids:
            self._ids[name] = FIRST_ID + len(self._names)
            self._names.append(name)
            if self._path is not None:
                with self._path.open("a") as file:
                    file.write(f"{name}\n")
        return self._ids[name]

    def name(self, number: int) -> str:
        """The instrument of a conId; empty for one that was never given."""
        place = number - FIRST_ID
        return self._names[place] if 0 <= place < len(self._names) else ""


def kind(name: str) -> str:
    """STK, IND or OPT."""
    if contract(name) is not None:
        return "OPT"
    return "IND" if option_class(name).cash_settled else "STK"


def fields(name: str, number: int, exchange: str = "SMART") -> Fields:
    """An instrument as messages have it."""
    told: Fields = {"conId": number, "secType": kind(name), "exchange": exchange, "currency": "USD"}
    option = contract(name)
    if option is None:
        return told | {"symbol": name, "localSymbol": name, "tradingClass": name}
    return told | {
        "symbol": option.underlying, "lastTradeDateOrContractMonth": f"{option.expiry:%Y%m%d}",
        "strike": f"{option.strike.normalize():f}", "right": option.right.value, "multiplier": str(MULTIPLIER),
        "localSymbol": option.osi, "tradingClass": option.root,
    }  # fmt: skip


def rule_of(name: str) -> int:
    """The number of an instrument's market rule."""
    option = contract(name)
    if option is None or option.underlying in PENNY:
        return 26
    return 109 if option.kind.cash_settled else 110


def increment(name: str, price: Decimal) -> Decimal:
    """The price increment in dollars at a price."""
    return [step for low, step in MARKET_RULES[rule_of(name)] if abs(price) >= low][-1]


def details(name: str, registry: Registry, calendar: Calendar, now: datetime) -> Fields:
    """Contract details of an instrument."""
    option, rule = contract(name), rule_of(name)
    told = fields(name, registry.id(name)) | {
        "marketName": name if option is None else option.root, "minTick": MARKET_RULES[rule][0][1],
        "orderTypes": ORDER_TYPES, "validExchanges": ",".join(EXCHANGES),
        "marketRuleIds": ",".join([str(rule)] * len(EXCHANGES)), "longName": f"{_base(name)} INC",
        "timeZoneId": ZONE, **_hours(calendar, now),
    }  # fmt: skip
    if option is None:
        told |= {"primaryExchange": "NASDAQ", "stockType": "COMMON" if kind(name) == "STK" else ""}
        return told
    day = told.pop("lastTradeDateOrContractMonth")
    return told | {
        "lastTradeDate": f"{day} 16:00 {ZONE}", "underConId": registry.id(option.underlying),
        "contractMonth": f"{option.expiry:%Y%m}", "underSymbol": option.underlying,
        "underSecType": kind(option.underlying), "realExpirationDate": day,
    }  # fmt: skip


def listed_ids(name: str, registry: Registry) -> Fields:
    """An instrument with its conId."""
    return fields(name, registry.id(name))


def wanted(request: Message, listed: Sequence[Contract]) -> list[str]:
    """The instruments of a listing that a contract description of a request means."""
    day, strike = request.text("lastTradeDateOrContractMonth"), request.amount("strike") or Decimal(0)
    right, root = request.text("right")[:1].upper(), request.text("tradingClass")
    return [
        each.osi
        for each in listed
        if f"{each.expiry:%Y%m%d}".startswith(day)
        and strike in (0, each.strike)
        and right in ("", "?", "0", each.right.value)
        and root in ("", each.root)
    ]


def stamp(at: datetime) -> str:
    """An instant as TWS writes it in executions and orders."""
    return f"{at.astimezone(NEW_YORK):%Y%m%d %H:%M:%S} {ZONE}"


def instant(text: str) -> datetime | None:
    """An instant as a client writes it: with a zone, in UTC by a dash, or by New York clock. None for nothing.

    Raises:
        ValueError: other text.
    """
    if not text:
        return None
    if "-" in text:
        return datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
    day, clock, *zone = text.split()
    if zone and zone[0] not in (ZONE, "America/New_York", "EST", "EDT", "UTC"):
        raise ValueError(f"time zone {zone[0]}: expected {ZONE} or UTC")
    made = datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S")
    return made.replace(tzinfo=UTC if zone == ["UTC"] else NEW_YORK)


def _base(name: str) -> str:
    option = contract(name)
    return name if option is None else option.underlying


def _hours(calendar: Calendar, now: datetime) -> Fields:
    session = calendar.after(now.astimezone(NEW_YORK).date(), 1)
    today = calendar.session(now.astimezone(NEW_YORK).date()) or session
    hours = f"{today.open:%Y%m%d:%H%M}-{today.close:%Y%m%d:%H%M}"
    return {"tradingHours": hours, "liquidHours": hours}
