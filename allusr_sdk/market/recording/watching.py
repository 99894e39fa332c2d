"""Watching a market while a run walks it: what is shown and what is looked at goes into a recording.

Looking through a recorder gives what the source gives. Of a chain that was opened all columns are kept, so that code
which decides otherwise finds its contracts too; quotes, volumes and bars are kept as they were asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec
from attrs import define, evolve, field, frozen

from allusr_sdk.market.recording import frames, packing
from allusr_sdk.market.recording.frames import Barred, Column, Frame, Head, Opened, Pass, Quoted, Shown, Traded
from allusr_sdk.market.recording.store import Store, place
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Bar, Bars, MarketSource, MarketView, Snapshot, Step


class Recorder:
    """Records one run's views in a folder. Where that fails the run goes on, and `problem` says what is missing.

    Attributes:
        problem: why the recording ends before the run; empty while it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self.problem = ""
        self._folder = folder
        self._store: Store | None = None
        self._frame: Frame | None = None
        self._log = _Log()

    def begin(self, run: int, head: Head) -> None:
        """Make the file of a run, before its first step is over."""
        self._guarded(lambda: self._open(place(self._folder, run), head))

    def watch(self, source: MarketSource, first: date, last: date) -> Iterator[Step]:
        """The steps of a source, watched."""
        for step in source.steps(first, last):
            self._frame = self._log.frame(step)
            yield self._log.watched(step)
            self._finish()

    def passed(self, what: str, after: int, last: int) -> None:
        """Note which entries of the journal the kernel wrote by itself."""
        if self._frame is not None:
            self._frame.passes.append(Pass(what, after, last))

    def close(self) -> None:
        """Write what there is of the running step, and close the file."""
        self._finish()
        if self._store is not None:
            self._guarded(self._store.settle)
            self._store.close()

    def _open(self, path: Path, head: Head) -> None:
        self._store = Store(path)
        self._store.add(msgspec.msgpack.encode(head))

    def _finish(self) -> None:
        frame, self._frame = self._frame, None
        if frame is not None:
            self._log.fill(frame)
            self._guarded(lambda: self._write(frame))

    def _write(self, frame: Frame) -> None:
        if self._store is not None:
            self._store.add(msgspec.msgpack.encode(frame))
            if frame.closing:
                self._store.settle()

    def _guarded(self, write: Callable[[], None]) -> None:
        """A full disk must not stop a run: orders may be working."""
        if self.problem:
            return
        try:
            write()
        except OSError as error:
            self.problem = f"the recording of views ended: {error.strerror}"


