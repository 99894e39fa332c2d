"""The question before, kept in a home so that the next may go on from it."""

import os
import tempfile
from pathlib import Path

import msgspec
from attrs import evolve

from allusr_advisor.asking.question import Question
from allusr_sdk.office.engine import folder

_FILE = "asked.json"
_MOST = 20  # sessions that are kept


def recall(home: str, session: str) -> Question | None:
    """The last question of a session; None where there is none, or what is kept cannot be read."""
    return _read(folder(home)).get(session)


def keep(home: str, session: str, asked: Question) -> None:
    """Keep a question for the next one; where the home is no folder, or cannot be written, nothing is kept."""
    where = folder(home)
    before = {name: told for name, told in _read(where).items() if name != session}
    _write(where, {**dict(list(before.items())[1 - _MOST :]), session: evolve(asked, text="")})


def forget(home: str, session: str) -> None:
    """Begin a session anew."""
    where = folder(home)
    if before := _read(where):
        _write(where, {name: told for name, told in before.items() if name != session})


def _read(where: Path | None) -> dict[str, Question]:
    try:
        return msgspec.json.decode((where / _FILE).read_bytes(), type=dict[str, Question]) if where else {}
    except (OSError, msgspec.MsgspecError):
        return {}


def _write(where: Path | None, body: dict[str, Question]) -> None:
    """Whole or not at all, for its owner alone: 0600, as `mkstemp` makes it."""
    if where is None:
        return
    try:
        number, name = tempfile.mkstemp(dir=where, prefix=".asked")
        with os.fdopen(number, "wb") as file:
            file.write(msgspec.json.encode(body))
        os.replace(name, where / _FILE)
    except OSError:
        return
