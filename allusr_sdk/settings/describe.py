"""What else follows from a declaration: tables, JSON Schema and digests."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, get_args

import attrs
import msgspec

from allusr_sdk.settings.declare import Spec, attributes, declared, dotted, is_settings
from allusr_sdk.settings.secrets import Secret


@attrs.frozen
class Row:
    """One line of a settings table; `name` is dotted for nested settings."""

    name: str
    type: str
    default: str
    unit: str
    bounds: str
    help: str


def table(cls: type) -> tuple[Row, ...]:
    """The rows of a settings class for documentation and `allusr plugins show`; nested classes are unfolded."""
    return tuple(_rows(cls, ""))


def _rows(cls: type, where: str) -> Iterator[Row]:
    for f in declared(cls).values():
        if is_settings(f.hint):
            yield from _rows(f.hint, dotted(where, f.name))
            continue
        default = "required" if f.required else "***" if f.spec.secret else _text(f.default)
        yield Row(dotted(where, f.name), _type_name(f.hint), default, f.spec.unit, f.spec.bounds, f.spec.help)


def _type_name(hint: object) -> str:
    return (
        hint.__name__
        if isinstance(hint, type) and not get_args(hint)
        else re.sub(r"(?:\w+\.|<locals>\.)+(?=\w)", "", str(hint))
    )


def _text(value: object) -> str:
    if isinstance(value, tuple | frozenset):
        return ", ".join(map(_text, value))
    if isinstance(value, Enum):
        return str(value.value)
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def schema(cls: type) -> dict[str, object]:
    """JSON Schema of a settings class: bounds, units and help included, unknown names refused."""
    found = list(dict.fromkeys(_classes(cls)))
    refs, components = msgspec.json.schema_components(
        found, schema_hook=lambda _: {"type": "string", "pattern": "^env:", "writeOnly": True}
    )
    for each, ref in zip(found, refs, strict=True):
        body = components[ref["$ref"].rsplit("/", 1)[-1]]
        body["additionalProperties"] = False
        for field in declared(each).values():
            _describe(body["properties"][field.name], field.spec)
    return {"$ref": refs[0]["$ref"], "$defs": components}


def _classes(cls: type) -> Iterator[type]:
    yield cls
    for field in declared(cls).values():
        yield from _nested(field.hint)


def _nested(hint: object) -> Iterator[type]:
    if is_settings(hint):
        yield from _classes(hint)
    for arg in get_args(hint):
        yield from _nested(arg)


def _describe(body: dict[str, Any], spec: Spec) -> None:
    body["description"] = f"{spec.help} Unit: {spec.unit}." if spec.unit else spec.help
    if spec.secret:
        body.pop("default", None)
    for part in _scalars(body):
        if part.get("format") == "decimal":
            part.update(type=["number", "string"])
            part.pop("format")
        bounds = {"minimum": spec.ge, "maximum": spec.le}
        part.update({k: float(v) if isinstance(v, Decimal) else v for k, v in bounds.items() if v is not None})
        if spec.choices:
            part["enum"] = [choice.value if isinstance(choice, Enum) else choice for choice in spec.choices]


def _scalars(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    parts = [*body.get("prefixItems", ()), *body.get("anyOf", ()), body.get("items")]
    inner = [part for part in parts if isinstance(part, dict) and "$ref" not in part and part.get("type") != "null"]
    if not inner and body.get("type") not in ("array", "object", None):
        yield body
    for part in inner:
        yield from _scalars(part)


def digest(obj: object) -> str:
    """sha256 (hex) of the effective values of settings; equal values give equal digests, secrets do not enter."""
    text = json.dumps(_plain(obj), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal):
        exact = Decimal(str(value)).normalize()
        return int(exact) if exact == exact.to_integral_value() else str(exact)
    if isinstance(value, Secret):
        return "***"
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return sorted((_plain(item) for item in value), key=json.dumps)
    if attrs.has(type(value)):
        return {field.name: _plain(getattr(value, field.name)) for field in attributes(type(value))}
    return str(value)
