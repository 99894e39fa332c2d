"""Settings as TOML, for the round trip that check 102 makes."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from allusr_sdk.settings import Secret, declared, is_settings


def written(made: object) -> str:
    """A settings object as TOML. What is None or a secret is left out, as a file leaves it out."""
    return "\n".join(_lines(made, ""))


def _lines(made: object, where: str) -> Iterator[str]:
    nested: list[tuple[str, object]] = []
    for name in declared(cast("type[Any]", type(made))):
        value = getattr(made, name)
        if is_settings(type(value)) or isinstance(value, Mapping):
            nested.append((f"{where}{name}", value))
        elif value is not None and not isinstance(value, Secret):
            yield f"{name} = {_value(value)}"
    for path, value in nested:
        yield f"[{path}]"
        if isinstance(value, Mapping):
            yield from (f"{json.dumps(str(key))} = {_value(item)}" for key, item in value.items())
        else:
            yield from _lines(value, f"{path}.")


def _value(value: object) -> str:
    if isinstance(value, tuple | list | frozenset):
        return f"[{', '.join(sorted(map(_value, value)) if isinstance(value, frozenset) else map(_value, value))}]"
    if isinstance(value, Enum):
        return _value(value.value)
    if isinstance(value, bool | str):
        return json.dumps(value)
    return str(value) if isinstance(value, int | float | Decimal | date) else json.dumps(str(value))
