"""Profiles: `standard` as it is, `tight` with a stop at three credits (PE-12)."""

from datetime import timedelta

import pytest
from allusr_protocol.engine import Protocol, ProtocolSettings

from allusr_sdk import Close, Skip, Watch
from tests.builders import AT, RULES, books, contract, market, quote, short, sleeve_view, snapshot

PROTOCOL = Protocol(ProtocolSettings())
HELD = contract(100)
TIGHT = RULES.tightened({"PE-12.profile": "tight"})
WAITED = Watch(rising=3, rising_at=AT - timedelta(minutes=5))


def answer(rules, bid, ask):
    position = short(HELD, price="1.00", watch=WAITED)
    view = sleeve_view(market(snapshot(spot=100.5, quotes=[quote(HELD, bid, ask)])), books(position), rules=rules)
    seen = PROTOCOL.assess(position, view)
    return seen, next(iter(PROTOCOL.respond(position, seen, view)))


@pytest.mark.parametrize(("rules", "stops"), [(RULES, False), (TIGHT, True)])
def test_only_the_tight_profile_stops_at_three_credits(rules, stops):
    seen, found = answer(rules, 2.99, 3.01)
    assert seen.watch.level == (3 if stops else 0)
    assert type(found) is (Close if stops else Skip)
    if stops:
        assert seen.rule == "PE-1 PE-2 PE-4 PE-6 PE-12"
        assert (found.rule, found.urgent) == ("PE-11", True)


def test_under_three_credits_both_hold():
    assert isinstance(answer(TIGHT, 2.90, 3.00)[1], Skip)


def test_a_stop_of_ones_own_goes_before_the_profiles():
    later = TIGHT.tightened({"PE-6.premium_stop": 4.0})
    assert isinstance(answer(later, 2.99, 3.01)[1], Skip)
    seen, _ = answer(later, 3.99, 4.01)
    assert seen.rule == "PE-1 PE-2 PE-4 PE-6"
