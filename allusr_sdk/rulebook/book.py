"""`Rulebook`: all rules in force, read from the packaged data file."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NoReturn

from attrs import evolve, field, frozen

from allusr_sdk.errors import RuleError
from allusr_sdk.rulebook.relations import complaints
from allusr_sdk.rulebook.values import KINDS, TIGHTEN, Plain, Rule, Value
from allusr_sdk.settings import digest, nearest

# getter: (kinds that it reads, how); parsed once, since the getters are called in hot loops
_GETTERS: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "number": (("integer", "number"), float),
    "integer": (("integer",), int),
    "money": (("integer", "number"), lambda value: Decimal(str(value))),
    "flag": (("flag",), bool),
    "text": (("text",), str),
    "clock": (("clock",), time.fromisoformat),
    "numbers": (("numbers",), tuple),
    "texts": (("texts",), tuple),
}


@frozen
class _Parsed:
    number: dict[str, float]
    integer: dict[str, int]
    money: dict[str, Decimal]
    flag: dict[str, bool]
    text: dict[str, str]
    clock: dict[str, time]
    numbers: dict[str, tuple[float, ...]]
    texts: dict[str, tuple[str, ...]]


@frozen(eq=False)
class Rulebook:
    """The rules in force. Immutable; the getters are dictionary look-ups, parsed once.

    A getter raises `RuleError` for a key that is unknown, or whose value is of another kind than it reads.

    Attributes:
        version: of the packaged rules.
        rules: by id, in the order of the data file.
        loosened: keys of values that a what-if loosened, or changed where nobody said which way is looser, with their
            values as text.
    """

    version: str
    rules: Mapping[str, Rule] = field(repr=False)
    loosened: Mapping[str, str] = MappingProxyType({})
    hash: str = field(init=False)
    _parsed: _Parsed = field(init=False, repr=False)

    @hash.default
    def _hash(self) -> str:
        return digest([self.version, [_content(rule) for rule in self.rules.values()]])[:12]

    @_parsed.default
    def _parse(self) -> _Parsed:
        values = [value for rule in self.rules.values() for value in rule.values.values()]
        tables = {
            name: {value.key: make(value.value) for value in values if value.kind in kinds}
            for name, (kinds, make) in _GETTERS.items()
        }
        return _Parsed(**tables)

    @classmethod
    def default(cls) -> "Rulebook":
        """The packaged rulebook."""
        return _packaged()

    @property
    def stamp(self) -> str:
        """Version and hash, ``2.0.0+abcdef123456``, as it stands on every journaled decision."""
        return f"{self.version}+{self.hash}"

    def number(self, key: str) -> float:
        """A number or whole number, as float."""
        found = self._parsed.number.get(key)
        return self._refuse(key) if found is None else found

    def integer(self, key: str) -> int:
        """A whole number."""
        found = self._parsed.integer.get(key)
        return self._refuse(key) if found is None else found

    def money(self, key: str) -> Decimal:
        """A number as an exact decimal."""
        found = self._parsed.money.get(key)
        return self._refuse(key) if found is None else found

    def flag(self, key: str) -> bool:
        """True or false."""
        found = self._parsed.flag.get(key)
        return self._refuse(key) if found is None else found

    def text(self, key: str) -> str:
        """A text."""
        found = self._parsed.text.get(key)
        return self._refuse(key) if found is None else found

    def clock(self, key: str) -> time:
        """A time of day, New York."""
        found = self._parsed.clock.get(key)
        return self._refuse(key) if found is None else found

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of numbers."""
        found = self._parsed.numbers.get(key)
        return self._refuse(key) if found is None else found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self._parsed.texts.get(key)
        return self._refuse(key) if found is None else found

    def band(self, key: str) -> tuple[float, float]:
        """Low and high end of a band."""
        low, high = self.numbers(key)
        return low, high

    def value(self, key: str) -> Value:
        """A value with its unit, origin and bounds. Keys ignore case, and `_` stands for `-`.

        Raises:
            RuleError: no such rule or value; names the nearest.
        """
        head, _, name = key.partition(".")
        rule = self.rules.get(head.upper().replace("_", "-"))
        if rule is None:
            raise RuleError(f"{head}: unknown rule; {nearest(head.replace('_', '-'), self.rules)}")
        found = rule.values.get(name.lower())
        if found is None:
            raise RuleError(f"{rule.id}: has no value {name!r}; {nearest(name, rule.values)}")
        return found

    def tightened(self, wishes: Mapping[str, object]) -> "Rulebook":
        """The rulebook with other values; what the user fixed may only become stricter.

        Args:
            wishes: new values by key, of their kind or as TOML text.

        Raises:
            RuleError: a fixed value would be loosened, a key is unknown or a value of the wrong kind.
        """
        for value, wish in self._read(wishes):
            if value.looser(wish):
                raise RuleError(_refusal(value, wish))
        return self._with(wishes)

    def adopted(self, wishes: Mapping[str, object]) -> "Rulebook":
        """The next version of the rulebook, with values that a person approved; they are its defaults from then on.

        Raises:
            RuleError: as `tightened`.
        """
        found = self.tightened(wishes)
        rules = {name: evolve(rule, values=_settled(rule)) for name, rule in found.rules.items()}
        return Rulebook(next_version(self.version), MappingProxyType(rules), self.loosened)

    def what_if(self, wishes: Mapping[str, object]) -> "Rulebook":
        """The rulebook with other values, fixed ones loosened too; a backtest only, and remembered in `loosened`.

        A value that is not fixed is remembered as well: no bound of it says that the change is a stricter one.

        Raises:
            RuleError: a key is unknown or a value of the wrong kind.
        """
        return self._with(wishes, what_if=True)

    def _read(self, wishes: Mapping[str, object]) -> list[tuple[Value, Plain]]:
        found = [(self.value(key), wish) for key, wish in wishes.items()]
        if later := next((value.key for value, _ in found if value.later), None):
            raise RuleError(f"{later}: nothing reads it in this release, so setting it would change nothing")
        return [(value, value.read(wish)) for value, wish in found]

    def _with(self, wishes: Mapping[str, object], *, what_if: bool = False) -> "Rulebook":
        rules, loosened = dict(self.rules), dict(self.loosened)
        for value, wish in self._read(wishes):
            rule = rules[value.rule]
            changed = {**rule.values, value.name: evolve(value, value=wish)}
            rules[rule.id] = evolve(rule, values=MappingProxyType(changed))
            loosened.pop(value.key, None)
            if value.looser(wish) or (what_if and not value.fixed and wish != value.default):
                loosened[value.key] = value.shown(wish)
        if complaint := next(complaints(rules), ""):
            raise RuleError(complaint)
        frozen_rules = MappingProxyType(rules)
        return Rulebook(self.version, frozen_rules, MappingProxyType(dict(sorted(loosened.items()))))

    def _refuse(self, key: str) -> NoReturn:
        found = self.value(key)
        if found.key != key:
            raise RuleError(f"{key}: write {found.key}")
        raise RuleError(f"{key}: is {KINDS[found.kind]}, not what was asked for")


