"""Secrets: text that nothing shows. Whatever leaves this process as words is veiled first."""

from urllib.parse import quote
from weakref import WeakSet

_SHOWN = "***"
_SHORTEST = 4  # characters; what is shorter stands in ordinary words


class Secret:
    """Text that no repr, digest or schema shows. In a file it is written ``env:NAME`` and read from there.

    As long as it is kept, `veiled` hides it in the words of journal, reports and errors.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        _KNOWN.add(self)

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({_SHOWN})"


_KNOWN: WeakSet[Secret] = WeakSet()


def kept() -> bool:
    """Whether this process keeps any secret."""
    return bool(_KNOWN)


def veiled(text: str) -> str:
    """A text with `***` for every secret that this process keeps, as it is or as a URL has it."""
    if not _KNOWN:
        return text
    values = {form for secret in tuple(_KNOWN) for form in (secret.reveal(), quote(secret.reveal(), safe=""))}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, _SHOWN)
    return text
