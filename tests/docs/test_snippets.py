"""Every block of code in the docs and the README does what the page says."""

import pytest

from tests.docs.blocks import DOCS, ROOT, blocks, exchanges, matches

TUTORIAL = DOCS / "tutorial.md"
"""Followed literally, in an environment of its own, by tests/sdk/test_tutorial.py."""

README = ROOT / "README.md"
PAGES = sorted([*DOCS.rglob("*.md"), README])
SLOW = frozenset({
    "replay", "test-a-sleeve", "golden-journals", "halt-and-pause", "debug-a-refusal", "ledger-in-pandas",
    "several-accounts", "write-a-broker", "run-scenarios", "books", "reports", "breaks", "ship-and-lock", "go-live",
    "ask", "backtest", "tws-simulator", "growth", "advice", "notifications", "metrics-and-logs", "sweep", "crowd",
    "montecarlo",
})  # fmt: skip
"""Pages that take many seconds each: `uv run pytest -m long tests/docs`."""
WITH_CODE = [page for page in PAGES if page != TUTORIAL and any(True for _ in blocks(page))]
MOST_UNRUN = 8
PLACES = {
    "chains:FOLDER": "chains:{data}/chains_2026_02",
    "FOLDER": "{data}/daily",
    "FILE.csv": "{data}/earnings.csv",
}
"""What stands for the README's places, in this order."""


@pytest.mark.parametrize("page", [
    pytest.param(page, marks=[pytest.mark.long] if page.stem in SLOW else [], id=page.stem) for page in WITH_CODE
])  # fmt: skip
def test_the_blocks_of_a_page_do_what_it_says(page, runner):
    for block in blocks(page):
        runner.run(block)


def commands(block):
    """What a block of the README says to type, line by line; `uv run pytest` is what runs this."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line.removeprefix("uv run ") for line in lines if line.startswith("uv run allusr")]


SHELLS = [block for block in blocks(README) if commands(block)]


def slow(block):
    """A whole project's conformance checks take half a minute."""
    return [pytest.mark.long] if "plugins check" in block.text else []


@pytest.mark.parametrize("block", [pytest.param(b, marks=slow(b), id=f"line_{b.line}") for b in SHELLS])
def test_the_commands_of_the_readme_run_as_they_stand(block, runner, request):
    if "allusr explain" in block.text:
        runner.shell("allusr run --from 2026-01-05 --to 2026-01-09", "README.md")
    for command in commands(block):
        if "FOLDER" in command:
            data = request.getfixturevalue("data_dir")
            for name, place in PLACES.items():
                command = command.replace(name, place.format(data=data))
        assert runner.shell(command, f"README.md:{block.line}")


def test_few_blocks_are_only_shown_and_each_says_why():
    every = [block for page in PAGES for block in blocks(page)]
    shown = [block for block in every if block.mark("not run")]
    assert len(shown) <= MOST_UNRUN, [str(block) for block in shown]
    assert {block.language for block in every} <= {"python", "toml", "console", "diff", "text", "json", ""}
    assert not [str(b) for b in every if b.language in ("", "text") and "$ allusr" in b.text]


def test_what_a_page_says_is_printed_is_compared_line_by_line():
    ((command, said),) = exchanges("$ allusr run \\\n    --seed 7\nBooks: verified, ...\n...\n")
    assert command == "allusr run --seed 7"
    assert matches(said, "Books: verified, 12 entries\nmore\nand more\n")
    assert not matches(said, "Books: BROKEN\n")
    assert not matches("one\ntwo\n", "one\n")