def next_version(version: str) -> str:
    """The version after an approved change: its middle number is one more."""
    major, minor, _ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def _settled(rule: Rule) -> Mapping[str, Value]:
    """Approved values as defaults. What the user fixed keeps its bound: a later approval may go back to it."""
    return MappingProxyType({n: v if v.fixed else evolve(v, default=v.value) for n, v in rule.values.items()})


def _refusal(value: Value, wish: Plain) -> str:
    name = f"{value.rule.lower().replace('-', '_')}.{value.name}"
    return (
        f"{value.rule}: {value.name} is fixed at {value.shown(value.default)} and {TIGHTEN[value.tighten]}; "
        f"{value.shown(wish)} would loosen it (only a backtest may, with --what-if {name}=...)"
    )


def _content(rule: Rule) -> list[object]:
    values = [[v.key, v.value, v.default, v.unit, v.fixed, v.tighten, v.choices] for v in rule.values.values()]
    return [rule.id, rule.title, rule.text, values]


@lru_cache(maxsize=1)
def _packaged() -> Rulebook:
    data = tomllib.loads(files("allusr_sdk").joinpath("rulebook.toml").read_text("utf-8"))
    version = data.pop("version")
    return Rulebook(version, MappingProxyType({name: _rule(name, body) for name, body in data.items()}))


def _rule(name: str, body: Mapping[str, Any]) -> Rule:
    values = {key: _value(name, key, v) for key, v in body.get("values", {}).items()}
    return Rule(name, body["title"], body["text"], body["where"], MappingProxyType(values))


def _value(rule: str, name: str, body: Mapping[str, Any]) -> Value:
    raw = body["value"]
    if isinstance(raw, list):
        raw = tuple(raw) if raw and isinstance(raw[0], str) else tuple(map(float, raw))
    choices = tuple(body.get("choices", ()))
    return Value(rule, name, raw, raw, body["unit"], body["fixed"], body["tighten"], choices, body.get("later", False))
