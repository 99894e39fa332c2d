"""One test a check of an order that is to leave (RULE-1, KS-11, LQ-1, CAD-13)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import CHECKS, WHOLE, checked, leaving
from allusr_sdk.kernel.orders import Leg, Order
from allusr_sdk.model.events import IntentRecorded
from allusr_sdk.model.positions import Sent, Working
from tests.builders import (
    AT,
    FRIDAY,
    NAN,
    RULES,
    THURSDAY,
    Tape,
    World,
    books,
    contract,
    market,
    moment,
    quote,
    sell,
    shares,
    short,
    snapshot,
    stub,
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


def before(seconds, *, what=PUT_270, quantity=-1, ledger="gen_acc", group="earlier"):
    return Sent(ledger, "AAPL", what.osi, quantity, True, AT - timedelta(seconds=seconds), group)


@pytest.mark.parametrize(
    ("sent", "passes"),
    [
        (before(59), False), (before(60), True), (before(-59), False), (before(59, quantity=-2), True),
        (before(59, quantity=1), True), (before(59, what=CALL_280), True), (before(59, ledger="rev_acc"), True),
        (before(59, group="k"), True),
    ],
)  # fmt: skip
def test_the_same_order_within_a_minute_is_a_duplicate_even_if_the_first_has_ended(sent, passes):
    intent = sell(quote(PUT_270))
    found = reasons(checked(entry(intent, sent=(sent,)), order(intent)))
    assert found.startswith("" if passes else "KS-11 duplicate of an order of ")
    assert bool(found) is not passes


def test_slices_of_one_decision_are_no_duplicates_of_each_other():
    intent = sell(quote(PUT_270))
    sibling = evolve(working("gen_acc", PUT_270, opening=True), parent="first")
    asks = entry(intent, ledger=books(cash="400000", working={"w": sibling}), sent=(before(0, group="first"),))
    assert checked(asks, evolve(order(intent), parent="first")) == ()
    assert len(checked(asks, evolve(order(intent), parent="another"))) == 2


def test_another_sleeves_working_purchase_is_a_self_cross_and_its_sale_is_not():
    intent = sell(quote(PUT_270))
    for opening, crossed in ((False, True), (True, False)):
        other = books(name="rev_acc", working={"w": working("rev_acc", PUT_270, opening=opening)})
        found = reasons(checked(entry(intent, others=(other,)), order(intent)))
        assert found == ("KS-11 SELF_CROSS with the working order w" if crossed else "")


@pytest.mark.parametrize(("opening", "sold", "crossed"), [(True, False, True), (False, True, False)])
def test_a_rung_that_is_bought_crosses_what_is_written_and_one_that_is_sold_does_not(opening, sold, crossed):
    intent = sell(quote(PUT_270))
    rung = evolve(working("llms", PUT_270, opening=opening), cause="ladder", sold=sold)
    found = reasons(checked(entry(intent, others=(books(name="llms", working={"w": rung}),)), order(intent)))
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


def test_a_hedge_is_not_written_away_by_the_ledger_that_holds_it():
    hedge = evolve(short(PUT_270), quantity=1, cause="hedge:L2")
    found = checked(entry(ledger=books(hedge, cash="400000")), order(sell(quote(PUT_270))))
    assert reasons(found) == "CAD-13 SELF_CROSS: gen_acc holds the other side"


def test_a_slice_counts_at_the_instant_at_which_it_leaves():
    intent = sell(quote(PUT_270))
    asks = entry(intent, orders_sent=(AT,) * 30)
    assert len(checked(asks, evolve(order(intent), delay=59))) == 1
    assert checked(asks, evolve(order(intent), delay=60)) == ()


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


# --- orders that reduce risk ----------------------------------------------------------------------------------------


def closing(*prices, bid="1.00", ask="1.02", lots=1, what=PUT_270):
    legs = (Leg(what, lots, Decimal(bid), Decimal(ask)),)
    return Order(
        key="k", ledger="gen_acc", symbol="AAPL", legs=legs, prices=tuple(map(Decimal, prices)),
        mid=(Decimal(bid) + Decimal(ask)) / 2, step_seconds=10, opening=False, rule="PE-8",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "urgent", "passes"),
    [("1.06", False, True), ("1.07", False, False), ("1.26", True, True), ("1.27", True, False)],
)
def test_an_exit_stays_in_its_collar_and_an_urgent_one_has_a_wider_one(price, urgent, passes):
    found = leaving(closing("1.01", price), books(short(PUT_270)), RULES, urgent=urgent)
    assert reasons(found) == ("" if passes else f"KS-11 limit {price} is outside the collar")


def test_an_exit_may_always_go_one_tick():
    assert leaving(closing("0.01", bid="0", ask="0.01"), books(short(PUT_270)), RULES) == ()
    assert len(leaving(closing("0.02", bid="0", ask="0.01"), books(short(PUT_270)), RULES)) == 1


def test_neither_size_nor_volume_nor_cash_nor_other_sleeves_hold_an_exit():
    broke = books(short(PUT_270, lots=500), cash="-90000")
    assert leaving(closing("1.02", lots=500), broke, RULES) == ()


def test_a_working_exit_of_the_same_instrument_is_a_duplicate_and_an_entry_is_not():
    for opening, passes in ((False, False), (True, True)):
        held = books(short(PUT_270), working={"w": working("gen_acc", PUT_270, opening=opening)})
        found = leaving(closing("1.02"), held, RULES)
        assert reasons(found) == ("" if passes else "KS-11 duplicate of the working order w")


@pytest.mark.parametrize(("count", "held", "calls", "passes"), [
    (100, 100, 0, True), (100, 100, 1, False), (50, 150, 1, True), (51, 150, 1, False), (200, 300, 1, True),
])  # fmt: skip
def test_shares_that_back_a_call_stay(count, held, calls, passes):
    written = [short(CALL_280, lots=calls)] if calls else []
    _, sold = share_purchase(-count)
    found = leaving(evolve(sold, prices=(Decimal("272.00"),)), books(shares(count=held), *written), RULES)
    assert rules_of(found) == ([] if passes else ["RULE-1"])


def test_shares_about_to_be_sold_back_no_new_call():
    call = sell(quote(CALL_280), delta=0.42)
    selling = Working("w", "gen_acc", "AAPL", None, 100, False)
    held = books(shares(count=200, basis="270"), working={"w": selling})
    assert "RULE-1 2 calls on 1 uncovered hundreds" in reasons(checked(entry(call, ledger=held), order(call, 2)))


# --- the memory that they rest on -----------------------------------------------------------------------------------


def recorded(world, clock, *, rule="CAD-4", key="k", delay=0, day=THURSDAY, opening=True):
    world.kernel.heard(IntentRecorded(
        ledger="stub", symbol="AAPL", rule=rule, key=key, action="sell", legs=((PUT_270.osi, -1),), delay=delay,
        limit=Decimal(1), mid=Decimal(1), worst=Decimal(1), opening=opening,
    ), moment(day, clock))  # fmt: skip


def test_exits_by_roll_and_stop_do_not_count_against_the_pace():
    with World(stub()) as world:
        for number, rule in enumerate(("CAD-4", "PE-8", "PE-7 PE-8", "PE-11", "CC-1")):
            recorded(world, "10:00", rule=rule, key=str(number), delay=number)
        assert [s.at - AT for s in world.book.sent] == [timedelta(seconds=n) for n in range(5)]
        assert world.book.orders_sent == (AT, AT + timedelta(seconds=4))


def test_what_was_sent_is_remembered_for_its_session():
    with World(stub()) as world:
        recorded(world, "10:00")
        assert world.book.sent == (Sent("stub", "AAPL", PUT_270.osi, -1, True, AT, "k"),)
        recorded(world, "09:45", key="next", day=FRIDAY)
        assert [s.group for s in world.book.sent] == ["next"]
        assert len(world.book.orders_sent) == 1
