"""One declaration per setting: construction, TOML, JSON Schema, tables and digests all follow from it.

    @settings
    class WheelSettings:
        symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings to run the wheel on.")
        delta: float = setting(default=0.30, ge=0.05, le=0.50, help="Absolute delta to sell at.")

A settings class is a frozen, keyword-only attrs class. Every field of it is a `setting`.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from allusr_sdk import _deprecations
from allusr_sdk.settings.declare import Field, Number, Spec, declared, is_settings, nearest, setting, settings
from allusr_sdk.settings.describe import Row, digest, schema, table
from allusr_sdk.settings.loading import load
from allusr_sdk.settings.secrets import Secret

__all__ = [
    "Field",
    "Number",
    "Row",
    "Secret",
    "Spec",
    "declared",
    "digest",
    "is_settings",
    "load",
    "nearest",
    "schema",
    "setting",
    "settings",
    "table",
]


class _Decorator(ModuleType):
    """This module, callable as the decorator of the same name: so `from allusr_sdk import settings` is both."""

    def __call__[T](self, cls: type[T]) -> type[T]:
        return settings(cls)


sys.modules[__name__].__class__ = _Decorator

if not TYPE_CHECKING:  # a checker that saw it would take any name for a public one

    def __getattr__(name: str) -> object:
        return _deprecations.moved(__name__, name)
