"""`allusr run` with several accounts: an engine's process each, watched, halted when silent, and started again."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import Factory, define

from allusr_sdk.cli.accounts import as_one, show, silences
from allusr_sdk.cli.processes import ALLUSR, Process, Started, running
from allusr_sdk.cli.restarts import End, Patience, meaning, words
from allusr_sdk.cli.stopping import stopping
from allusr_sdk.cli.watchdog import Watch, halt
from allusr_sdk.errors import AllusrError

if TYPE_CHECKING:
    from allusr_sdk.ledger.hearts import Heart

_LOOKS = 0.2  # seconds between two looks at the processes
_LISTENS = 1.0  # seconds between two looks at a heartbeat
_GRACE = 30.0  # seconds in which an engine that is asked to end does so
_DYING = 5.0  # seconds that a killed process may take to be gone


@define
class Charge:
    """One account under supervision.

    Attributes:
        name, home: the account and its ledger's place.
        command: that starts its engine; `again` one that begins nothing anew.
        heart, watch: where it beats, and how long it has not; `limit` seconds are a silence.
        process: that runs; None before the first start, between two, and at the end.
        due: when it is started next, on the monotonic clock; `began` when it was last.
        ours: processes of it whose silence is this supervisor's matter, by number.
        heard: the process whose first beat was heard, or whose want of one was said.
        halted, trouble: the beat for whose silence its home was halted, and what was last said of beats.
        over: the exit code that it ended with for good; None as long as it is watched.
        printed: what its last process printed.
    """

    name: str
    home: str
    command: Sequence[str]
    again: Sequence[str]
    heart: "Heart"
    watch: Watch
    limit: float
    process: Process | None = None
    patience: Patience = Factory(Patience)
    due: float = 0.0
    began: float = 0.0
    ours: set[int] = Factory(set)
    heard: int = 0
    halted: tuple[int, int] = (0, 0)
    trouble: str = ""
    over: int | None = None
    printed: str = ""


def say(name: str, text: str) -> None:
    """One line on stderr, with the account's name and the wall clock; and in the log, where that is a file."""
    from allusr_sdk.ledger import clocks
    from allusr_sdk.office.engine import clock

    print(f"{clock(clocks.now())} {name}: {text}", file=sys.stderr, flush=True)
    logging.getLogger("allusr.supervisor").info("%s", text, extra={"account": name})


class Supervisor:
    """Keeps the engines of some accounts running, each in a process of its own, until all ended or it is asked to.

    Args:
        charges: the accounts.
        done: told of each account that ended for good.
        grace: seconds in which engines end that are asked to; what remains is killed.
    """

    def __init__(self, charges: Sequence[Charge], done: Callable[[Charge], None], grace: float = _GRACE) -> None:
        self._charges, self._done, self._grace, self._listened = charges, done, grace, 0.0

    def run(self) -> int:
        """Supervise; returns the highest exit code of them.

        Raises:
            KeyboardInterrupt: it was asked to end, and so the engines were.
        """
        with stopping() as stop:
            while watched := [charge for charge in self._charges if charge.over is None]:
                if stop.asked:
                    self._end(watched)
                    stop.look()
                self._turn(watched, time.monotonic())
                time.sleep(_LOOKS)
        return max(charge.over or 0 for charge in self._charges)

    def _turn(self, watched: Sequence[Charge], now: float) -> None:
        listens = now - self._listened >= _LISTENS
        self._listened = now if listens else self._listened
        for charge in watched:
            if charge.process is None and now >= charge.due:
                _start(charge, now)
            if charge.process is not None:
                self._look(charge, charge.process, now)
            if listens and charge.over is None:
                _await_beat(charge, now)
                _listen(charge)

    def _look(self, charge: Charge, process: Process, now: float) -> None:
        code = process.ended()
        for line in process.complaints():
            say(charge.name, line)
        if code is None:
            return
        charge.process, charge.printed = None, process.printed()
        end, how = meaning(code), f"process {process.pid} {words(code)} after {now - charge.began:.0f} s"
        run = _finished(charge) if end is End.DIED else 0
        if end is End.REFUSED and (other := running(charge.heart)) is not None:
            _adopt(charge, other, now)
        elif end is End.DIED and not run:
            _again(charge, now, how)
        else:
            why = {End.DIED: f"; its run {run} had come to its end", End.REFUSED: "; not started again", End.DONE: ""}
            say(charge.name, how + why[end])
            charge.over = code if end is End.REFUSED else 0
            self._done(charge)

    def _end(self, watched: Sequence[Charge]) -> None:
        """Ask all to end, between two instants of theirs; kill what has not."""
        for charge in watched:
            if charge.process is not None:
                charge.process.send(signal.SIGTERM)
        _await(watched, self._grace)
        for charge in watched:
            if charge.process is not None:
                say(charge.name, f"process {charge.process.pid} has not ended in {self._grace:.0f} s: it is killed")
                charge.process.send(signal.SIGKILL)
        _await(watched, _DYING)


