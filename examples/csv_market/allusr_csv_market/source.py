"""Rows as a market: one step for each instant that the file has, and one that closes each session."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from math import isfinite, nan
from pathlib import Path

import numpy as np

from allusr_csv_market.rows import Row, read
from allusr_sdk import Bar, Chain, Contract, Grain, MarketView, Quote, Session, Settlement, Snapshot, Step, Vix, xnys

_AFTER_CLOSE = timedelta(minutes=15)

Volumes = Mapping[Contract, tuple[float, ...]]


class NoBars:
    """Daily bars of a source that has none."""

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """None are known."""
        return ()

    def on(self, symbol: str, day: date) -> Bar | None:
        """None is known."""
        return None


class CsvMarket:
    """A market of one CSV file. Raises `DataError` naming file and line where it cannot be read."""

    grain = Grain.COARSE

    def __init__(self, place: str) -> None:
        self._path = Path(place)
        self._rows = read(self._path)

    @property
    def description(self) -> str:
        """The kind and the content's hash: the same file elsewhere is the same market."""
        return f"csv {hashlib.sha256(self._path.read_bytes()).hexdigest()[:12]}"

    @cached_property
    def sessions(self) -> tuple[date, ...]:
        """The days that have a row, in order."""
        return tuple(sorted({row.at.date() for row in self._rows}))

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """A step for each instant with rows, then one that closes the session, session by session."""
        snapshots: Mapping[str, Snapshot] = {}
        past: Volumes = {}
        vix: Vix | None = None
        for session in xnys().between(first, last):
            mine = [row for row in self._rows if session.open <= row.at <= session.close]
            for at, group in groupby(mine, key=lambda row: row.at):
                rows = tuple(group)
                vix = next((Vix(row.vix, at) for row in rows if isfinite(row.vix)), vix)
                snapshots = {**snapshots, **_snapshots(rows, at, past)}
                yield Step(_view(at, session, snapshots, vix))
            past = _remembered(mine, past)
            closing = _view((session.close + _AFTER_CLOSE).astimezone(UTC), session, snapshots, vix)
            yield Step(closing, closing=True, settlements=_settlements(mine, session))


def _view(at: datetime, session: Session, snapshots: Mapping[str, Snapshot], vix: Vix | None) -> MarketView:
    return MarketView(
        at=at, session=session, calendar=xnys(), grain=CsvMarket.grain, snapshots=snapshots, bars=NoBars(), vix=vix,
        earnings={},
    )  # fmt: skip


def _snapshots(rows: Iterable[Row], at: datetime, past: Volumes) -> dict[str, Snapshot]:
    by_symbol: dict[str, list[Row]] = {}
    for row in rows:
        by_symbol.setdefault(row.symbol, []).append(row)
    return {symbol: _snapshot(symbol, at, mine, past) for symbol, mine in by_symbol.items()}


def _snapshot(symbol: str, at: datetime, rows: Sequence[Row], past: Volumes) -> Snapshot:
    """One symbol at one instant. The file knows one price of the underlying, not its market."""
    quotes = {row.contract: _quote(row, row.contract) for row in rows if row.contract is not None}

    def volumes(contract: Contract) -> Sequence[float]:
        quote = quotes.get(contract)
        return (*past.get(contract, ()), nan if quote is None else quote.volume)

    def chain() -> Chain:
        return _chain(symbol, at, rows[-1].spot, [*quotes.values()])

    def some(contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        return [quotes.get(contract) for contract in contracts]

    return Snapshot(symbol, at, nan, nan, rows[-1].spot, chain, some, volumes)


def _quote(row: Row, contract: Contract) -> Quote:
    return Quote(contract, row.at, *row.numbers, delta=nan)


def _chain(symbol: str, at: datetime, spot: float, quotes: Sequence[Quote]) -> Chain:
    def column(value: Callable[[Quote], float]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        return np.array([value(quote) for quote in quotes], np.float64)

    return Chain(
        symbol=symbol, at=at, spot=spot, roots=(symbol,), root=np.zeros(len(quotes), np.int8),
        expiry=np.array([quote.contract.expiry for quote in quotes], "datetime64[D]"),
        strike=column(lambda q: float(q.contract.strike)), put=np.array([q.contract.is_put for q in quotes], bool),
        bid=column(lambda q: q.bid), ask=column(lambda q: q.ask), volume=column(lambda q: q.volume),
        open_interest=column(lambda q: q.open_interest), delta=np.full(len(quotes), nan),
    )  # fmt: skip


def _remembered(rows: Iterable[Row], past: Volumes) -> Volumes:
    """The volumes with each contract's last one of a session, at most twenty sessions of them (LQ-1)."""
    today = {row.contract: row.numbers[2] for row in rows if row.contract is not None}
    return {**past, **{contract: (*past.get(contract, ()), volume)[-19:] for contract, volume in today.items()}}


def _settlements(rows: Iterable[Row], session: Session) -> tuple[Settlement, ...]:
    """The price of each symbol that has a row at the close itself; no other price is official."""
    closes = {row.symbol: row.spot for row in rows if row.at == session.close and isfinite(row.spot)}
    return tuple(Settlement(symbol, session.day, Decimal(f"{spot:.2f}")) for symbol, spot in sorted(closes.items()))
