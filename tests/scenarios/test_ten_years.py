"""ten_years: an account that forks, merges, reinvests and builds both ladders (sections 4 and 8 of the rulebook).

Minutes long: `uv run pytest -m long -n 0 tests/scenarios/test_ten_years.py`.
"""

import json
from collections import defaultdict
from decimal import Decimal

import pytest

from allusr_sdk.execution.venue import Venue
from allusr_sdk.montecarlo import agreement, weeks_of
from allusr_sdk.rulebook import Rulebook

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


EVENINGS = []
"""Cash of all ledgers and of the venue's account, each time that they were compared."""


@pytest.fixture(scope="module")
def journal(played):
    check = Venue.check

    def noting(venue, positions, cash):
        EVENINGS.append((cash, check(venue, positions, cash)))
        return EVENINGS[-1][1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Venue, "check", noting)
        return played("ten_years", "--capital", "300000")


def causes(journal):
    return {e.node: e.cause for e in journal.told("MergeIntended")}


# --- forks and merges -----------------------------------------------------------------------------------------------


def test_one_mini_triples_and_another_times_out(journal):
    assert {"3x", "3 years"} <= set(causes(journal).values())
    tripled, aged = (
        next(node for node, cause in causes(journal).items() if cause == wanted) for wanted in ("3x", "3 years")
    )
    nodes = journal.book.nodes
    assert nodes[tripled].multiple >= 3
    assert (nodes[aged].closed_at - nodes[aged].funded_at).days >= 3 * 365


def test_every_fork_moves_a_hundred_thousand_or_half_a_million_to_the_cent_and_once(journal):
    intended = journal.told("ForkIntended")
    assert {(e.form, e.amount) for e in intended} == {("MINI", 100_000), ("FULL", 500_000)}
    paid, funded = defaultdict(Decimal), defaultdict(Decimal)
    for e in journal.told("ForkPaid"):
        paid[e.key] += e.amount
    for e in journal.told("ForkFunded"):
        funded[e.key] += e.amount
    assert paid == funded == {e.key: e.amount for e in intended}


def test_a_merge_brings_all_of_a_mini_into_the_root_s_compounding_ledger_and_closes_it(journal):
    sent = {(e.key, e.ledger): (e.cash, e.lots) for e in journal.told("MergeSent")}
    taken = {(e.key, e.source): (e.cash, e.lots) for e in journal.told("MergeTaken")}
    assert sent == taken
    assert {e.ledger for e in journal.told("MergeTaken")} == {"com_acc"}
    for node in causes(journal):
        ledgers = [journal.book.ledgers[name] for name in journal.book.nodes[node].ledgers]
        assert all(one.closed and not one.cash and not one.positions for one in ledgers)


def test_nothing_is_under_way_at_the_end_and_every_transfer_was_taken(journal):
    assert journal.book.unfinished == {}
    moved = [(e.key, e.to, e.amount, e.lots) for e in journal.told("TransferSent")]
    assert moved == [(e.key, e.ledger, e.amount, e.lots) for e in journal.told("TransferTaken")]


# --- reinvestment and ladders ---------------------------------------------------------------------------------------


def test_each_gainful_quarter_is_appropriated_once_in_three_parts(journal):
    quarters = [(e.ledger, e.quarter) for e in journal.told("Reinvested")]
    assert len(quarters) == len(set(quarters)) > 40
    for e in journal.told("Reinvested"):
        assert e.reserve + e.contracts + e.leaps == e.gain
        assert abs(e.reserve - e.gain * Decimal("0.3")) <= Decimal("0.01")


def test_the_growth_ladder_is_built_rolled_and_left_to_expire(journal):
    closed = [e.why for e in journal.told("IntentRecorded", ledger="llms", action="close")]
    assert any("profit taken" in why for why in closed)
    assert any("days to its expiry" in why for why in closed)
    assert max(len(e.rungs) for e in journal.told("LadderStated", ledger="llms")) == 4
    bought = [at for at, e in journal.timed("IntentRecorded", ledger="llms", opening=True)]
    assert len(bought) > 20


def test_the_crash_opens_the_hedge_ladder_and_the_calm_behind_it_releases_it(journal):
    bought = [e for e in journal.entries if e.kind == "IntentRecorded" and e.event.cause == "hedge:SPX_DD20"]
    assert {(e.at.year, e.at.month) for e in bought} <= {(2033, 9), (2033, 10), (2033, 11)}
    assert bought
    closed = {e.why for e in journal.told("IntentRecorded", ledger="llms_hedge", action="close")}
    assert any("times its cost" in why for why in closed)
    assert any("VIX under 20" in why or "every trigger is off" in why for why in closed)
    assert not journal.book.ledgers["llms_hedge"].positions


def test_trees_of_columns_grow_out_of_the_same_weeks_entry_for_entry(journal):
    rules = Rulebook.default()
    found = agreement(journal.run, weeks_of(journal.run, rules), rules)
    assert found.alone == ()
    assert len(found.engine) == len(found.columns) > 500
    assert found.agrees
    alike = agreement(journal.run, weeks_of(journal.run, rules), rules, alike=True)
    assert float(alike.equity[1] / alike.equity[0]) == pytest.approx(1, abs=0.1)


# --- books and pages ------------------------------------------------------------------------------------------------


def test_on_every_evening_all_ledgers_together_were_the_venue_s_account_to_the_cent(journal):
    assert journal.entries[-1].kind == "RunEnded"
    assert len(EVENINGS) > 2500
    assert max(abs(ours - theirs) for ours, theirs in EVENINGS) <= Decimal("0.01")
    assert not journal.told("Broken")


def test_the_tree_the_ladders_and_the_tax_pages_come_out_of_it(journal, asked):
    status = json.loads(asked(journal, "status", "--json"))
    assert {(node["id"], node["form"]) for node in status["tree"]} >= {("root", "ROOT"), ("m1", "MINI"), ("f1", "FULL")}
    assert {ladder["ledger"] for ladder in status["ladders"]} >= {"llms", "llms_hedge"}
    for year in ("2028", "2031"):
        for mode in ("broker", "taxpayer"):
            told = json.loads(asked(journal, "ledger", "tax", year, "--mode", mode, "--format", "json"))
            assert told["form_8949"]
    assert "no tax advice" in asked(journal, "ledger", "tax", "2031", "--format", "html")
