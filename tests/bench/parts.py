"""Figures of a part of the bench: what was measured, told as median and spread, and kept as JSON."""

import json
import statistics
from pathlib import Path

from attrs import asdict, define, field, frozen

FOLDER = Path(__file__).with_name("figures")
WALL, CPU, MEMORY = "wall", "CPU", "peak memory"
MEASURES = {WALL: "s", CPU: "s", MEMORY: "MB"}


@frozen
class Goal:
    """What the median of a figure has to reach; a figure that misses it by any amount misses it."""

    most: float | None = None
    least: float | None = None

    def met(self, median):
        """Whether a median reaches it."""
        return (self.most is None or median <= self.most) and (self.least is None or median >= self.least)


@frozen
class Figure:
    """Median, lowest and highest of a number of runs; `measure` says what of a process it is, if it is of one.

    Lowest or highest is missing where a figure was carried over from a page that did not have it.
    """

    what: str
    unit: str
    median: float
    low: float | None = None
    high: float | None = None
    n: int = 1
    measure: str = ""
    group: str = ""
    goal: Goal | None = None

    @classmethod
    def of(cls, what, values, unit, **more):
        """The figure of a number of values, with five digits."""
        spread = (statistics.median(values), min(values), max(values))
        return cls(what, unit, *(float(f"{value:.5g}") for value in spread), len(values), **more)


@define
class Part:
    """What one part of the bench measured, when, and on what; `carried` says why no run of today made it."""

    name: str
    figures: list[Figure] = field(factory=list)
    notes: dict[str, str] = field(factory=dict)
    about: dict[str, object] = field(factory=dict)
    carried: str = ""

    def find(self, what, measure=""):
        """The figure of a name and measure."""
        found = [each for each in self.figures if (each.what, each.measure) == (what, measure)]
        if len(found) != 1:
            raise LookupError(f"{self.name}: {len(found)} figures are named {what!r}, {measure!r}")
        return found[0]

    def keep(self, folder=FOLDER):
        """Write it."""
        told = asdict(self, filter=lambda attribute, value: value != attribute.default)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def read(folder=FOLDER):
    """All parts of a folder by name."""
    return {path.stem: _part(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))}


def _part(told):
    figures = [
        Figure(**{**each, "goal": Goal(**each["goal"]) if "goal" in each else None}) for each in told.pop("figures")
    ]
    return Part(**told, figures=figures)
