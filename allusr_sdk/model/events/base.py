"""What all events have in common, and how they are written.

Each event names its ledger, symbol and rule where it has them; the journal lifts those three into columns. A new kind
of event is no change of the interface: readers skip kinds that they do not know.
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec
from attrs import fields, frozen

Numbers = Mapping[str, object]


@frozen(kw_only=True)
class Event:
    """Common to all events."""

    kinds: ClassVar[dict[str, type["Event"]]] = {}

    ledger: str = ""
    symbol: str = ""
    rule: str = ""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        Event.kinds[cls.__name__] = cls

    @property
    def kind(self) -> str:
        """Name of the event's class, as it stands in the journal."""
        return type(self).__name__

    def payload(self) -> bytes:
        """Canonical JSON of everything but the three lifted columns; equal events give equal bytes."""
        body = {f.name: getattr(self, f.name) for f in fields(type(self)) if f.name not in ("ledger", "symbol", "rule")}
        return msgspec.json.encode(body, enc_hook=_plain, order="sorted")

    @staticmethod
    def read(kind: str, payload: bytes, *, ledger: str = "", symbol: str = "", rule: str = "") -> "Event":
        """The event back from its columns.

        Raises `KeyError` for an unknown kind and `msgspec.ValidationError` for a body that does not fit it.
        """
        body = msgspec.json.decode(payload) | {"ledger": ledger, "symbol": symbol, "rule": rule}
        return msgspec.convert(body, Event.kinds[kind], strict=False)


def _plain(value: object) -> object:
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an event")


def rounded(numbers: Numbers) -> dict[str, object]:
    """Numbers fit for the journal: floats with six significant digits, so that no last bit enters the hash."""
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in numbers.items()}
