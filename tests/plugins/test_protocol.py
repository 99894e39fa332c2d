"""The protocol over puts and shares: prepare at 1, roll or stop at 2, stop at 3 (PE-3, PE-7, PE-8, PE-11)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol, ProtocolSettings
from allusr_protocol.ladder import candidates, debit_limit
from allusr_rev_acc import RevAcc
from attrs import evolve

from allusr_sdk import Band, Candidate, Close, Grain, Roll, Shares, Skip, Watch
from allusr_sdk.market import pricing
from tests.builders import (
    AT,
    CALL,
    FRIDAY,
    NAN,
    PUT,
    RULES,
    THURSDAY,
    board,
    books,
    contract,
    market,
    shares,
    short,
    sleeve_view,
    snapshot,
)

PROTOCOL = Protocol(ProtocolSettings())
FAR = Band("CAD-8", 0.40, 0.45, 0, 9, "calendar", 0.10)
NEXT, FOURTH = date(2026, 2, 20), date(2026, 3, 13)
ATR = 1.51
HELD = contract("99.75")
STRIKES = [n / 4 for n in range(340, 430)]


def vector_view(position, *, spot=96.75, quotes=None, following=NEXT, **more):
    """The market of the rulebook's roll vector: every expiry at 24 % volatility."""
    rows = quotes
    if rows is None:
        rows = board("AAPL", spot, [FRIDAY, NEXT, FOURTH], STRIKES, volatility=0.24, rights=(PUT,))
    view = market(snapshot(spot=spot, quotes=rows), **more)
    return sleeve_view(view, books(position), bands=(FAR,), atr=ATR, following=following)


def answers(position, view):
    seen = PROTOCOL.assess(position, view)
    return seen, list(PROTOCOL.respond(position, seen, view))


def rungs(found):
    return [a for a in found if isinstance(a, Candidate)]


def put_at(level, **more):
    return short(HELD, price="0.45", level=level, **more)


# --- levels --------------------------------------------------------------------------------------------------------


def test_level_zero_holds_without_looking_at_its_quote():
    position = put_at(0)
    view = vector_view(position, spot=100.0, quotes=())
    seen, found = answers(position, view)
    assert [type(a) for a in found] == [Skip]
    assert (found[0].rule, found[0].verdict) == ("PE-2", "hold")
    assert seen.numbers["atr_how"] == "SMA5"


def test_reaching_level_one_prepares_the_ladder_once_and_again_in_another_session():
    position = put_at(0)
    seen, found = answers(position, vector_view(position, spot=97.8))
    assert [(c.rung, c.taken) for c in rungs(found)] == [("A", False), ("B", True)]
    assert isinstance(found[-1], Skip)
    assert seen.watch.prepared == THURSDAY
    again = evolve(position, watch=seen.watch)
    for spot in (97.8, 96.8, 98.7):
        assert rungs(answers(again, vector_view(again, spot=spot))[1]) == []
    yesterday = put_at(0, watch=Watch(level=1, rising=1, prepared=date(2026, 2, 11)))
    assert rungs(answers(yesterday, vector_view(yesterday, spot=97.8))[1])


def test_the_revenue_sleeve_is_one_of_them():
    assert (RevAcc.prepares, GenAcc.prepares) == ("PE-2.prepare_rev", "PE-2.prepare_gen")


def test_falling_back_to_level_zero_forgets_the_preparation():
    calm = Watch(level=1, rising=1, calm=2, calm_since=AT - timedelta(minutes=20), prepared=THURSDAY)
    position = put_at(0, watch=calm)
    seen, _ = answers(position, vector_view(position, spot=99.5))
    assert (seen.watch.level, seen.watch.prepared) == (0, None)


