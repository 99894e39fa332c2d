"""A plugin by its path: its content is its version, and where it lies enters nothing."""

import os
import sys
from pathlib import Path

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import PluginError
from allusr_sdk.host import Host, Status, select, survey
from allusr_sdk.host.single_file import found_at, refuse_live


def loaded(*use, file=None):
    return Host.load(Config.read(file, options={"plugins.use": [str(each) for each in use]} if use else {}))


@pytest.fixture
def code(sleeve_code):
    return sleeve_code.replace("{name}", "wheel")


def written(place: Path, code: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(code)
    return place


def project(folder: Path, code: str, *, entries: str = 'tiny = "allusr_tiny"', needs: str = "") -> Path:
    written(folder / "allusr_tiny" / "__init__.py", code)
    head = f'[project]\nname = "allusr-tiny"\nversion = "0.1.0"\ndependencies = [{needs}]\n'
    written(folder / "pyproject.toml", f'{head}[project.entry-points."allusr.v1"]\n{entries}\n')
    return folder


def test_a_single_file_is_a_plugin_named_as_the_file_with_its_contents_hash_for_a_version(tmp_path, code):
    host = loaded(written(tmp_path / "my_wheel.py", code))
    assert list(host.sleeves) == ["wheel"]
    assert host.plugin_of == {"wheel": "my_wheel"}
    (version,) = host.versions.values()
    assert version.startswith("file:")
    assert len(version) == len("file:") + 12


def test_the_version_follows_the_content_and_not_the_place(tmp_path, code):
    here, there = written(tmp_path / "a" / "wheel.py", code), written(tmp_path / "b" / "wheel.py", code)
    other = written(tmp_path / "c" / "wheel.py", code + "\n# another\n")
    assert found_at(str(here)).version == found_at(str(there)).version != found_at(str(other)).version


def test_no_path_enters_the_digest_of_settings(tmp_path, code):
    here, there = written(tmp_path / "a" / "wheel.py", code), written(tmp_path / "b" / "wheel.py", code)
    assert loaded(here).digest == loaded(there).digest
    assert str(tmp_path) not in repr(loaded(here).config)


def test_the_same_content_is_imported_once_and_a_changed_one_anew(tmp_path, code):
    file = written(tmp_path / "wheel.py", code)
    first = type(loaded(file).sleeves["wheel"])
    assert type(loaded(file).sleeves["wheel"]) is first
    file.write_text(code.replace("0.30", "0.31"))
    again = loaded(file).sleeves["wheel"]
    assert type(again) is not first
    assert again.settings.delta == 0.31


def test_a_file_that_fails_names_its_line_and_can_be_mended(tmp_path, code):
    file = written(tmp_path / "wheel.py", "import json\n\nraise RuntimeError('no')\n")
    with pytest.raises(PluginError, match=r"plugin wheel: cannot be imported: .*wheel\.py:3: RuntimeError: no"):
        loaded(file)
    assert found_at(str(file)).entry.module not in sys.modules
    file.write_text("x = (\n")
    with pytest.raises(PluginError, match=r"wheel\.py:1: SyntaxError"):
        loaded(file)
    file.write_text(code)
    assert list(loaded(file).sleeves) == ["wheel"]


def test_its_settings_stand_in_the_same_tables_as_an_installed_ones(tmp_path, code):
    written(tmp_path / "wheel.py", code)
    file = written(tmp_path / "allusr.toml", '[plugins]\nuse = ["wheel.py"]\n[sleeves.wheel]\ndelta = 0.4\n')
    assert loaded(file=file).sleeves["wheel"].settings.delta == 0.4


def test_a_path_in_a_file_is_found_from_that_file(tmp_path, code, monkeypatch):
    written(tmp_path / "there" / "plugins" / "wheel.py", code)
    file = written(tmp_path / "there" / "allusr.toml", '[plugins]\nuse = ["./plugins/wheel.py"]\n')
    monkeypatch.chdir(tmp_path)
    assert list(loaded(file=Path(os.path.relpath(file))).sleeves) == ["wheel"]


def test_a_file_and_an_installed_plugin_of_one_name_are_not_both_selected(install, tmp_path, code):
    install("wheel", code)
    with pytest.raises(PluginError, match="plugin wheel: is selected twice"):
        select(["wheel", str(written(tmp_path / "wheel.py", code))])


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere.py", "no such file or folder"), ("my-wheel.py", "rename the file"), ("notes.txt", "is no Python file")],
)
def test_what_is_no_plugin_file_is_refused_with_what_to_do(tmp_path, name, words):
    if name != "nowhere.py":
        written(tmp_path / name, "")
    with pytest.raises(PluginError, match=words):
        select([str(tmp_path / name)])


