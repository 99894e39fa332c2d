"""What a process says of itself beside the journal: the table [logs], and where lines of the loggers `allusr.*` go.

The journal tells what was decided and why. A log tells how a process fares, and nothing in it is needed to go on. Each
line has the account or home, the run and the instant of its market where they are known, and no secret.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from allusr_sdk.errors import InputError
from allusr_sdk.settings import setting, settings
from allusr_sdk.settings.secrets import veiled

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

ROOT = "allusr"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700

Known = Callable[[], Mapping[str, object]]
"""What is known of a process at a moment: `account`, `home`, `run`, `instant`; what is None or empty is left out."""


@settings
class Logs:
    """[logs]"""

    format: str = setting(default="text", choices=("text", "json"), help="Lines for people, or a JSON object a line.")
    level: str = setting(
        default="warning", choices=("debug", "info", "warning", "error"), help="What is below it is not written."
    )
    file: str = setting(
        default="", help="File that lines are appended to, closed to others, one a process; empty: stderr."
    )
    megabytes: int = setting(default=10, ge=1, le=1000, unit="MB", help="Size at which a file is put aside.")
    kept: int = setting(default=5, ge=1, le=100, help="Files that were put aside and are kept.")


@contextmanager
def written(wanted: Logs, known: Known = dict, *, who: str = "") -> Iterator[None]:
    """Write the lines of `allusr.*` as the settings say, for a `with` block.

    Args:
        wanted: the table [logs].
        known: asked at each line.
        who: of several processes that have the same settings, as an account or a command; part of the file's name.

    Raises:
        InputError: the file cannot be written.
    """
    logger = logging.getLogger(ROOT)
    handler, level = _handler(wanted, who), logger.level
    handler.setFormatter(_formatter(wanted.format, known))
    logger.addHandler(handler)
    logger.setLevel(wanted.level.upper())
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()


def file_of(wanted: Logs, who: str = "") -> Path | None:
    """The file of one process: ``allusr.log``, of account main ``allusr-main.log``; None where lines go to stderr."""
    if not wanted.file:
        return None
    named = Path(wanted.file).expanduser()
    return named.with_name(f"{named.stem}-{who}{named.suffix}") if who else named


# --- where lines go ------------------------------------------------------------------------------------------------


def _handler(wanted: Logs, who: str) -> logging.Handler:
    place = file_of(wanted, who)
    if place is None:
        return _Stderr()
    try:
        place.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        return _Files(place, maxBytes=wanted.megabytes * 1_000_000, backupCount=wanted.kept, encoding="utf-8")
    except OSError as why:
        raise InputError(f"logs.file: {place} cannot be written ({why.strerror}): name another") from None


class _Stderr(logging.StreamHandler[TextIO]):
    """stderr as it is when a line is written."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Files(RotatingFileHandler):
    """Files that nobody else may read. One that cannot be written to is told once, and harms nothing."""

    _told = False

    def _open(self) -> Any:  # noqa: ANN401 - what the standard library calls it
        file = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE_FILE)
        os.fchmod(file, PRIVATE_FILE)
        return open(file, "a", encoding=self.encoding)

    def close(self) -> None:
        with suppress(OSError):  # what was not written to a disk that is full is not written now
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        if not self._told:
            print(f"warning: {self.baseFilename} cannot be written to: {sys.exc_info()[1]}", file=sys.stderr)
        self._told = True


# --- what a line says ----------------------------------------------------------------------------------------------


def _formatter(form: str, known: Known) -> logging.Formatter:
    from structlog import processors, stdlib

    def where(logger: object, name: str, line: "EventDict") -> "EventDict":
        line.update({key: _plain(value) for key, value in known().items() if value not in (None, "", 0)})
        return line

    before: list[Processor] = [
        stdlib.add_log_level, stdlib.add_logger_name, processors.TimeStamper("iso", utc=True, key="at"), where,
        stdlib.ExtraAdder(), processors.format_exc_info, _veil,
    ]  # fmt: skip
    last: Processor = processors.JSONRenderer(ensure_ascii=False, default=str) if form == "json" else _line
    return _Veiled(foreign_pre_chain=before, processors=[stdlib.ProcessorFormatter.remove_processors_meta, last])


class _Veiled(logging.Formatter):
    """structlog's formatter, with the whole line veiled once more."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - structlog's own
        from structlog.stdlib import ProcessorFormatter

        super().__init__()
        self._inner = ProcessorFormatter(**options)

    def format(self, record: logging.LogRecord) -> str:
        return veiled(self._inner.format(record))


def _veil(logger: object, name: str, line: "EventDict") -> "EventDict":
    return {key: veiled(value) if isinstance(value, str) else value for key, value in line.items()}


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _line(logger: object, name: str, line: MutableMapping[str, Any]) -> str:
    """``2026-02-13T14:45:00Z warning allusr.reports: text (account=main run=3)``, a traceback under it."""
    head = f"{line.pop('at', '')} {line.pop('level', '')} {line.pop('logger', '')}: "
    text, trace = " ".join(str(line.pop("event", "")).split()), line.pop("exception", "")
    rest = " ".join(f"{key}={' '.join(str(value).split())}" for key, value in line.items())
    return f"{head}{text}{f' ({rest})' if rest else ''}{f'\n{trace}' if trace else ''}"
