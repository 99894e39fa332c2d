"""What `allusr plugins new` writes: complete, typed, tidy, and at work from the first minute."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from allusr_sdk.scaffold import Kind

KINDS = [kind.value for kind in Kind]
WALKED = ["sleeve", "protocol", "ladder"]  # half a minute each
LONGEST = 24  # letters of a name


@pytest.fixture
def made(allusr, tmp_path):
    """Write a project and return its folder."""

    def make(kind="sleeve", name="tiny_one"):
        done = allusr("plugins", "new", name, "--kind", kind, "--dir", tmp_path, "--json")
        assert done.code == 0, done.err
        return Path(json.loads(done.out)["folder"])

    return make


@pytest.fixture(autouse=True)
def forgotten():
    """What a test imported is nobody's name in the next."""
    yield
    for module in [module for module in sys.modules if module.startswith("allusr_tiny_one")]:
        del sys.modules[module]


def tool(*arguments, cwd):
    """A tool of this environment, on a folder."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_has_all_its_files_and_they_name_it(made, kind):
    folder = made(kind)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "README.md", "allusr.toml", "allusr_tiny_one/__init__.py", "allusr_tiny_one/py.typed", "pyproject.toml",
        "tests/test_tiny_one.py",
    ]  # fmt: skip
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["dependencies"]) == ("allusr-tiny-one", ["allusr-sdk>=0.1,<0.2"])
    assert project["entry-points"]["allusr.v1"] == {"tiny_one": "allusr_tiny_one"}
    assert "$" not in "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_of_a_project_names_where_packages_come_from(made, kind):
    text = "".join(path.read_text() for path in made(kind).rglob("*") if path.is_file())
    assert re.findall(r"https?:|index.url|regist", text) == []


def test_projects_are_tidy_and_typed_even_under_the_longest_names(made, tmp_path):
    names = {kind: f"{kind}_{'x' * (LONGEST - 1 - len(kind))}" for kind in KINDS}
    folders = [made(kind, name) for kind, name in names.items()]
    rules = ("--config", "lint.select=['E','F','I','B','UP','ANN']", "--config", "line-length=120", "--isolated")
    for folder in folders:
        assert tool("ruff", "check", *rules, ".", cwd=folder).stdout == "All checks passed!\n"
    modules = [folder / f"allusr_{name}" for folder, name in zip(folders, names.values(), strict=True)]
    typed = tool("mypy", "--strict", "--cache-dir", tmp_path / "cache", *modules, cwd=tmp_path)
    assert typed.stdout == f"Success: no issues found in {len(KINDS)} source files\n"


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_ends_with_what_show_markdown_writes(made, allusr, kind):
    folder = made(kind)
    assert (folder / "README.md").read_text().endswith(allusr("plugins", "show", folder, "--markdown").out)


@pytest.mark.parametrize("kind", KINDS)
def test_the_settings_example_runs_as_it_stands(made, allusr, kind):
    folder = made(kind)
    options = ("--from", "2026-01-05", "--to", "2026-01-09", "--home", folder / "home", "--json")
    done = allusr("run", "--config", folder / "allusr.toml", *options)
    assert done.code == 0, done.err
    assert sum(ledger["sold"] for ledger in json.loads(done.out)["ledgers"]) > 0


def test_a_new_sleeve_trades_on_the_default_market_in_backtest_and_paper_alike(made, allusr):
    folder = made()
    for mode in ("backtest", "paper"):
        options = ("--plugins", f"{folder},protocol", "--mode", mode, "--to", "2026-01-09", "--home", folder / mode)
        assert allusr("run", *options).code == 0
    told = [json.loads(allusr("ledger", "show", "--kind", "Filled", "--home", folder / m, "--json").out)["entries"]
            for m in ("backtest", "paper")]  # fmt: skip
    assert told[0]
    assert [entry["payload"] for entry in told[0]] == [entry["payload"] for entry in told[1]]


def test_a_new_sleeve_is_about_forty_lines(made):
    code = (made() / "allusr_tiny_one" / "__init__.py").read_text()
    body = code.split('"""\n', 1)[1]
    assert len([line for line in body.splitlines() if line.strip() and '"""' not in line]) <= 42


def test_the_command_says_what_was_written_and_what_comes_next(allusr, tmp_path):
    told = allusr("plugins", "new", "tiny", "--dir", tmp_path).out
    assert told.startswith(f"{tmp_path / 'allusr-tiny'}: a sleeve named tiny\n  pyproject.toml\n")
    assert told.endswith(f"next: allusr plugins check {tmp_path / 'allusr-tiny'}\n")


def test_what_comes_next_works_as_it_is_printed(allusr, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = allusr("plugins", "new", "tiny_one").out.splitlines()[-1]
    assert line == "next: allusr plugins check ./allusr-tiny-one"
    assert allusr(*line.split()[2:], "--only", "S101").code == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My-Wheel", "a name is small letters, digits and single _, beginning with a letter, as my_wheel"),
        ("2wheel", "beginning with a letter, as wheel"),
        ("a__b", "single _"),
        ("a" * (LONGEST + 1), "25 letters are too long: 24 at most"),
        ("gen_acc", "the name is taken by allusr-gen-acc 0.1.0, which is installed"),
        ("sdk", "the module allusr_sdk is taken"),
        ("band", "its class Band would hide the SDK's own Band"),
    ],
)
def test_a_name_that_cannot_be_is_refused_on_one_line(allusr, tmp_path, name, words):
    done = allusr("plugins", "new", name, "--dir", tmp_path)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(allusr, tmp_path):
    (tmp_path / "allusr-tiny").mkdir()
    done = allusr("plugins", "new", "tiny", "--dir", tmp_path)
    assert (done.code, done.err) == (
        2, f"error: plugins new tiny: {tmp_path / 'allusr-tiny'} is there already: choose another name or --dir\n",
    )  # fmt: skip
    assert list((tmp_path / "allusr-tiny").iterdir()) == []


def test_an_unknown_kind_names_the_kinds(allusr, tmp_path):
    done = allusr("plugins", "new", "tiny", "--kind", "bot", "--dir", tmp_path)
    assert done.code == 2
    assert all(kind in done.err for kind in KINDS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WALKED])
def test_a_project_is_green_on_its_first_check(made, allusr, kind):
    done = allusr("plugins", "check", made(kind))
    assert done.code == 0, done.out
    assert "failed" not in done.out


@pytest.mark.long
@pytest.mark.parametrize("kind", WALKED)
def test_a_project_that_is_walked_through_every_scenario_is_green_too(made, allusr, kind):
    done = allusr("plugins", "check", made(kind))
    assert done.code == 0, done.out


@pytest.mark.long
def test_the_tests_of_a_new_sleeve_pass_under_pytest(made):
    """Its scenario test whole; of its checks, which the command above runs all, those of the contract."""
    chosen = ("-k", "put_is_sold or S10", "-q", "-p", "no:cacheprovider")
    done = tool("pytest", *chosen, cwd=made())
    assert re.match(r"\.{5} .*\n5 passed, \d+ deselected in ", done.stdout), done.stdout + done.stderr
