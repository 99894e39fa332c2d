"""A run that came to its end and is started again: there is nothing left to do, and whoever asks is told so."""

import json
from datetime import UTC, datetime

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from tests.crash.brokered import Brokered, calm_week

PAPER = ("run", "--plugins", "com_acc,protocol", "--symbols", "SPY", "--mode", "paper", "--json")
DAY = ("--from", "2026-01-05", "--to", "2026-01-05")


@pytest.fixture
def told(tmp_path, capsys):
    """A command in a home: the head that it tells, and what it says beside."""

    def run(*words):
        assert invoke([*PAPER, *words, "--home", str(tmp_path)]) == 0
        said = capsys.readouterr()
        return json.loads(said.out)["head"], said.err

    return run


def runs(home):
    with open_ledger(home, create=False) as ledger:
        return [listed.head for listed in ledger.runs()]


def test_a_paper_run_that_is_given_again_is_shown_as_it_stands(told, tmp_path):
    first, silence = told(*DAY)
    second, said = told(*DAY)
    assert (silence, said) == ("", "run 1 came to its end before: this is it; --anew begins another\n")
    assert runs(tmp_path) == [first] == [second]


@pytest.mark.parametrize("words", [(*DAY, "--anew"), (*DAY[:2], "--to", "2026-01-06"), (*DAY, "--seed", "8")], ids=str)
def test_another_run_begins_where_it_is_asked_for_or_is_another_one(words, told, tmp_path):
    first, _ = told(*DAY)
    second, said = told(*words)
    assert (said, runs(tmp_path)) == ("", [first, second])


def test_a_backtest_that_is_given_again_runs_again(told, tmp_path):
    first, _ = told(*DAY, "--mode", "backtest")
    second, said = told(*DAY, "--mode", "backtest")
    assert (said, runs(tmp_path)) == ("", [first, second])


def test_over_a_broker_nothing_is_asked_of_it_once_a_run_has_ended(tmp_path):
    with Brokered(tmp_path, calm_week(), near=True, fills="touch") as account:
        assert account.live()
        head, lines = account.read(lambda run: run.head), len(account.control.journal())
        account.control.advance(datetime(2026, 2, 23, 15, tzinfo=UTC))
        assert account.live()
        assert account.read(lambda run: run.head) == head
        assert not [entry for entry in account.control.journal()[lines:] if entry.who == "engine"]
        account.agree()


def test_another_run_over_what_the_first_one_bought_opens_nothing_before_a_person_has_looked(tmp_path):
    with Brokered(tmp_path, calm_week(), near=True, fills="touch") as account:
        assert account.live()
        handed = account.asked("submit")
        assert account.control.look().holdings
        account.begin_with(150_000)
        assert account.live()
        with open_ledger(account.home, create=False) as ledger:
            _, second = (ledger.run(listed.id) for listed in ledger.runs())
            assert second.book.switches["BREAK"] == "SAFE"
            assert {code for code, _ in second.book.breaks} >= {"B01", "B09"}
            assert not [*second.entries(kind="IntentRecorded")]
        assert account.asked("submit") == handed