# --- one account ---------------------------------------------------------------------------------------------------


def _start(charge: Charge, now: float) -> None:
    """Start an account's engine, or watch the one that runs in its home already."""
    if (found := running(charge.heart)) is not None:
        _adopt(charge, found, now)
        return
    first = not charge.began
    charge.began = now
    try:
        charge.process = Started(charge.command if first else charge.again)
    except OSError as why:
        _again(charge, now, f"no process can be started ({why.strerror})")
        return
    charge.ours.add(charge.process.pid)
    say(charge.name, f"process {charge.process.pid} started{'' if first else ' again'}")


def _adopt(charge: Charge, process: Process, now: float) -> None:
    charge.process, charge.began = process, now
    charge.ours.add(process.pid)
    say(charge.name, f"process {process.pid} runs in its home already; it is watched, and no second one started")


def _again(charge: Charge, now: float, why: str) -> None:
    charge.patience = charge.patience.after(now - charge.began)
    charge.due = now + charge.patience.wait
    say(charge.name, f"{why}; starts again in {charge.patience.wait:.0f} s")


def _await_beat(charge: Charge, now: float) -> None:
    """Say once of a process that it has not begun to beat; a start over much data is long, and is left to go on."""
    process = charge.process
    if process is None or process.pid == charge.heard:
        return
    try:
        beat = charge.heart.read()
    except AllusrError:
        beat = None
    if beat is not None and beat.pid == process.pid:
        charge.heard = process.pid
    elif now - charge.began >= charge.limit:
        charge.heard = process.pid
        say(charge.name, f"process {process.pid} has not begun to beat in {charge.limit:.0f} s (KS-9)")


def _listen(charge: Charge) -> None:
    """Halt the home of an engine that fell silent, as the watchdog does; kill a process that is there (KS-9)."""
    try:
        beat = charge.watch.look(patient=True)
        if beat is None or beat.pid not in charge.ours:
            return
        if charge.halted != (beat.pid, beat.progress):
            say(charge.name, halt(charge.home, beat))
            charge.halted = (beat.pid, beat.progress)
    except (AllusrError, OSError) as why:
        if (text := " ".join(str(why).split())) != charge.trouble:
            say(charge.name, text)
        charge.trouble = text
        return
    if charge.process is not None and charge.process.pid == beat.pid:
        charge.process.send(signal.SIGKILL)


def _finished(charge: Charge) -> int:
    """The run that an engine had brought to its end before it died; 0 where it had none, or that is unknown."""
    from allusr_sdk.ledger import open_ledger

    try:
        beat = charge.heart.read()
        if beat is None or not beat.run or beat.pid not in charge.ours:
            return 0
        with open_ledger(charge.home, create=False) as ledger:
            run = ledger.run(beat.run)
            return beat.run if run is not None and any(run.entries(kind="RunEnded")) else 0
    except AllusrError:
        return 0


def _await(watched: Sequence[Charge], seconds: float) -> None:
    """Wait for processes to end, and say so of each that does."""
    end = time.monotonic() + seconds
    while any(charge.process is not None for charge in watched) and time.monotonic() < end:
        for charge in watched:
            process = charge.process
            if process is None or (code := process.ended()) is None:
                continue
            for line in process.complaints():
                say(charge.name, line)
            say(charge.name, f"process {process.pid} {words(code)}, asked to")
            charge.process, charge.printed = None, process.printed()
        time.sleep(_LOOKS / 4)


# --- all of them ---------------------------------------------------------------------------------------------------


def supervise(
    homes: Mapping[str, str],
    config: Path | None,
    sets: Sequence[str],
    options: Sequence[str],
    *,
    anew: bool,
    as_json: bool,
) -> int:
    """Supervise the accounts of a configuration and show what each printed; returns the highest exit code.

    Args:
        homes: of the accounts, by name.
        options: what each is started with, beside its name and, the first time alone, `anew`.

    Raises:
        SettingsError: with all problems of all accounts at once; none is started.
        KeyboardInterrupt: it was asked to end.
    """
    from allusr_sdk.ledger.hearts import heart_at
    from allusr_sdk.logs import Logs, written
    from allusr_sdk.office.tables import own

    logs, charges = own(Logs, "logs", config, sets), []
    for name, limit in silences(homes, config, sets).items():
        again, heart = (*ALLUSR, "run", "--account", name, *options), heart_at(homes[name])
        charges.append(Charge(
            name=name, home=homes[name], command=(*again, "--anew") if anew else again, again=again, heart=heart,
            watch=Watch(heart, limit), limit=limit,
        ))  # fmt: skip
    with written(logs) if logs.file else nullcontext():
        code = Supervisor(charges, lambda charge: None if as_json else show(charge.name, charge.printed)).run()
    if as_json:
        as_one({charge.name: charge.printed for charge in charges})
    return code
