"""Counting why things were not done."""

from datetime import date

import pytest

from allusr_sdk.model.events import Decided
from allusr_sdk.reports.reasons import Reason, Tally, split, worded

DAY, NEXT = date(2026, 2, 12), date(2026, 2, 13)


def refused(why, rule="LQ-1 CAD-4", symbol="AAPL"):
    return Decided(ledger="gen_acc", symbol=symbol, rule=rule, verdict="refuse", why=why)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("open interest 115 < 500", "open interest"),
        ("spread 8.70% > 5.00%", "spread"),
        ("EARNINGS_SKIP: report 2026-01-29 AMC (confirmed)", "EARNINGS_SKIP"),
        ("only on the week's first session, which was 2026-02-09", "only on the week's first session"),
        ("no AAPL call with a sound quote is listed", "no AAPL call with a sound quote is listed"),
        ("AAPL is in SHORT_PUT: nothing new until it ends", "the symbol is in SHORT_PUT: nothing new until it ends"),
        ("outside the entry window 09:45-10:55", "outside the entry window"),
        ("3 contracts > 10% of ADV 12", "… contracts > … of ADV …"),
        ("budget left 6,991 / 68,000 = 0", "budget left pays for no contract"),
        ("the session closed at 16:00", "the session closed"),
        ("Thursday is no entry session", "Thursday is no entry session"),
    ],
)
def test_the_words_of_a_reason_leave_its_numbers_out(why, words):
    assert worded(why, "AAPL") == words


def test_each_veto_keeps_its_own_rule():
    both = refused("CC-3 EARNINGS_SKIP: no calendar; LQ-1 spread 8% > 5%")
    assert list(split(both)) == [("CC-3", "EARNINGS_SKIP: no calendar"), ("LQ-1", "spread 8% > 5%")]


def test_reasons_without_a_word_of_their_own_pair_with_the_rules_in_order():
    skip = Decided(symbol="AAPL", rule="CAD-6 CAD-7", verdict="skip", why="too early; outside the entry window")
    assert list(split(skip)) == [("CAD-6", "too early"), ("CAD-7", "outside the entry window")]
    one = Decided(symbol="AAPL", rule="CAD-4 CAD-8", verdict="refuse", why="NO_STRIKE: none")
    assert list(split(one)) == [("CAD-8", "NO_STRIKE: none")]


def test_a_symbol_counts_once_a_day_however_often_it_was_asked():
    tally = Tally()
    for day, interest in ((DAY, 115), (DAY, 120), (NEXT, 130)):
        tally.add(refused(f"LQ-1 open interest {interest} < 500"), day)
    tally.add(refused("LQ-1 spread 8% > 5%", symbol="IWM"), DAY)
    assert tally.total == 3
    assert tally.commonest() == (Reason("LQ-1", "open interest", 2), Reason("LQ-1", "spread", 1))


def test_only_the_commonest_are_named_and_ties_go_by_rule():
    tally = Tally()
    for rule in ("D-1", "CC-3", "AB-2", "LQ-1"):
        tally.add(refused("same", rule=rule), DAY)
    assert [reason.rule for reason in tally.commonest(3)] == ["AB-2", "CC-3", "D-1"]
