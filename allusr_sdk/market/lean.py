"""`lean:DIR`: LEAN's data layout as a market on the five-minute grid."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import isfinite, nan
from pathlib import Path

import numpy as np
from attrs import define, evolve

from allusr_sdk.errors import DataError
from allusr_sdk.market.clock import GRID, closing, session_of
from allusr_sdk.market.facts import Facts, Notice, Notices
from allusr_sdk.market.fingerprint import of_files
from allusr_sdk.market.lean_daily import TEN_THOUSANDTHS, daily_bars, daily_files, splits, ticker_on, tickers
from allusr_sdk.market.lean_minute import Leaf, OptionDay, ShareDay
from allusr_sdk.market.walk import VOLUME_SESSIONS
from allusr_sdk.model.calendar import NEW_YORK, Session
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.money import price
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Action, Adjustment, Grain, Settlement, Snapshot, Split, Step


@define(eq=False, slots=False)
class _Day:
    """One symbol's session."""

    symbol: str
    session: Session
    options: OptionDay
    share: ShareDay
    past: tuple[OptionDay, ...]

    @cached_property
    def columns(self) -> dict[str, object]:
        """What does not change within the session."""
        leaves = self.options.leaves
        return {
            "symbol": self.symbol,
            "roots": (self.symbol,),
            "root": np.zeros(len(leaves), np.int8),
            "expiry": np.array([leaf.expiry for leaf in leaves], "datetime64[D]"),
            "strike": np.array([leaf.strike for leaf in leaves], np.float64) / TEN_THOUSANDTHS,
            "put": np.array([leaf.right == "put" for leaf in leaves], bool),
            "open_interest": self.options.open_interest,
            "delta": np.full(len(leaves), nan),
        }

    def last(self, time: int) -> float:
        """The share's last trade at a time of day in milliseconds; NaN where it is unknown."""
        return float(self.share.trades.at(np.zeros(1, np.int64), time)[0][0])


