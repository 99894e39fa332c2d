"""Commands of plugins: found without an import, added when their word is typed, and refused in one line."""

import re
import sys
from pathlib import Path

import pytest

from allusr_sdk.cli.added import words
from allusr_sdk.cli.entry import invoke
from tests.host.conftest import Install

GREET = """
    from allusr_sdk.hookspecs import hookimpl

    def greet(name: str) -> None:
        "Greet somebody."
        print(f"hello {name}")

    @hookimpl
    def allusr_commands(cli: object) -> None:
        cli.command("greet")(greet)
"""


def bring(install: Install, tmp_path: Path, word: str, code: str, *, name: str = "greeter") -> str:
    module = install(name, code)
    info = next(
        info for info in tmp_path.glob("*/*.dist-info") if f"{module}\n" in (info / "entry_points.txt").read_text()
    )
    with (info / "entry_points.txt").open("a") as file:
        file.write(f"\n[allusr.commands.v1]\n{word} = {module}\n")
    return module


def test_a_word_is_known_without_importing_its_plugin(install: Install, tmp_path: Path) -> None:
    module = bring(install, tmp_path, "greet", GREET)
    assert {word.plugin for word in words() if word.word == "greet"} == {"greeter"}
    assert module not in sys.modules


def test_a_typed_word_runs_the_plugins_command(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(install, tmp_path, "greet", GREET)
    assert invoke(["greet", "Ada"]) == 0
    assert capsys.readouterr().out == "hello Ada\n"


def test_help_names_commands_of_plugins_and_the_word_still_works_after_it(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(install, tmp_path, "greet", GREET)
    assert invoke(["--help"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^Brought by plugins:\n(  .*\n)*  greet  .* \(greeter\)$", printed, re.MULTILINE)
    assert invoke(["greet", "Ada"]) == 0


def test_a_command_of_the_house_is_never_a_plugins(install: Install, tmp_path: Path) -> None:
    module = bring(install, tmp_path, "status", GREET)
    invoke(["status", "--home", str(tmp_path / "none")])
    assert module not in sys.modules


RAISING = GREET.replace('cli.command("greet")(greet)', "1 / 0")
SILENT = GREET.replace("allusr_commands(cli: object)", "allusr_event(event: object)").replace("cli.command", "print")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (RAISING, "ZeroDivisionError"),
        (SILENT, "implements no allusr_commands"),
        ("import nowhere_to_be_found", "cannot be imported"),
    ],
    ids=["raises", "has none", "broken"],
)
def test_a_command_that_cannot_be_added_is_one_line(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, said: str
) -> None:
    bring(install, tmp_path, "greet", code)
    assert invoke(["greet"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "greeter" in told
    assert told.count("\n") == 1


def test_a_word_that_two_plugins_bring_is_refused(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(install, tmp_path, "greet", GREET)
    bring(install, tmp_path, "greet", GREET, name="other")
    assert invoke(["greet", "Ada"]) == 2
    assert "both bring it" in capsys.readouterr().err
