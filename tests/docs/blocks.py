"""Code blocks of a page, and how each kind of them is run.

A comment before a block may say more of it:

    <!-- file: NAME -->            the block is written to a file of that name
    <!-- uses: PAGE NAME -->       the block of that name on another page is written first
    <!-- edit: NAME -->            the block is a change of that file, as `diff` writes it without line numbers
    <!-- ends with: CODE -->       the exit code of the commands, where it is not 0
    <!-- needs: data -->           it is left out where there is no market data
    <!-- not run: REASON -->       it is shown alone, and why
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DATA = (ROOT / os.environ.get("ALLUSR_DATA", "../shared/data")).resolve()
"""What `$DATA` stands for on a page, where it is there."""

_BLOCK = re.compile(r"((?:^<!-- [^\n]+ -->\n)*)^```(\w*)\n(.*?)^```$", re.M | re.S)
_MARK = re.compile(r"^<!-- (file|uses|edit|ends with|needs|not run): (.+) -->$", re.M)
_INCLUDE = re.compile(r'^--8<-- "(.+)"$', re.M)


@frozen
class Block:
    """One fenced block: its language, its text with what it includes, and what the comments before it say."""

    page: Path
    line: int
    language: str
    text: str
    marks: tuple[tuple[str, str], ...]

    def mark(self, name: str) -> str:
        """What a comment of this name says, or an empty text."""
        return dict(self.marks).get(name, "")

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        marks, language, body = found.groups()
        whole = _INCLUDE.sub(lambda include: (ROOT / include[1]).read_text("utf-8"), body)
        yield Block(page, text.count("\n", 0, found.start(3)), language, whole, tuple(_MARK.findall(marks)))


class Runner:
    """Runs the blocks of one page in a folder of its own; Python blocks share a namespace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, object] = {"__name__": "page"}
        self.ran: list[str] = []

    def run(self, block: Block) -> None:
        """Run one block. Raises `AssertionError` naming page and line where it does not do what the page says."""
        for page, name in (uses.split() for mark, uses in block.marks if mark == "uses"):
            self._write(next(b for b in blocks(block.page.parent / page) if b.mark("file") == name))
        if block.mark("not run") or block.language in ("", "text", "json"):
            return
        if block.mark("needs") == "data" and not DATA.is_dir():
            return
        if block.mark("file"):
            self._write(block)
        getattr(self, f"_{block.language}")(block)
        self.ran.append(str(block))

    def _write(self, block: Block) -> None:
        (self.folder / block.mark("file")).write_text(block.text, "utf-8")

    def _python(self, block: Block) -> None:
        code = compile(block.text, str(block), "exec")
        if not block.mark("file"):
            exec(code, self.names)

    def _diff(self, block: Block) -> None:
        file = self.folder / block.mark("edit")
        file.write_text(edited(file.read_text("utf-8"), block.text), "utf-8")

    def _toml(self, block: Block) -> None:
        """Configuration loads with every plugin that it selects; other TOML is read."""
        if tomllib.loads(block.text).keys() & {"project", "build-system", "story"}:
            return
        from allusr_sdk.config import Config
        from allusr_sdk.host import Host

        file = self.folder / (block.mark("file") or "page.toml")
        file.write_text(block.text, "utf-8")
        Host.load(Config.read(file))

    def _console(self, block: Block) -> None:
        for command, expected in exchanges(block.text):
            printed = self.shell(command, str(block), int(block.mark("ends with") or 0))
            assert matches(expected, printed), f"{block}: $ {command}\nexpected:\n{expected}\nprinted:\n{printed}"

    def shell(self, command: str, where: str, code: int = 0) -> str:
        """What a command line prints, errors included."""
        words = [*_program(shlex.split(command.replace("$DATA", str(DATA))))]
        ran = subprocess.run(
            words, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env={**_plain(), "PYTHONPATH": _path(), "COLUMNS": "80", "ALLUSR_HOME": str(self.folder / "home")},
        )  # fmt: skip
        assert ran.returncode == code, f"{where}: $ {command} ended with {ran.returncode}:\n{ran.stdout}"
        return ran.stdout


def _plain() -> dict[str, str]:
    """The environment of a reader who has set nothing: what comes to a pipe is buffered."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def _program(words: list[str]) -> Iterator[str]:
    """The command with this environment's Python in the place of what an activated one would find."""
    if words[0] == "allusr":
        return iter([sys.executable, "-c", "from allusr_sdk.cli import main; main()", *words[1:]])
    if words[0] == "pytest":
        return iter([sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *words[1:]])
    return iter(words)


def _path() -> str:
    """Where the examples are importable from, whether they are installed or not."""
    examples = [str(path.parent) for path in (ROOT / "examples").glob("*/pyproject.toml")]
    return os.pathsep.join([*examples, *filter(None, [os.environ.get("PYTHONPATH", "")])])


def edited(text: str, change: str) -> str:
    """A text with a change made in the one place where it fits. Raises `AssertionError` where there is not just one."""
    lines = change.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    assert text.count(before) == 1, f"{text.count(before)} places for:\n{change}"
    return text.replace(before, after)


def exchanges(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block (after `$ `, continued by a backslash) with what it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        lines = part.splitlines()
        end = next(i for i, line in enumerate(lines) if not line.endswith("\\"))
        yield " ".join(line.rstrip("\\").strip() for line in lines[: end + 1]), "\n".join(lines[end + 1 :])


def matches(expected: str, printed: str) -> bool:
    """Whether lines are printed as expected; `...` stands for any text, on a line of its own for any lines."""
    wanted, found = expected.strip().splitlines(), printed.strip().splitlines()

    @cache
    def from_(i: int, j: int) -> bool:
        if i == len(wanted):
            return j == len(found)
        if wanted[i].strip() == "...":
            return any(from_(i + 1, k) for k in range(j, len(found) + 1))
        return j < len(found) and _alike(wanted[i], found[j]) and from_(i + 1, j + 1)

    return not wanted or from_(0, 0)


def _alike(wanted: str, found: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in wanted.rstrip().split("..."))
    return re.fullmatch(pattern, found.rstrip()) is not None
