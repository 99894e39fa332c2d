"""What a sleeve says of a contract, the market bears out number by number, or nothing is sent (RULE-0, CAD-8)."""

from datetime import timedelta

import pytest
from attrs import evolve

from allusr_sdk import Shares
from allusr_sdk.contracts import greeks
from allusr_sdk.kernel.genuine import borne_out, genuine
from tests.builders import AT, NAN, market, priced, sell, snapshot
from tests.kernel.questions import PUT_270, entry

SHOWN = priced(PUT_270, 272.0, delta=-0.35)


def shows(*quotes, spot=272.0):
    """A market that quotes what it is told."""
    return market(snapshot(spot=spot, quotes=list(quotes)))


OWN = greeks.own(SHOWN, shows(SHOWN)).delta
OTHER = "RULE-0", f"the market quotes {PUT_270} otherwise", {"bid": SHOWN.bid, "ask": SHOWN.ask}


def objects(quote=SHOWN, delta=OWN, *, shown=None, view=None):
    """Rule, words and numbers of each veto."""
    asks = entry(sell(quote, delta=delta), view=view or shows(quote if shown is None else shown))
    return [(veto.rule, veto.why, dict(veto.numbers)) for veto in borne_out(asks)]


def anomaly(whose, delta):
    numbers = {"own": OWN, whose: delta, "tolerance": 0.05}
    return "CAD-8", f"DATA_ANOMALY: own delta {OWN:.3f}, the {whose}'s {delta:.3f}", numbers


def test_what_the_market_shows_is_borne_out():
    assert objects() == []


@pytest.mark.parametrize("change", [
    {"bid": SHOWN.bid - 0.01}, {"ask": SHOWN.ask + 0.01}, {"volume": 999.0}, {"open_interest": 4999.0},
    {"delta": -0.36}, {"delta": NAN}, {"volume": NAN},
])  # fmt: skip
def test_one_number_that_the_market_has_otherwise_is_enough(change):
    assert objects(shown=evolve(SHOWN, **change)) == [OTHER]
    (veto,) = [found for found in objects(evolve(SHOWN, **change), shown=SHOWN) if found[0] == "RULE-0"]
    assert veto[1] == OTHER[1]


def test_a_number_that_neither_side_knows_is_no_difference():
    assert objects(evolve(SHOWN, delta=NAN, volume=NAN)) == []


def test_a_contract_that_the_market_does_not_list_is_quoted_by_nobody():
    assert objects(view=shows()) == [OTHER]
    assert not genuine(SHOWN, market())


def test_of_a_quote_of_another_instant_nothing_can_be_said():
    old = evolve(SHOWN, at=AT - timedelta(seconds=1), volume=1.0)
    assert genuine(old, shows(SHOWN))
    assert genuine(old, market())


@pytest.mark.parametrize(("off", "passes"), [
    (0.05, True), (-0.05, True), (0.0500000004, True), (0.050000002, False), (-0.050000002, False), (0.06, False),
    (0.4, False),
])  # fmt: skip
def test_a_sleeves_delta_lies_within_the_tolerance_of_our_own(off, passes):
    assert objects(delta=OWN + off) == ([] if passes else [anomaly("sleeve", OWN + off)])


def test_a_sleeve_that_knows_no_delta_sends_nothing():
    (found,) = objects(delta=NAN)
    assert found[:2] == ("CAD-8", f"DATA_ANOMALY: own delta {OWN:.3f}, the sleeve's nan")


@pytest.mark.parametrize(("delta", "passes"), [(OWN - 0.05, True), (OWN - 0.06, False), (NAN, True)])
def test_a_vendors_delta_does_so_where_it_tells_one(delta, passes):
    assert objects(evolve(SHOWN, delta=delta)) == ([] if passes else [anomaly("vendor", delta)])


def test_both_deltas_are_asked():
    assert objects(evolve(SHOWN, delta=-0.9), -0.1) == [anomaly("sleeve", -0.1), anomaly("vendor", -0.9)]


def test_where_our_own_delta_is_unknown_none_is_near_it():
    found = objects(view=shows(SHOWN, spot=NAN))
    assert [rule for rule, _, _ in found] == ["CAD-8", "CAD-8"]


def test_shares_are_no_contract():
    assert list(borne_out(entry(Shares("AAPL", "CAD-9", quantity=100), view=market()))) == []
