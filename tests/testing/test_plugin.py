"""The pytest plugin as an author meets it: fixtures, golden journals, and nothing heavy before it is used."""

import subprocess
import sys
from textwrap import dedent

import pytest

from allusr_sdk import hookimpl
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Thawed
from allusr_sdk.model.intents import Skip, Veto
from allusr_sdk.testing import Golden, Market, Sandbox

pytest_plugins = ["pytester"]
HEAVY = ("numpy", "pandas", "pyarrow", "sqlalchemy", "nautilus_trader", "exchange_calendars")


def test_nothing_heavy_is_imported_before_a_fixture_is_used():
    code = f"import sys, allusr_sdk.testing, allusr_sdk.testing.plugin; print(*(set({HEAVY}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_every_public_name_is_there_and_no_other():
    import allusr_sdk.testing as kit

    for name in kit.__all__:
        assert getattr(kit, name) is not None
    with pytest.raises(AttributeError, match="no public name 'Markte'"):
        _ = kit.Markte


# --- fixtures -------------------------------------------------------------------------------------------------------


def test_the_sandbox_plays_on_the_fixtures_market_unless_given_another(sandbox, weekly, market):
    assert sandbox(weekly).head == sandbox(weekly, market=market).head
    assert sandbox(weekly, market=market.vix(66, on=0)).head != sandbox(weekly).head


def test_the_sandbox_takes_all_that_a_run_takes(sandbox, weekly, broker):
    played = sandbox(
        weekly, mode="paper", capital=250_000, seed=11, broker=broker.reject(),
        config={"sleeves": {"weekly": {"symbols": ["AAPL"]}}, "rules": {"lq_1": {"open_interest": 1000}}},
    )  # fmt: skip
    head = played.entries[0].event
    assert (head.mode, head.capital, head.seed) == ("paper", 250_000, 11)
    assert {intent.symbol for intent in played.intents} == {"AAPL"}
    assert played.fills == ()


def test_the_ledger_keeps_a_run_for_later(sandbox, weekly, ledger):
    played = sandbox(weekly, ledger=ledger)
    assert ledger.latest().head == played.head


def test_the_clock_stands_where_it_is_put(clock, market):
    assert clock.session(3).day == market.day(3)
    at = clock.at(3, "10:00")
    assert at.utcoffset().total_seconds() == 0
    assert at.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M") == "2026-01-08 10:00"


class Watcher:
    """Keeps nothing, objects to nothing."""

    name = "watcher"

    @hookimpl
    def allusr_event(self, event):
        """Hear it."""

    @hookimpl
    def allusr_screen(self, intent, view):
        """Let it pass."""
        return


class Guard:
    """Objects to everything."""

    name = "guard"

    @hookimpl
    def allusr_screen(self, intent, view):
        """Object."""
        return Veto("RULE-0", "no")


def test_a_plugin_host_records_hook_calls_in_order(plugin_host, weekly):
    host = plugin_host(weekly, Watcher(), Guard())
    assert [(call.hook, call.plugin) for call in host.calls] == [("allusr_sleeves", "weekly")]
    event, intent = Thawed(why="test"), Skip("SPY", "TEST")
    assert [veto.rule for veto in host.screen(intent, None)] == ["RULE-0"]
    host.event(event)
    assert [(call.hook, call.plugin) for call in host.calls[1:]] == [
        ("allusr_screen", "watcher"), ("allusr_screen", "guard"), ("allusr_event", "watcher"),
    ]  # fmt: skip
    assert host.calls[-1].arguments == {"event": event}
    assert host.called("allusr_screen") == ("watcher", "guard")


# --- golden journals ------------------------------------------------------------------------------------------------

SUITE = """
    def test_journal(sandbox, journal, market):
        assert journal.matches(sandbox("gen_acc", market=market.tape().until(market.tape().steps_[9].view.at)), "week")
"""


@pytest.fixture(scope="module")
def played(weekly):
    """A run to compare."""
    return Sandbox(Market("SPY", weeks=1), weekly).run()


def test_a_golden_journal_that_is_missing_fails_and_says_how_it_is_made(played, tmp_path):
    with pytest.raises(
        AssertionError, match=r"no golden journal journals/week.txt: make it with pytest --allusr-update"
    ):
        Golden(tmp_path / "journals").matches(played, "week")
    assert not list(tmp_path.iterdir())


def test_it_is_written_when_asked_and_matches_from_then_on(played, tmp_path):
    assert Golden(tmp_path / "journals", update=True).matches(played, "week")
    assert (tmp_path / "journals" / "week.txt").read_text() == f"{played.journal}\n"
    assert Golden(tmp_path / "journals").matches(played, "week")


def test_another_run_fails_with_what_differs_and_leaves_the_file_alone(played, weekly, tmp_path):
    Golden(tmp_path, update=True).matches(played, "week")
    other = Sandbox(Market("SPY", weeks=1), weekly, capital=500_000).run()
    with pytest.raises(AssertionError) as failed:
        Golden(tmp_path).matches(other, "week")
    heading, *lines = str(failed.value).splitlines()
    assert "week.txt; if that is meant: pytest --allusr-update" in heading
    assert any(line.startswith("-#1 ") and "capital=1000000" in line for line in lines)
    assert any(line.startswith("+#1 ") and "capital=500000" in line for line in lines)
    assert (tmp_path / "week.txt").read_text() == f"{played.journal}\n"
    assert Golden(tmp_path, update=True).matches(other, "week")
    assert (tmp_path / "week.txt").read_text() == f"{other.journal}\n"


def test_the_fixture_keeps_journals_beside_the_test_and_the_option_writes_them(pytester):
    pytester.makepyfile(dedent(SUITE))
    plain = ("-p", "no:cacheprovider", "-p", "no:xdist")
    pytester.runpytest_inprocess(*plain, "--allusr-update").assert_outcomes(passed=1)
    assert "RunStarted" in (pytester.path / "journals" / "week.txt").read_text().splitlines()[0]
    pytester.runpytest_inprocess(*plain).assert_outcomes(passed=1)