@pytest.mark.parametrize(("spot", "prepares"), [(97.60, False), (97.48, True), (97.0, True)])
def test_a_sleeve_that_says_so_prepares_only_from_one_and_a_half(spot, prepares):
    position = put_at(1)
    view = evolve(vector_view(position, spot=spot), prepares="PE-2.prepare_rev")
    _, found = answers(position, view)
    assert bool(rungs(found)) is prepares
    assert rungs(answers(position, vector_view(position, spot=spot))[1])


def test_level_two_takes_the_first_rung_that_is_economic_and_refuses_the_others_by_name():
    position = put_at(2)
    _, found = answers(position, vector_view(position))
    by_rung = {c.rung: c for c in rungs(found)}
    assert [(c.rung, c.taken) for c in rungs(found)] == [("A", False), ("B", True)]
    assert by_rung["A"].debit == pytest.approx(Decimal("1.98"), abs=Decimal("0.35"))
    assert "over the limit 0.225" in by_rung["A"].why
    assert by_rung["B"].sell.contract == contract("98.00", expiry=FOURTH)
    roll = found[-1]
    assert isinstance(roll, Roll)
    assert (roll.rule, roll.numbers["rung"], roll.sell) == ("PE-7 PE-8", "B", by_rung["B"].sell)
    assert roll.debit == by_rung["B"].debit
    assert roll.buy.contract == HELD


@pytest.mark.parametrize(
    ("strike", "days", "net", "taken"),
    [("96.25", 7, "-1.98", False), ("98.26", 28, "0.25", True), ("99.77", 7, "0.27", True)],
)
def test_the_roll_vector_of_the_rulebook_is_met(strike, days, net, taken):
    terms = {"strike": float(strike), "years": days / 365, "volatility": 0.24, "rate": 0.04}
    sold = Decimal(str(round(float(pricing.price(put=True, spot=96.75, **terms)), 4)))
    assert sold - Decimal("3.02") == pytest.approx(Decimal(net), abs=Decimal("0.06"))
    position = put_at(2)
    assert debit_limit(position, vector_view(position)) == Decimal("0.225")
    assert (Decimal("3.02") - sold <= Decimal("0.225")) is taken


def test_earlier_debits_of_the_chain_shrink_what_a_roll_may_cost():
    position = put_at(2, rolls=1, roll_debit=Decimal("0.20"))
    assert debit_limit(position, vector_view(position)) == Decimal("0.025")


def test_a_rung_without_liquidity_is_refused_by_lq_1_and_the_leg_bought_back_never_is():
    position = put_at(2)
    rows = board("AAPL", 96.75, [FRIDAY, NEXT, date(2026, 2, 27)], STRIKES, volatility=0.24, rights=(PUT,))
    dry = [evolve(q, open_interest=10.0) if q.contract.expiry != NEXT else q for q in rows]
    _, found = answers(position, vector_view(position, quotes=dry))
    b = next(c for c in rungs(found) if c.rung == "B")
    assert (b.taken, b.rule) == (False, "LQ-1")
    assert b.why == "open interest 10 < 500"
    assert found[-1].numbers["rung"] == "C"
    assert found[-1].sell.contract == contract("99.75", expiry=NEXT)


def test_rungs_that_are_not_listed_say_so():
    position = put_at(2)
    rows = board("AAPL", 96.75, [FRIDAY], STRIKES, volatility=0.24, rights=(PUT,))
    found = list(candidates(position, rows[0], vector_view(position, quotes=rows, following=None)))
    assert [(c.rung, c.rule, c.taken) for c in found] == [
        ("A", "PE-8", False),
        ("B", "PE-8", False),
        ("C", "PE-8", False),
    ]
    assert [c.why for c in found] == [
        "the next cycle's expiry is not listed", "no expiry 14 to 35 days out", "no later weekly is listed",
    ]  # fmt: skip


def test_no_rung_ties_more_cash_than_the_put_that_it_replaces():
    position = put_at(2)
    _, found = answers(position, vector_view(position, spot=102.0))
    a = next(c for c in rungs(found) if c.rung == "A")
    assert a.sell.contract.strike > HELD.strike
    assert (a.taken, a.rule) == (False, "RULE-1")


