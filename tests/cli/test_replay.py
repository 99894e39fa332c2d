"""`allusr run --record` and `allusr replay`: what is kept, what is shown, and how it ends."""

import json

import pytest

DAYS = ("--from", "2026-01-08", "--to", "2026-01-09")
STRICTER = ("--set", "sleeves.gen_acc.dte_max=0")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with two recorded days."""
    from allusr_sdk.cli.entry import invoke

    made = tmp_path_factory.mktemp("home")
    assert invoke(["run", "--record", *DAYS, "--home", str(made), "--json"]) == 0
    return made


def test_a_recorded_run_replays_equal_and_ends_with_0(allusr, home):
    for name in ("1", "latest"):
        done = allusr("replay", name, "--home", home)
        assert (done.code, done.err) == (0, "")
        assert done.out == "run 1: 160 cycles replayed, 160 equal, 0 different\n"


def test_a_changed_setting_is_shown_line_by_line_and_ends_with_4(allusr, home):
    done = allusr("replay", "latest", *STRICTER, "--home", home)
    assert done.code == 4
    *shown, total = done.out.splitlines()
    assert total == "run 1: 160 cycles replayed, 145 equal, 15 different"
    assert [line for line in shown if " 09:50 gen_acc AAPL " in line] == [
        "- Thu 2026-01-08 09:50 gen_acc AAPL Decided [CAD-9] skip: AAPL is in SHORT_PUT: nothing new until it ends "
        "(14 times until 10:55)",
        "+ Thu 2026-01-08 09:50 gen_acc AAPL Decided [CAD-4] skip: 1 sessions before the week's last: no entry session",
    ]
    (gone,) = (line for line in shown if "gen_acc AAPL IntentRecorded" in line)
    assert gone.startswith("- Thu 2026-01-08 09:45 ")
    assert {line[:2] for line in shown} == {"- ", "+ "}


def test_only_the_asked_days_are_compared(allusr, home):
    done = allusr("replay", "1", *STRICTER, "--from", "2026-01-09", "--home", home)
    assert (done.code, done.out) == (0, "run 1: 80 cycles replayed, 80 equal, 0 different\n")


def test_a_replay_that_compares_nothing_is_no_success(allusr, home):
    done = allusr("replay", "1", "--from", "2026-02-01", "--home", home)
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: run 1 has no recorded cycle in the period: nothing was compared\n"


def test_other_plugins_are_asked_in_the_place_of_the_runs_own(allusr, home):
    done = allusr("replay", "1", "--plugins", "gen_acc,protocol", "--home", home)
    assert done.code == 4
    assert {line.split()[4] for line in done.out.splitlines()[:-1]} == {"rev_acc", "com_acc"}
    assert {line[0] for line in done.out.splitlines()[:-1]} == {"-"}


def test_json_has_both_sides_of_each_difference(allusr, home):
    done = allusr("replay", "1", *STRICTER, "--home", home, "--json")
    told = json.loads(done.out)
    assert done.code == 4
    assert {name: told[name] for name in ("run", "cycles", "equal", "different", "notes")} == {
        "run": 1, "cycles": 160, "equal": 145, "different": 15, "notes": [],
    }  # fmt: skip
    first = told["differences"][0]
    assert (first["at"], first["ended"]) == ("2026-01-08T14:45:00Z", "")
    assert (first["stored"]["kind"], first["today"]["kind"]) == ("Decided", "Decided")
    assert json.loads(first["today"]["payload"])["verdict"] == "skip"


def test_a_torn_recording_is_replayed_as_far_as_it_goes_and_says_so(allusr, home, tmp_path):
    import shutil

    shutil.copytree(home, tmp_path / "torn")
    views = tmp_path / "torn" / "views" / "1.views"
    views.write_bytes(views.read_bytes()[:-3])
    done = allusr("replay", "1", "--home", tmp_path / "torn")
    assert done.code == 0
    torn, unseen, total = done.out.splitlines()
    assert torn.startswith("note: the last frame of the recording is torn: its ")
    assert unseen == "note: cycles of the journal without a recorded view, which are not replayed: 1"
    assert total == "run 1: 159 cycles replayed, 159 equal, 0 different"


def test_another_version_of_plugins_and_rules_is_named(allusr, home, tmp_path, monkeypatch):
    from allusr_sdk.execution import recorded

    real = recorded.head_of
    monkeypatch.setattr(recorded, "head_of", lambda config, run: _older(real(config, run)))
    assert allusr("run", "--record", "--from", "2026-01-09", "--to", "2026-01-09", "--home", tmp_path).code == 0
    done = allusr("replay", "1", "--home", tmp_path)
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("note: plugin gen_acc: the run had 0.0.9, today it is ")
    assert done.out.splitlines()[1].startswith("note: rulebook: the run had 1.9.0+abc, today it is ")


def _older(head):
    import msgspec

    return msgspec.structs.replace(head, plugins={"gen_acc": "0.0.9"}, rulebook="1.9.0+abc")


SLEEVE = '''"""Sells a put of a band."""

from allusr_sdk import Band, Pick, Right, Sleeve, Wheel, choose, hookimpl, wheel
from allusr_sdk.settings import setting, settings


@settings
class MineSettings:
    """Settings."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Mine(Sleeve[MineSettings]):
    """Sells a put."""

    name = "mine"

    def bands(self, rules):
        """One."""
        return (Band("CAD-8", 0.28, 0.32, 1, 5, unit="calendar", reach=0.05),)

    def propose(self, view):
        """One put."""
        band = view.bands[0]
        expiry = wheel.nearest(view, "SPY", 1, band)
        if view.wheel("SPY") is not Wheel.CASH or expiry is None:
            yield view.skip("SPY", "CAD-9", "a put is open, or no expiry")
            return
        found = choose(view.side("SPY", expiry, Right.PUT), band, view)
        yield found.sell("CAD-8") if isinstance(found, Pick) else found


