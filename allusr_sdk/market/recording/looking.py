"""What a run looks at: steps whose every look is noted.

Looking through a log gives what the source gives. Quotes and bars are kept as they were asked for. Of a chain that was
opened all columns are kept, and beside the volumes that were asked for those of the strikes around; of every underlying
a month of daily bars: code that decides otherwise most often takes a neighbour.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date

import numpy as np
from attrs import define, evolve, field, frozen

from allusr_sdk.market.recording import frames, packing
from allusr_sdk.market.recording.frames import Barred, Column, Frame, Opened, Quoted, Shown, Traded
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Bar, Bars, MarketView, Snapshot, Step

NEAR = 3
"""So many strikes on either side of one whose volumes were asked for are asked too."""
BARS = 21
"""So many daily bars of every underlying are asked at a session's first step: what average volumes and ranges need."""


@frozen(eq=False)
class _Spied:
    """A snapshot that notes what is looked at."""

    original: Snapshot
    number: int
    log: "Log"
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
        self.log.guarded(self._note, contracts, found)
        return found

    def volumes(self, contract: Contract) -> Sequence[float]:
        """The original's volumes."""
        found = self.original.volumes(contract)
        if contract not in self._traded:
            self._traded.add(contract)
            self.log.guarded(self._trade, contract, found)
        return found

    def _note(self, contracts: Sequence[Contract], found: Sequence[Quote | None]) -> None:
        for contract, quote in zip(contracts, found, strict=True):
            if contract not in self._quoted:
                self._quoted.add(contract)
                self.log.quotes.append(_quoted(self.number, contract, quote, self.original))

    def _trade(self, contract: Contract, found: Sequence[float]) -> None:
        self.log.volumes.append(Traded(self.number, frames.named(contract), tuple(map(float, found))))


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
    log: "Log"

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """The original's bars before a day."""
        found = self.original.before(symbol, day, count)
        self.log.guarded(self.log.asked, symbol, day, count, found)
        return found

    def on(self, symbol: str, day: date) -> Bar | None:
        """The original's bar of a day."""
        found = self.original.on(symbol, day)
        self.log.guarded(self.log.asked, symbol, day, 0, () if found is None else (found,))
        return found


@define(eq=False)
class Log:
    """What was looked at since the last frame, and what earlier frames have said already.

    Attributes:
        problem: why nothing more is noted; empty while all is.
    """

    problem: str = ""
    chains: list[tuple[int, Chain]] = field(factory=list)
    quotes: list[Quoted] = field(factory=list)
    volumes: list[Traded] = field(factory=list)
    bars: list[Barred] = field(factory=list)
    count: int = 0
    _spied: dict[str, tuple[_Spied, Snapshot]] = field(factory=dict)
    _known: dict[str, object] = field(factory=dict)
    _told: dict[tuple[str, date, int], bytes] = field(factory=dict)
    _columns: dict[tuple[str, str], Column] = field(factory=dict)

    def guarded[**P](self, note: Callable[P, None], *arguments: P.args, **more: P.kwargs) -> None:
        """Note something. Where that fails nothing more is noted, and whoever looked does not feel it."""
        if self.problem:
            return
        try:
            note(*arguments, **more)
        except Exception as error:  # a full disk, or a source that shows what no recording can keep
            what = (isinstance(error, OSError) and error.strerror) or f"{type(error).__name__}: {error}"
            self.problem = f"the recording of views ended: {what}"

    def frame(self, step: Step) -> Frame:
        """The light parts of a step."""
        view = step.view
        frame = Frame(
            anew=not self._known, at=frames.instant(view.at), day=view.session.day, grain=view.grain,
            closing=step.closing, halted=tuple(sorted(view.halted)), settlements=step.settlements,
            actions=tuple(map(frames.acted, step.actions)), shown=list(self._new(view)), gone=self._gone(view),
        )  # fmt: skip
        if view.vix is not None and self._news("closes", view.vix.closes):
            frame.closes = view.vix.closes
        if self._news("vix", view.vix):
            frame.vix = view.vix and evolve(view.vix, closes=())
            frame.vix_at = None if view.vix is None else frames.instant(view.vix.at)
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
        bars = _SpiedBars(step.view.bars, self)
        if self._news("session", step.view.session.day):
            for symbol in snapshots:
                with suppress(Exception):  # the run has not asked for it, so it must not fail by it
                    bars.before(symbol, step.view.session.day, BARS)
        return evolve(step, view=evolve(step.view, snapshots=snapshots, bars=bars))

    def fill(self, frame: Frame) -> None:
        """Give a frame what was looked at."""
        frame.opened = [self._opened(number, chain) for number, chain in self.chains]
        self._look_around()
        frame.quoted, frame.traded, frame.barred = self.quotes, self.volumes, self.bars
        self.chains, self.quotes, self.volumes, self.bars = [], [], [], []

    def _look_around(self) -> None:
        """Ask for volumes around those that were asked for, where the chain tells what is listed."""
        chains = dict(self.chains)
        spied = {one.number: one for one, _ in self._spied.values()}
        for asked in tuple(self.volumes):
            if asked.number in chains and asked.number in spied:
                for contract in _around(frames.contract(asked.contract), chains[asked.number]):
                    with suppress(Exception):  # nor here
                        spied[asked.number].volumes(contract)

    def asked(self, symbol: str, day: date, count: int, found: Sequence[Bar]) -> None:
        """Note bars, where they are not as they were told last."""
        told = Barred(symbol, day, count, tuple(found))
        text = frames.encoded(told)
        if self._told.get((symbol, day, count)) != text:
            self._told[symbol, day, count] = text
            self.bars.append(told)

    def _new(self, view: MarketView) -> Iterator[Shown]:
        """Snapshots that the view before did not have, each watched from now on."""
        for symbol, snapshot in view.snapshots.items():
            if symbol in self._spied and self._spied[symbol][0].original is snapshot:
                continue
            self.count += 1
            spied = _Spied(snapshot, self.count, self)
            self._spied[symbol] = (spied, spied.snapshot)
            yield Shown(
                self.count, symbol, float(snapshot.bid), float(snapshot.ask), float(snapshot.last),
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


def _around(contract: Contract, chain: Chain) -> Iterator[Contract]:
    """The contracts of the nearest strikes."""
    root = chain.roots.index(contract.root) if contract.root in chain.roots else -1
    side = (chain.expiry == np.datetime64(contract.expiry, "D")) & (chain.put == contract.is_put) & (chain.root == root)
    rows = np.flatnonzero(side)
    rows = rows[np.argsort(chain.strike[rows], kind="stable")]
    middle = int(np.searchsorted(chain.strike[rows], float(contract.strike)))
    for row in rows[max(0, middle - NEAR) : middle + NEAR + 1]:
        yield chain.quote(int(row)).contract
