"""`replay:DIR`: real daily bars and the real VIX as a market on the five-minute grid, with modelled options."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from attrs import evolve, frozen

from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.market.clock import GRID, closing
from allusr_sdk.market.facts import Facts, Notice, Notices
from allusr_sdk.market.fingerprint import of_files
from allusr_sdk.market.modelled import BESIDE, MARK, Origin
from allusr_sdk.market.replay.bridge import path
from allusr_sdk.market.replay.chains import Readings
from allusr_sdk.market.replay.climate import Climate
from allusr_sdk.market.replay.days import Day, Phase
from allusr_sdk.market.replay.folder import Found, read
from allusr_sdk.market.replay.quoted import Quoted, Scene
from allusr_sdk.market.replay.stretch import Stretch, profile_of, stretches
from allusr_sdk.market.synthetic.board import Board
from allusr_sdk.market.synthetic.factors import FULL_DAY, variances
from allusr_sdk.market.synthetic.noise import number, scramble
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.market.synthetic.surface import Tape
from allusr_sdk.market.walk import VOLUME_SESSIONS
from allusr_sdk.model.calendar import Session
from allusr_sdk.model.chains import Floats
from allusr_sdk.model.money import price
from allusr_sdk.model.views import Action, Bar, Dividend, Grain, MarketView, Settlement, Step

_FULL = FULL_DAY // 5
_AHEAD, _QUARTER = timedelta(days=200), timedelta(days=120)
# Paths share no draw with those of the synthetic market, whatever the seed.
_PURPOSE = number("replay")


@frozen(eq=False)
class _Known:
    """Daily bars as known at some instant: those before a day and no more."""

    bars: DailyBars
    until: date

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        return self.bars.before(symbol, min(day, self.until), count)

    def on(self, symbol: str, day: date) -> Bar | None:
        return self.bars.on(symbol, day) if day < self.until else None


class ReplayMarket:
    """Daily bars of a folder, in LEAN's layout or as CSV files, as a `MarketSource` on the five-minute grid.

    Each session's path is drawn through its bar's open, high, low and close; chains are the synthetic market's,
    priced by VIX and by what the underlying's volatility has been, save where real ones are at hand: at the close of
    their day they are shown as they were, and in the session after it as the model moves them on from there. An
    underlying has no snapshot in a session without a bar, nor before 21 returns of an unbroken stretch are known.

    Args:
        folder: LEAN's data folder, or one of CSV bars with lists of splits and dividends beside them.
        facts: what stands beside it: VIX, dividends, report dates, rate.
        symbols: underlyings; None is all that the packaged table and the folder have.
        seed: of the paths and of what differs from contract to contract.
        chains: a folder of real chains, in any form that `chains:DIR` reads.

    Raises:
        DataError: no bars of a symbol, no VIX, or a file that cannot be read.
    """

    def __init__(
        self, folder: Path, facts: Facts, *,
        symbols: Sequence[str] | None = None, seed: int = 7, chains: Path | None = None,
    ) -> None:  # fmt: skip
        self._folder, self._seed, self._notices = folder, seed, Notices()
        self._found: Found = read(folder, symbols, facts, self._notices)
        self._climate = Climate(self._found.bars)
        made = {symbol: self._stretches(symbol, facts) for symbol in self._found.symbols}
        self._stretches_of: Mapping[str, tuple[Stretch, ...]] = made
        believed = {symbol: _series(self._found.bars.series[symbol], found) for symbol, found in made.items()}
        bars = DailyBars({**self._found.bars.series, **believed}, facts.calendar)
        self._facts = evolve(facts, bars=bars, dividends=self._found.dividends)
        self._readings = None if chains is None else Readings(chains, self._facts, self._found.symbols)

    def _stretches(self, symbol: str, facts: Facts) -> tuple[Stretch, ...]:
        series, changes = self._found.bars.series[symbol], self._found.changes.get(symbol, ())
        return stretches(profile_of(symbol), series, changes, self._climate, facts.calendar)

    @cached_property
    def description(self) -> str:
        """What is real and what is modelled, by what; symbols, seed, and the hashes of what was read."""
        hashed = of_files(self._folder, self._found.paths)
        surface = "surface from VIX and realised volatility, today's listing and liquidity"
        said = f"{MARK} ({surface})"
        if self._readings is not None:
            real = f"real at closes and moved on by the model until the next, {self._readings.description}"
            said = f"{MARK} {BESIDE} ({real}; where there is none of the close before: {surface})"
        said = f"real daily bars and VIX; {said}"
        head = f"replay {','.join(self._found.symbols)} {hashed} seed {self._seed}"
        return " ".join((f"{head}: {said}", *self._facts.content))

    @property
    def grain(self) -> Grain:
        """Every five minutes."""
        return Grain.GRID

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Holes from the start, and what was doubted so far."""
        return self._notices.all()

    @cached_property
    def sessions(self) -> tuple[date, ...]:
        """The sessions in which some underlying can be modelled."""
        ready = (
            day
            for found in self._stretches_of.values()
            for stretch in found
            for row, day in enumerate(stretch.days)
            if stretch.ready(row)
        )
        return tuple(sorted(set(ready)))

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """Yield each mark from open to close and a closing step a quarter of an hour later, session by session."""
        sessions, quoted = self._facts.calendar.between(first, last), self._quoted(first, last)
        for session in sessions:
            yield from self._session(session, quoted, over=session is sessions[-1])

    def _quoted(self, first: date, last: date) -> Quoted | None:
        """Real chains at the beginning of a walk, the sessions before it read; None where there are none."""
        if self._readings is None:
            return None
        calendar = self._facts.calendar
        warm = calendar.before(first, VOLUME_SESSIONS).day
        passing = self._readings.passing(warm, last, self._notices)
        quoted = Quoted(passing, self._notices, self._scene, self._went_ex, self._facts.rate)
        for session in calendar.between(warm, first - timedelta(days=1)):
            quoted.begin(session)
            quoted.end({})
        return quoted

    def _session(self, session: Session, quoted: Quoted | None, *, over: bool) -> Iterator[Step]:
        clock, actions = _clock(session), self._actions(session.day)
        if quoted is not None:
            quoted.begin(session)
        days = {s: day for s in self._found.symbols if (day := self._day(s, session, clock)) is not None}
        if quoted is not None:
            days = {symbol: quoted.opened(symbol, day, session) for symbol, day in days.items()}
        dividends = self._ahead(session.day)
        for instant in range(len(clock) if days else 0):
            if quoted is not None:
                days = {symbol: quoted.arrived(symbol, day, session, instant) for symbol, day in days.items()}
            yield Step(self._view(session, instant, days, dividends), actions=() if instant else actions)
        if quoted is not None:
            quoted.end(days)
            if over:
                quoted.summed()
        view = self._view(session, len(clock), days, dividends)
        yield Step(view, True, self._settled(session.day), () if days else actions)

    def _view(
        self, session: Session, instant: int, days: Mapping[str, Day], dividends: Mapping[str, tuple[Dividend, ...]]
    ) -> MarketView:
        over = instant == len(_clock(session))
        at = closing(session) if over else (session.open + instant * GRID).astimezone(UTC)
        until = session.day + timedelta(days=1) if over else session.day
        return MarketView(
            at=at,
            session=session,
            calendar=self._facts.calendar,
            grain=Grain.GRID,
            snapshots={symbol: day.snapshot(instant, session) for symbol, day in days.items()},
            bars=_Known(self._facts.bars, until),
            vix=self._facts.bars.vix(at),
            earnings=self._facts.earnings.known(session.day),
            rate=self._facts.rate,
            dividends=dividends,
        )

    def _ahead(self, day: date) -> Mapping[str, tuple[Dividend, ...]]:
        ahead = self._facts.dividends.ahead(day)
        return {symbol: found for symbol, found in ahead.items() if symbol in self._stretches_of}

    def _actions(self, day: date) -> tuple[Action, ...]:
        """What takes effect at a session's open: splits and adjustments, then dividends."""
        changes = (c for s in self._found.symbols for c in self._found.changes.get(s, ()) if c.day == day)
        return (*changes, *(d for d in self._facts.dividends.on(day) if d.symbol in self._stretches_of))

    def _settled(self, day: date) -> tuple[Settlement, ...]:
        bars = {symbol: self._facts.bars.on(symbol, day) for symbol in self._found.symbols}
        return tuple(Settlement(s, day, price(f"{bar.close:.2f}")) for s, bar in bars.items() if bar is not None)

    def _day(self, symbol: str, session: Session, clock: Floats) -> Day | None:
        """An underlying in a session; None, and a notice where it is not told already, where it cannot be modelled."""
        stretch = next((s for s in self._stretches_of[symbol] if session.day in s.rows), None)
        if stretch is None:
            return None
        for doubt in stretch.doubts:
            if doubt.day == session.day:
                self._notices.add(symbol, "RULE-0", f"{doubt.day}: {doubt.why}")
        scene = self._scene(symbol, session)
        if scene is None:
            why = f"no options from {stretch.days[0]} on: too few bars, or no VIX, to model them by"
            self._notices.add(symbol, "RULE-0", why)
            return None
        spots = path(stretch.bar(scene.row), clock, self._draws(symbol, session.day))
        return self._boards(scene, evolve(scene.tape, spots=np.append(spots, spots[-1])))

    def _scene(self, symbol: str, session: Session) -> Scene | None:
        """An underlying's volatility over a session; None where it cannot be modelled."""
        stretch = next((s for s in self._stretches_of[symbol] if session.day in s.rows), None)
        clock = _clock(session)
        deviation = self._climate.deviation(session, clock)
        if stretch is None or deviation is None or not stretch.ready(row := stretch.rows[session.day]):
            return None
        share = variances(len(clock) - 1, _FULL)
        left = np.maximum(share.sum() - np.cumsum(share), 0.0)
        own = np.full(len(clock), stretch.own[row])
        tape = Tape(*(np.append(marks, marks[-1]) for marks in (np.full(len(clock), np.nan), deviation, own, left)))
        return Scene(stretch, row, session, self._profile(stretch, row, session.day), tape)

    def _profile(self, stretch: Stretch, row: int, day: date) -> Profile:
        paid = self._dividends(stretch.profile.symbol, day)
        ahead = tuple((ex_day, cash) for ex_day, cash in paid if ex_day > day)
        return evolve(stretch.profile_on(row), told_dividends=ahead, dividend=paid[-1][1] if paid else 0.0)

    def _boards(self, scene: Scene, tape: Tape) -> Day:
        stretch, row, session, rate = scene.stretch, scene.row, scene.session, self._facts.rate
        board = Board(scene.profile, stretch.history(row), row, session, tape, self._seed, rate)
        cut, old = stretch.adjusted(row), None
        if cut is not None:
            # What an old contract delivers is worth the old share, so its board stays in the dollars of then.
            worth, before = evolve(tape, spots=tape.spots * cut.ratio), cut.row - 1
            history = stretch.history(before)
            old = Board(scene.profile, history, row, session, worth, self._seed, rate, before=before)
        return Day(stretch, row, tape, board, old, (Phase(0, board, Origin.MODELLED),))

    def _dividends(self, symbol: str, day: date) -> tuple[tuple[date, float], ...]:
        """Ex-dates and dollars that are known on a day, from those of the quarter behind it on."""
        known = (e.dividend for e in self._facts.dividends.entries if e.since is None or e.since <= day)
        mine = (d for d in known if d.symbol == symbol and day - _QUARTER < d.ex_day <= day + _AHEAD)
        return tuple((d.ex_day, float(d.amount)) for d in mine)

    def _went_ex(self, symbol: str, after: date, until: date) -> float:
        paid = (entry.dividend for entry in self._facts.dividends.entries)
        return sum(float(d.amount) for d in paid if d.symbol == symbol and after < d.ex_day <= until)

    def _draws(self, symbol: str, day: date) -> np.random.Generator:
        key = np.array([scramble(self._seed) ^ scramble(day.toordinal() ^ _PURPOSE), number(symbol)], np.uint64)
        return np.random.Generator(np.random.Philox(key=key))


def _clock(session: Session) -> Floats:
    """Share of the variance between open and close that is gone at each mark."""
    bars = int((session.close - session.open) / GRID)
    share = variances(bars, _FULL)[1:]
    return np.concatenate(([0.0], np.cumsum(share) / share.sum()))


def _series(series: Series, found: Sequence[Stretch]) -> Series:
    """A series without what its stretches do not believe."""
    values = series.values.copy()
    for stretch in found:
        for doubt in stretch.doubts:
            row = int(np.searchsorted(series.days, np.datetime64(doubt.day, "D")))
            values[row] = stretch.values[stretch.rows[doubt.day]]
    return evolve(series, values=values)
