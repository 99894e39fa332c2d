"""Declaring settings: `setting`, `settings` and what can be read back from a class."""

import math
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeGuard, cast, dataclass_transform, get_args, get_type_hints, overload

import attrs

from allusr_sdk.errors import SettingsError
from allusr_sdk.settings.secrets import Secret

Number = int | float | Decimal

_KEY = "allusr"
_LISTED = 12  # so many valid names still fit one line


@attrs.frozen
class Spec:
    """What a setting promises besides its type; bounds and choices bind each element of a tuple.

    Attributes:
        help, unit: one sentence, and what the number counts.
        ge, le: smallest and largest permitted value, both included; None where there is no bound.
        secret: whether the value is a `Secret`.
        choices: the only permitted values; empty where any is.
        up_to: another setting of the same class, which the value may not exceed.
    """

    help: str
    unit: str = ""
    ge: Number | None = None
    le: Number | None = None
    secret: bool = False
    choices: tuple[object, ...] = ()
    up_to: str = ""

    def complaint(self, value: object) -> str:
        """Why a value of the right type does not fit, or an empty text."""
        if isinstance(value, tuple | frozenset):
            return next((found for found in map(self.complaint, value) if found), "")
        if isinstance(value, float | Decimal) and not math.isfinite(value):
            return f"{value} is not a usable number"
        if self.choices and value is not None and value not in self.choices:
            return f"{value!r} is not one of {', '.join(map(str, self.choices))}"
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return ""
        if self.ge is not None and _exact(value) < _exact(self.ge):
            return f"{value} is below the minimum {self.ge}"
        if self.le is not None and _exact(value) > _exact(self.le):
            return f"{value} is above the maximum {self.le}"
        return ""

    def excess(self, value: object, made: object) -> str:
        """Why a value does not fit the other settings of its class, or an empty text."""
        limit: Any = getattr(made, self.up_to) if self.up_to else None
        if limit is None or not isinstance(value, int | float | Decimal) or _exact(value) <= _exact(limit):
            return ""
        return f"{value} is above {self.up_to}, which is {limit}: set one of the two otherwise"

    @property
    def bounds(self) -> str:
        """Bounds or choices in words, as the tables print them."""
        if self.choices:
            return ", ".join(map(str, self.choices))
        most = " and ".join(str(limit) for limit in (self.le, self.up_to or None) if limit is not None)
        if self.ge is not None and most:
            return f"{self.ge} to {most}"
        return f"at least {self.ge}" if self.ge is not None else f"at most {most}" if most else ""


def _exact(value: Number) -> Decimal:
    return Decimal(str(value))


@overload
def setting[T](
    *,
    default: T,
    help: str,
    ge: Number | None = ...,
    le: Number | None = ...,
    unit: str = ...,
    secret: bool = ...,
    choices: tuple[object, ...] = ...,
    up_to: str = ...,
) -> T: ...
@overload
def setting[T](
    *,
    help: str,
    ge: Number | None = ...,
    le: Number | None = ...,
    unit: str = ...,
    secret: bool = ...,
    choices: tuple[object, ...] = ...,
    up_to: str = ...,
) -> T: ...  # type: ignore[type-var]  # T is what the field's annotation says
def setting(
    *,
    help: str,
    default: object = attrs.NOTHING,
    ge: Number | None = None,
    le: Number | None = None,
    unit: str = "",
    secret: bool = False,
    choices: tuple[object, ...] = (),
    up_to: str = "",
) -> object:
    """Declare one setting of a `settings` class.

    Args:
        help: one sentence for tables, schemas and command-line help.
        default: the value when none is given; without it the setting is required.
        ge, le: smallest and largest permitted value, both included.
        unit: what the number counts, as printed beside it.
        secret: the value is a `Secret`, taken from the environment.
        choices: the only permitted values.
        up_to: name of another setting of the class, which the value may not exceed.

    What a value breaks is raised as `SettingsError` when the settings are made.
    """
    spec = Spec(help=help, unit=unit, ge=ge, le=le, secret=secret, choices=choices, up_to=up_to)

    def check(instance: object, attribute: "attrs.Attribute[object]", value: object) -> None:
        if complaint := spec.complaint(value) or spec.excess(value, instance):
            raise SettingsError([f"{type(instance).__name__}.{attribute.name}: {complaint}"])

    return attrs.field(default=default, validator=check, metadata={_KEY: spec}, repr=not secret)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting,))
def settings[T](cls: type[T]) -> type[T]:
    """Make a class of `setting` fields a frozen, keyword-only settings class.

    Raises:
        TypeError: a field is not declared with `setting`, or may go up to none of its class, or `secret=True` and the
            type `Secret` do not go together.
    """
    made = attrs.frozen(kw_only=True)(cls)
    names = {field.name for field in attributes(made)}
    for field in attributes(made):
        if _KEY not in field.metadata or field.name.startswith("_"):
            raise TypeError(
                f"{cls.__name__}.{field.name}: declare it with setting(default=..., help=...), without leading _"
            )
        if (other := field.metadata[_KEY].up_to) and other not in names:
            raise TypeError(f"{cls.__name__}.{field.name}: up_to={other!r} is no setting of the class")
    return made


@attrs.frozen
class Field:
    """One field of a settings class as its declaration reads: name, type (`hint`), default, and what it promises."""

    name: str
    hint: object
    default: object
    spec: Spec

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is attrs.NOTHING


def attributes(cls: type) -> tuple["attrs.Attribute[Any]", ...]:
    """The attrs attributes of a class."""
    return cast("tuple[attrs.Attribute[Any], ...]", attrs.fields(cls))


def is_settings(hint: object) -> TypeGuard[type]:
    """Whether something is a class made by `settings`."""
    return isinstance(hint, type) and attrs.has(hint) and all(_KEY in f.metadata for f in attributes(hint))


def declared(cls: type) -> Mapping[str, Field]:
    """The fields of a settings class by name, in declared order.

    Raises:
        TypeError: `secret=True` and the type `Secret` do not go together.
    """
    return _declared(cls)


@lru_cache(maxsize=256)
def _declared(cls: type) -> Mapping[str, Field]:
    hints = get_type_hints(cls)
    found = {a.name: Field(a.name, hints[a.name], a.default, a.metadata[_KEY]) for a in attributes(cls)}
    for field in found.values():
        if field.spec.secret != (Secret in (field.hint, *get_args(field.hint))):
            raise TypeError(f"{cls.__name__}.{field.name}: secret=True and the type Secret go together")
    return types.MappingProxyType(found)


def dotted(where: str, name: str) -> str:
    """A name under a dotted path, which may be empty; on one line whatever the name."""
    shown = name if name.isprintable() else repr(name)
    return f"{where}.{shown}" if where else shown


def nearest(wrong: str, valid: Iterable[str]) -> str:
    """The end of an error line: which valid name was probably meant, else which there are."""
    names = {name.lower(): name for name in sorted(valid)}
    if close := get_close_matches(wrong.lower(), list(names), n=1, cutoff=0.6):
        return f"did you mean '{names[close[0]]}'?"
    shown = [*names.values()][:_LISTED]
    return f"valid: {', '.join(shown)}{', ...' if len(names) > _LISTED else ''}" if shown else "there are none"