@hookimpl
def allusr_sleeves():
    """One."""
    return [Mine]
'''


def test_a_sleeve_that_was_changed_since_is_held_against_what_it_was(allusr, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(SLEEVE)
    day = ("--from", "2026-01-08", "--to", "2026-01-08", "--home", tmp_path)
    assert allusr("run", "--record", "--plugins", file, *day, "--json").code == 0
    assert allusr("replay", "1", "--plugins", file, "--home", tmp_path).code == 0
    file.write_text(SLEEVE.replace("0.28, 0.32", "0.33, 0.37"))
    done = allusr("replay", "1", "--plugins", file, "--home", tmp_path)
    assert done.code == 4
    note, *shown, total = done.out.splitlines()
    assert note.startswith("note: plugin mine: the run had file:")
    assert [line[0] for line in shown] == ["-", "+", "-", "+"]
    assert "delta in 0.28-0.32" in shown[0]
    assert "delta in 0.33-0.37" in shown[1]
    assert total == "run 1: 80 cycles replayed, 79 equal, 1 different"
    done = allusr("replay", "1", "--home", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "plugin mine was selected by its path" in done.err
    assert "--plugins ./mine.py" in done.err


def test_overrides_of_rules_are_the_runs_own(allusr, tmp_path):
    sets = ("--set", "lq_1.open_interest=20000", "--what-if", "lq_1.spread=0.3")
    run = ("run", "--record", "--from", "2026-01-08", "--to", "2026-01-08", *sets, "--home", tmp_path, "--json")
    assert allusr(*run).code == 0
    done = allusr("replay", "1", "--home", tmp_path)
    assert (done.code, done.out) == (0, "run 1: 80 cycles replayed, 80 equal, 0 different\n")


# --- what is kept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "kept"),
    [(("--mode", "paper"), True), (("--mode", "paper", "--no-record"), False), ((), False), (("--record",), True)],
    ids=["paper", "paper without", "backtest", "backtest with"],
)
def test_paper_is_recorded_unless_told_otherwise_a_backtest_only_where_told(allusr, market, tmp_path, options, kept):
    assert allusr("run", *market.options(*options, "--home", tmp_path, "--json")).code == 0
    assert (tmp_path / "views" / "1.views").exists() is kept


def test_the_journal_of_a_recorded_run_is_the_same_to_the_last_hash(allusr, market, tmp_path):
    heads = []
    for name, option in (("with", "--record"), ("without", "--no-record")):
        done = allusr("run", *market.options(option, "--home", tmp_path / name, "--json"))
        heads.append(json.loads(done.out)["head"])
    assert heads[0] == heads[1]


def test_a_database_has_no_place_for_views(allusr):
    url = "postgresql://me:secret@localhost/books"
    done = allusr("run", "--record", "--home", url)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: --record keeps views beside a ledger in a folder, and postgresql://me@localhost/books is a database\n"
    )


def test_a_run_without_views_says_how_to_have_them(allusr, market, tmp_path):
    assert allusr("run", *market.options("--home", tmp_path, "--json")).code == 0
    done = allusr("replay", "latest", "--home", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: run 1 has no recorded views: `allusr run --record` keeps them")


@pytest.mark.parametrize("run", ["first", "-1", "1.5"])
def test_a_run_is_a_number_or_latest(allusr, home, run):
    done = allusr("replay", "--home", home, "--", run)
    assert done.code == 2
    assert f"run '{run}': expected a number" in done.err


def test_a_full_disk_is_told_at_the_end(allusr, market, tmp_path, monkeypatch):
    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("allusr_sdk.market.recording.store.Store.settle", full)
    done = allusr("run", *market.options("--record", "--home", tmp_path, "--json"))
    assert done.code == 0
    assert done.err == "warning: the recording of views ended: No space left on device\n"
