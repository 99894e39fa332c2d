"""The sandbox runs the real thing: what it decides, books and hashes is what `allusr run` does."""

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.errors import InputError
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify
from allusr_sdk.testing import Market, Sandbox


def test_two_runs_of_one_tape_have_one_head(weekly, market):
    tape = market.tape()
    first, second = (Sandbox(tape, weekly).run() for _ in range(2))
    assert first.fills
    assert (first.head, first.journal) == (second.head, second.journal)


def test_a_replay_of_a_tape_is_the_run_over_the_market_itself(weekly, market):
    """Chains that were made for one run serve the next, and change nothing."""

    class Raw:
        """Walks and prices the market anew."""

        def __init__(self):
            self.first, self.last, self.description = market.tape().first, market.tape().last, market.source.description

        def steps(self, first, last):
            return market.source.steps(first, last)

    replayed = Sandbox(market, weekly).run()
    assert Sandbox(market, weekly).run().head == replayed.head == Sandbox(Raw(), weekly).run().head


def test_paper_is_the_backtest_with_another_word_in_its_head(weekly, market):
    back, paper = (Sandbox(market, weekly, mode=mode).run() for mode in ("backtest", "paper"))
    (head, *rest), (other, *others) = back.journal.splitlines(), paper.journal.splitlines()
    assert rest == others
    assert head.replace("mode=backtest", "mode=paper") == other
    assert back.head != paper.head


def test_the_books_of_a_run_are_sound(weekly, market):
    assert verify(Sandbox(market, weekly).run().run).ok


@pytest.mark.parametrize("mode", ["live", "sandbox"])
def test_a_mode_that_is_no_sandbox_is_refused(weekly, mode):
    with pytest.raises(InputError, match="none of backtest, paper"):
        Sandbox(Market(), weekly, mode=mode)


def test_what_was_played_outlives_the_sandbox_and_tells_its_story(weekly, sandbox):
    played = sandbox(weekly)
    assert "SOLD 14" in played.why("spy")
    assert {intent.action for intent in played.intents} == {"sell"}
    assert played.book.ledgers["weekly"].premium > 0
    assert [week.status for week in played.weeks if week.ledger] == ["FINAL", "FINAL", "PROVISIONAL"]


@pytest.mark.parametrize("mode", ["backtest", "paper"])
def test_the_command_line_writes_the_same_journal_to_the_last_hash(mode, tmp_path):
    market = Market(("AAPL", "SPY"), weeks=1, minutes=5, hedges=True)
    symbols = ",".join(market.symbols)
    days = ("--from", str(market.day(0)), "--to", str(market.day(4)))
    run = ["run", "--plugins", "gen_acc,protocol", "--symbols", symbols, "--mode", mode, *days, "--home", str(tmp_path)]
    assert invoke([*run, "--json"]) == 0
    config = {"market": {"symbols": list(market.symbols)}}
    played = Sandbox(market, "gen_acc", "protocol", mode=mode, config=config).run()
    with open_ledger(tmp_path, create=False) as ledger:
        assert ledger.latest().head == played.head
    assert played.fills
