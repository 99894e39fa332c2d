"""What is on its way out: one table, and what an old name, hook or setting does until then. docs/deprecations.md.

An entry is all that a deprecation takes: the old use keeps working, warns with its replacement and the release that
removes it, and the test suite fails once that release is reached and the entry still stands here.
"""

import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Literal

from attrs import frozen

_HERE = __file__.removesuffix("_deprecations.py")  # the line that a warning names lies outside the SDK


class AllusrRemovedWarning(DeprecationWarning):
    """Something public is used that a later release removes; the subclass names the release."""


class AllusrRemovedIn2Warning(AllusrRemovedWarning):
    """Release 2.0 removes it."""


REMOVALS: Mapping[str, type[AllusrRemovedWarning]] = {"2.0": AllusrRemovedIn2Warning}
"""The warning of each release that removes something."""


@frozen
class Deprecated:
    """One public thing on its way out.

    Attributes:
        kind: `name`, `hook` or `setting`.
        old: a name with its module (``allusr_sdk.Old``), a hook (``allusr_old``), or a setting by the path that TOML
            gives it (``run.old``); it is renamed within its table.
        new: what to use instead, written likewise.
        since: the release that deprecated it; `removed_in` the one that removes it, a key of `REMOVALS`.
    """

    kind: Literal["name", "hook", "setting"]
    old: str
    new: str
    since: str
    removed_in: str = "2.0"

    def warn(self) -> None:
        """Say what is old, what to use and when it goes, at the line outside the SDK that uses it."""
        text = (
            f"{self.kind} {self.old} is deprecated since {self.since} and removed in {self.removed_in}: use {self.new}"
        )
        warnings.warn(text, REMOVALS[self.removed_in], stacklevel=2, skip_file_prefixes=(_HERE,))


TABLE: tuple[Deprecated, ...] = ()
"""Everything that is deprecated: nothing today."""


def moved(module: str, name: str) -> object:
    """What a name stands for that a public module has no more, with a warning.

    Raises:
        AttributeError: the module has no such name, and had none.
    """
    entry = _find("name", f"{module}.{name}")
    if entry is None:
        raise AttributeError(f"{module} has no public name {name!r}")
    entry.warn()
    home, _, now = entry.new.rpartition(".")
    return getattr(import_module(home), now)


def hook(name: str) -> str:
    """The hook that a name stands for today, with a warning where that is another one."""
    entry = _find("hook", name)
    if entry is None:
        return name
    entry.warn()
    return entry.new


def current(values: Mapping[str, object], where: str) -> tuple[Mapping[str, object], tuple[Deprecated, ...]]:
    """The values of a table of settings under the names of today, and which of them are given under both.

    Args:
        values: names and values as a file gives them.
        where: dotted path of the table.
    """
    found = [(entry, old, new) for entry, old, new in _settings(where) if old in values]
    for entry, _, _ in found:
        entry.warn()
    names = {old: new for _, old, new in found}
    twice = tuple(entry for entry, _, new in found if new in values)
    return {names.get(name, name): value for name, value in values.items()} if found else values, twice


def renamed(tables: Mapping[str, object], where: str = "") -> Mapping[str, object]:
    """One layer of a configuration under the names of today, so that layers over it are found under them too.

    What it gives under both names is left as it is, for `current` to find.
    """
    values, twice = current(tables, where)
    below = f"{where}." if where else ""
    shown = tables if twice else values
    return {n: renamed(v, f"{below}{n}") if isinstance(v, Mapping) else v for n, v in shown.items()}


def _settings(where: str) -> Iterator[tuple[Deprecated, str, str]]:
    for entry in TABLE:
        table, _, old = entry.old.rpartition(".")
        if entry.kind == "setting" and table == where:
            yield entry, old, entry.new.rpartition(".")[2]


def _find(kind: str, old: str) -> Deprecated | None:
    return next((entry for entry in TABLE if (entry.kind, entry.old) == (kind, old)), None)