def test_nothing_economic_is_a_stop():
    position = evolve(put_at(2), roll_debit=Decimal("9"))
    _, found = answers(position, vector_view(position, spot=96.5))
    stop = found[-1]
    assert isinstance(stop, Close)
    assert (stop.rule, stop.urgent, stop.limit) == ("PE-8 PE-11", True, None)
    assert not any(c.taken for c in rungs(found))


ASSIGN = RULES.tightened({"PE-8.uneconomic": "assign"})


def uneconomic(rules=ASSIGN, **more):
    """A put at level 2 without any rung that pays, and the books it lies in."""
    position = evolve(put_at(2), roll_debit=Decimal("9"))
    view = vector_view(position, spot=96.5)
    held = evolve(books(position), **more)
    seen_by = evolve(view, rules=rules, book=held)
    seen = PROTOCOL.assess(position, seen_by)
    return list(PROTOCOL.respond(position, seen, seen_by))[-1]


def test_an_uneconomic_roll_may_take_the_shares_instead_of_the_stop():
    held = uneconomic()
    assert (type(held), held.rule, held.verdict) == (Skip, "PE-8", "hold")
    assert uneconomic(RULES).rule == "PE-8 PE-11"


@pytest.mark.parametrize(
    ("more", "said"),
    [({"cash": Decimal("9974.99")}, "cash 9,975 is short of the 9,975 reserved"),
     ({"high_water": Decimal("120000")}, "15% under its high")],
)  # fmt: skip
def test_shares_are_not_taken_without_all_the_cash_or_deep_under_the_high(more, said):
    stop = uneconomic(**more)
    assert (stop.rule, stop.urgent) == ("PE-8 PE-11", True)
    assert said in stop.why


def test_level_three_stops_even_where_shares_would_be_taken():
    position = put_at(3)
    view = evolve(vector_view(position, spot=94.8), rules=ASSIGN)
    assert answers(position, view)[1][-1].rule == "PE-11"


def test_after_two_rolls_level_two_is_a_stop_without_a_ladder():
    position = put_at(2, rolls=2)
    _, found = answers(position, vector_view(position, spot=96.5))
    assert [(type(a), a.rule) for a in found] == [(Close, "PE-8 PE-11")]
    assert "2 rolls" in found[0].why


def test_a_put_at_level_two_by_hysteresis_alone_is_not_stopped_on_its_way_back():
    position = put_at(2, rolls=2)
    seen, found = answers(position, vector_view(position, spot=96.95))
    assert 1.75 < seen.m < 2
    assert [(type(a), a.rule, a.verdict) for a in found] == [(Skip, "PE-8 PE-4", "hold")]


def test_a_chain_rolled_in_this_session_waits_for_the_next():
    position = put_at(2, rolls=1, opened=AT - timedelta(minutes=5))
    _, found = answers(position, vector_view(position))
    assert [(type(a), a.verdict) for a in found] == [(Skip, "hold")]


@pytest.mark.parametrize(("bid", "ask"), [(NAN, 3.1), (3.1, NAN), (3.2, 3.1), (0.0, 3.1), (3.0, float("inf"))])
def test_nothing_is_rolled_or_stopped_at_level_two_on_an_unconfirmed_quote(bid, ask):
    position = put_at(2)
    rows = board("AAPL", 96.75, [FRIDAY, NEXT, date(2026, 2, 27)], STRIKES, volatility=0.24, rights=(PUT,))
    broken = [evolve(q, bid=bid, ask=ask) if q.contract == HELD else q for q in rows]
    _, found = answers(position, vector_view(position, quotes=broken))
    assert [(type(a), a.verdict) for a in found] == [(Skip, "hold")]
    assert "RULE-0" in found[0].rule
    prepared = list(candidates(position, next(q for q in broken if q.contract == HELD), vector_view(position)))
    assert not any(c.taken for c in prepared)


