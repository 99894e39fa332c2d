"""`allusr watchdog`: a process of its own that halts a home whose engine has fallen silent (KS-9)."""

import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, place
from allusr_sdk.errors import InputError, RuleError, StateRefusal

if TYPE_CHECKING:
    from allusr_sdk.ledger.heartbeat import Heartbeat

_LEAST = 2.0  # seconds: an engine beats every second
_LOOKS = 5.0  # seconds between two looks, at most


def watchdog(
    silence: Annotated[
        float | None, typer.Option("--silence", metavar="SECONDS", help="How long is too long. [default: KS-9's 90]")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once and say how the engine is.")] = False,
    home: Home = HOME,
) -> None:
    """Watch the heartbeat of a home's engine; halt the home when it falls silent, say so, and end with 3.

    The halt is the watchdog's own, stands like a person's, and is lifted by `allusr rearm`. An engine that has ended by
    itself is not missed. Working orders of a simulated venue stand still or die with their process.
    """
    from allusr_sdk.cli.engine import engine
    from allusr_sdk.ledger import heartbeat

    folder, limit = _folder(home), _limit(silence, place(home))
    while True:
        beat = heartbeat.read(folder)
        if beat is not None and _missed(beat, limit):
            raise StateRefusal(_halt(home, folder, beat))
        if once:
            print(engine(home)["text"])
            return
        time.sleep(min(limit / 4, _LOOKS))


def _folder(home: str) -> Path:
    from allusr_sdk.cli.engine import folder

    found = folder(home)
    if found is None:
        raise InputError("KS-9: a home that is a database keeps no heartbeat: watch a home that is a folder")
    if not found.is_dir():
        raise InputError(f"KS-9: no home at {found}: `allusr run --home {found}` makes one")
    return found


def _limit(silence: float | None, home: str) -> float:
    from allusr_sdk.cli.planning import in_force

    most = in_force(home).number("KS-9.silence_seconds")
    if silence is None:
        return most
    if silence > most:
        raise RuleError(f"KS-9: silence_seconds is {most:g} and can only be tightened: --silence {silence:g}")
    if silence < _LEAST:
        raise InputError(f"KS-9: --silence {silence:g} is shorter than {_LEAST:g} s, in which an engine may be well")
    return silence


def _missed(beat: "Heartbeat", limit: float) -> bool:
    """Whether an engine that should run has been silent for too long, its process there or not."""
    from allusr_sdk.ledger import heartbeat
    from allusr_sdk.ledger.heartbeat import Life

    now = heartbeat.now()
    missing = beat.life(now, limit, socket.gethostname()) in (Life.SILENT, Life.GONE)
    return missing and beat.age(now).total_seconds() >= limit


def _halt(home: str, folder: Path, beat: "Heartbeat") -> str:
    """Write the halt, unless one stands; returns the line that pages."""
    from allusr_sdk.cli.engine import clock, engine
    from allusr_sdk.cli.operator import hangs
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.home import spool
    from allusr_sdk.ledger.inbox import HALT, Inbox
    from allusr_sdk.model.events import OperatorAsked

    asked = OperatorAsked(
        rule="KS-9", action=HALT, actor="watchdog", reason=f"no heartbeat of {beat} since {clock(beat.at)}"
    )
    with open_ledger(place(home), create=False) as ledger:
        if hangs(ledger):
            spool(folder, asked)
            how = "halted, by a file, for the database is held"
        elif Inbox(ledger).asked(asked) is not None:
            how = "the account is halted already"
        else:
            how = f"halted, wish {Inbox(ledger).ask(asked).number} of the home's inbox"
    return f"KS-9: {engine(home)['text']}: {how}; look, then `allusr rearm`"
