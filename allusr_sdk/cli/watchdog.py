"""`allusr watchdog`: a process of its own that halts a home whose engine has fallen silent (KS-9)."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home
from allusr_sdk.errors import InputError, KernelError, RuleError, StateRefusal
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.ledger.heartbeat import Heartbeat
    from allusr_sdk.ledger.hearts import Heart

_LEAST = 2.0  # seconds: an engine beats every second
_LOOKS = 5.0  # seconds between two looks, at most


def watchdog(
    silence: Annotated[
        float | None, typer.Option("--silence", metavar="SECONDS", help="How long is too long. [default: KS-9's 90]")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once and say how the engine is.")] = False,
    home: Home = HOME,
) -> None:
    """Watch an engine's heartbeat; halt the home when it is silent. Then say so, and end with 3.

    The halt is the watchdog's own, stands like a person's, and is lifted by `allusr rearm`. An engine that has ended by
    itself is not missed. Working orders of a simulated venue stand still or die with their process.
    """
    from allusr_sdk.ledger.heartbeat import Life
    from allusr_sdk.ledger.hearts import heart_at
    from allusr_sdk.office.engine import engine

    _require_home(home)
    limit = _limit(silence, place(home))
    watch = Watch(heart_at(place(home)), limit)
    while True:
        beat = watch.look(patient=not once)
        if beat is not None:
            raise StateRefusal(halt(home, beat))
        if once:
            how = engine(home)
            if how["life"] == Life.UNKNOWN:
                raise StateRefusal(f"KS-9: {how['text']}: set it right; a watchdog that stays goes by its own clock")
            print(how["text"])
            return
        time.sleep(min(limit / 4, _LOOKS))


class Watch:
    """The heartbeat of one home, and how long it has not changed by a clock that nobody sets.

    Only the first look rests on what the beat says of its own age; from then on no step of a wall clock, here or where
    the engine runs, makes a silence or hides one.
    """

    def __init__(self, heart: "Heart", limit: float) -> None:
        self._heart, self._limit = heart, limit
        self._seen: tuple[object, ...] | None = None
        self._since = self._reached = time.monotonic()

    def look(self, *, patient: bool) -> "Heartbeat | None":
        """The beat of an engine that should run and has been silent for too long, its process there or not.

        Raises:
            KernelError: the heartbeat cannot be read; where `patient`, only once that lasts as long as a silence.
        """
        try:
            beat = self._heart.read()
        except KernelError as why:
            if patient and time.monotonic() - self._reached < self._limit:
                return None
            raise KernelError(f"KS-9: whether the engine beats cannot be known: {why}") from None
        self._reached = time.monotonic()
        return beat if beat is not None and self._missed(beat) else None

    def _missed(self, beat: "Heartbeat") -> bool:
        from allusr_sdk.ledger import clocks

        seen = (beat.host, beat.pid, beat.born, beat.progress, beat.ended)
        if seen != self._seen:
            age = 0.0 if self._seen else max(beat.age(clocks.reading()).total_seconds(), 0.0)
            self._seen, self._since = seen, time.monotonic() - age
        silent = time.monotonic() - self._since
        return silent >= self._limit and not beat.ended


def _require_home(home: str) -> None:
    from allusr_sdk.office.engine import folder

    found = folder(home)
    if found is not None and not found.is_dir():
        raise InputError(f"KS-9: no home at {found}: `allusr run --home {found}` makes one")


def _limit(silence: float | None, home: str) -> float:
    from allusr_sdk.office.places import in_force

    most = in_force(home).number("KS-9.silence_seconds")
    if silence is None:
        return most
    if silence > most:
        raise RuleError(f"KS-9: silence_seconds is {most:g} and can only be tightened: --silence {silence:g}")
    if not silence >= _LEAST:  # not a number, too
        raise InputError(f"KS-9: --silence {silence:g} is shorter than {_LEAST:g} s, in which an engine may be well")
    return silence


def halt(home: str, beat: "Heartbeat") -> str:
    """Write the halt, unless one stands; returns the line that pages."""
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.home import folder_of, spool
    from allusr_sdk.ledger.inbox import HALT, Inbox
    from allusr_sdk.model.events import OperatorAsked
    from allusr_sdk.office.engine import clock, engine
    from allusr_sdk.office.telling import hangs

    asked = OperatorAsked(
        rule="KS-9", action=HALT, actor="watchdog", reason=f"no heartbeat of {beat} since {clock(beat.at)}"
    )
    with open_ledger(place(home), create=False) as ledger:
        folder = folder_of(ledger)
        if folder is not None and hangs(ledger):
            spool(folder, asked)
            how = "halted, by a file, for the database is held"
        elif Inbox(ledger).asked(asked) is not None:
            how = "the account is halted already"
        else:
            how = f"halted, wish {Inbox(ledger).ask(asked).number} of the home's inbox"
    text = str(engine(home)["text"]).replace("engine alive", "engine silent")  # its process may be there, and hang
    return f"KS-9: {text}: {how}; look, then `allusr rearm`"
