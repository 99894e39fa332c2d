"""One encoder and one decoder, that walk a layout."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from attrs import Factory, define, frozen

from allusr_sdk.errors import KernelError
from allusr_sdk.testing.tws.layout import UNSET, Field, Layout, Part, Raw, Rows, When

type Single = str | int | float | Decimal | bool
type Value = str | int | float | Decimal | bool | Sequence[Mapping[str, Single]] | None
"""What a field is given as; None for nothing."""

_INT = re.compile(r"-?\d+")
_INFINITE = frozenset({"Infinite", "Infinity", "inf"})


@frozen
class Message:
    """A message as it was read: raw fields by name, read as what they are when asked for."""

    name: str
    raw: Mapping[str, Raw]

    def text(self, name: str) -> str:
        """A field as it stands; empty where it is unset or not there."""
        found = self.raw.get(name, "")
        return "" if isinstance(found, list) or found in UNSET else found

    def number(self, name: str) -> int:
        """A whole number; 0 where none was given."""
        return int(Decimal(self.text(name) or 0))

    def amount(self, name: str) -> Decimal | None:
        """A number with its decimals; None where none was given."""
        found = self.text(name)
        return Decimal(found) if found else None

    def flag(self, name: str) -> bool:
        """Whether it was said; not where nothing was."""
        return self.text(name) not in ("", "0")

    def said(self) -> dict[str, Raw]:
        """What it says: the raw fields without those that say nothing or zero."""
        return {name: raw for name, raw in self.raw.items() if isinstance(raw, list) or raw not in (*UNSET, "0", "0.0")}

    def rows(self, name: str) -> "list[Message]":
        """The rows of a repeated block; none where there is no such block."""
        found = self.raw.get(name, [])
        return [Message(name, row) for row in found] if isinstance(found, list) else []


@define
class _Reader:
    """Fields of one message, taken from the front; what was wrong is kept, and reading goes on."""

    left: list[str]
    wrong: list[str] = Factory(list)
    short: bool = False

    def take(self, field: Field) -> str:
        if not self.left:
            if not self.short:
                self.wrong.append(f"field {field.name} is missing")
            self.short = True
            return field.default or ""
        found = self.left.pop(0)
        if not _fits(field, found):
            self.wrong.append(f"field {field.name} is {found!r}, no {_meant(field)}")
            return field.default or ""
        return found

    def count(self, name: str) -> int:
        """How many rows follow; none where that cannot be."""
        found = int(self.take(Field(f"count of {name}", "int", "0")) or 0)
        if 0 <= found <= len(self.left):
            return found
        self.wrong.append(f"{found} {name}: there are {len(self.left)} fields left")
        return 0


def decode(layout: Layout, fields: Sequence[str]) -> tuple[Message, tuple[str, ...]]:
    """Read what follows a message's number; also says what was wrong with it, in words.

    Every field is consumed: one that is missing, left over or of another kind is told.
    """
    reader, seen = _Reader(list(fields)), dict[str, Raw]()
    _read(layout.parts, reader, seen)
    if reader.left:
        reader.wrong.append(f"{len(reader.left)} fields are left over: {reader.left[:4]}")
    return Message(layout.name, seen), tuple(f"{layout.name}: {why}" for why in reader.wrong)


def _read(parts: Iterable[Part], reader: _Reader, seen: dict[str, Raw]) -> None:
    for part in parts:
        if isinstance(part, Field):
            seen[part.name] = reader.take(part)
        elif isinstance(part, When):
            if part.holds(seen):
                _read(part.parts, reader, seen)
        else:
            count = reader.count(part.name)
            seen[part.name] = [{each.name: reader.take(each) for each in part.parts} for _ in range(count)]


def encode(layout: Layout, given: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields of a message, its number first.

    Raises:
        KernelError: a field is missing, of another kind, or not in the layout.
    """
    written, seen, used = [str(layout.number)], dict[str, Raw](), set[str]()
    _write(layout, layout.parts, given, (written, seen, used))
    if unknown := given.keys() - used - {field.name for field in layout.fields()}:
        raise KernelError(f"{layout.name}: no field {', '.join(sorted(unknown))}")
    return tuple(written)


def _write(
    layout: Layout, parts: Iterable[Part], given: Mapping[str, Value], to: tuple[list[str], dict[str, Raw], set[str]]
) -> None:
    written, seen, used = to
    for part in parts:
        if isinstance(part, When):
            if part.holds(seen):
                _write(layout, part.parts, given, to)
            continue
        used.add(part.name)
        value = given.get(part.name)
        if isinstance(part, Rows):
            rows = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
            written.append(str(len(rows)))
            written += [_worded(layout, field, row.get(field.name)) for row in rows for field in part.parts]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            raise KernelError(f"{layout.name}: field {part.name} is no list")
        else:
            seen[part.name] = _worded(layout, part, value)
            written.append(str(seen[part.name]))


class Word(str):
    """What goes out as it stands, whatever its field is."""


def _worded(layout: Layout, field: Field, value: str | int | float | Decimal | bool | None) -> str:
    """A value as TWS writes it; what is not given is the default."""
    if isinstance(value, Word):
        return value
    if field.kind == "const" or value is None or (value == "" and field.default is not None):
        if field.default is None:
            raise KernelError(f"{layout.name}: field {field.name} is not given")
        return field.default
    if isinstance(value, bool):
        word = str(int(value))
    elif isinstance(value, Decimal):
        word = f"{value:f}"
    else:
        word = str(value)
    if not _fits(field, word):
        raise KernelError(f"{layout.name}: field {field.name} is {word!r}, no {_meant(field)}")
    return word


def _fits(field: Field, word: str) -> bool:
    if field.kind == "const":
        return word == field.default
    if field.kind == "text" or word in UNSET:
        return True
    if field.kind == "flag":
        return word in ("0", "1")
    return bool(_INT.fullmatch(word)) if field.kind == "int" else _is_number(word)


def _is_number(word: str) -> bool:
    try:
        return word in _INFINITE or Decimal(word).is_finite()
    except InvalidOperation:
        return False


def _meant(field: Field) -> str:
    return f"{field.default!r}" if field.kind == "const" else field.kind


def frame(fields: Sequence[str]) -> bytes:
    """Fields as they go over the socket: each ended by a NUL, the length of all before them."""
    body = "".join(f"{field}\0" for field in fields).encode()
    return len(body).to_bytes(4, "big") + body


def unframed(body: bytes) -> list[str]:
    """The fields of a frame's body. Raises `ValueError` where it does not end in a NUL."""
    if not body.endswith(b"\0"):
        raise ValueError("a message that ends in no NUL")
    return body[:-1].decode(errors="backslashreplace").split("\0")
