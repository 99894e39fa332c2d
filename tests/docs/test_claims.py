"""Strong words and figures of the docs name the command that shows them, and that command is there."""

import re
import shlex
import tomllib
from itertools import chain

import pytest

from tests.docs.blocks import DOCS, ROOT
from tests.docs.commands import FENCED, pages, wrong

CLAIMS = DOCS / "claims.md"
STRONG = (
    r"crash-(?:only|proof)", r"determinis(?:tic|m)", r"byte for byte", r"to the cent", r"fails? closed",
    r"at least once", r"exactly one", r"hash chain", r"no look-ahead", r"read-only", r"advisory", r"quarantine",
    r"one engine a home", r"exactly once", r"reproducib",
)  # fmt: skip
"""Words that promise more than a sentence can show."""

MEASURED = re.compile(r"\d(?:\.\d+)? ?(?:ms|MB|GB)\b|\d s of CPU|of processor time|times as fast|on the processor")
"""Figures that somebody has measured."""

SHOWN = re.compile(r"`[^`]*\b(?:allusr|pytest|python -m|mkdocs|uv run)\b[^`]*`|(?:claims|performance|scaling)\.md")
MADE_BY_A_COMMAND = ("performance.md", "scaling.md", "evidence.md", "advice-quality.md", "rulebook.md", "decisions.md")
"""Pages that begin with the command that makes them; like ADRs, the log of decisions tells of its day."""


def rows():
    lines = (line for line in CLAIMS.read_text("utf-8").splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| ---")]


SHOWING = [row for row in rows() if len(row) == 3 and row[-1] not in ("shown by", "made by")]
BY_PAGE = [row for row in rows() if len(row) == 2 and row[0] != "page"]


@pytest.mark.parametrize("row", SHOWING, ids=lambda row: row[1][:40])
def test_what_shows_a_claim_is_there(row):
    commands = re.findall(r"`([^`]+)`", row[-1])
    assert commands, row
    for command in commands:
        if command.startswith("allusr"):
            assert wrong(command) == ""
        for path in re.findall(r"\btests/[\w./]+\w", command):
            assert (ROOT / path).exists(), f"{command}: no {path}"
        assert "tests/" in command or re.search(r"allusr|mkdocs|lint-imports|tests\.", command), command


def test_a_command_without_long_tests_does_not_leave_all_of_a_file_out():
    short = [row[-1] for row in SHOWING if "uv run pytest" in row[-1] and "-m" not in row[-1]]
    for path in chain.from_iterable(re.findall(r"\btests/[\w/]+\.py", each) for each in short):
        text = (ROOT / path).read_text("utf-8")
        assert "pytestmark = pytest.mark.long" not in text, path


def test_checks_that_a_claim_names_are_checks():
    from allusr_sdk.testing.checks.registry import CHECKS

    named = set(re.findall(r"\bcheck ([A-Z]\d{3})", CLAIMS.read_text("utf-8")))
    assert named
    assert named <= {check.id("sleeve") for check in CHECKS}


def prose():
    """Everything that a reader is told, and the descriptions of what is installed."""
    for page in pages():
        yield page, FENCED.sub("", page.read_text("utf-8"))
    for file in (ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")):
        yield file, tomllib.loads(file.read_text("utf-8"))["project"]["description"]
    for file in ROOT.glob("allusr_sdk/**/__init__.py"):
        yield file, file.read_text("utf-8").partition('"""')[2].partition('"""')[0]


@pytest.mark.parametrize("word", STRONG)
def test_a_strong_word_has_a_row_that_says_what_it_means_and_what_shows_it(word):
    used = [str(page.relative_to(ROOT)) for page, text in prose() if page != CLAIMS and re.search(word, text, re.I)]
    if used:
        assert any(re.search(word, " ".join(row[:-1]), re.I) for row in SHOWING), used


def test_a_page_that_says_never_or_always_names_the_tests_of_it():
    told = {page: re.findall(r"`([^`]+)`", tests) for row, tests in BY_PAGE for page in re.findall(r"`([^`]+)`", row)}
    assert [path for tests in told.values() for path in tests if not (ROOT / path).exists()] == []
    kept_apart = (*MADE_BY_A_COMMAND, "claims.md", "CHANGELOG.md")
    saying = {
        str(page.relative_to(ROOT)) for page, text in prose()
        if page.suffix == ".md" and page.name not in kept_apart and page.parent.name != "adr"
        and re.search(r"\b(?:never|always)\b", text, re.I)
    }  # fmt: skip
    assert saying - told.keys() == set(), "what shows it? docs/claims.md"
    assert told.keys() - saying == set(), "no longer said"


def test_nothing_is_called_crash_proof_or_riskless():
    said = re.compile(r"crash-proof|bullet-proof|risk-free|guaranteed|100 % safe", re.I)
    assert [str(page) for page, text in prose() if said.search(text)] == []


def test_a_measured_figure_stands_beside_the_command_that_measures_it():
    bare = [
        f"{page.relative_to(ROOT)}: {' '.join(part.split())[:120]}"
        for page, text in prose() if page.name not in MADE_BY_A_COMMAND and page.parent.name != "adr"
        for part in re.split(r"\n\s*\n|\n(?=- )", text) if MEASURED.search(part) and not SHOWN.search(part)
    ]  # fmt: skip
    assert bare == []


def test_the_commands_of_the_claims_can_be_typed():
    for command in re.findall(r"`(uv run [^`]+)`", CLAIMS.read_text("utf-8")):
        assert shlex.split(command)[2] in ("pytest", "python", "lint-imports", "allusr"), command
