"""One entry of the journal: its canonical bytes, its hash, and its row in the database."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from attrs import asdict, evolve, frozen

from allusr_sdk.errors import AllusrError, BreakError, KernelError
from allusr_sdk.ledger.postings import Line
from allusr_sdk.model.events import Event
from allusr_sdk.settings.secrets import kept, veiled

GENESIS = "0" * 64
_FIELDS = ("prev_hash", "seq", "at", "cycle", "state", "kind", "ledger", "symbol", "rule", "rulebook", "payload")
_WORDS = ("why", "text", "error", "reason")


@frozen
class Entry:
    """One journaled event.

    Attributes:
        at: aware UTC.
        cycle: number of the kernel's cycle, 0 before the first.
        state: state of the machine when it was written.
        rulebook: hash of the rulebook in force.
        lines: its postings; empty when it moved neither cash nor lots.
    """

    seq: int
    at: datetime
    cycle: int
    state: str
    rulebook: str
    event: Event
    prev_hash: str
    hash: str
    lines: tuple[Line, ...] = ()

    @property
    def kind(self) -> str:
        """Name of the event's class."""
        return self.event.kind


def utc(at: datetime) -> datetime:
    """An instant in UTC. Raises `KernelError` for one without a zone."""
    if at.tzinfo is None:
        raise KernelError(f"{at.isoformat()} has no time zone: nothing was written")
    return at.astimezone(UTC)


def utc_text(at: datetime) -> str:
    """An instant as 27 characters, ``2026-02-12T15:09:00.000000Z``."""
    return utc(at).isoformat(timespec="microseconds")[:26] + "Z"


def digest(row: Mapping[str, Any], lines: Sequence[Line]) -> str:
    """SHA-256 over an entry's canonical JSON: every stored column but the run's number and the hash itself."""
    posted = [[x.ledger, x.account, x.symbol, x.instrument, x.amount, x.quantity] for x in lines]
    return hashlib.sha256(msgspec.json.encode([*(row[name] for name in _FIELDS), posted])).hexdigest()


def payload_text(event: Event) -> str:
    """An event's body as canonical JSON. Raises `KernelError` for one that has no such form."""
    try:
        return _veiled(event).payload().decode()
    except (TypeError, ValueError, NotImplementedError) as why:
        raise KernelError(f"{event.kind} of {event.symbol or event.ledger} cannot be written: {why}") from None


def _veiled(event: Event) -> Event:
    """An event without a secret in what a plugin or a person said in it."""
    if not kept():
        return event
    said = {name: text for name in _WORDS if isinstance(text := getattr(event, name, None), str)}
    hidden = {name: shown for name, text in said.items() if (shown := veiled(text)) != text}
    return evolve(event, **hidden) if hidden else event


def line_rows(seq: int, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Rows of `postings` for one entry."""
    return [{"seq": seq, "line": i, **asdict(line)} for i, line in enumerate(lines)]


def knows(row: Mapping[str, Any]) -> bool:
    """Whether a row's kind is known to this version; readers skip the others."""
    return row["kind"] in Event.kinds


def event_of(row: Mapping[str, Any], error: type[AllusrError] = BreakError) -> Event:
    """The event of a row. Raises `error` when its payload is not one of that kind."""
    lifted = {name: row[name] for name in ("ledger", "symbol", "rule")}
    return decoded(row["seq"], row["kind"], str(row["payload"]), lifted, error)


def decoded(
    seq: int, kind: str, payload: str, lifted: Mapping[str, str], error: type[AllusrError] = BreakError
) -> Event:
    """The event of an entry from its columns. Raises `error` when its payload is not one of that kind."""
    try:
        return Event.read(kind, payload.encode(), **lifted)
    except (msgspec.MsgspecError, TypeError, ValueError) as why:
        raise error(f"entry {seq} ({kind}) cannot be read: {why}") from None


def entry_of(row: Mapping[str, Any], lines: Sequence[Line]) -> Entry:
    """A row and its postings as a value."""
    at = datetime.fromisoformat(row["at"])
    where = (row["seq"], at, row["cycle"], row["state"], row["rulebook"])
    return Entry(*where, event_of(row), row["prev_hash"], row["hash"], tuple(lines))
