"""One named value of a rule: what it is, what it may become, and how a wish for it is read."""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from attrs import frozen

from allusr_sdk.errors import RuleError

Plain = bool | int | float | str | tuple[float, ...] | tuple[str, ...]

TIGHTEN = {
    "up": "may only be raised",
    "down": "may only be lowered",
    "inside": "may only be narrowed",
    "none": "cannot be changed",
}
KINDS = {
    "flag": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "text": "a text",
    "clock": "a time as HH:MM",
    "numbers": "a list of numbers",
    "texts": "a list of texts",
}

_RISING = ("band", "otm", "levels")
"""Ends of the names of lists whose numbers rise."""


@frozen
class Value:
    """One named number, flag or text of a rule.

    Attributes:
        value: in force; `default` is what the packaged rulebook says.
        fixed: whether the user fixed it; then `tighten` (up, down, inside, none) is the only way it may go.
        choices: the only permitted texts, or empty.
        later: nothing reads the value in this release; setting it is refused.
    """

    rule: str
    name: str
    value: Plain
    default: Plain
    unit: str
    fixed: bool
    tighten: str
    choices: tuple[str, ...] = ()
    later: bool = False

    @property
    def key(self) -> str:
        """``LQ-1.open_interest``."""
        return f"{self.rule}.{self.name}"

    @property
    def kind(self) -> str:
        """Which getter reads it: flag, integer, number, text, clock, numbers or texts."""
        if isinstance(self.default, tuple):
            return "texts" if self.unit == "symbols" or isinstance(self.default[0], str) else "numbers"
        if isinstance(self.default, str):
            return "clock" if self.unit == "clock" else "text"
        return {bool: "flag", int: "integer", float: "number"}[type(self.default)]

    @property
    def origin(self) -> str:
        """Where the value in force comes from: `fixed by the user`, `default` or `setting`."""
        if self.value != self.default:
            return "setting"
        return "fixed by the user" if self.fixed else "default"

    def shown(self, value: Plain | None = None) -> str:
        """The value in force, or another one, with its unit."""
        plain = self.value if value is None else value
        if plain == ():
            return "none"
        text = ", ".join(map(str, plain)) if isinstance(plain, tuple) else str(plain)
        text = text.lower() if isinstance(plain, bool) else text
        return f"{text} {self.unit}" if self.unit and self.unit != "clock" else text

    def looser(self, wish: Plain) -> bool:
        """Whether a wish is looser than what the user fixed; never for values that are not fixed."""
        return self.fixed and not _TIGHTER[self.tighten](wish, self.default)

    def admits(self, wish: Plain) -> bool:
        """Whether a wish is at least as strict as the value in force; always for values that are not fixed."""
        return not self.fixed or _TIGHTER[self.tighten](wish, self.value)

    def read(self, wish: object) -> Plain:
        """A wish as a value of this kind; text is read as TOML where the kind is not text itself.

        Raises:
            RuleError: the wish is of another kind, negative, not finite, a share or delta over 1, or a band that falls.
        """
        plain = _read(self.kind, wish)
        if plain is None:
            raise RuleError(f"{self.key}: expected {KINDS[self.kind]}, got {wish!r}")
        if complaint := self._complaint(plain):
            raise RuleError(f"{self.key}: {complaint}, got {wish!r}")
        return plain

    def _complaint(self, plain: Plain) -> str:
        if self.choices and plain not in self.choices:
            return f"expected one of {', '.join(self.choices)}"
        if self.kind not in ("integer", "number", "numbers"):
            return ""
        numbers = plain if isinstance(plain, tuple) else (plain,)
        counted = self.unit.partition(" of ")[0]
        top = 1.0 if counted in ("share", "delta") else math.inf
        if not all(math.isfinite(float(n)) and 0 <= float(n) <= top for n in numbers):
            return f"expected a {counted} from 0 to 1" if top == 1 else "expected a finite number from 0 up"
        if isinstance(self.default, tuple) and len(numbers) != len(self.default):
            return f"expected {len(self.default)} numbers"
        if counted.startswith("percent") and sum(map(float, numbers)) != 100:
            return "expected percents that are 100 in all"
        if self.name.endswith(_RISING) and list(numbers) != sorted(numbers, key=float):
            return "expected numbers that rise, low before high"
        return ""


def _inside(wish: Any, fixed: Any) -> bool:  # noqa: ANN401
    return bool(fixed[0] <= wish[0] <= wish[1] <= fixed[1])


_TIGHTER: Mapping[str, Callable[[Any, Any], bool]] = {
    "up": lambda wish, fixed: bool(wish >= fixed),
    "down": lambda wish, fixed: bool(wish <= fixed),
    "inside": _inside,
    "none": lambda wish, fixed: bool(wish == fixed),
}


def _read(kind: str, wish: object) -> Plain | None:
    """The wish as a plain value of a kind, or None where it is of another."""
    if kind == "text":
        return wish if isinstance(wish, str) else None
    if kind == "clock":
        return _read_clock(wish)
    plain = parse(wish) if isinstance(wish, str) else wish
    if kind == "flag":
        return plain if isinstance(plain, bool) else None
    if isinstance(plain, list | tuple):
        if kind == "numbers" and all(_is_number(item) for item in plain):
            return tuple(float(item) for item in plain)
        return tuple(plain) if kind == "texts" and all(isinstance(item, str) for item in plain) else None
    if kind == "integer":
        return plain if isinstance(plain, int) and _is_number(plain) else None
    return float(plain) if kind == "number" and isinstance(plain, int | float) and _is_number(plain) else None


def _is_number(item: object) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def _read_clock(wish: object) -> str | None:
    text = f"{wish:%H:%M}" if isinstance(wish, time) else str(wish)
    return text if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) else None


def parse(text: str) -> object:
    """A value written as TOML, or the text itself where it is not TOML (`SPY`)."""
    try:
        found = tomllib.loads(f"wish = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return found["wish"] if len(found) == 1 else text


@frozen
class Rule:
    """One rule: its id, words, the dotted name of what enforces it (empty: a later release) and its values."""

    id: str
    title: str
    text: str
    where: str
    values: Mapping[str, Value]
