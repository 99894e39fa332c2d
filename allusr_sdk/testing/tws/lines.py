"""Market data lines: which ticks a quote comes to, and which of them have changed since they were told last."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import isfinite

from attrs import define, field

from allusr_sdk.testing.tws.codec import Value
from allusr_sdk.testing.tws.instruments import kind
from allusr_sdk.testing.tws.market import SIZE, Shown

DELAYED = {1: 66, 2: 67, 4: 68, 8: 74, 13: 83, 45: 88}
"""Tick types of delayed data, by those of live data."""
NO_BID, NO_GREEKS = -1, {"volatility": -1, "delta": -2, "price": -1, "gamma": -2, "vega": -2, "theta": -2}

type Tick = tuple[str, dict[str, Value]]


@define
class Line:
    """One subscription of a client.

    Attributes:
        generics: generic ticks that were asked for.
        snapshot: whether it ends with its first ticks.
        delayed: whether it shows delayed data.
        told: ticks as they were told last, by message and type.
    """

    number: int
    instrument: str
    generics: frozenset[int]
    snapshot: bool
    delayed: bool = False
    told: dict[str, Mapping[str, Value]] = field(factory=dict)

    def ticks(self, shown: Shown | None, now: datetime, *, greeks: bool) -> Iterator[Tick]:
        """The ticks that are new."""
        for message, values in ticks(self, shown, now, greeks=greeks):
            key = f"{message}:{values['tickType']}"
            if self.told.get(key) != values:
                self.told[key] = values
                yield message, values


def ticks(line: Line, shown: Shown | None, now: datetime, *, greeks: bool) -> Iterator[Tick]:
    """All ticks of a quote, as live or delayed ones; where nothing is quoted there are none."""
    if shown is None:
        return
    size = SIZE.get(kind(line.instrument), 0)
    for number, price in ((1, shown.bid), (2, shown.ask), (4, shown.last)):
        if number == 4 and not isfinite(price):
            continue
        there = isfinite(price) and price > 0
        yield "tickPrice", _tick(line, number, price=round(price, 6) if there else NO_BID, size=size if there else 0)
    if isfinite(shown.volume):
        yield "tickSize", _tick(line, 8, size=int(shown.volume))
    yield "tickString", _tick(line, 45, value=str(int(shown.at.timestamp())))
    if kind(line.instrument) == "OPT":
        yield from _option(line, shown, greeks=greeks)


def _option(line: Line, shown: Shown, *, greeks: bool) -> Iterator[Tick]:
    put = line.instrument[12:13] == "P"
    if 101 in line.generics and isfinite(shown.open_interest):
        yield "tickSize", _tick(line, 27, size=0 if put else int(shown.open_interest))
        yield "tickSize", _tick(line, 28, size=int(shown.open_interest) if put else 0)
    if 100 in line.generics and isfinite(shown.volume):
        yield "tickSize", _tick(line, 29, size=0 if put else int(shown.volume))
        yield "tickSize", _tick(line, 30, size=int(shown.volume) if put else 0)
    if 106 in line.generics and greeks and isfinite(shown.volatility):
        yield "tickGeneric", _tick(line, 24, value=round(shown.volatility, 6))
    known = {name: getattr(shown, name) for name in ("volatility", "delta", "gamma", "vega", "theta")}
    if greeks and all(isfinite(value) for value in known.values()):
        values = {name: round(value, 8) for name, value in known.items()}
        model = values | {"price": round(shown.mark, 6), "dividend": 0.0, "underlying": shown.underlying}
        yield "optionComputation", _tick(line, 13, **model)
    else:
        yield "optionComputation", _tick(line, 13, **NO_GREEKS)


def _tick(line: Line, tick: int, **values: Value) -> dict[str, Value]:
    shown = DELAYED.get(tick, tick) if line.delayed else tick
    return {"reqId": line.number, "tickType": shown, **values}
