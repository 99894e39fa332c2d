"""Plain data as entries of a script; whatever does not fit is one line that says where."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import Any, get_args, get_type_hints

from attrs import NOTHING, Attribute, fields

from allusr_sdk.errors import SettingsError
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.entries import CHOICES, Liquidity, Move, Trouble
from allusr_sdk.market.synthetic.profiles import INDICES, PROFILES
from allusr_sdk.model.calendar import xnys
from allusr_sdk.settings import nearest

Table = Mapping[str, Any]


def read[T](kind: type[T], table: Table) -> T:
    """A value whose fields are texts or tuples of entries. Raises `SettingsError` with all problems."""
    hints, problems = get_type_hints(kind), []
    made: dict[str, object] = {}
    for name, value in table.items():
        if name not in hints:
            problems.append(f"{name}: unknown; {nearest(name, hints)}")
        elif hints[name] is str:
            made[name] = value
            problems += [] if isinstance(value, str) else [f"{name}: expected a text, got {value!r}"]
        else:
            made[name] = _entries(get_args(hints[name])[0], value, name, problems)
    if problems:
        raise SettingsError([f"market.{problem}" for problem in problems])
    return kind(**made)


def _entries(kind: type, rows: object, name: str, problems: list[str]) -> tuple[object, ...]:
    listed = [rows] if isinstance(rows, Mapping) else rows
    if not isinstance(listed, Sequence) or not all(isinstance(row, Mapping) for row in listed):
        problems.append(f"{name}: expected tables [[market.{name}]], got {rows!r}")
        return ()
    made = []
    for i, row in enumerate(listed):
        found = list(_problems(kind, row)) or _complaints(entry := _made(kind, row))
        problems += [f"{name}[{i}]{problem}" for problem in found]
        if not found:
            made.append(entry)
    return tuple(made)


def _keys(kind: type) -> dict[str, "Attribute[Any]"]:
    """The fields of an entry by their names in a file."""
    return {field.metadata.get("key", field.name): field for field in fields(kind)}


def _problems(kind: type, row: Table) -> Iterator[str]:
    keys, hints = _keys(kind), get_type_hints(kind)
    yield from (f".{key}: unknown; {nearest(key, keys)}" for key in row if key not in keys)
    yield from (f".{key}: is missing" for key, f in keys.items() if f.default is NOTHING and key not in row)
    for key, value in row.items():
        if key in keys:
            try:
                _value(hints[keys[key].name], value)
            except (ValueError, InvalidOperation):
                yield f".{key}: expected {_WORDS[_plain(hints[keys[key].name])]}, got {value!r}"


def _made(kind: type, row: Table) -> object:
    keys, hints = _keys(kind), get_type_hints(kind)
    return kind(**{keys[key].name: _value(hints[keys[key].name], value) for key, value in row.items()})


# --- types ----------------------------------------------------------------------------------------------------------


def _plain(hint: object) -> object:
    """A hint without its None."""
    return next((h for h in get_args(hint) if h is not NoneType), hint) if NoneType in get_args(hint) else hint


def _value(hint: object, value: object) -> object:
    return _PARSERS[_plain(hint)](value)


def _exactly(kind: type) -> Callable[[object], object]:
    def parse(value: object) -> object:
        if type(value) is not kind:
            raise ValueError
        return value

    return parse


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _numbers(value: object) -> tuple[float, ...]:
    return tuple(map(_number, value)) if isinstance(value, list | tuple) and value else (_number(value),)


def _amount(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError
    return amount


def _day(value: object) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError
    return value


def _time(value: object) -> time:
    if isinstance(value, str):
        value = time.fromisoformat(value)
    if not isinstance(value, time) or value.tzinfo is not None:
        raise ValueError
    return value


_PARSERS: Mapping[object, Callable[[object], object]] = {
    str: _exactly(str),
    bool: _exactly(bool),
    int: _exactly(int),
    float: _number,
    tuple[float, ...]: _numbers,
    Decimal: _amount,
    date: _day,
    time: _time,
}
_WORDS: Mapping[object, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple[float, ...]: "a number or a list of them",
    Decimal: "an amount in dollars",
    date: "a day as 2026-02-11",
    time: 'a time as "10:30"',
}


# --- values ---------------------------------------------------------------------------------------------------------


def _complaints(entry: object) -> list[str]:
    """What is wrong with the values of an entry whose types are right."""
    found = []
    for key, field in _keys(type(entry)).items():
        value, check = getattr(entry, field.name), _CHECKS.get(field.name)
        complaint = check(value) if check is not None and value is not None else ""
        if field.name == "symbol":
            complaint = complaint or _misplaced(value, entry)
        found += [f".{key}: {complaint}"] if complaint else []
    start, end = getattr(entry, "start", None), getattr(entry, "end", None)
    if start is not None and end is not None and start >= end:
        found.append(f".from: {start:%H:%M} is not before {end:%H:%M}")
    day, until = getattr(entry, "day", None), getattr(entry, "until", None)
    if day is not None and until is not None and until < day:
        found.append(f".until: {until} lies before {day}")
    return found


def _symbol(value: str) -> str:
    return "" if value in PROFILES or value == "*" else f"no symbol {value}; {nearest(value, PROFILES)}"


def _misplaced(symbol: str, entry: object) -> str:
    """Why a known symbol is none of which such a thing can be told."""
    if symbol == "*":
        return "" if isinstance(entry, Trouble) else "'*' is for feeds only; name one symbol"
    if symbol == "VIX" and isinstance(entry, Move):
        return "VIX is told in [[market.vix]]"
    index = symbol in INDICES and not isinstance(entry, Trouble | Move | Liquidity)
    return f"{symbol} is an index; name a share or a fund" if index else ""


def _session(value: date) -> str:
    try:
        known = value >= m.START and xnys().session(value)
    except ValueError:
        known = None
    return "" if known else f"{value} is no session since {m.START}"


def _positive(value: float | tuple[float, ...]) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return next((f"{v} is not above zero" for v in values if v <= 0), "")


def _share(value: float) -> str:
    return "" if 0 <= value <= 1 else f"{value} is not between 0 and 1"


def _returns(values: tuple[float, ...]) -> str:
    return next((f"{v} is no log-return between -2 and 2" for v in values if abs(v) > 2), "")


def _drift(value: float) -> str:
    return "" if abs(value) <= 2 else f"{value} a year is no log-return between -2 and 2"


def _ratio(value: int) -> str:
    return "" if 2 <= value <= 100 else f"{value} new shares for one: expected 2 to 100"


def _not_negative(value: Decimal) -> str:
    return "" if value >= 0 else f"{value} is below zero"


def _word(name: str) -> Callable[[str], str]:
    return lambda value: "" if value in CHOICES[name] else f"{value!r} is none of {', '.join(CHOICES[name])}"


_CHECKS: Mapping[str, Callable[[Any], str]] = {
    "symbol": _symbol,
    "day": _session,
    "ex_day": _session,
    "returns": _returns,
    "gap": _share,
    "noise": _share,
    "level": _positive,
    "levels": _positive,
    "high": _positive,
    "vix": _positive,
    "premium": _positive,
    "drift": _drift,
    "depth": _positive,
    "spread": _positive,
    "ratio": _ratio,
    "amount": _not_negative,
    **{name: _word(name) for name in CHOICES},
}
