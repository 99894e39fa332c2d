"""Real chains in a replay's walk: what they open a day with, what arrives in it, and what of it all was real."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from math import ceil, isfinite

import numpy as np
from attrs import evolve, frozen

from allusr_sdk.market.clock import GRID
from allusr_sdk.market.facts import Notices
from allusr_sdk.market.modelled import Origin, tally, told
from allusr_sdk.market.replay.anchor import MISFIT, Anchor, anchored
from allusr_sdk.market.replay.chains import Passing, Past, Reading
from allusr_sdk.market.replay.days import Day, Phase
from allusr_sdk.market.replay.moved import Moved, Read
from allusr_sdk.market.replay.stretch import Stretch
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.market.synthetic.surface import Tape
from allusr_sdk.market.walk import VOLUME_SESSIONS
from allusr_sdk.model.calendar import NEW_YORK, Session, xnys


@frozen(eq=False)
class Scene:
    """An underlying in one session as the model has it; of its tape the prices are still to be drawn."""

    stretch: Stretch
    row: int
    session: Session
    profile: Profile
    tape: Tape


SceneOf = Callable[[str, Session], Scene | None]
PaidBetween = Callable[[str, date, date], float]
"""Dollars a share that went ex after one day, up to another."""


class Quoted:
    """The state of one walk."""

    def __init__(self, passing: Passing, notices: Notices, scene: SceneOf, paid: PaidBetween, rate: float) -> None:
        self._passing, self._notices, self._scene, self._paid, self._rate = passing, notices, scene, paid, rate
        self._today: Mapping[str, tuple[Reading, ...]] = {}
        self._last: dict[str, Reading] = {}
        self._past: dict[str, Past] = defaultdict(Past)
        self._anchors: dict[Reading, Anchor | None] = {}
        self._said: dict[tuple[str, bool], Origin] = {}
        self._days: dict[str, Counter[Origin]] = defaultdict(Counter)

    def begin(self, session: Session) -> None:
        """A session comes: what was read in it is at hand, and shown when its time has come."""
        self._today = self._passing.of(session)

    def opened(self, symbol: str, day: Day, session: Session) -> Day:
        """A day with what real quotes of the session before make of it, or of what was listed in earlier ones."""
        reading = self._last.get(symbol)
        ago = VOLUME_SESSIONS if reading is None else xnys().sessions_left(reading.session.day, session.day)
        moved = self._moved(symbol, day, reading) if reading is not None and ago < VOLUME_SESSIONS else None
        if moved is not None and ago == 1:
            day = evolve(day, phases=(Phase(0, moved, Origin.MIXED),))
        elif moved is not None:
            day = evolve(day, before=moved)
        self._tell(symbol, day.origin(0), f"{session.day}", close=False)
        return day

    def arrived(self, symbol: str, day: Day, session: Session, instant: int) -> Day:
        """A day once what was read up to an instant of it is known."""
        marks = len(day.tape.market) - 1
        for reading in (r for r in self._today.get(symbol, ()) if _mark(r, marks) == instant):
            if self._anchor(symbol, reading) is not None:
                day = self._shown(symbol, day, reading, instant)
        if instant == marks - 1:
            self._tell(symbol, day.origin(instant), f"{session.day}", close=True)
        return day

    def _shown(self, symbol: str, day: Day, reading: Reading, instant: int) -> Day:
        if reading.of_close:
            return day.then(Phase(instant, Read(reading.chain, self._past[symbol].volumes), Origin.REAL))
        moved = self._moved(symbol, day, reading)
        if moved is None:
            return day
        self._tell(symbol, Origin.MIXED, f"{reading.at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}", close=False)
        return day.then(Phase(instant, moved, Origin.MIXED))

    def end(self, days: Mapping[str, Day]) -> None:
        """A session is over: its last readings become history."""
        for symbol in {*self._past, *self._today}:
            fit = [r for r in self._today.get(symbol, ()) if self._anchor(symbol, r) is not None]
            self._past[symbol] = self._past[symbol].then(fit)
            self._last |= {symbol: fit[-1]} if fit else {}
        for symbol, day in days.items():
            origins = {phase.origin for phase in day.phases}
            part = Origin.MODELLED if origins == {Origin.MODELLED} else Origin.MIXED
            self._days[symbol][Origin.REAL if origins == {Origin.MIXED, Origin.REAL} else part] += 1
        self._anchors = {r: self._anchors[r] for r in self._last.values() if r in self._anchors}
        self._passing.passed()

    def summed(self) -> None:
        """Notice of how many days of each underlying were real, at the end of a walk."""
        for symbol, days in sorted(self._days.items()):
            counts = (days[origin] for origin in (Origin.REAL, Origin.MIXED, Origin.MODELLED))
            self._notices.add(symbol, "RULE-0", tally(*counts))

    def _tell(self, symbol: str, origin: Origin, since: str, *, close: bool) -> None:
        if self._said.get((symbol, close)) is not origin:
            self._said[symbol, close] = origin
            self._notices.add(symbol, "RULE-0", told(origin, since, close=close))

    def _moved(self, symbol: str, day: Day, reading: Reading) -> Moved | None:
        """A reading's contracts on a day; None where it does not fit, or an adjustment or a hole lies between."""
        stretch, board = day.stretch, day.board
        since = stretch.rows.get(reading.session.day)
        cuts = [cut for cut in stretch.cuts if since is not None and since < cut.row <= day.row]
        if since is None or not all(cut.split for cut in cuts):
            return None
        anchor = self._anchor(symbol, reading)
        if anchor is None:
            return None
        made = Moved(
            board.profile, board.history, board.row, board.session, board.tape, board.seed, board.rate,
            anchor=anchor, past=self._past[symbol].volumes, ratios=tuple(round(cut.ratio) for cut in cuts),
            paid=self._paid(symbol, reading.session.day, board.session.day),
        )  # fmt: skip
        return made if made.expiries else None

    def _anchor(self, symbol: str, reading: Reading) -> Anchor | None:
        """What a reading says; None, and a notice, where it does not fit the bars, or says too little."""
        if reading not in self._anchors:
            scene = self._scene(symbol, reading.session)
            found = None if scene is None else self._checked(symbol, reading, self._anchored(scene, reading))
            self._anchors[reading] = found
        return self._anchors[reading]

    def _anchored(self, scene: Scene, reading: Reading) -> Anchor:
        mark = _mark(reading, len(scene.tape.market) - 1)
        columns = (scene.tape.market, scene.tape.own, scene.tape.left)
        at = Tape(np.array([reading.spot]), *(column[mark : mark + 1] for column in columns))
        return anchored(reading, scene.profile, at, self._rate)

    def _checked(self, symbol: str, reading: Reading, anchor: Anchor) -> Anchor | None:
        if anchor.misfit <= MISFIT:
            return anchor
        why = "no put and call of one strike are both quoted"
        if isfinite(anchor.misfit):
            why = f"its quotes imply a price {anchor.misfit:.0%} from {reading.spot:.2f}, as in other dollars"
        when = f"{reading.at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
        self._notices.add(symbol, "LQ-7", f"chain of {when} is not used: {why}")
        return None


def _mark(reading: Reading, marks: int) -> int:
    """The first mark of its session at which a reading is known."""
    return min(ceil((reading.at - reading.session.open) / GRID), marks - 1)