def test_level_three_is_closed_urgently_whatever_the_ladder_says():
    position = put_at(0)
    seen, found = answers(position, vector_view(position, spot=94.8))
    assert seen.watch.level == 3
    assert [(type(a), a.rule, a.urgent) for a in found] == [(Close, "PE-11", True)]


def test_a_position_without_a_quote_is_held_and_says_so():
    position = put_at(3)
    _, found = answers(position, vector_view(position, spot=94.8, quotes=()))
    assert [(type(a), a.rule, a.why) for a in found] == [(Skip, "RULE-0", "no quote for it")]


@pytest.mark.parametrize("spot", [NAN, 0.0, -1.0, float("inf")])
def test_an_unusable_price_gives_no_level(spot):
    position = put_at(1)
    view = sleeve_view(market(evolve(snapshot(), bid=NAN, ask=NAN, last=spot)), books(position))
    assert PROTOCOL.assess(position, view) is None


@pytest.mark.parametrize("atr", [None, NAN, 0.0, float("inf")])
def test_an_unusable_range_gives_no_level(atr):
    position = put_at(1)
    assert PROTOCOL.assess(position, sleeve_view(market(snapshot()), books(position), atr=atr)) is None


def test_a_stale_market_gives_no_level():
    view = sleeve_view(market(snapshot(at=AT - timedelta(seconds=1))), books(put_at(1)))
    assert PROTOCOL.assess(put_at(1), view) is None


@pytest.mark.parametrize(("grain", "level"), [(Grain.GRID, 1), (Grain.COARSE, 0), (Grain.EOD, 0)])
def test_only_a_dense_grid_confirms_by_two_samples(grain, level):
    waiting = put_at(0, watch=Watch(rising=1, rising_at=AT - timedelta(minutes=5)))
    seen = PROTOCOL.assess(waiting, vector_view(waiting, spot=98.0, grain=grain))
    assert seen.watch.level == level


def test_bought_options_are_left_to_their_ladder():
    owned = evolve(put_at(0), quantity=1)
    _, found = answers(owned, vector_view(owned))
    assert [(type(a), a.rule) for a in found] == [(Skip, "LL-3")]


# --- shares --------------------------------------------------------------------------------------------------------


def stock_view(position, spot, *others):
    return sleeve_view(market(snapshot(spot=spot)), books(position, *others), atr=2.0)


@pytest.mark.parametrize(("spot", "level"), [(96.0, 0), (95.5, 0), (94.3, 1), (89.8, 2), (85.4, 3)])
def test_shares_are_measured_under_their_basis_over_five_sessions(spot, level):
    held = shares(basis="100")
    seen = PROTOCOL.assess(held, stock_view(held, spot))
    assert (seen.watch.level, seen.rule) == (level, "PE-3 PE-4")


def test_shares_leave_at_level_three_after_their_calls():
    held = shares(basis="100", level=3)
    _, found = answers(held, stock_view(held, 85.0))
    assert [(type(a), a.rule, a.quantity) for a in found] == [(Shares, "PE-3", -100)]
    call = short(contract(105, right=CALL))
    _, found = answers(held, stock_view(held, 85.0, call))
    assert [(type(a), a.rule, a.verdict) for a in found] == [(Skip, "PE-3", "hold")]


def test_hedges_and_bought_options_on_the_symbol_do_not_keep_shares_that_must_leave():
    held = shares(basis="100", level=3)
    puts = [short(contract(k), cause="hedge:L2") for k in (80, 70)]
    owned = evolve(puts[0], quantity=1)
    _, found = answers(held, stock_view(held, 85.0, owned, puts[1]))
    assert [type(a) for a in found] == [Shares]


def test_shares_at_level_two_are_held():
    held = shares(basis="100", level=2)
    _, found = answers(held, stock_view(held, 89.0))
    assert [type(a) for a in found] == [Skip]
