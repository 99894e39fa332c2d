"""What mypy and pyright tell an author: nothing of right code, every marked line of wrong code, and no other line."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from allusr_sdk.cli.entry import invoke

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RIGHT, WRONG = HERE / "right.py", HERE / "wrong.py"
DISTRIBUTIONS = [ROOT, *sorted(file.parent for file in ROOT.glob("[pe]*/*/pyproject.toml"))]
PLUGINS = [folder for home in DISTRIBUTIONS[1:] for folder in sorted(home.glob("allusr_*"))]
KINDS = ("sleeve", "protocol", "ladder", "fork", "market", "broker", "observer")
MARKED = re.compile(r"#\s*error\b")


def checker(*command):
    """What a checker printed; anything but a verdict is an error of the test."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def by_mypy(files):
    """Errors of mypy, strict: file, line and text."""
    text = checker("mypy", "--strict", "--no-pretty", "--show-absolute-path", "--no-error-summary", *files)
    found = re.findall(r"^(.+?):(\d+): error: (.*)$", text, re.MULTILINE)
    return {(Path(file), int(line)): what for file, line, what in found}


def by_pyright(files):
    """Errors of basedpyright in pyright's standard mode, likewise."""
    report = json.loads(checker("basedpyright", "--outputjson", *files))
    assert report["summary"]["filesAnalyzed"] >= len(files)
    return {
        (Path(d["file"]), d["range"]["start"]["line"] + 1): d["message"]
        for d in report["generalDiagnostics"]
        if d["severity"] == "error"
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Right and wrong code, every plugin and example, and what `allusr plugins new` writes for each kind."""
    made = tmp_path_factory.mktemp("made")
    for kind in KINDS:
        assert invoke(["plugins", "new", f"my_{kind}", "--kind", kind, "--dir", str(made)]) == 0
    new = sorted(made.glob("*/allusr_*"))
    assert len(new) == len(KINDS)
    return [RIGHT, WRONG, *PLUGINS, *new]


@pytest.fixture(scope="module", params=[by_mypy, pytest.param(by_pyright, marks=pytest.mark.long)])
def errors(request, files):
    return request.param(files)


def marked():
    lines = enumerate(WRONG.read_text().splitlines(), start=1)
    return {number for number, line in lines if MARKED.search(line)}


def test_right_code_is_passed(errors):
    """That of right.py, of every plugin and example, and of what is newly made."""
    assert {place: what for place, what in errors.items() if place[0] != WRONG} == {}


def test_every_marked_line_of_wrong_code_is_reported(errors):
    reported = {line for file, line in errors if file == WRONG}
    assert sorted(marked() - reported) == []


def test_no_other_line_is_reported(errors):
    assert {line: what for (file, line), what in errors.items() if file == WRONG and line not in marked()} == {}


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=lambda folder: folder.name)
def test_a_distribution_says_that_it_is_typed(folder):
    wheel = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert [package for package in wheel["packages"] if not (folder / package / "py.typed").is_file()] == []
