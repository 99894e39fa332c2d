"""An entry in the table is all that a deprecation takes: the old use works, warns once, and has an end."""

import pkgutil
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

import allusr_sdk
from allusr_sdk import _deprecations, setting, settings, testing
from allusr_sdk._deprecations import REMOVALS, AllusrRemovedIn2Warning, Deprecated
from allusr_sdk.config import Config
from allusr_sdk.errors import PluginError, SettingsError
from allusr_sdk.host import Host
from allusr_sdk.model.events import Funded
from allusr_sdk.settings import load

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@settings
class Days:
    """Settings of which one had another name."""

    days: int = setting(default=4, ge=0, help="Calendar days to expiry.")


@pytest.fixture
def deprecate(monkeypatch):
    def enter(kind, old, new):
        monkeypatch.setattr(_deprecations, "TABLE", (Deprecated(kind, old, new, since="0.1"),))

    yield enter
    for room in ROOMS:
        vars(room).pop("Strategy", None)


def told(caught):
    """What was said, and by which file."""
    return [(str(w.message), w.category, Path(w.filename).name) for w in caught]


ROOMS = {allusr_sdk: "Sleeve", allusr_sdk.settings: "load", testing: "Clock"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_an_old_name_works_and_warns_once(deprecate, room):
    old, new = f"{room.__name__}.Strategy", f"{room.__name__}.{ROOMS[room]}"
    deprecate("name", old, new)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert room.Strategy is pkgutil.resolve_name(new)
    text = f"name {old} is deprecated since 0.1 and removed in 2.0: use {new}"
    assert told(caught) == [(text, AllusrRemovedIn2Warning, "test_deprecations.py")]


def test_an_old_name_warns_once_however_it_is_imported(deprecate):
    deprecate("name", "allusr_sdk.Strategy", "allusr_sdk.Sleeve")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from allusr_sdk import Strategy

        assert allusr_sdk.Strategy is Strategy is allusr_sdk.Sleeve
    assert [filename for _, _, filename in told(caught)] == ["test_deprecations.py"]


def test_an_old_hook_is_called_under_its_new_name_and_warns_once(deprecate):
    deprecate("hook", "allusr_happened", "allusr_event")
    seen = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")

        @allusr_sdk.hookimpl
        def allusr_happened(event):
            seen.append(event)

        Host.of(SimpleNamespace(allusr_happened=allusr_happened, name="late")).event(Funded(amount=1))
    text = "hook allusr_happened is deprecated since 0.1 and removed in 2.0: use allusr_event"
    assert told(caught) == [(text, AllusrRemovedIn2Warning, "test_deprecations.py")]
    assert seen == [Funded(amount=1)]


def test_a_hook_that_never_was_is_refused(deprecate):
    deprecate("hook", "allusr_happened", "allusr_event")
    plugin = SimpleNamespace(allusr_hapened=allusr_sdk.hookimpl(lambda: None), name="late")
    with pytest.raises(PluginError, match="implements no hook of this host"):
        Host.of(plugin)


def test_an_old_setting_is_read_and_warns_once(deprecate):
    deprecate("setting", "sleeves.weekly.dte", "sleeves.weekly.days")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert load(Days, {"dte": 2}, where="sleeves.weekly") == Days(days=2)
    text = "setting sleeves.weekly.dte is deprecated since 0.1 and removed in 2.0: use sleeves.weekly.days"
    assert told(caught) == [(text, AllusrRemovedIn2Warning, "test_deprecations.py")]


def test_an_old_setting_beside_its_new_name_is_a_problem(deprecate):
    deprecate("setting", "sleeves.weekly.dte", "sleeves.weekly.days")
    told_twice = "sleeves.weekly.dte: is given under its new name too: drop it for sleeves.weekly.days"
    with pytest.warns(AllusrRemovedIn2Warning), pytest.raises(SettingsError) as refused:
        load(Days, {"dte": 2, "days": 3}, where="sleeves.weekly")
    assert refused.value.problems == (told_twice,)


def test_an_old_setting_of_a_file_gives_way_to_what_comes_after_the_file(deprecate, tmp_path):
    deprecate("setting", "run.chance", "run.seed")
    file = tmp_path / "mine.toml"
    file.write_text("[run]\nchance = 8\n")
    with pytest.warns(AllusrRemovedIn2Warning):
        assert Config.read(file).run.seed == 8
    with pytest.warns(AllusrRemovedIn2Warning):
        assert Config.read(file, sets=["run.seed=9"]).run.seed == 9


def test_the_setting_of_another_table_has_no_old_name(deprecate):
    deprecate("setting", "sleeves.weekly.dte", "sleeves.weekly.days")
    with pytest.raises(SettingsError, match=r"sleeves\.other\.dte: unknown setting"):
        load(Days, {"dte": 2}, where="sleeves.other")


AS_OPERATOR = """
import sys
from allusr_sdk import _deprecations
from allusr_sdk.cli import main
_deprecations.TABLE = (_deprecations.Deprecated("setting", "run.chance", "run.seed", since="0.1"),)
sys.argv = ["allusr", "rules", "show", "LQ-1", "--set", "run.chance=9"]
main()
"""


def test_the_command_line_tells_an_operator_in_one_line(tmp_path):
    here = {"PATH": "", "ALLUSR_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", AS_OPERATOR], env=here, capture_output=True, text=True, check=True)
    told = "warning: setting run.chance is deprecated since 0.1 and removed in 2.0: use run.seed\n"
    assert (done.stderr, done.stdout[:4]) == (told, "LQ-1")


def overdue(entries, version):
    """What should be gone by a version."""
    return [entry.old for entry in entries if release(entry.removed_in) <= release(version)]


def release(text):
    return tuple(int(part) for part in text.split(".")[:2])


@pytest.mark.parametrize(
    ("version", "gone"), [("1.9.3", []), ("2.0.0", ["allusr_sdk.Strategy"]), ("10.0.0", ["allusr_sdk.Strategy"])]
)
def test_the_deadline_is_the_release_that_the_entry_names(version, gone):
    assert overdue([Deprecated("name", "allusr_sdk.Strategy", "allusr_sdk.Sleeve", since="0.1")], version) == gone


def test_nothing_stands_in_the_table_beyond_its_release():
    """Fails on the release that should have removed something: delete the entry, and what it kept alive."""
    assert overdue(_deprecations.TABLE, VERSION) == []


def test_each_warning_is_named_after_the_release_that_removes():
    named = {
        removed_in: f"AllusrRemovedIn{removed_in.removesuffix('.0').replace('.', '_')}Warning"
        for removed_in in REMOVALS
    }
    assert {removed_in: warning.__name__ for removed_in, warning in REMOVALS.items()} == named
