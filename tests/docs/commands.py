"""Every command of `allusr` that a page names, and whether this version has it with the options that are given."""

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.docs.blocks import ROOT, blocks, exchanges

FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
_INDENTED = re.compile(r"^    (?:\$ |uv run )?(allusr .+)$", re.M)
_INLINE = re.compile(r"`(?:uv run )?(allusr [^`]+)`")
_TYPED = re.compile(r"^(?:[\w* ]+  |ExecStart=)?(?:uv run )?(allusr [a-z-].*)$")
_REMARK = re.compile(r"\s#.*$")
_NEEDS_VALUE = re.compile(r"requires an? ")


@frozen
class Named:
    """A command line as a page has it: `run` in a block that a test runs, `shown` in another, or `told` in a text."""

    page: str
    line: int
    text: str
    kind: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def pages() -> list[Path]:
    """All that a reader is given to type from."""
    found = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    for folder in ("plugins", "examples"):
        found += (ROOT / folder).glob("*/README.md")
    return sorted([*found, *(ROOT / "allusr_sdk" / "scaffold" / "templates").rglob("*.md.tmpl")])


def named(page: Path) -> Iterator[Named]:
    """Every command line of a page: of its blocks, of its indented lines, and within its sentences."""
    place, text = str(page.relative_to(ROOT)), page.read_text("utf-8")
    for block in blocks(page):
        run = block.language == "console" and not block.mark("not run")
        for line in _typed(block.language, block.text):
            yield Named(place, block.line, line, "run" if run else "shown")
    prose = FENCED.sub(lambda found: "\n" * found[0].count("\n"), text)
    for pattern, kind in ((_INDENTED, "shown"), (_INLINE, "told")):
        for found in pattern.finditer(prose):
            yield Named(place, prose.count("\n", 0, found.start()) + 1, " ".join(found[1].split()), kind)


def _typed(language: str, text: str) -> Iterator[str]:
    if language == "console":
        yield from (command for command, _ in exchanges(text) if command.startswith("allusr "))
    elif language in ("", "text"):
        for line in re.sub(r"\\\n\s*", "", text).splitlines():
            if found := _TYPED.match(line):
                yield found[1]


def options() -> set[str]:
    """Every option of every command, those of the plugins of this repository among them."""
    words = ("run", "ask", "advise", "console", "metrics", "notify", "mcp")
    return {"--help", *(option for word in words for option in _options(_tree(word)))}


def _options(command: Any) -> Iterator[str]:
    for each in command.params:
        yield from (*each.opts, *each.secondary_opts)
    for inner in getattr(command, "commands", {}).values():
        yield from _options(inner)


def wrong(line: str) -> str:
    """What is wrong with a command line, or an empty text: no such command or option, a word too many."""
    words = _words(line)
    command, name = _tree(words[0]), "allusr"
    while words and words[0] in getattr(command, "commands", {}):
        name = words.pop(0)
        command = command.commands[name]
    if hasattr(command, "commands") and words and not words[0].startswith("-") and not _takes_words(command):
        return f"{name} has no command {words[0]}"
    return _unparsed(command, name, words)


def _words(line: str) -> list[str]:
    """The words after `allusr`, without a remark behind them or brackets around what may be left out."""
    bare = _REMARK.sub("", line)
    return shlex.split(bare if "'" in bare or '"' in bare else bare.translate(str.maketrans("", "", "[]")))[1:]


@cache
def _tree(first: str) -> Any:
    """The commands of this version; a plugin's is among them when its word is the first one."""
    import typer.main

    from allusr_sdk.cli.added import added
    from allusr_sdk.cli.app import app

    return typer.main.get_command(added(app, [first]))


def _takes_words(command: Any) -> bool:
    return any(each.param_type_name == "argument" for each in command.params)


def _unparsed(command: Any, name: str, words: Sequence[str]) -> str:
    context = command.context_class(command, info_name=name)
    try:
        _, left, _ = command.make_parser(context).parse_args(list(words))
    except Exception as error:  # typer's, whose classes differ between its versions
        return "" if _NEEDS_VALUE.search(str(error)) else str(error)
    if [word for word in left if word != "..."] and not hasattr(command, "commands"):
        return f"too much for {name}: {left}"
    return ""