@define(eq=False, slots=False)
class _Sample:
    """One symbol at one instant."""

    day: _Day
    at: datetime

    @cached_property
    def chain(self) -> Chain:
        """All contracts that are read."""
        items = np.arange(len(self.day.options.leaves))
        bid, ask = self.day.options.quotes.at(items, _milliseconds(self.at))
        trades = self.day.options.trades
        volume = (
            np.full(len(items), nan) if trades is None else np.nan_to_num(trades.at(items, _milliseconds(self.at))[0])
        )
        return Chain(at=self.at, spot=self.snapshot().spot, bid=bid, ask=ask, volume=volume, **self.day.columns)  # type: ignore[arg-type]

    def quotes(self, contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        return [self.chain.find(contract) for contract in contracts]

    def volumes(self, contract: Contract) -> Sequence[float]:
        leaf = Leaf(contract.expiry, "put" if contract.is_put else "call", int(contract.strike * 10_000))
        past = [volume for day in self.day.past if (volume := day.volume_of(leaf)) is not None]
        now = self.chain.find(contract)
        return [*past, nan if now is None else now.volume]

    def snapshot(self) -> Snapshot:
        bid, ask = (float(side[0]) for side in self.day.share.quotes.at(np.zeros(1, np.int64), _milliseconds(self.at)))
        last = self.day.last(_milliseconds(self.at))
        return Snapshot(self.day.symbol, self.at, bid, ask, last, lambda: self.chain, self.quotes, self.volumes)


class LeanMarket:
    """Minute options and shares of a LEAN data folder as a `MarketSource`.

    Each session is sampled every five minutes, from five minutes after the open to the close; a contract's quote is its
    last one. Options settle on the last regular trade of the share. Contracts beyond `dte_max` are not read.

    Raises `DataError` when the folder has no minute options of a symbol, or a file of it cannot be read.
    """

    def __init__(
        self, folder: Path, facts: Facts, *, symbols: Sequence[str] | None = None, dte_max: int | None = None
    ) -> None:
        options = folder / "option" / "usa" / "minute"
        if not options.is_dir():
            raise DataError(f"no LEAN data (option/usa/minute) in {folder}")
        found = sorted(p.name.upper() for p in options.iterdir() if p.is_dir())
        self._symbols = tuple(found if symbols is None else sorted(dict.fromkeys(s.upper() for s in symbols)))
        if absent := [s for s in self._symbols if not any((options / t).is_dir() for t in tickers(folder, s))]:
            raise DataError(f"no minute options of {', '.join(absent)} in {folder}; it has {', '.join(found)}")
        self._folder, self._dte_max, self._notices = folder, dte_max, Notices()
        own = daily_bars(folder, self._symbols, facts.calendar, self._notices)
        self._facts = evolve(facts, bars=facts.bars.with_others(own))

    @cached_property
    def description(self) -> str:
        """The kind of source, its symbols and the hashes of their files and of its surroundings' content."""
        kinds = ("option/usa/minute", "equity/usa/minute")
        folders = [self._folder / kind / t for kind in kinds for s in self._symbols for t in tickers(self._folder, s)]
        paths = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()]
        paths += [path for symbol in self._symbols for path in daily_files(self._folder, symbol)]
        hashed = of_files(self._folder, dict.fromkeys(paths))
        return " ".join((f"lean {','.join(self._symbols)} {hashed}", *self._facts.content))

    @property
    def grain(self) -> Grain:
        """Every five minutes."""
        return Grain.GRID

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was missing or doubted so far."""
        return self._notices.all()

    @cached_property
    def sessions(self) -> tuple[date, ...]:
        """The sessions that have option quotes, in order."""
        root = self._folder / "option" / "usa" / "minute"
        files = [
            p.name for s in self._symbols for t in tickers(self._folder, s) for p in (root / t).glob("*_quote_*.zip")
        ]
        days = {datetime.strptime(name[:8], "%Y%m%d").date() for name in files if name[:8].isdigit()}
        return tuple(sorted(day for day in days if session_of(self._facts.calendar, day) is not None))

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """Yield each five minutes of the sessions that have data, and one closing step a session."""
        snapshots: dict[str, Snapshot] = {}
        for session in self._facts.calendar.between(first, last):
            days = [day for symbol in self._symbols if (day := self._day(symbol, session)) is not None]
            actions = self._actions(session.day)
            at = session.open + GRID
            while days and at <= session.close:
                now = at.astimezone(UTC)
                snapshots |= {day.symbol: _Sample(day, now).snapshot() for day in days}
                yield Step(self._facts.view(now, session, Grain.GRID, snapshots), actions=actions)
                actions, at = (), at + GRID
            view = self._facts.view(closing(session), session, Grain.GRID, snapshots)
            yield Step(view, True, self._settled(days), actions)

    def _actions(self, day: date) -> tuple[Action, ...]:
        """What takes effect on a session: splits and adjustments by the factor files, dividends by the list."""
        changes = (change for symbol in self._symbols for change in self._changes[symbol] if change.day == day)
        return (*changes, *self._facts.dividends.on(day))

    @cached_property
    def _changes(self) -> dict[str, tuple[Split | Adjustment, ...]]:
        return {symbol: splits(self._folder, symbol, self._facts.calendar) for symbol in self._symbols}

    def _settled(self, days: Sequence[_Day]) -> tuple[Settlement, ...]:
        closes = {day.symbol: day.last(_milliseconds(day.session.close)) for day in days}
        return tuple(Settlement(d.symbol, d.session.day, price(p)) for d in days if isfinite(p := closes[d.symbol]))

    def _day(self, symbol: str, session: Session) -> _Day | None:
        """The session's data; None, and a notice, where the layout has no option quotes of it."""
        options = self._options(symbol, session.day)
        if options is None or not options.leaves:
            self._notices.add(symbol, "RULE-0", f"no option quotes on {session.day}")
            return None
        before = [d for d in self.sessions if d < session.day][-VOLUME_SESSIONS:]
        past = tuple(found for day in before if (found := self._options(symbol, day)) is not None)
        share = ShareDay(self._folder / "equity" / "usa" / "minute" / options.folder.name, options.day)
        return _Day(symbol, session, options, share, past)

    def _options(self, symbol: str, day: date) -> OptionDay | None:
        ticker = ticker_on(self._folder, symbol, day)
        if ticker is None:
            return None
        last = date.max if self._dte_max is None else day + timedelta(days=self._dte_max)
        return OptionDay(self._folder / "option" / "usa" / "minute" / ticker, f"{day:%Y%m%d}", last)


def _milliseconds(at: datetime) -> int:
    """Milliseconds since midnight in New York."""
    clock = at.astimezone(NEW_YORK)
    return int(timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second).total_seconds() * 1000)