def test_a_project_that_is_not_installed_is_a_plugin_by_its_folder(tmp_path, code):
    folder = project(tmp_path / "allusr-tiny", code)
    host = loaded(folder)
    assert list(host.sleeves) == ["wheel"]
    assert host.versions["tiny"].startswith("file:")
    assert found_at(str(folder)).distribution == "allusr-tiny"


def test_a_project_may_keep_its_code_in_src_in_one_module_or_name_a_part_of_its_package(tmp_path, code):
    entries = 'tiny = "allusr_tiny.inner:plugin"'
    src = project(tmp_path / "src layout", "", entries=entries)
    (src / "src").mkdir()
    (src / "allusr_tiny").rename(src / "src" / "allusr_tiny")
    written(src / "src" / "allusr_tiny" / "inner.py", f"{code}\nclass plugin:\n    allusr_sleeves = allusr_sleeves\n")
    assert list(loaded(src).sleeves) == ["wheel"]
    single = project(tmp_path / "single", code)
    (single / "allusr_tiny" / "__init__.py").rename(single / "allusr_tiny.py")
    assert list(loaded(single).sleeves) == ["wheel"]


def test_a_projects_modules_see_each_other_and_each_change_is_another_version(tmp_path, code):
    folder = project(tmp_path / "allusr-tiny", code + "\nfrom allusr_tiny.inner import X\n")
    inner = written(folder / "allusr_tiny" / "inner.py", "X = 1\n")
    before = loaded(folder).versions["tiny"]
    inner.write_text("X = 22\n")
    assert loaded(folder).versions["tiny"] != before
    assert sys.modules["allusr_tiny"].X == 22


def test_of_two_projects_with_one_name_each_is_loaded_from_its_own_folder(tmp_path, code):
    for name in ("one", "two"):
        project(tmp_path / name, code.replace('"wheel"', f'"{name}"'))
    assert list(loaded(tmp_path / "one").sleeves) == ["one"]
    assert list(loaded(tmp_path / "two").sleeves) == ["two"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"entries": ""}, "declares 0 plugins"),
        ({"entries": 'a = "allusr_tiny"\nb = "allusr_tiny"'}, "declares 2 plugins"),
        ({"entries": 'tiny = "allusr_other"'}, "has no module allusr_other"),
        ({"needs": '"allusr-sdk>=99"'}, "requires allusr-sdk>=99"),
    ],
)
def test_a_project_that_declares_no_usable_plugin_is_refused(tmp_path, code, changed, words):
    with pytest.raises(PluginError, match=words):
        loaded(project(tmp_path / "allusr-tiny", code, **changed))


def test_a_folder_without_or_with_a_damaged_pyproject_is_refused(tmp_path):
    with pytest.raises(PluginError, match=r"has no pyproject\.toml"):
        loaded(tmp_path)
    written(tmp_path / "pyproject.toml", "[project\n")
    with pytest.raises(PluginError, match="is no TOML file"):
        loaded(tmp_path)


def test_the_survey_tells_of_plugins_by_path_too(tmp_path, code):
    good, bad = written(tmp_path / "good.py", code), written(tmp_path / "bad.py", "raise RuntimeError('no')")
    told = {f.name: f for f in survey((str(good), str(bad), str(tmp_path / "nowhere.py")))}
    assert (told["good"].status, told["bad"].status) == (Status.OK, Status.IMPORT_FAILED)
    assert told[str(tmp_path / "nowhere.py")].status is Status.NOT_INSTALLED
    assert "no such file" in told[str(tmp_path / "nowhere.py")].problem


def test_live_refuses_a_plugin_by_path_in_one_line(tmp_path):
    refuse_live(["gen_acc", "protocol"])
    with pytest.raises(PluginError) as caught:
        refuse_live(["gen_acc", str(tmp_path / "wheel.py")])
    assert str(caught.value) == (
        "plugin wheel.py: is selected by its path, for backtest and paper: install it, then lock it"
    )
