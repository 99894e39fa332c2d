"""com_20m: tranches by many orders, and calls in slices on all of it (LQ-3, KS-11, CAD-6, CAD-9)."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest

from allusr_sdk.model.calendar import NEW_YORK


@pytest.fixture(scope="module")
def journal(played):
    return played("com_20m")


@pytest.fixture(scope="module")
def parents(journal):
    """Slices of each decision to sell calls, in order, by the key of the first."""
    found = defaultdict(list)
    for entry in journal.entries:
        event = entry.event
        if entry.kind == "IntentRecorded" and event.action == "sell":
            found[event.parent or event.key].append((entry.at.astimezone(NEW_YORK), event))
    return found


def lots(event):
    return -event.legs[0][1]


def strike(event):
    return int(event.legs[0][0][13:]) / 1000


def test_shares_are_bought_on_the_first_sessions_of_four_weeks(journal):
    """CAD-9: four weekly tranches; Monday 19 January is a holiday."""
    days = dict.fromkeys(at.rsplit(" ", 1)[0] for at, _ in journal.timed("IntentRecorded", action="buy"))
    assert list(days) == ["Mon 5 Jan", "Mon 12 Jan", "Tue 20 Jan", "Mon 26 Jan"]


def test_each_purchase_stays_under_the_dollars_of_an_order_and_is_whole_hundreds(journal):
    bought = journal.told("IntentRecorded", action="buy")
    assert len(bought) > 50
    assert all(0 < e.reserve <= 500_000 and e.legs[0][1] % 100 == 0 for e in bought)


def test_a_tranche_is_a_quarter_of_the_symbol_s_part(journal):
    """The first week spends a quarter of 0.95 D at most, over seven symbols evenly to about a hundred shares."""
    first = defaultdict(float)
    for at, fill in journal.timed("Filled", cause="entry"):
        if at.startswith("Mon 5 Jan") and fill.quantity > 0:
            first[fill.symbol] += fill.quantity * float(fill.price)
    whole = 0.95 * 20_000_000 / 4
    assert len(first) == 7
    assert whole - 100 * 700 < sum(first.values()) <= whole
    assert all(0.95 < spent / (whole / 7) < 1.05 for spent in first.values())


def test_large_orders_leave_in_slices_that_ks_11_lets_pass(parents):
    """KS-11.3: 50 a child, 200 a parent; KS-11.4: 500,000 dollars of notional a child."""
    assert max(sum(lots(e) for _, e in slices) for slices in parents.values()) > 50
    for slices in parents.values():
        assert sum(lots(e) for _, e in slices) <= 200
        assert all(lots(e) <= 50 and 100 * strike(e) * lots(e) <= 500_000 for _, e in slices)


def test_slices_leave_20_to_60_seconds_apart_and_none_after_10_55(parents):
    many = [slices for slices in parents.values() if len(slices) > 1]
    assert many
    for slices in many:
        assert all(20 <= b.delay - a.delay <= 60 for (_, a), (_, b) in pairwise(slices))
        (at, _), *_ = slices
        last = at + timedelta(seconds=slices[-1][1].delay)
        assert last <= at.replace(hour=10, minute=55, second=0)


def test_a_whole_decision_is_a_tenth_of_adv_at_most_whatever_its_slices(parents):
    for slices in parents.values():
        assert sum(lots(e) for _, e in slices) <= 0.1 * slices[0][1].numbers["adv"]


def test_slices_are_accepted_when_they_were_due(journal, parents):
    heard = {}
    for entry in journal.entries:
        if entry.kind == "OrderChanged" and entry.event.status == "accepted":
            heard.setdefault(entry.event.key, entry.at)
    late = [heard[e.key] - at for slices in parents.values() for at, e in slices if e.delay and e.key in heard]
    due = [e.delay for slices in parents.values() for _, e in slices if e.delay and e.key in heard]
    assert late
    assert [gap.total_seconds() for gap in late] == due


def test_calls_are_never_more_than_the_shares_cover(journal):
    shares, calls = defaultdict(int), defaultdict(int)
    for entry in journal.entries:
        event = entry.event
        if entry.kind not in ("Filled", "Expired", "Assigned") or event.symbol in ("SPX", "XSP", "VIX"):
            continue
        sign = 1 if entry.kind == "Filled" else -1
        if event.instrument == event.symbol:
            shares[event.symbol] += event.quantity
        elif event.instrument[12] == "C":
            calls[event.symbol] += sign * event.quantity
        assert -100 * calls[event.symbol] <= shares[event.symbol], (entry.at, event)
    assert sum(shares.values()) > 60_000


def test_calls_are_in_their_band_or_say_that_they_are_under_it(parents):
    for slices in parents.values():
        (_, first) = slices[0]
        assert 0.10 <= first.numbers["delta"] <= 0.25
        assert first.numbers["delta"] >= 0.20 or "BAND_MISS" in first.why


def test_in_earnings_week_cover_is_half(journal):
    reduced = journal.told("Decided", ledger="com_acc", rule="CC-3 CAD-10", verdict="refuse")
    assert {e.symbol for e in reduced} >= {"AMZN", "GOOGL", "META", "MSFT"}


def test_a_hedge_too_is_at_most_200_contracts_of_50_at_a_time(journal):
    orders = defaultdict(int)
    for e in journal.told("IntentRecorded", action="hedge"):
        assert abs(e.legs[0][1]) <= 50
        orders[e.parent or e.key] += abs(e.legs[0][1])
    assert max(orders.values()) == 200


def test_cash_is_never_overdrawn(journal):
    assert all(0 <= e.reserved <= e.cash for e in journal.told("Valued"))
