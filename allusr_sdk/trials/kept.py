"""What a sweep has done so far, in a folder: it may be killed at any instant, and goes on where it was."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
from attrs import define, frozen

from allusr_sdk.errors import DataError, InputError, StateRefusal
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.sweep import Outcome, Result, Sweep

PLAN, RESULTS = "plan.json", "trials.jsonl"


@frozen(kw_only=True)
class _Plan:
    key: str
    sweep: Sweep


@frozen(kw_only=True)
class _Line:
    trial: int
    outcome: Outcome | None = None
    failed: Failed | None = None


@define
class Kept:
    """The results of a sweep by trial, and the open file that the next are written to."""

    results: dict[int, Result]
    _file: IO[bytes]

    def keep(self, trial: int, result: Result) -> None:
        """Write a result, onto the disk; not one whose worker was lost, which is tried again."""
        self.results[trial] = result
        if isinstance(result, Failed):
            if result.lost:
                return
            line = _Line(trial=trial, failed=result)
        else:
            line = _Line(trial=trial, outcome=result)
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def kept(folder: Path, sweep: Sweep) -> Iterator[Kept]:
    """The results that a folder has of a sweep, to be gone on with; a folder without any begins it.

    Raises:
        InputError: the folder cannot be used, or holds another sweep; says what differs.
        StateRefusal: another process goes on with it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / RESULTS).open("a+b")
    except OSError as error:
        raise InputError(f"--out {folder}: cannot be written: {error.strerror}") from None
    with file:
        _alone(file, folder)
        _same(folder, sweep)
        found = _whole(file)
        yield Kept(found, file)


def read(folder: Path) -> tuple[Sweep, dict[int, Result]]:
    """The sweep in a folder and its results so far, by trial. Raises `InputError` where there is none."""
    plan = _plan(folder)
    if plan is None:
        raise InputError(f"{folder}: no sweep there: `allusr sweep --over K=V.. --out {folder}` makes one")
    with (folder / RESULTS).open("rb") as file:
        return plan.sweep, dict(_lines(file))


def _alone(file: IO[bytes], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StateRefusal(f"--out {folder}: another process goes on with this sweep: wait for it") from None


def _same(folder: Path, sweep: Sweep) -> None:
    """Write the plan where there is none; a plan is there whole or not at all."""
    if (plan := _plan(folder)) is None:
        fresh = folder / f"{PLAN}.new"
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(_Plan(key=sweep.key, sweep=sweep)), indent=2))
        fresh.replace(folder / PLAN)
        return
    if plan.key != sweep.key:
        old, new = plan.sweep.deciding, sweep.deciding
        differs = ", ".join(name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name))
        raise InputError(f"--out {folder}: holds another sweep, which differs in {differs}: give another folder")


def _plan(folder: Path) -> _Plan | None:
    try:
        return msgspec.json.decode((folder / PLAN).read_bytes(), type=_Plan)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (msgspec.MsgspecError, OSError) as error:
        raise DataError(f"{folder / PLAN}: not the plan of a sweep: {error}") from None


def _whole(file: IO[bytes]) -> dict[int, Result]:
    """Results of whole lines; one that was cut short by a kill is cut off, and its trial made again."""
    file.seek(0)
    found = dict(_lines(file))
    file.seek(0)
    end = sum(len(line) for line in file if line.endswith(b"\n"))
    file.truncate(end)
    file.seek(end)
    return found


def _lines(file: IO[bytes]) -> Iterator[tuple[int, Result]]:
    for number, line in enumerate(file, 1):
        if not line.endswith(b"\n"):
            return
        try:
            one = msgspec.json.decode(line, type=_Line)
        except msgspec.MsgspecError as error:
            raise DataError(f"{RESULTS}, line {number}: not a trial: {error}") from None
        yield one.trial, one.outcome or one.failed or Failed("its line says nothing")
