"""Walking through chain parts: what was last read of each symbol, and its volumes over the sessions before."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from itertools import groupby
from math import isfinite, nan

import numpy as np
import pyarrow as pa
from attrs import define, field

from allusr_sdk.market.chainfile import Part
from allusr_sdk.market.facts import Facts, Notices
from allusr_sdk.market.table import Rows, to_chain
from allusr_sdk.model.calendar import Session
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Settlement, Snapshot

# Sessions over which a contract's volumes are remembered, the running one not counted (LQ-1).
VOLUME_SESSIONS = 20


@define(eq=False, slots=False)
class Reading:
    """One symbol at one instant; its chain is made when somebody asks, at most once."""

    at: datetime
    rows: pa.Table
    spot: float

    @cached_property
    def chain(self) -> Chain:
        """All rows as a chain."""
        return to_chain(self.rows, self.at, self.spot)

    def quotes(self, contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        """Some contracts' quotes, None for what is not listed; read from the rows, so that no chain is made."""
        return [self.listed.quote(contract) for contract in contracts]

    @cached_property
    def listed(self) -> Rows:
        """All rows as they are looked into."""
        return Rows(self.rows, self.at)

    def snapshot(self, symbol: str, past: tuple["Reading", ...]) -> Snapshot:
        """The reading as a view shows it. A chain file knows one price of the underlying, not its market."""
        volumes = _Volumes((*past, self)).__getitem__
        return Snapshot(symbol, self.at, nan, nan, self.spot, lambda: self.chain, self.quotes, volumes)


class _Volumes(dict[Contract, Sequence[float]]):
    """By contract its volume in each of some readings since it was first seen; NaN where it is unknown."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    def __missing__(self, contract: Contract) -> Sequence[float]:
        found = [reading.listed.volume(contract) for reading in self._readings]
        first = next((i for i, volume in enumerate(found) if volume is not None), len(found) - 1)
        self[contract] = tuple(nan if volume is None else volume for volume in found[first:])
        return self[contract]


@define
class Walk:
    """The state of one pass through a source."""

    facts: Facts
    notices: Notices
    snapshots: dict[str, Snapshot] = field(factory=dict)
    _today: dict[str, Reading] = field(factory=dict)
    _past: dict[str, deque[Reading]] = field(factory=dict)
    _own_close: dict[str, float] = field(factory=dict)
    _spots: dict[str, float] = field(factory=dict)

    def take(self, at: datetime, session: Session, parts: Iterable[Part]) -> None:
        """Read the parts of one instant."""
        ordered = sorted(parts, key=lambda part: part.symbol)
        for symbol, group in groupby(ordered, key=lambda part: part.symbol):
            rows = self._joined(symbol, list(group))
            spot = self._spot(symbol, at, session, rows)
            self._today[symbol] = Reading(at, rows, spot)
            self.snapshots[symbol] = self._today[symbol].snapshot(symbol, tuple(self._past.get(symbol, ())))

    def close(self, session: Session) -> tuple[Settlement, ...]:
        """End a session: its last readings become history. Returns the settlement prices that are known."""
        symbols = self._spots.keys() | self.snapshots.keys()
        prices = self.facts.settlements(session.day, symbols, self._own_close, self._spots, self.notices)
        for symbol, reading in self._today.items():
            self._past.setdefault(symbol, deque(maxlen=VOLUME_SESSIONS)).append(reading)
        self._today, self._own_close = {}, {}
        return prices

    def _spot(self, symbol: str, at: datetime, session: Session, rows: pa.Table) -> float:
        """The chain's own price of the underlying; at the close, where it has none, that of the daily bar."""
        spot = _newest(rows["spot"])
        if isfinite(spot):
            if at == session.close:
                self._own_close[symbol] = spot
        else:
            bar = self.facts.bars.on(symbol, session.day) if at == session.close else None
            spot = nan if bar is None else bar.close
            if bar is None:
                self.notices.add(symbol, "RULE-0", f"no price of the underlying on {session.day}: nothing to decide on")
        if isfinite(spot):
            self._spots[symbol] = spot
        return spot

    def _joined(self, symbol: str, parts: list[Part]) -> pa.Table:
        """Pieces of one file belong together, and so do files with different contracts; else the later file stands."""
        kept: list[Part] = []
        for part in parts:
            again = [p for p in kept if p.file != part.file and _overlap(p.rows, part.rows)]
            for other in again:
                why = f"{other.file} and {part.file} both quote it at {part.moment}: the second is taken"
                self.notices.add(symbol, "RULE-0", why)
            kept = [p for p in kept if p not in again] + [part]
        tables = [part.rows for part in kept]
        return tables[0] if len(tables) == 1 else pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _newest(column: pa.ChunkedArray) -> float:
    """The last number that is known, NaN where none is."""
    last: float = column[-1].as_py()
    if isfinite(last):
        return last
    values = column.to_numpy()
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else nan


def _overlap(one: pa.Table, other: pa.Table) -> bool:
    """Whether a contract is in both."""
    columns = ("root", "expiry", "right", "strike")
    mine, theirs = (set(zip(*(rows[name].to_pylist() for name in columns), strict=True)) for rows in (one, other))
    return not mine.isdisjoint(theirs)
