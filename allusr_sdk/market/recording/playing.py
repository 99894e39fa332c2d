"""A recording as a market: the views of a run as it saw them, and not one number more."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from attrs import define, evolve, field, frozen

from allusr_sdk.errors import DataError, InputError
from allusr_sdk.market.recording import frames, packing
from allusr_sdk.market.recording.frames import Column, Frame, Head, Opened, Pass
from allusr_sdk.market.recording.store import Stored
from allusr_sdk.model.calendar import NEW_YORK, Session, xnys
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Bar, Dividend, EarningsDate, MarketView, Snapshot, Step, Vix


class NotRecorded(KeyboardInterrupt):
    """Somebody looked at what the recorded run did not look at; the text names it.

    It passes the guards around plugins, as an interrupt does: it is no fault of theirs, and nothing was decided.
    """


@frozen
class Told:
    """One step of a recording, and what the kernel wrote by itself in it."""

    step: Step
    passes: tuple[Pass, ...]


class RecordedMarket:
    """A market source that plays the file of a recording.

    Attributes:
        head: whose views they are.
        missed: what was looked at and is not recorded, oldest first.

    Raises:
        InputError: there is no such file, or a newer version wrote it.
        DataError: the file is no recording, or damaged.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InputError(f"no views at {path}: they are recorded by `allusr run --record`, in paper always")
        self._stored = Stored(path)
        self.missed: list[str] = []
        self.head = self._read_head()

    @property
    def description(self) -> str:
        """The source that was recorded."""
        return f"{self.head.market}, recorded"

    @property
    def torn(self) -> int:
        """Bytes at the file's end that are no whole frame, and so were left out; known once it was played."""
        return self._stored.torn

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """The recorded steps of a period."""
        for told in self.play():
            if first <= told.step.view.session.day <= last:
                yield told.step

    def play(self) -> Iterator[Told]:
        """Every recorded step, from the first."""
        walk = _Walk(self.missed)
        records = self._stored.records()
        next(records)
        for record in records:
            yield walk.take(_decoded(record, Frame, self._stored.path))

    def _read_head(self) -> Head:
        record = next(self._stored.records(), None)
        if record is None:
            raise DataError(f"{self._stored.path.name}: it was cut off before its first frame")
        version = msgspec.msgpack.decode(record).get("version", frames.VERSION)
        if version > frames.VERSION:
            raise InputError(f"{self._stored.path.name}: form {version} of a newer version: update allusr-sdk")
        return _decoded(record, Head, self._stored.path)


def _decoded[T](record: bytes, kind: type[T], path: Path) -> T:
    try:
        return msgspec.msgpack.decode(record, type=kind)
    except msgspec.MsgspecError as error:
        raise DataError(f"{path.name}: a frame cannot be read: {error}") from None


