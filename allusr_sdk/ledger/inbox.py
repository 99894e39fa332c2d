"""The home's chain `operator`: what persons asked for, which run heard it when, and what came of it (KS-7, KS-8).

A wish is durable before any engine knows of it, and is written without the lease of the home: who wants to stop an
engine does not wait for it. Several processes write to this chain, so each entry goes behind the newest one there is.

A run is known by its number and the hash of its first entry: in a home that was restored up to an entry, another run
may have the number of one that is gone.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache

from attrs import frozen
from sqlalchemy import select

from allusr_sdk.ledger.behind import put_behind
from allusr_sdk.ledger.home import folder_of, spooled, unspool
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.ledger.outage import reading
from allusr_sdk.ledger.storage import asked
from allusr_sdk.ledger.tables import entries, runs
from allusr_sdk.model.events import OperatorAnswered, OperatorAsked, OperatorHeard

CHAIN = "operator"
HALT, PAUSE, RESUME, REARM, AUDIT, EXPLAIN = "halt", "pause", "resume", "rearm", "audit", "explain"
STOPS, LIFTS, LOOKS = (PAUSE, HALT), (RESUME, REARM), (AUDIT, EXPLAIN)
OBEYED, REFUSED = "obeyed", "refused"


@frozen
class Wish:
    """One wish and what runs made of it.

    Attributes:
        number: its entry in the chain; `at` the wall clock's instant, aware UTC.
        heard: at which instant of its market each run took it up, by the run's number.
        answers: what came of it, likewise.
        gone: what came of it in runs that this home has no more; it stands or is lifted all the same.
    """

    number: int
    at: datetime
    event: OperatorAsked
    heard: Mapping[int, datetime]
    answers: Mapping[int, OperatorAnswered]
    gone: tuple[OperatorAnswered, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether no run has answered it."""
        return not (self.answers or self.gone)

    @property
    def obeyed(self) -> bool:
        """Whether a run has obeyed it."""
        return any(answer.outcome == OBEYED for answer in (*self.gone, *self.answers.values()))

    @property
    def last(self) -> OperatorAnswered | None:
        """The newest answer of a run of this home; None while it waits for one."""
        return tuple(self.answers.values())[-1] if self.answers else None

    @property
    def stops(self) -> bool:
        """Whether it stops trading."""
        return self.event.action in STOPS

    @property
    def lifts(self) -> bool:
        """Whether it lets trading go on."""
        return self.event.action in LIFTS


def standing(wishes: Iterable[Wish]) -> dict[str, Wish]:
    """The halt or pause that binds each scope, heard or not, until a run has obeyed what lifts it."""
    found: dict[str, Wish] = {}
    for wish in wishes:
        scope, action = wish.event.ledger, wish.event.action
        now = found.get(scope)
        if wish.stops and (wish.waiting or wish.obeyed):
            if now is None or _gravity(wish) > _gravity(now):
                found[scope] = wish
        elif now is not None and wish.lifts and wish.obeyed and (action == REARM or now.event.action == PAUSE):
            del found[scope]
    return found


def _gravity(wish: Wish) -> int:
    return STOPS.index(wish.event.action)


def due(wishes: Iterable[Wish], known: Container[int]) -> tuple[Wish, ...]:
    """What a run that knows some wishes by number has still to take up: what nobody has answered, and what stands."""
    every = tuple(wishes)
    stands = {wish.number for wish in standing(every).values()}
    return tuple(w for w in every if w.number not in known and (w.waiting or w.number in stands))


