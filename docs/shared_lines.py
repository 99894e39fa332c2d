"""A griffe extension: a line of a docstring may speak for two arguments (`low, high: ...`), which griffe misreads."""

import re
from typing import Any

import griffe

_SHARED = re.compile(r"^( +)(\w+(?:, \w+)+): ", re.M)


class SharedLines(griffe.Extension):
    """Gives each name a line of its own; all but the last refer to it."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:  # noqa: ANN401 - griffe's own signature
        """Rewrite an object's docstring before it is parsed."""
        if obj.docstring is not None:
            obj.docstring.value = _SHARED.sub(_own_lines, obj.docstring.value)


def _own_lines(found: re.Match[str]) -> str:
    indent, (*others, last) = found[1], found[2].split(", ")
    return "".join(f"{indent}{name}: see `{last}`.\n" for name in others) + f"{indent}{last}: "
