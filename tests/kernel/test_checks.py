"""One test a check of an order that is to leave (RULE-1, KS-11, LQ-1, CAD-13)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.limits import CHECKS, checked
from allusr_sdk.model.positions import Working
from tests.builders import (
    AT,
    NAN,
    Tape,
    books,
    contract,
    market,
    quote,
    sell,
    shares,
    short,
    snapshot,
)
from tests.kernel.questions import CALL_280, PUT_270, entry, order, reasons, rules_of, share_purchase


def rule_1(ledger, lots=1, intent=None):
    wish = intent or sell(quote(PUT_270))
    return [v.why for v in checked(entry(wish, ledger=ledger, universe=1), order(wish, lots)) if v.rule == "RULE-1"]


def test_cash_behind_a_put_or_a_working_order_is_taken():
    put = short(contract(200, root="MSFT"), opened=AT - timedelta(days=1))
    work = Working("w", "gen_acc", "AMZN", contract(200, root="AMZN"), 1, True, Decimal(20000))
    assert rule_1(books(put, cash="47000")) == []
    assert rule_1(books(put, cash="46999")) == ["needs 27,000.00, free cash 26,999.00"]
    assert rule_1(books(put, cash="47000", working={"w": work})) == ["needs 27,000.00, free cash 7,000.00"]


def test_the_premium_of_today_is_no_collateral_and_yesterdays_is():
    fresh = short(contract(200, root="MSFT"), price="5.00", opened=AT)
    assert rule_1(books(fresh, cash="47000")) == ["needs 27,000.00, free cash 26,500.00"]
    assert rule_1(books(evolve(fresh, opened=AT - timedelta(days=1)), cash="47000")) == []


def test_a_call_needs_shares_and_no_cash():
    call = sell(quote(CALL_280), delta=0.42)
    assert rule_1(books(shares(), cash="-5"), intent=call) == []
    assert rule_1(books(shares(), cash="0"), lots=2, intent=call) == ["2 calls on 1 uncovered hundreds"]


def test_shares_are_bought_with_free_cash_and_sold_only_where_they_back_no_call():
    intent, bought = share_purchase()
    held = books(cash="27200")
    assert rules_of(checked(entry(intent, ledger=held, universe=1), bought)) == ["RULE-1", "KS-11"]
    intent, sold = share_purchase(-100)
    rich = books(shares(), cash="200000")
    assert checked(entry(intent, ledger=rich, universe=1), sold) == ()
    covered = books(shares(), short(CALL_280), cash="200000")
    vetoes = checked(entry(intent, ledger=covered, universe=1), sold)
    assert reasons(vetoes) == "RULE-1 100 shares to sell, 0 back no call"
    assert rules_of(checked(entry(intent, ledger=books(cash="200000"), universe=1), sold)) == ["RULE-1"]


def test_an_order_has_at_most_fifty_contracts():
    intent = sell(quote(contract(10), 0.99, 1.01))
    view = market(snapshot(spot=10.0, volumes=(1e6, 1e6)))
    for lots, passes in ((50, True), (51, False)):
        vetoes = checked(entry(intent, view=view, ledger=books(cash="900000")), order(intent, lots))
        assert reasons(vetoes) == ("" if passes else "KS-11 51 contracts > 50")


@pytest.mark.parametrize(
    ("equity", "universe", "lots", "limit"),
    [("216000", 7, 2, None), ("215999", 7, 2, "54,000"), ("108000", 2, 2, None), ("107999", 2, 2, "54,000"),
     ("9000000", 7, 18, None), ("9000000", 7, 19, "500,000")],
)  # fmt: skip
def test_an_order_is_at_most_a_part_of_the_sleeve_and_half_a_million(equity, universe, lots, limit):
    intent = sell(quote(PUT_270))
    asks = entry(
        intent, ledger=books(cash=equity), universe=universe, view=market(snapshot(spot=272.0, volumes=(1e6,)))
    )
    found = [v.why for v in checked(asks, order(intent, lots)) if v.rule == "KS-11"]
    assert found == ([f"notional {27000 * lots:,} > {limit}"] if limit else [])


def test_a_single_contract_of_the_min_lot_exception_may_be_larger():
    intent = sell(quote(PUT_270))
    asks = entry(intent, ledger=books(cash="50000"))
    assert rules_of(checked(asks, order(intent))) == ["KS-11"]
    assert checked(asks, order(intent, rule="CAD-4 CAD-11")) == ()


def test_size_is_held_against_the_volume_of_contract_and_share():
    intent = sell(quote(contract(10), 0.99, 1.01))
    rich = books(cash="900000")

    def said(lots, volumes, tape=None):
        view = market(snapshot(spot=10.0, volumes=volumes), tape=tape)
        return reasons(checked(entry(intent, view=view, ledger=rich), order(intent, lots)))

    assert said(10, (100.0, 100.0)) == ""
    assert said(11, (100.0, 100.0)) == "LQ-1 11 contracts > 10% of ADV 100"
    assert said(1, ()) == "LQ-1 1 contracts > 10% of ADV nan"
    assert said(1, (NAN, NAN)) == "LQ-1 1 contracts > 10% of ADV nan"
    quiet = Tape({"AAPL": 10.0}, volume=41_000.0)
    assert said(1, (1000.0,), quiet) == "LQ-1 42 delta shares > 41"
    unknown = Tape({"AAPL": 10.0}, volume=NAN)
    assert said(23, (1000.0,), unknown) == ""
    assert said(24, (1000.0,), unknown) == "LQ-1 SHARE_ADV_UNKNOWN: 1,008 delta shares > 1,000"


@pytest.mark.parametrize(
    ("prices", "passes"),
    [(("1.01", "1.00"), True), (("1.01", "0.99"), False), (("0.95",), False)],
)
def test_a_sale_under_the_bid_is_outside_the_collar(prices, passes):
    intent = sell(quote(PUT_270, 1.00, 1.02))
    vetoes = checked(entry(intent), order(intent, prices=prices))
    assert rules_of(vetoes) == ([] if passes else ["KS-11"])
    if not passes:
        assert vetoes[0].why == f"limit {prices[-1]} is outside the collar"


def test_a_sale_five_percent_under_the_mid_is_outside_the_collar_even_over_the_bid():
    intent = sell(quote(PUT_270, 0.80, 1.20))
    assert checked(entry(intent), order(intent, prices=("0.95",))) == ()
    assert rules_of(checked(entry(intent), order(intent, prices=("0.94",)))) == ["KS-11"]


def test_a_purchase_five_percent_over_the_mid_is_outside_the_collar():
    intent, bought = share_purchase()
    asks = entry(intent, ledger=books(cash="900000"))
    assert checked(asks, bought) == ()
    assert rules_of(checked(asks, evolve(bought, prices=(bought.mid * Decimal("1.06"),)))) == ["KS-11"]


def working(ledger, what, *, opening):
    return Working("w", ledger, "AAPL", what, 1, opening)


def test_a_working_order_on_the_instrument_is_a_duplicate():
    intent = sell(quote(PUT_270))
    held = books(cash="400000", working={"w": working("gen_acc", PUT_270, opening=True)})
    assert "KS-11 duplicate of the working order w" in reasons(checked(entry(intent, ledger=held), order(intent)))


def test_another_sleeves_working_purchase_is_a_self_cross_and_its_sale_is_not():
    intent = sell(quote(PUT_270))
    for opening, crossed in ((False, True), (True, False)):
        other = books(name="rev_acc", working={"w": working("rev_acc", PUT_270, opening=opening)})
        found = reasons(checked(entry(intent, others=(other,)), order(intent)))
        assert found == ("KS-11 SELF_CROSS with the working order w" if crossed else "")


def test_another_sleeves_working_share_orders_cross_the_other_way():
    intent, bought = share_purchase()
    for opening, crossed in ((True, False), (False, True)):
        other = books(name="rev_acc", working={"w": working("rev_acc", None, opening=opening)})
        asks = entry(intent, ledger=books(cash="900000"), others=(other,))
        assert ("SELF_CROSS" in reasons(checked(asks, bought))) is crossed


def test_a_position_of_the_other_side_in_another_sleeve_is_a_self_cross():
    intent = sell(quote(PUT_270))
    long = evolve(short(PUT_270, ledger="com_acc"), quantity=1)
    crossed = entry(intent, others=(books(long, name="com_acc"),))
    assert reasons(checked(crossed, order(intent))) == "CAD-13 SELF_CROSS: com_acc holds the other side"
    same = entry(intent, others=(books(short(PUT_270, ledger="com_acc"), name="com_acc"),))
    assert checked(same, order(intent)) == ()


def test_orders_are_paced_by_the_minute_and_by_the_day():
    intent = sell(quote(PUT_270))
    just_now = tuple(AT - timedelta(seconds=n) for n in range(30))
    assert "30 orders a minute reached 30" in reasons(checked(entry(intent, orders_sent=just_now), order(intent)))
    assert checked(entry(intent, orders_sent=just_now[:29]), order(intent)) == ()
    today = tuple(AT - timedelta(minutes=2 + n // 10) for n in range(200))
    assert "200 orders a day reached 200" in reasons(checked(entry(intent, orders_sent=today), order(intent)))
    assert checked(entry(intent, orders_sent=today[:199]), order(intent)) == ()


def test_every_check_is_asked_and_every_veto_kept():
    intent = sell(quote(PUT_270))
    work = {"w": working("gen_acc", PUT_270, opening=True)}
    held = books(cash="1000", working=work)
    view = market(snapshot(spot=272.0, volumes=()))
    asks = entry(intent, ledger=held, view=view, orders_sent=(AT,) * 200)
    vetoes = checked(asks, order(intent, 51, prices=("0.5",)))
    for word in ("needs", "51 contracts", "notional", "ADV", "collar", "duplicate", "a minute", "a day"):
        assert word in reasons(vetoes), word
    assert len(CHECKS) == 6
