"""What the gates hold back at their limits: dear shares, fees, prices that are none, puts of other symbols."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.kernel.gates import asked
from allusr_sdk.model.intents import Shares
from allusr_sdk.model.positions import Working
from tests.builders import AT, NAN, RULES, books, contract, market, quote, sell, short, snapshot
from tests.kernel.questions import PUT_270, entry, reasons, rules_of

BOUGHT = Shares("AAPL", "CAD-9", quantity=100)
EARLIER, YESTERDAY = AT - timedelta(minutes=5), AT - timedelta(days=1)
POD = sell(quote(PUT_270), pod=1, lots=1)


@pytest.mark.parametrize(
    ("spot", "half", "passes"),
    [(100.0, 0.01, True), (100.0, 2.5, True), (100.0, 2.51, False), (40.0, 1.01, False), (0.8, 0.02, True),
     (0.8, 0.021, False)],
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