@define(eq=False)
class _Looked:
    """What was looked at of one snapshot."""

    symbol: str
    at: datetime
    missed: list[str]
    make: Callable[[], Chain] | None = None
    quotes: dict[Contract, Quote | None] = field(factory=dict)
    volumes: dict[Contract, tuple[float, ...]] = field(factory=dict)
    _chain: Chain | None = None

    def chain(self) -> Chain:
        """The chain, where it was opened."""
        if self._chain is None:
            if self.make is None:
                _refuse(self.missed, f"the chain of {self.symbol}", self.at)
            self._chain = self.make()
        return self._chain

    def quoted(self, contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        """Quotes that were asked for, and those of a chain that was opened."""
        return tuple(self.quotes[c] if c in self.quotes else self._found(c) for c in contracts)

    def traded(self, contract: Contract) -> Sequence[float]:
        """Volumes that were asked for."""
        if contract not in self.volumes:
            _refuse(self.missed, f"the volumes of {contract}", self.at)
        return self.volumes[contract]

    def _found(self, contract: Contract) -> Quote | None:
        if self.make is None:
            _refuse(self.missed, f"the quote of {contract}", self.at)
        return self.chain().find(contract)


def _refuse(missed: list[str], what: str, at: datetime | None = None) -> NoReturn:
    text = what if at is None else f"{what} at {at.astimezone(NEW_YORK):%H:%M:%S}"
    missed.append(text)
    raise NotRecorded(text)


@frozen(eq=False)
class _Bars:
    """Daily bars as they were asked for; of a longer answer a shorter one is the end."""

    missed: list[str]
    known: dict[tuple[str, date], dict[int, tuple[Bar, ...]]] = field(factory=dict)

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """The last `count` bars before a day."""
        answers = self.known.get((symbol, day), {})
        enough = min((n for n in answers if n >= count), default=None)
        if enough is None:
            _refuse(self.missed, f"{count} daily bars of {symbol} before {day}")
        first = xnys().before(day, count).day
        return answers[enough] if enough == count else tuple(b for b in answers[enough] if b.day >= first)

    def on(self, symbol: str, day: date) -> Bar | None:
        """The bar of a day."""
        found = self.known.get((symbol, day), {}).get(0)
        if found is None:
            _refuse(self.missed, f"the daily bar of {symbol} on {day}")
        return found[0] if found else None


@define(eq=False)
class _Walk:
    """The state of one pass through a recording: frames say only what is new."""

    missed: list[str]
    _looked: dict[int, _Looked] = field(factory=dict)
    _snapshots: dict[str, tuple[int, Snapshot]] = field(factory=dict)
    _columns: dict[str, dict[str, Column]] = field(factory=dict)
    _vix: Vix | None = None
    _closes: tuple[float, ...] = ()
    _earnings: dict[str, tuple[EarningsDate, ...]] = field(factory=dict)
    _dividends: dict[str, tuple[Dividend, ...]] = field(factory=dict)
    _rate: float = 0.04
    _bars: dict[tuple[str, date], dict[int, tuple[Bar, ...]]] = field(factory=dict)

    def take(self, frame: Frame) -> Told:
        """The step of the next frame."""
        session = xnys().session(frame.day)
        if session is None:
            raise DataError(f"{frame.day} is no session: the recording was made by another calendar")
        replaced = self._show(frame)
        self._look(frame)
        for number in replaced:  # only now: a morning looks at the evening before
            self._looked.pop(number, None)
        self._learn(frame)
        actions = tuple(map(frames.action, frame.actions))
        step = Step(self._view(frame, session), frame.closing, frame.settlements, actions)
        return Told(step, tuple(frame.passes))

    def _view(self, frame: Frame, session: Session) -> MarketView:
        return MarketView(
            at=frames.moment(frame.at), session=session, calendar=xnys(), grain=frame.grain,
            snapshots={symbol: snapshot for symbol, (_, snapshot) in self._snapshots.items()},
            bars=_Bars(self.missed, self._bars), vix=self._vix, earnings=self._earnings, rate=self._rate,
            dividends=self._dividends, halted=frozenset(frame.halted),
        )  # fmt: skip

    def _show(self, frame: Frame) -> list[int]:
        """Take up new snapshots; returns the numbers of those that they replace."""
        gone = self._snapshots if frame.anew else frame.gone
        symbols = (*gone, *(shown.symbol for shown in frame.shown))
        replaced = [self._snapshots.pop(symbol)[0] for symbol in symbols if symbol in self._snapshots]
        for shown in frame.shown:
            at = frames.moment(shown.at or frame.at)
            looked = self._looked[shown.number] = _Looked(shown.symbol, at, self.missed)
            self._snapshots[shown.symbol] = shown.number, Snapshot(
                shown.symbol, at, shown.bid, shown.ask, shown.last, looked.chain if shown.optionable else None,
                looked.quoted, looked.traded, shown.dividend_yield,
            )  # fmt: skip
        return replaced

    def _look(self, frame: Frame) -> None:
        for opened in frame.opened:
            columns = self._columns[opened.symbol] = self._columns.get(opened.symbol, {}) | opened.columns
            if opened.number in self._looked:
                self._looked[opened.number].make = partial(_chain, opened, columns)
        for quoted in frame.quoted:
            if looked := self._looked.get(quoted.number):
                looked.quotes[frames.contract(quoted.contract)] = frames.quote(quoted, looked.at)
        for traded in frame.traded:
            if looked := self._looked.get(traded.number):
                looked.volumes[frames.contract(traded.contract)] = traded.volumes
        for asked in frame.barred:  # views that were played keep what they knew
            about = asked.symbol, asked.day
            self._bars = {**self._bars, about: {**self._bars.get(about, {}), asked.count: asked.bars}}

    def _learn(self, frame: Frame) -> None:
        """What the frame says anew of VIX, dates and the rate."""
        if frame.closes is not msgspec.UNSET:
            self._closes = frame.closes
        if frame.vix is not msgspec.UNSET:
            vix, at = frame.vix, frame.vix_at
            self._vix = evolve(vix, at=frames.moment(at), closes=self._closes) if vix and at else vix
        if frame.earnings is not msgspec.UNSET:
            self._earnings = dict(frame.earnings)
        if frame.dividends is not msgspec.UNSET:
            self._dividends = dict(frame.dividends)
        if frame.rate is not msgspec.UNSET:
            self._rate = frame.rate


def _chain(opened: Opened, columns: dict[str, Column]) -> Chain:
    made: dict[str, Any] = {name: packing.unpacked(column) for name, column in columns.items()}
    return Chain(opened.symbol, frames.moment(opened.at), opened.spot, opened.roots, **made)
