"""A copy of the repository with mutants in it: mutmut makes them, and mypy says which it refuses."""

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve

from tests.mutation.mutants import TYPED, Mutant, mutations, read, spans

ROOT = Path(__file__).parents[2]
PACKAGE = "allusr_sdk"
_THEIRS = re.compile(r"^from mutmut\.mutation\.trampoline import wrap_in_trampoline\b", re.M)
_BROKEN_AT = re.compile(r"^(.+):(\d+): (?:error: INTERNAL ERROR|note: please use --show-traceback)", re.M)
_OURS = "from tests.mutation.switch import switched"


class Refused(Exception):
    """There is nothing to judge; the text is one line that says why."""


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Hold a folder to work in, made where it is missing.

    Raises:
        Refused: another run holds it.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"another run works in {work}: wait for it, or name another folder (--work)") from error
        yield


def copied(work: Path) -> Path:
    """What git knows of the repository or would, copied anew; the working tree itself is only read."""
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    line = ("git", "ls-files", "-coz", "--exclude-standard")
    listed = subprocess.run(line, cwd=ROOT, check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def stamp(tree: Path, *folders: str) -> str:
    """A hash of all Python below folders of a tree."""
    found = hashlib.sha256()
    for path in sorted(file for folder in folders for file in (tree / folder).rglob("*.py")):
        found.update(str(path.relative_to(tree)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def files(tree: Path, words: Iterable[str]) -> list[Path]:
    """The files of the package that words name: `kernel/sizing.py`, or `kernel` for all of its files.

    Raises:
        Refused: a word names none.
    """
    chosen: list[Path] = []
    for word in words:
        place = tree / PACKAGE / word.removeprefix(f"{PACKAGE}/")
        found = sorted(place.glob("*.py")) if place.is_dir() else [place] if place.is_file() else []
        if not found:
            raise Refused(f"{word}: no such file or folder in {PACKAGE}; name one as in kernel/sizing.py")
        chosen += found
    return list(dict.fromkeys(chosen))


def mutated(tree: Path, chosen: Iterable[Path]) -> list[Mutant]:
    """Put mutants into files of a tree, and say which.

    Raises:
        Refused: mutmut is not there.
    """
    try:
        from mutmut.mutation.file_mutation import mutate_file_contents
    except ModuleNotFoundError as error:
        raise Refused("mutmut is not installed: uv run --with mutmut==3.8.1 python -m tests.mutation ...") from error
    made: list[Mutant] = []
    for file in chosen:
        text, name = file.read_text("utf-8"), str(file.relative_to(tree))
        code = _THEIRS.sub(_OURS, mutate_file_contents(name, text).code)
        file.write_text(code, "utf-8")
        module, mark = name[:-3].replace("/", "."), hashlib.sha256(text.encode()).hexdigest()[:16]
        made += read(code, module.removesuffix(".__init__"), str(file.relative_to(tree / PACKAGE)), mark)
    return made


def typed(tree: Path, mutants: Sequence[Mutant], cache: Path) -> list[Mutant]:
    """The mutants, those that strict typing refuses marked so; they could not be committed.

    Raises:
        Refused: mypy refuses what no mutant changed, so its word on mutants is worth nothing.
    """
    places = sorted({mutant.file for mutant in mutants})
    modules = [word for each in places for word in ("-m", _dotted(each))]
    line = (sys.executable, "-m", "mypy", *modules, "--output", "json", "--config-file", "tests/mutation/mypy.ini",
            "--cache-dir", str(cache))  # fmt: skip
    kept = {file: (tree / PACKAGE / file).read_text("utf-8") for file in places}
    while (said := subprocess.run(line, cwd=tree, capture_output=True, text=True, check=False)).returncode > 1:
        _emptied(tree, (said.stderr or said.stdout).strip())
    refused = _refused(tree, [json.loads(each) for each in said.stdout.splitlines() if each.startswith("{")])
    for file, text in kept.items():
        (tree / PACKAGE / file).write_text(text, "utf-8")
    return [evolve(mutant, kind=TYPED) if mutant.name in refused else mutant for mutant in mutants]


def _emptied(tree: Path, said: str) -> None:
    """Take out the body of the mutant that mypy broke down at, so that it can go on: tests judge that one.

    Raises:
        Refused: it broke down anywhere else.
    """
    found = _BROKEN_AT.search(said)
    file, line = (Path(found[1]), int(found[2])) if found else (tree, 0)
    text = file.read_text("utf-8") if found else ""
    bodies = [each for each in mutations(text) if each.body[0].lineno <= line <= (each.end_lineno or 0)]
    if not bodies:
        raise Refused(f"mypy: {said.splitlines()[-1]}")
    lines, first, last = text.splitlines(), bodies[0].body[0].lineno, bodies[0].end_lineno or 0
    lines[first - 1 : last] = ["    " + " " * bodies[0].col_offset + "raise NotImplementedError"] * (last - first + 1)
    file.write_text("\n".join([*lines, ""]), "utf-8")


def _dotted(file: str) -> str:
    return f"{PACKAGE}.{file[:-3].replace('/', '.')}".removesuffix(".__init__")


def _refused(tree: Path, errors: Iterable[dict[str, Any]]) -> set[str]:
    by_file = defaultdict(list)
    for error in errors:
        if error["severity"] == "error":
            by_file[error["file"]].append(error)
    found = set()
    for file, said in by_file.items():
        places = spans((tree / file).read_text("utf-8"))
        for error in said:
            name = next((name for name, (first, last) in places.items() if first <= error["line"] <= last), "")
            if name.endswith("_orig"):
                raise Refused(f"mypy refuses {file} as it is: {error['message']}; mend that first")
            if name:
                found.add(f"{_dotted(file.removeprefix(f'{PACKAGE}/'))}.{name}")
    return found
