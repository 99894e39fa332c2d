"""rev_pods_3m: twelve pods, five minutes apart, neighbouring strikes, one expiry (LQ-3, CAD-5, CAD-10, KS-11)."""

from collections import Counter, defaultdict
from itertools import pairwise
from math import ceil

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("rev_pods_3m")


@pytest.fixture(scope="module")
def sold(journal):
    return journal.timed("IntentRecorded", action="sell", ledger="rev_acc")


def minutes(at):
    hours, rest = at[-5:].split(":")
    return 60 * int(hours) + int(rest)


def strike(order):
    return int(order.legs[0][0][13:]) / 1000


def test_there_are_as_many_pods_as_250_000_dollars_go_into_the_capital(sold):
    assert {e.numbers["pods"] for _, e in sold} == {ceil(3_000_000 / 250_000)} == {12}
    assert {e.numbers["pod"] for _, e in sold} == set(range(12))


def test_each_pod_starts_five_minutes_after_the_one_before_it(sold):
    assert {at.rsplit(" ", 1)[0] for at, _ in sold} == {"Mon 2 Feb"}
    assert all(minutes(at) == minutes("09:45") + 5 * e.numbers["pod"] for at, e in sold)


def test_all_pods_write_one_expiry_four_days_out(sold):
    assert {e.legs[0][0][6:12] for _, e in sold} == {"260206"}


def test_strikes_are_in_the_band_and_neighbours_where_it_holds_two(sold):
    assert all(0.30 <= abs(e.numbers["delta"]) <= 0.35 for _, e in sold)
    used = {strike(e) for _, e in sold if e.symbol == "TSLA"}
    assert len(used) > 1
    assert all(b - a == 2.5 for a, b in pairwise(sorted(used)))
    places = Counter("number 2" in e.why for _, e in sold if e.symbol == "TSLA")
    assert places[True], "round robin"
    assert places[False]


def test_pods_share_the_symbol_evenly(sold):
    lots = defaultdict(list)
    for _, e in sold:
        lots[e.symbol].append(-e.legs[0][1])
    for counts in lots.values():
        assert len(counts) == 12
        assert max(counts) - min(counts) <= 1


def test_together_they_stay_within_budget_and_symbol_caps(sold):
    """CAD-10: 0.95 D in all, half of D in one of two symbols; the target is 0.95 D over two."""
    tied = defaultdict(float)
    for _, e in sold:
        assert e.reserve == 100 * strike(e) * -e.legs[0][1]
        tied[e.symbol] += float(e.reserve)
    assert sum(tied.values()) <= 0.95 * 3_000_000
    assert all(0.9 * 1_425_000 < amount <= 1_500_000 for amount in tied.values())


def test_no_order_is_one_that_ks_11_would_refuse(sold):
    """KS-11.3 and KS-11.4: at most 50 contracts and 500,000 dollars; LQ-1: a tenth of ADV."""
    for _, e in sold:
        lots = -e.legs[0][1]
        assert lots <= 50
        assert e.reserve <= 500_000
        assert lots <= 0.1 * e.numbers["adv"]


def test_a_pod_that_has_written_its_part_says_so(journal):
    done = {e.why for e in journal.told("Decided", rule="LQ-3 CAD-10", verdict="skip")}
    assert "pod 2 of 12: its part of NVDA is written" in done


def test_all_expire_and_the_premium_is_kept(journal):
    (ended,) = [e for e in journal.told("Valued", ledger="rev_acc") if e.day.isoformat() == "2026-02-06"]
    credit = sum(-f.quantity * 100 * f.price - f.fee for f in journal.told("Filled"))
    assert ended.realised == credit
    assert ended.reserved == 0
