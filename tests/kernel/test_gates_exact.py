"""What the gates hold back at their limits: dear shares, fees, prices that are none, puts of other symbols."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.gates import asked
from allusr_sdk.model.intents import Band, Shares
from allusr_sdk.model.positions import Sent, Working
from tests.builders import (
    AT,
    NAN,
    RULES,
    books,
    contract,
    market,
    moment,
    quote,
    sell,
    shares,
    short,
    snapshot,
)
from tests.kernel.questions import CALL_280, PUT_270, entry, reasons, rules_of

BOUGHT = Shares("AAPL", "CAD-9", quantity=100)
WEDNESDAY = date(2026, 2, 11)
EARLIER, YESTERDAY = AT - timedelta(minutes=5), AT - timedelta(days=1)
POD = sell(quote(PUT_270), pod=1, lots=1)


@pytest.mark.parametrize(
    ("spot", "half", "passes"),
    [(100.0, 0.01, True), (100.0, 2.5, True), (100.0, 2.51, False), (40.0, 1.01, False), (0.8, 0.02, True),
     (0.8, 0.021, False), (100.0, 2.50000002, True)],
)  # fmt: skip
def test_shares_are_bought_at_a_spread_of_five_percent_at_the_most(spot, half, passes):
    vetoes = asked(entry(BOUGHT, view=market(snapshot(spot=spot, half=half))))
    assert rules_of(vetoes) == ([] if passes else ["LQ-1"])
    if not passes:
        assert dict(vetoes[0].numbers) == {"spread": pytest.approx(2 * half / spot)}


@pytest.mark.parametrize("spot", [0.0, -1.0, NAN, float("inf")])
@pytest.mark.parametrize("intent", [BOUGHT, sell(quote(PUT_270))], ids=["shares", "put"])
def test_nothing_is_opened_in_a_symbol_whose_price_is_none(spot, intent):
    assert "RULE-0 the price of AAPL is unknown" in reasons(asked(entry(intent, view=market(snapshot(spot=spot)))))


def test_a_price_under_a_dollar_is_one():
    assert asked(entry(BOUGHT, view=market(snapshot(spot=0.5, half=0.01)))) == ()


@pytest.mark.parametrize(("bid", "ask", "passes"), [(0.139, 0.141, True), (0.129, 0.131, False)])
def test_a_credit_is_worth_its_fee_several_times(bid, ask, passes):
    rules = RULES.tightened({"CAD-11.fee_multiple": 20.0})  # twenty fees of 0.70 are 0.14 a share
    vetoes = asked(entry(sell(quote(PUT_270, bid, ask)), rules=rules, approved=rules.stamp))
    assert rules_of(vetoes) == ([] if passes else ["CAD-11"])
    if not passes:
        assert vetoes[0].why == "credit 0.13 < 0.14"


def test_puts_of_another_symbol_keep_no_pod_waiting():
    other = contract(300, root="MSFT")
    sent = Working("w", "gen_acc", "MSFT", other, 1, True, Decimal(30000), sent=YESTERDAY)
    ledger = books(
        short(contract(265), opened=EARLIER), short(other, opened=YESTERDAY), cash="400000", working={"w": sent}
    )
    assert asked(entry(POD, ledger=ledger)) == ()


def test_a_put_that_is_bought_back_keeps_no_pod_waiting_twice():
    leaving = Working("w", "gen_acc", "AAPL", contract(265), 1, False, Decimal(0), sent=None)
    ledger = books(short(contract(265), opened=EARLIER), cash="400000", working={"w": leaving})
    assert asked(entry(POD, ledger=ledger)) == ()


# --- at the limit, by the New York day ---


def test_a_put_of_last_evening_is_none_of_this_session():
    evening = moment(WEDNESDAY, "20:30")  # today by Greenwich
    assert rules_of(asked(entry(POD, ledger=books(short(contract(265), opened=evening), cash="400000")))) == ["CAD-9"]


def test_the_edge_of_a_bands_reach_lies_in_it():
    band = Band("CAD-8", 0.5, 0.75, 0, 1, "sessions", 0.25)
    for delta, passes in ((-0.25, True), (-0.2499, False), (-0.75, True), (-0.7501, False)):
        assert rules_of(asked(entry(sell(quote(PUT_270), delta=delta, band=band)))) == ([] if passes else ["KS-11"])


# --- what a veto says, with its numbers ---


def held(*positions, **more):
    return {"ledger": books(*positions, cash="400000", **more)}


OLD = contract(270, expiry=WEDNESDAY)
CALL = sell(quote(CALL_280), delta=0.42)
LATER = moment(clock="10:07")


@pytest.mark.parametrize(("intent", "about", "said"), [
    (None, {"waiting": ("HEDGED", 2)},
     ("KS-2", "2 VIX samples ask for tier HEDGED: entries wait for the next", {"samples": 2})),
    (BOUGHT, {"view": market(snapshot(spot=0.0, half=0.0))},
     ("RULE-0", "the price of AAPL is unknown", {"spot": 0.0})),
    (CALL, held(shares(count=150, basis="270"), short(CALL_280)),
     ("CAD-10", "no hundred uncovered shares", {"uncovered": 0})),
    (None, held(shares()), ("CAD-9", "AAPL is in STOCK, a put starts from CASH", {"state": "STOCK"})),
    (None, held(pinned={OLD.osi: Decimal(27000)}),
     ("LQ-6", f"{OLD.osi} may still be assigned until morning", {"reserved": "27000"})),
    (sell(quote(PUT_270), delta=-0.46), {}, ("KS-11", "delta 0.460 is outside 0.3-0.45", {"delta": 0.46})),
    (sell(quote(contract(270, expiry=date(2026, 2, 10)))), {},
     ("KS-11", "-1 sessions to expiry is outside 0-1", {"dte": -1})),
    (CALL, held(shares(basis="281")), ("CAD-8", "strike 280 is under the basis 281.00", {"floor": "281.00"})),
    (sell(quote(PUT_270, 0.098, 0.1)), {},
     ("CAD-11", "credit 0.0990 < 0.1", {"credit": "0.0990", "required": "0.1"})),
    (sell(quote(PUT_270, at=LATER)),
     {"view": market(snapshot(spot=272.0, at=LATER), at=LATER),
      "sent": (Sent("gen_acc", "AAPL", "", -1, True, moment(clock="10:06:30"), ""),)},
     ("CAD-7", "sent at 10:06:30: the next attempt is a step later", {})),
])  # fmt: skip
def test_a_veto_says_what_it_saw(intent, about, said):
    (veto,) = asked(entry(intent, **about))
    assert (veto.rule, veto.why, dict(veto.numbers)) == said


def test_shares_without_a_bid_have_no_spread_to_ask():
    view = market(evolve(snapshot(), bid=0.0))
    assert asked(entry(BOUGHT, view=view)) == ()