class Inbox:
    """The chain of one home. Nothing is written before the first wish."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def size(self) -> int:
        """How many entries the chain has: what a poll compares."""
        return reading(self._count)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """All wishes, oldest first."""
        chain = self._ledger.chain(CHAIN)
        return tuple(_wishes(chain, self._first)) if chain else ()

    def asked(self, event: OperatorAsked) -> Wish | None:
        """A wish of the chain that makes this one needless: what it asks for stands already, or waits already."""
        if event.action in LOOKS:
            return next((wish for wish in self.wishes if wish.waiting and _alike(wish.event, event)), None)
        same = [wish for wish in self.wishes if wish.event.ledger == event.ledger and wish.event.action not in LOOKS]
        waiting = next((wish for wish in reversed(same) if wish.waiting), None)
        if event.action in LIFTS:
            return waiting if waiting and waiting.event.action == event.action else None
        now = standing(same).get(event.ledger)
        undone = waiting is not None and not waiting.stops
        return None if now is None or undone or _lighter(now, event) else now

    def ask(self, event: OperatorAsked) -> Wish:
        """Write a wish; returns it as it stands in the chain."""
        number = put_behind(self._ledger, CHAIN, event)
        return next(wish for wish in self.wishes if wish.number == number)

    def collect(self) -> None:
        """Write what was kept as files: each once, though a process died between its entry and its file's end."""
        folder = folder_of(self._ledger)
        for event in spooled(folder) if folder is not None else ():
            if event.source not in {wish.event.source for wish in self.wishes} and self.asked(event) is None:
                self.ask(event)
            assert folder is not None
            unspool(folder, event.source)

    def hear(self, wish: Wish, run: int, instant: datetime) -> None:
        """Write that a run takes a wish up at an instant of its market."""
        put_behind(self._ledger, CHAIN, OperatorHeard(
            ledger=wish.event.ledger, rule="KS-8", wish=wish.number, run=run, instant=instant, first=self._first(run),
        ))  # fmt: skip

    def answer(self, wish: Wish, run: int, why: str = "") -> None:
        """Write what came of a wish: obeyed, or refused where it says why. A run answers once."""
        if run not in {number for w in self.wishes if w.number == wish.number for number in w.answers}:
            put_behind(self._ledger, CHAIN, OperatorAnswered(
                ledger=wish.event.ledger, rule="KS-8", wish=wish.number, run=run, outcome=REFUSED if why else OBEYED,
                why=why, first=self._first(run),
            ))  # fmt: skip

    def _first(self, run: int) -> str:
        """Hash of the first entry of a run; empty where this home has no such run."""
        found = asked(self._ledger.engine, select(entries.c.hash).where(entries.c.run == run, entries.c.seq == 1))
        return found[0].hash if found else ""

    def _count(self) -> int:
        with self._ledger.engine.connect() as connection:
            return connection.execute(select(runs.c.entries).where(runs.c.chain == CHAIN)).scalar() or 0


def _alike(one: OperatorAsked, other: OperatorAsked) -> bool:
    return (one.action, one.about) == (other.action, other.about)


def _lighter(stands: Wish, event: OperatorAsked) -> bool:
    return _gravity(stands) < STOPS.index(event.action)


def _wishes(chain: Run, first: Callable[[int], str]) -> Iterator[Wish]:
    asked: dict[int, tuple[datetime, OperatorAsked]] = {}
    heard: dict[int, dict[int, datetime]] = defaultdict(dict)
    answers: dict[int, dict[int, OperatorAnswered]] = defaultdict(dict)
    gone: dict[int, list[OperatorAnswered]] = defaultdict(list)
    here = cache(first)
    for entry in chain.entries():
        event = entry.event
        if isinstance(event, OperatorAsked):
            asked[entry.seq] = entry.at, event
        elif not isinstance(event, OperatorHeard | OperatorAnswered):
            continue
        elif event.first and event.first != here(event.run):
            gone[event.wish] += [event] if isinstance(event, OperatorAnswered) else []
        elif isinstance(event, OperatorHeard):
            heard[event.wish][event.run] = event.instant
        else:
            answers[event.wish][event.run] = event
    for number, (at, event) in asked.items():
        yield Wish(number, at, event, heard[number], answers[number], tuple(gone[number]))
