"""One test a check of an order that is to leave: cash, size, volume, collar (RULE-1, KS-11, LQ-1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import CHECKS, WHOLE, checked
from allusr_sdk.model.money import CENT
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
from tests.kernel.questions import CALL_280, PUT_270, entry, order, reasons, rules_of, share_purchase, working


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


def test_a_call_on_shares_that_are_held_may_be_larger_one_at_a_time():
    held = books(shares(count=200, basis="270"), cash="1000")
    call = sell(quote(CALL_280), delta=0.42)
    assert checked(entry(call, ledger=held), order(call)) == ()
    assert reasons(checked(entry(call, ledger=held), order(call, 2))) == "KS-11 notional 56,000 > 13,750"


def test_a_decision_has_at_most_two_hundred_contracts():
    intent = sell(quote(contract(10), 0.99, 1.01))
    asks = entry(intent, view=market(snapshot(spot=10.0, volumes=(1e6, 1e6))), ledger=books(cash="900000"))
    assert checked(asks, order(intent, 200), WHOLE) == ()
    assert reasons(checked(asks, order(intent, 201), WHOLE)) == "KS-11 201 contracts in one decision > 200"


def test_what_cannot_be_paid_as_a_whole_does_not_leave_in_part():
    intent = sell(quote(contract(10), 0.99, 1.01))
    asks = entry(intent, view=market(snapshot(spot=10.0, volumes=(1e6, 1e6))), ledger=books(cash="50000"))
    assert reasons(checked(asks, order(intent, 51), WHOLE)) == "RULE-1 needs 51,000.00, free cash 50,000.00"


def test_the_account_too_must_have_the_cash():
    intent = sell(quote(PUT_270))
    for cash, passes in (("-373000", True), ("-373001", False)):
        asks = entry(intent, others=(books(name="rev_acc", cash=cash),))
        found = reasons(checked(asks, order(intent)))
        assert found == ("" if passes else "KS-11 needs 27,000.00, free cash of the account 26,999.00")


def test_what_waits_for_its_assignment_is_no_free_cash():
    pinned = {contract(200, root="MSFT").osi: Decimal(20000)}
    assert rule_1(books(cash="47000", pinned=pinned)) == []
    assert rule_1(books(cash="46999", pinned=pinned)) == ["needs 27,000.00, free cash 26,999.00"]


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


@pytest.mark.parametrize(("mode", "volume", "rules"), [
    ("live", NAN, ["LQ-1"]), ("live", 50e6, []), ("paper", NAN, []), ("backtest", NAN, []),
])  # fmt: skip
def test_where_money_is_at_stake_nothing_is_written_on_a_share_of_unknown_volume(mode, volume, rules):
    view = market(snapshot(spot=272.0), tape=Tape({"AAPL": 272.0}, volume=volume))
    vetoes = checked(entry(view=view, mode=mode), order(sell(quote(PUT_270))))
    assert rules_of(vetoes) == rules
    assert [v.why for v in vetoes] == [
        "SHARE_ADV_UNKNOWN: how much of AAPL trades a day must be known" for _ in rules
    ]  # fmt: skip


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
    assert checked(asks, evolve(bought, prices=(bought.mid * Decimal("1.05"),))) == ()
    assert rules_of(checked(asks, evolve(bought, prices=(bought.mid * Decimal("1.05") + CENT,)))) == ["KS-11"]


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


def test_every_veto_names_its_rule_and_the_numbers_that_it_rests_on():
    intent = sell(quote(PUT_270))
    work = {"w": working("gen_acc", PUT_270, opening=True)}
    view = market(snapshot(spot=272.0, volumes=()))
    asks = entry(intent, ledger=books(cash="1000", working=work), view=view, orders_sent=(AT,) * 200)

    def told(order, checks=CHECKS):
        return [(v.rule, dict(v.numbers)) for v in checked(asks, order, checks) if v.rule != "LQ-1"]

    assert told(order(intent, 51, prices=("0.5",))) == [
        ("RULE-1", {"need": "1377000", "free": "1000.00"}), ("KS-11", {"quantity": 51, "limit": 50}),
        ("KS-11", {"notional": "1377000"}), ("KS-11", {"low": "1.0", "high": "1.0605"}), ("KS-11", {}),
        ("KS-11", {"count": 200, "limit": 30}), ("KS-11", {"count": 200, "limit": 200}),
    ]  # fmt: skip
    assert told(order(intent, 251), WHOLE)[1:] == [("KS-11", {"quantity": 251, "limit": 200})]
    (veto,) = checked(entry(intent, others=(books(name="rev_acc", cash="-373001"),)), order(intent))
    assert (veto.rule, dict(veto.numbers)) == ("KS-11", {"need": "27000", "account": "26999.00"})
