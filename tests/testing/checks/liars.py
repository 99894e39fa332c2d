"""The liars: every bad sleeve, and every bad plugin of another kind, with the check that it fails."""

from functools import cache
from importlib import import_module
from pathlib import Path

from attrs import frozen

from allusr_sdk.testing.checks import CHECKS

TESTS = Path(__file__).parents[2]
FOLDERS = {"bad_sleeves": "s*_*.py", "bad_plugins": "[a-z][0-9]*_*.py"}


@frozen
class Liar:
    """One of them: `check` is what it fails, `also` what it cannot help failing then."""

    module: str
    kind: str
    check: str
    also: frozenset[str]

    @property
    def plugin(self):
        """The plugin itself."""
        return import_module(self.module).Liar

    @property
    def row(self):
        """Its row of the table of checks."""
        return next(check for check in CHECKS if self.kind in check.kinds and check.id(self.kind) == self.check)

    def __str__(self):
        return self.module.rpartition(".")[2]


@cache
def liars():
    """All of them, by file name."""
    found = []
    for folder, pattern in FOLDERS.items():
        for path in sorted((TESTS / folder).glob(pattern)):
            name = f"tests.{folder}.{path.stem}"
            module = import_module(name)
            kind = getattr(module, "KIND", "sleeve")
            found.append(Liar(name, kind, module.CHECK, frozenset(getattr(module, "ALSO", ()))))
    return tuple(found)