@frozen(eq=False)
class _Spied:
    """A snapshot that notes what is looked at."""

    original: Snapshot
    number: int
    log: "_Log"
    _quoted: set[Contract] = field(factory=set, init=False)
    _traded: set[Contract] = field(factory=set, init=False)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot as the run sees it."""
        make = self.chain if self.original.make_chain is not None else None
        return evolve(self.original, make_chain=make, quotes=self.quotes, volumes=self.volumes)

    def chain(self) -> Chain:
        """The original's chain; it is kept when the step is over."""
        made = self.original.chain
        assert made is not None
        self.log.chains.append((self.number, made))
        return made

    def quotes(self, contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        """The original's quotes."""
        found = self.original.quotes(contracts)
        for contract, quote in zip(contracts, found, strict=True):
            if contract not in self._quoted:
                self._quoted.add(contract)
                self.log.quotes.append(_quoted(self.number, contract, quote, self.original))
        return found

    def volumes(self, contract: Contract) -> Sequence[float]:
        """The original's volumes."""
        found = self.original.volumes(contract)
        if contract not in self._traded:
            self._traded.add(contract)
            self.log.volumes.append(Traded(self.number, frames.named(contract), tuple(map(float, found))))
        return found


def _quoted(number: int, contract: Contract, quote: Quote | None, snapshot: Snapshot) -> Quoted:
    if quote is None:
        return Quoted(number, frames.named(contract), None)
    numbers = (quote.bid, quote.ask, quote.volume, quote.open_interest, quote.delta)
    bid, ask, volume, interest, delta = map(float, numbers)
    at = None if quote.at == snapshot.at else frames.instant(quote.at)
    return Quoted(number, frames.named(quote.contract), (bid, ask, volume, interest, delta), at)


@frozen(eq=False)
class _SpiedBars:
    """Daily bars that note what is asked."""

    original: Bars
    log: "_Log"

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """The original's bars before a day."""
        found = self.original.before(symbol, day, count)
        self.log.asked(symbol, day, count, found)
        return found

    def on(self, symbol: str, day: date) -> Bar | None:
        """The original's bar of a day."""
        found = self.original.on(symbol, day)
        self.log.asked(symbol, day, 0, () if found is None else (found,))
        return found


@define(eq=False)
class _Log:
    """What was looked at since the last frame, and what earlier frames have said already."""

    chains: list[tuple[int, Chain]] = field(factory=list)
    quotes: list[Quoted] = field(factory=list)
    volumes: list[Traded] = field(factory=list)
    bars: list[Barred] = field(factory=list)
    _spied: dict[str, tuple[_Spied, Snapshot]] = field(factory=dict)
    _count: int = 0
    _known: dict[str, object] = field(factory=dict)
    _told: dict[tuple[str, date, int], bytes] = field(factory=dict)
    _columns: dict[tuple[str, str], Column] = field(factory=dict)

    def frame(self, step: Step) -> Frame:
        """The light parts of a step."""
        view = step.view
        frame = Frame(
            at=frames.instant(view.at), day=view.session.day, grain=view.grain, closing=step.closing,
            halted=tuple(sorted(view.halted)), settlements=step.settlements,
            actions=tuple(map(frames.acted, step.actions)), shown=list(self._new(view)), gone=self._gone(view),
        )  # fmt: skip
        if self._news("vix", view.vix):
            frame.vix, frame.vix_at = view.vix, None if view.vix is None else frames.instant(view.vix.at)
        if self._news("earnings", dict(view.earnings)):
            frame.earnings = dict(view.earnings)
        if self._news("dividends", dict(view.dividends)):
            frame.dividends = dict(view.dividends)
        if self._news("rate", view.rate):
            frame.rate = view.rate
        return frame

    def watched(self, step: Step) -> Step:
        """The step as the run sees it."""
        snapshots = {symbol: self._spied[symbol][1] for symbol in step.view.snapshots}
        return evolve(step, view=evolve(step.view, snapshots=snapshots, bars=_SpiedBars(step.view.bars, self)))

    def fill(self, frame: Frame) -> None:
        """Give a frame what was looked at."""
        frame.opened = [self._opened(number, chain) for number, chain in self.chains]
        frame.quoted, frame.traded, frame.barred = self.quotes, self.volumes, self.bars
        self.chains, self.quotes, self.volumes, self.bars = [], [], [], []

    def asked(self, symbol: str, day: date, count: int, found: Sequence[Bar]) -> None:
        """Note bars, where they are not as they were told last."""
        told = Barred(symbol, day, count, tuple(found))
        text = msgspec.msgpack.encode(told)
        if self._told.get((symbol, day, count)) != text:
            self._told[symbol, day, count] = text
            self.bars.append(told)

    def _new(self, view: MarketView) -> Iterator[Shown]:
        """Snapshots that the view before did not have, each watched from now on."""
        for symbol, snapshot in view.snapshots.items():
            if symbol in self._spied and self._spied[symbol][0].original is snapshot:
                continue
            self._count += 1
            spied = _Spied(snapshot, self._count, self)
            self._spied[symbol] = (spied, spied.snapshot)
            yield Shown(
                self._count, symbol, float(snapshot.bid), float(snapshot.ask), float(snapshot.last),
                float(snapshot.dividend_yield), snapshot.make_chain is not None,
                None if _same_instant(snapshot, view) else frames.instant(snapshot.at),
            )  # fmt: skip

    def _gone(self, view: MarketView) -> list[str]:
        gone = sorted(self._spied.keys() - view.snapshots.keys())
        for symbol in gone:
            del self._spied[symbol]
        return gone

    def _news(self, name: str, value: object) -> bool:
        """Whether a part of the view is not as the frame before it said."""
        if name in self._known and self._known[name] == value:
            return False
        self._known[name] = value
        return True

    def _opened(self, number: int, chain: Chain) -> Opened:
        columns = {}
        for name in (*packing.STATIC, *packing.QUOTED):
            column = packing.packed(name, getattr(chain, name))
            if self._columns.get((chain.symbol, name)) != column:
                self._columns[chain.symbol, name] = column
                columns[name] = column
        at = frames.instant(chain.at)
        return Opened(number, chain.symbol, at, float(chain.spot), chain.roots, columns)


def _same_instant(snapshot: Snapshot, view: MarketView) -> bool:
    return snapshot.at == view.at and frames.instant(snapshot.at) == frames.instant(view.at)
