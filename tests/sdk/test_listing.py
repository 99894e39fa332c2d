"""Whatever else is installed, what is right is listed as right and runs."""

import json
import sys

import pytest

PERIOD = ("--from", "2026-01-05", "--to", "2026-01-06")

SLEEVE = """
from allusr_sdk import Band, Sleeve, hookimpl
from allusr_sdk.settings import setting, settings

@settings
class Settings:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")

class Good(Sleeve[Settings]):
    '''Does nothing, and says so.'''
    name = "good"

    def bands(self, rules):
        return (Band("GOOD-1", 0.2, 0.3, 1, 5),)

    def propose(self, view):
        return [view.skip(symbol, "GOOD-1", "nothing today") for symbol in filter(view.fresh, self.symbols)]

@hookimpl
def allusr_sleeves():
    return [Good]
"""


@pytest.fixture
def zoo(install):
    """A good plugin among twins, one of another generation, one for another SDK and one that does not import."""
    install("twin", "raise RuntimeError", distribution="twin-a")
    install("twin", "raise RuntimeError", distribution="twin-b")
    modules = {
        "ahead": install("ahead", "raise RuntimeError", group="allusr.v2"),
        "later": install("later", "raise RuntimeError", requires=("allusr-sdk>=99",)),
        "broken": install("broken", "import no_such_module_anywhere"),
    }
    install("good", SLEEVE, requires=("allusr-sdk>=0.1",))
    return modules


def listed(allusr, tmp_path, use):
    done = allusr("plugins", "list", "--plugins", use, "--home", tmp_path / "home", "--json")
    assert done.code == 0, done.err
    return {row["name"]: row for row in json.loads(done.out)["plugins"]}


def test_each_plugin_is_listed_with_its_own_state(zoo, allusr, tmp_path):
    rows = listed(allusr, tmp_path, "good,protocol,twin,ahead,later,broken,nowhere")
    states = {
        "good": "OK", "protocol": "OK", "gen_acc": "NOT SELECTED", "twin": "DUPLICATE NAME", "ahead": "INCOMPATIBLE",
        "later": "INCOMPATIBLE", "broken": "IMPORT FAILED", "nowhere": "NOT INSTALLED",
    }  # fmt: skip
    assert {name: rows[name]["status"] for name in states} == states
    assert rows["twin"]["problem"] == "is brought by twin-a 1.2.3 and twin-b 1.2.3: uninstall all but one"
    assert "built for API 2, this host speaks API 1" in rows["ahead"]["problem"]
    assert "requires allusr-sdk>=99, this host is allusr-sdk" in rows["later"]["problem"]
    assert "No module named 'no_such_module_anywhere'" in rows["broken"]["problem"]


def test_what_is_not_selected_is_not_imported_whatever_its_state(zoo, allusr, tmp_path):
    rows = listed(allusr, tmp_path, "good")
    assert (rows["good"]["status"], rows["broken"]["status"]) == ("OK", "NOT SELECTED")
    assert [name for name, module in zoo.items() if module in sys.modules] == []


def test_the_good_ones_run_beside_all_of_them(zoo, allusr, tmp_path):
    done = allusr("run", "--plugins", "good,protocol", *PERIOD, "--home", tmp_path / "home", "--json")
    assert done.code == 0, done.err
    (head,) = json.loads(allusr("ledger", "show", "--kind", "RunStarted", "--home", tmp_path / "home", "--json").out)[
        "entries"
    ]
    assert head["payload"]["plugins"] == {"good": "1.2.3", "protocol": "0.1.0"}


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("good,twin", "uninstall all but one"),
        ("good,ahead", "this host speaks API 1"),
        ("good,later", "requires allusr-sdk>=99"),
        ("good,broken", "No module named 'no_such_module_anywhere'"),
        ("good,nowhere", "pip install allusr-nowhere"),
    ],
)
def test_a_bad_one_that_is_selected_refuses_the_run_on_one_line(zoo, allusr, tmp_path, use, words):
    done = allusr("run", "--plugins", use, *PERIOD, "--home", tmp_path / "home")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err
    assert not (tmp_path / "home").exists()


def test_a_sleeve_that_was_quarantined_is_listed_so_under_its_plugins_name(install, allusr, tmp_path):
    install("nasty", SLEEVE.replace('name = "good"', 'name = "raises"').replace("view.skip(", "view.skip_it("))
    assert allusr("run", "--plugins", "nasty", *PERIOD, "--home", tmp_path / "home").code == 0
    assert listed(allusr, tmp_path, "nasty")["nasty"]["status"] == "QUARANTINED"


def test_a_guard_that_raised_is_listed_as_quarantined(install, allusr, tmp_path):
    install("good", SLEEVE)
    install(
        "blind", "from allusr_sdk import hookimpl\n@hookimpl\ndef allusr_halt(view):\n    raise RuntimeError('no')\n"
    )
    assert allusr("run", "--plugins", "good,blind", *PERIOD, "--home", tmp_path / "home").code == 0
    rows = listed(allusr, tmp_path, "good,blind")
    assert (rows["good"]["status"], rows["blind"]["status"]) == ("OK", "QUARANTINED")


def test_what_imports_and_cannot_be_wired_is_no_ok(install, allusr, tmp_path):
    install("misspelt", "from allusr_sdk import hookimpl\n@hookimpl\ndef allusr_slevees():\n    return []\n")
    row = listed(allusr, tmp_path, "misspelt")["misspelt"]
    assert row["status"] == "IMPORT FAILED"
    assert "did you mean 'allusr_sleeves'?" in row["problem"]


def test_a_run_of_plugins_by_path_is_the_same_run_wherever_the_file_lies(allusr, tmp_path):
    heads = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "good.py").write_text(SLEEVE)
        file = tmp_path / place / "allusr.toml"
        file.write_text('[plugins]\nuse = ["./good.py"]\n')
        for options in (("--plugins", tmp_path / place / "good.py"), ("--config", file)):
            done = allusr("run", *options, *PERIOD, "--home", tmp_path / "home", "--json")
            assert done.code == 0, done.err
            heads.append(json.loads(done.out)["head"])
    assert len(set(heads)) == 1


def test_the_journal_of_a_run_by_path_names_the_plugin_and_its_content_and_no_path(allusr, tmp_path):
    (tmp_path / "good.py").write_text(SLEEVE)
    options = ("--plugins", tmp_path / "good.py", *PERIOD, "--home", tmp_path / "home")
    assert allusr("run", *options, "--mode", "paper").code == 0
    journal = allusr("ledger", "show", "--home", tmp_path / "home", "--json").out
    (version,) = json.loads(journal)["entries"][0]["payload"]["plugins"].values()
    assert version.startswith("file:")
    assert str(tmp_path) not in journal


@pytest.mark.parametrize("by", ["option", "file"])
def test_live_refuses_a_plugin_by_path_on_one_line(allusr, tmp_path, by):
    (tmp_path / "good.py").write_text(SLEEVE)
    (tmp_path / "allusr.toml").write_text('[plugins]\nuse = ["good.py"]\n')
    options = {"option": ("--plugins", tmp_path / "good.py"), "file": ("--config", tmp_path / "allusr.toml")}
    done = allusr("run", "--mode", "live", *options[by])
    assert (done.code, done.err) == (
        2, "error: plugin good.py: is selected by its path, for backtest and paper: install it, then lock it\n",
    )  # fmt: skip
