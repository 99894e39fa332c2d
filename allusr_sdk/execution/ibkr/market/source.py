"""`IbkrMarket`: a gateway's data as a market source, one step at each instant of the gateway's own time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import isfinite, log, sqrt
from statistics import fmean
from time import monotonic, sleep

from attrs import evolve

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.market.clock import GatewayClock, due, refuse_stamps
from allusr_sdk.execution.ibkr.market.history import History
from allusr_sdk.execution.ibkr.market.shown import Shown, Volumes
from allusr_sdk.execution.ibkr.market.strikes import Scene
from allusr_sdk.execution.ibkr.market.watch import VIX, Bands, Watch
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.meanwhile import Meanwhile
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.market.bars import VIX_CLOSES, DailyBars
from allusr_sdk.market.clock import closing
from allusr_sdk.market.facts import Facts, Notice, Notices
from allusr_sdk.market.walk import VOLUME_SESSIONS
from allusr_sdk.model.calendar import NEW_YORK, Session
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Action, Bars, Grain, MarketView, Snapshot, Step, Vix

NEVER = datetime.min.replace(tzinfo=UTC)
INDEX = "SPX"
"""Its bars are known too: what is said of drawdowns rests on them (PE-10)."""
ROUGH, SESSIONS = 0.35, 21
"""Volatility where nothing tells one, and the sessions whose bars tell one."""
PATIENCE = 2.0
"""Seconds that an instant spends at most on single quotes that nobody foresaw."""
SEARCH = timedelta(minutes=1)
"""Where nothing but stamps tells an instant, an underlying that IBKR did not know is looked for so often."""
LEAD, AHEAD = timedelta(minutes=15), timedelta(minutes=1)
"""How long before the open a session is prepared, and how often it is chosen between two instants what is quoted."""
VIX_COUNTS = time(9, 30, 15)
"""What the VIX prints before is no sample (KS-2)."""


class IbkrMarket:
    """The market as a gateway shows it. It can be walked again: from now on.

    Args:
        settings: where the gateway is, and how much of its data is used.
        bands: of the sleeves that trade each underlying, by its symbol.
        facts: report dates, dividends, rate, and bars beside IBKR's own.
        port: to the gateway; one of `settings` with its `data_client` where it is left out.

    Attributes:
        meanwhile: called with the market's time while there is no new instant.
    """

    def __init__(self, settings: Ibkr, bands: Bands, facts: Facts, port: Port | None = None) -> None:
        self._settings, self._bands, self._facts = settings, bands, facts
        self.port = port or Port(settings, settings.data_client)
        self.meanwhile = Meanwhile()
        self.watch = Watch(self.port, settings, bands, facts.calendar, facts.rate)
        self.history = History(self.port)
        self._clock = GatewayClock(self.port)
        self._shown: dict[str, Shown] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._past: dict[str, list[Volumes]] = {}
        self._noticed: dict[tuple[str, str], Notice] = {}
        self._notices: list[Notice] = []
        self._now = self._last = self._searched = self._chosen = NEVER
        self._open: datetime | None = None
        self._patience = 0.0
        self._before_open: float | None = None

    @property
    def description(self) -> str:
        """The kind of source, and the content of what stands beside it."""
        told = self._settings
        return " ".join((f"ibkr grid {told.grid} strikes {told.strikes}", *self._facts.content))

    @property
    def grain(self) -> Grain:
        """A grid, but for a simulator that serves snapshots."""
        return Grain.GRID if self._settings.grid else Grain.COARSE

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Why symbols were not fresh."""
        return tuple(self._notices)

    @property
    def waiting(self) -> Sequence[str]:
        """The queue of the budget: what is wanted and has no line."""
        return self.watch.lines.waiting

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """A step at each instant from now on, and one a session behind its close.

        Raises:
            BrokerSilent: the gateway never answered.
            InputError: instants of stamps were asked of a gateway whose clock is of now.
        """
        try:
            self._now = self._clock.now()
            if not self._settings.grid:
                refuse_stamps(self._now)
            for session in self._facts.calendar.between(first, last):
                if self._now <= closing(session):
                    yield from self._session(session)
        finally:
            self.port.close()

    # --- time ---

    def _session(self, session: Session) -> Iterator[Step]:
        self._before_open = None
        actions: tuple[Action, ...] = self._facts.dividends.on(session.day)
        while (at := self._next(session)) is not None:
            yield Step(self._view(at, session), actions=actions)
            actions, self._last, self._open = (), at, None
        yield self._evening(session, actions)

    def _next(self, session: Session) -> datetime | None:
        """Wait for the next instant; None behind the close."""
        while True:
            self._look(session)
            if self._now >= closing(session):
                return None
            if (at := self._due(session)) is not None:
                return at
            self._ahead(session)
            self.meanwhile.call(self._now)
            sleep(self._settings.look)

    def _look(self, session: Session) -> None:
        self._now = self._clock.now()
        try:
            if not self._settings.grid and self._now - self._searched >= SEARCH:
                self._searched = self._now
                self.watch.begin(session.day)
                self.watch.shares()
            self.watch.sync()
        except BrokerSilent:
            return  # nothing is fresh then, which is told at the next instant
        if self.watch.lines.hasty:
            self._tell("", "pace", f"IBKR says {self.watch.lines.hasty}: market data were asked for too fast")
        self._sample(session)

    def _due(self, session: Session) -> datetime | None:
        if self._settings.grid:
            return due(session, self._now, self._settings.grid, self._last)
        lines = (self.watch.share(symbol) for symbol in self._bands)
        stamps = [line.stamp for line in lines if line is not None and line.stamp is not None]
        at = max(stamps, default=self._last)
        inside = session.open <= at <= session.close
        return at if inside and self._last < at <= self._now else None

    def _ahead(self, session: Session) -> None:
        """Before the open and between two instants: have bars, contracts and lines by when they are looked at."""
        about = session.open - LEAD <= self._now < session.close
        if not self._settings.grid or not about or self._now - self._chosen < AHEAD:
            return
        self._chosen, symbols = self._now, tuple(self._bands)
        try:
            self.watch.begin(session.day)
            self.watch.shares()
            self._bring(symbols, self._facts.calendar.before(session.day).day)
            self._choose([each for each in symbols if self._priced(each)], self._now, session.day)
        except BrokerSilent:
            return  # it is told at the next instant

    # --- views ---

    def _view(self, at: datetime, session: Session) -> MarketView:
        day, symbols = session.day, tuple(self._bands)
        try:
            self.watch.begin(day)
            self.watch.shares()
            self._bring(symbols, self._facts.calendar.before(day).day)
            self._now = self._clock.now()
            self.watch.sync()
            self._quote([symbol for symbol in symbols if not self._fresh(symbol, at)], at, day)
        except BrokerSilent as why:
            self._notice("", "link", str(why))
        return self._made(at, session)

    def _fresh(self, symbol: str, at: datetime) -> str:
        stamped = None if self._settings.grid else at
        name, why = self.watch.why(symbol, self._now, stamped=stamped)
        if not name:
            self._noticed = {key: kept for key, kept in self._noticed.items() if key[0] != symbol}
        elif name != "stamp":
            self._notice(symbol, name, why)
        return name

    def _quote(self, fresh: Sequence[str], at: datetime, day: date) -> None:
        """Take the snapshots of the underlyings that are fresh."""
        self._choose(fresh, at, day)
        self._chosen, self._open, self._patience = self._now, at, PATIENCE
        for symbol in fresh:
            if self._fresh(symbol, at):
                continue  # it went while options were asked for
            share = self.watch.share(symbol)
            assert share is not None, "a fresh one has a line"
            self._shown[symbol] = Shown(
                symbol, at, evolve(share), tuple(self.watch.listed.get(symbol, ())), self.watch.quotes(symbol, at),
                lambda contract: self._one(contract, at), tuple(self._past.get(symbol, ())),
            )  # fmt: skip
            self._snapshots[symbol] = self._shown[symbol].snapshot()

    def _choose(self, symbols: Sequence[str], at: datetime, day: date) -> None:
        for symbol in symbols:
            if symbol in self._shown:
                self.watch.remember(self._shown[symbol])
        self.watch.quote({symbol: self._scene(symbol, at, day) for symbol in symbols}, day)

    def _priced(self, symbol: str) -> bool:
        """Whether an underlying shows a price at which options of it can be chosen."""
        share = self.watch.share(symbol)
        return share is not None and share.live and (share.sound or isfinite(share.last))

    def _scene(self, symbol: str, at: datetime, day: date) -> Scene:
        share = self.watch.share(symbol)
        assert share is not None, "a fresh one has a line"
        spot = (share.bid + share.ask) / 2 if share.sound else share.last
        rough = realised(self.history.bars, symbol, day)
        return Scene(
            at=at, calendar=self._facts.calendar, spot=spot, rate=self._facts.rate,
            volatility=self.watch.volatility(symbol, at, spot, rough),
        )  # fmt: skip

    def _one(self, contract: Contract, at: datetime) -> Quote | None:
        """A quote that nobody foresaw, while it is still its instant and there is patience left."""
        if self._open != at or self._patience <= 0:
            return None
        began = monotonic()
        found = self.watch.one(contract, at, min(self._settings.answer, self._patience))
        self._patience -= monotonic() - began
        return found

    def _made(self, at: datetime, session: Session) -> MarketView:
        view = self._facts.view(at, session, self.grain, self._snapshots)
        halted = frozenset(s for s in self._bands if (line := self.watch.share(s)) is not None and line.halted)
        return evolve(view, bars=self._bars, vix=self._vix(at, session), halted=halted)

    @property
    def _bars(self) -> DailyBars:
        return self.history.bars.with_others(self._facts.bars)

    def _bring(self, symbols: Sequence[str], last: date) -> None:
        self.history.bring((*symbols, VIX, INDEX), last, self._now)

    # --- the VIX ---

    def _sample(self, session: Session) -> None:
        line = self.watch.share(VIX)
        opened = datetime.combine(session.day, VIX_COUNTS, NEW_YORK)
        if line is None or not line.live or not isfinite(line.last) or not self._settings.grid:
            return
        if self._now < opened and (line.stamp is None or line.stamp.astimezone(NEW_YORK).date() == session.day):
            self._before_open = max(self._before_open or 0.0, line.last)

    def _vix(self, at: datetime, session: Session) -> Vix | None:
        """The newest print; None while it is not live, which is not calm (KS-5)."""
        line = self.watch.share(VIX)
        if line is None or not line.live or not isfinite(line.last) or not self.port.link.quotes:
            return None
        until = session.day + timedelta(days=at >= closing(session))
        closes = tuple(bar.close for bar in self._bars.before(VIX, until, VIX_CLOSES))
        stamp = line.stamp or self._now - timedelta(seconds=line.age(self._now))
        if stamp - self._now > timedelta(seconds=self._settings.stale):
            return None  # what is stamped later than now says nothing of now
        if not self._settings.grid:
            return Vix(line.last, stamp, closes, daily=True)
        return Vix(line.last, min(stamp, at), closes, before_open=self._before_open)

    # --- evenings ---

    def _evening(self, session: Session, actions: tuple[Action, ...]) -> Step:
        at = closing(session)
        spots = {s: shown.snapshot().spot for s, shown in self._shown.items() if shown.at >= session.open}
        try:
            self.watch.begin(session.day)
            self.watch.shares()
            self._bring(tuple(self._bands), session.day)
        except BrokerSilent as why:
            self._notice("", "link", str(why))
        notices = Notices()
        facts = evolve(self._facts, bars=self._bars)
        prices = facts.settlements(session.day, self._snapshots, {}, spots, notices)
        self._notices += notices.all()
        for symbol, shown in self._shown.items():
            if shown.at >= session.open:
                self._past[symbol] = [*self._past.get(symbol, ()), shown.volumes][-VOLUME_SESSIONS:]
        self._noticed.clear()
        self._last = at
        return Step(self._made(at, session), True, prices, actions)

    def _notice(self, symbol: str, name: str, why: str) -> None:
        """Tell a reason why something is not fresh."""
        self._tell(symbol, name, f"not fresh: {why}")

    def _tell(self, symbol: str, name: str, what: str) -> None:
        """Tell something once, until it has gone or the session is over."""
        if (symbol, name) not in self._noticed:
            self._noticed[symbol, name] = Notice(symbol, "RULE-0", what)
            self._notices.append(self._noticed[symbol, name])


def realised(bars: Bars, symbol: str, day: date) -> float:
    """Volatility a year that the last sessions' closes tell; a usual one where they are not known."""
    closes = [bar.close for bar in bars.before(symbol, day, SESSIONS)]
    moves = [log(b / a) for a, b in pairwise(closes)]
    return sqrt(fmean(move * move for move in moves) * 252) if len(moves) > SESSIONS // 2 else ROUGH
