"""How a message is laid out: named, typed fields, blocks that a field opens, and blocks that a count repeats.

A layout is written as words: `name` is text, `name:int`, `name:num`, `name:flag` are typed, `name=x` says what is sent
where nothing is given, `name:const=x` is always x, `?when(...)` is there if an earlier field says so, and `rows*(...)`
is a count and so many rows. In `when`, `_` stands for a space and `a|b` for either.
"""

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

type Raw = str | list[dict[str, str]]
"""A field as it stands on the wire, or the rows of a repeated block."""

KINDS = ("text", "int", "num", "flag", "const")
UNSET = frozenset({"", "2147483647", "9223372036854775807", "1.7976931348623157e+308", "1.7976931348623157E308"})
"""How clients write that they say nothing: ib_async the first, IBKR's own the others."""

_WORD = re.compile(r"\s*(?:(?P<open>\?[^\s()]+\(|[A-Za-z]+\*\()|(?P<close>\))|(?P<field>[^\s()]+))")


@frozen
class Field:
    """One field. `default` is what is sent where nothing is given; None where something must be."""

    name: str
    kind: str = "text"
    default: str | None = None


@frozen
class When:
    """Fields that are there if `name` has one of `values`; where there are none, if it says anything."""

    name: str
    values: tuple[str, ...]
    parts: "tuple[Part, ...]"

    def holds(self, seen: Mapping[str, Raw]) -> bool:
        """Whether the fields follow, by what was seen before them."""
        found = seen.get(self.name, "")
        return found in self.values if self.values else found not in (UNSET | {"0", "0.0"})


@frozen
class Rows:
    """A count, and so many times the same fields."""

    name: str
    parts: tuple[Field, ...]


type Part = Field | When | Rows


@frozen
class Layout:
    """A message: its name, its number on the wire, and what follows the number."""

    name: str
    number: int
    parts: tuple[Part, ...]

    @classmethod
    def read(cls, name: str, number: int, text: str) -> "Layout":
        """Read a layout from its words. Raises `ValueError` for what is none."""
        words = _WORD.finditer(text.rstrip())
        return cls(name, number, tuple(_parts(words)))

    def fields(self) -> Iterator[Field]:
        """All fields, those of blocks too."""
        yield from _fields(self.parts)


def _fields(parts: tuple[Part, ...]) -> Iterator[Field]:
    for part in parts:
        if isinstance(part, Field):
            yield part
        else:
            yield from _fields(tuple(part.parts))


def _parts(words: Iterator[re.Match[str]]) -> Iterator[Part]:
    for word in words:
        if word["close"]:
            return
        if word["field"]:
            yield _field(word["field"])
        elif (opened := word["open"][:-1]).startswith("?"):
            name, _, values = opened[1:].partition("=")
            given = tuple(each.replace("_", " ") for each in values.split("|")) if values else ()
            yield When(name, given, tuple(_parts(words)))
        else:
            yield Rows(opened[:-1], tuple(part for part in _parts(words) if isinstance(part, Field)))


def _field(word: str) -> Field:
    head, given, default = word.partition("=")
    name, _, kind = head.partition(":")
    if (kind or "text") not in KINDS:
        raise ValueError(f"{word}: a field is one of {', '.join(KINDS)}")
    return Field(name, kind or "text", default if given else None)
