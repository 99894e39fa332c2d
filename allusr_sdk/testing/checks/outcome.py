"""What came of the checks: rows, and a report that says what, why, how to mend it, and how to see it again."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from attrs import Factory, frozen


class Broken(Exception):
    """A check found something wrong: what it is, with numbers, on one line."""


class Unfit(Exception):
    """A check has nothing to say about this plugin, and why; it is skipped and not vacuous."""


class Status(StrEnum):
    """How a check ended; VACUOUS saw nothing to look at and counts as failed, EXPECTED failed as was foretold."""

    PASSED = "passed"
    FAILED = "failed"
    VACUOUS = "vacuous"
    EXPECTED = "expected"
    SKIPPED = "skipped"


BAD = frozenset({Status.FAILED, Status.VACUOUS})


@frozen
class Row:
    """One check on one scenario.

    Attributes:
        id: of the check, ``S303``; `name` is what it asserts.
        scenario: empty for checks that need none, and for what holds over all scenarios of a check.
        text: nothing for what passed, one line for what was skipped, the whole story for what failed.
    """

    id: str
    name: str
    scenario: str
    status: Status
    text: str = ""

    @property
    def where(self) -> str:
        """Check and scenario as pytest shows them, ``S303-crash``."""
        return f"{self.id}-{self.scenario}" if self.scenario else self.id

    def __str__(self) -> str:
        head = f"{self.status.value:8} {self.where:28} {self.name}"
        return head if not self.text else f"{head}\n{_indented(self.text)}"


@frozen
class Report:
    """The rows of one plugin object, in the order of the checks; `str` gives those that did not pass, and a count."""

    subject: str
    kind: str
    seed: int
    rows: tuple[Row, ...] = Factory(tuple)

    @property
    def failed(self) -> tuple[Row, ...]:
        """What failed or was vacuous; empty where the plugin conforms."""
        return tuple(row for row in self.rows if row.status in BAD)

    def counts(self) -> Mapping[str, int]:
        """How many rows ended how, by the status's text."""
        return dict(sorted(Counter(row.status.value for row in self.rows).items()))

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        rows = [
            {"id": r.id, "name": r.name, "scenario": r.scenario, "status": r.status.value, "text": r.text}
            for r in self.rows
        ]
        about = {"subject": self.subject, "kind": self.kind, "seed": self.seed, "ok": not self.failed}
        return {**about, "counts": dict(self.counts()), "rows": rows}

    def __str__(self) -> str:
        shown = [str(row) for row in self.rows if row.status is not Status.PASSED]
        count = ", ".join(f"{number} {status}" for status, number in self.counts().items())
        return "\n".join([*shown, f"{self.kind} {self.subject}: {count or 'nothing was checked'}"])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
