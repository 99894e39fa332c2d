"""What is known of mutants: lines of JSON that a run adds to, and the reviewed list of what makes no difference."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.mutation.mutants import ARGUMENTS, OPERATORS, TYPED, WORDS, Mutant

LIST = Path(__file__).with_name("equivalent")
"""A file for each module: by function, a change on one line, and why it makes no difference, or one of words alone.

Each was read by a person. An empty reason explains nothing; a line that stands twice in a function is explained at both
places. What is unexplained is written to build/mutation/survived.toml in this form.
"""
KILLED, SURVIVED, EQUIVALENT, OPEN = "killed", "survived", "equivalent", "not judged"
_JUDGED = (KILLED, SURVIVED, EQUIVALENT, OPEN)


def reasons(place: Path = LIST) -> Mapping[tuple[str, str], str]:
    """Why a change makes no difference, by function and change."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in sorted(place.glob("*.toml"))]
    return {
        (function, change): why
        for listed in files for function, changes in listed.items() for change, why in changes.items()
    }  # fmt: skip


@define
class Results:
    """Verdicts of this and earlier runs, of the same file and, where a mutant survived, the same tree."""

    place: Path
    tree: str
    listed: Mapping[tuple[str, str], str] = field(factory=reasons)

    def read(self) -> dict[str, dict[str, Any]]:
        """The last line on each mutant."""
        if not self.place.is_file():
            return {}
        return {line["mutant"]: line for line in map(json.loads, self.place.read_text("utf-8").splitlines())}

    def known(self, mutants: Iterable[Mutant]) -> dict[str, dict[str, Any]]:
        """What still holds: a kill while its file is the same, a survival while all of package and tests are."""
        lines = self.read()
        found = {mutant: lines[mutant.name] for mutant in mutants if mutant.name in lines}
        return {
            mutant.name: line
            for mutant, line in found.items()
            if line["file"] == mutant.stamp and (line["killed"] or line["tree"] == self.tree)
        }

    def why(self, mutant: Mutant) -> str:
        """Why it makes no difference, where somebody found that."""
        return self.listed.get((mutant.function, mutant.change), "")

    def verdict(self, mutant: Mutant, known: Mapping[str, dict[str, Any]]) -> str:
        """The word for it."""
        line = known.get(mutant.name)
        if line and line["killed"]:
            return KILLED
        if line and self.why(mutant):
            return EQUIVALENT
        return SURVIVED if line and line["whole"] else OPEN


def told(mutants: Sequence[Mutant], only: Sequence[str], results: Results) -> tuple[list[str], bool]:
    """Lines that tell what came of a run, and whether nothing is unexplained and nothing left."""
    known = results.known(mutants)
    asked = [mutant for mutant in mutants if mutant.kind in only]
    by = {mutant: results.verdict(mutant, known) for mutant in asked}
    survived = [mutant for mutant in asked if by[mutant] == SURVIVED]
    lines = [*_table(mutants, by), *_wrong(mutants, by, results)]
    for mutant in survived:
        line = known[mutant.name]
        lines += ["", f"survived {line['tests']} tests: {mutant.function}  [{mutant.name.rpartition('.')[2]}]",
                  *_diff(mutant)]  # fmt: skip
    return lines, not any(word in (SURVIVED, OPEN) for word in by.values())


def _table(mutants: Sequence[Mutant], by: Mapping[Mutant, str]) -> list[str]:
    counts = Counter((mutant.file, by[mutant]) for mutant in by)
    kinds = Counter((mutant.file, mutant.kind) for mutant in mutants)
    head = f"{'file':28}" + "".join(f"{word:>12}" for word in (TYPED, WORDS, OPERATORS, ARGUMENTS, *_JUDGED))
    rows = [head]
    for file in dict.fromkeys(mutant.file for mutant in mutants):
        cells = [kinds[file, kind] for kind in (TYPED, WORDS, OPERATORS, ARGUMENTS)]
        rows.append(f"{file:28}" + "".join(f"{n:12}" for n in (*cells, *(counts[file, word] for word in _JUDGED))))
    return rows


def _wrong(mutants: Sequence[Mutant], by: Mapping[Mutant, str], results: Results) -> list[str]:
    """Entries of the list that are not true, or no longer."""
    functions = {mutant.function for mutant in mutants}
    changes = {(mutant.function, mutant.change) for mutant in mutants}
    killed = {(m.function, m.change) for m, word in by.items() if word == KILLED and results.why(m)}
    gone = [key for key in results.listed if key[0] in functions and key not in changes]
    return [f"{LIST.name}: {function}: {change}: a test notices it" for function, change in sorted(killed)] + [
        f"{LIST.name}: {function}: {change}: no such mutant" for function, change in gone
    ]


def _diff(mutant: Mutant) -> list[str]:
    return [f"{sign} {line}" for sign, lines in (("-", mutant.old), ("+", mutant.new)) for line in lines.splitlines()]


def pasted(mutants: Iterable[Mutant]) -> str:
    """Mutants in the form of the list, for whoever has read them and knows a reason."""
    lines, last = [], ""
    for mutant in mutants:
        if mutant.function != last:
            last = mutant.function
            lines += ["", f'["{last}"]']
        lines.append(f'{json.dumps(mutant.change, ensure_ascii=False)} = ""')
    return "\n".join([*lines, ""])
