"""The built-in ladder: which rung it buys, what becomes of each, and what it does with hedges (LL-1 to LL-4)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_llms import Llms, allusr_ladders
from attrs import evolve

from allusr_sdk.contracts import Atr, LadderView, ladders
from allusr_sdk.model.intents import Close, Hedge, Note, Skip
from allusr_sdk.model.ladders import Rung
from allusr_sdk.model.positions import LedgerBook, Lot, Position
from allusr_sdk.model.views import Vix
from allusr_sdk.settings import load
from tests.builders import AT, RULES, board, contract, market, priced, quote, snapshot
from tests.kernel.ladder_scenes import JUNE, NEAR_JUNE, call, long_calls

OCTOBER = date(2026, 10, 16)
TODAY = AT.date()


def ladder(**settings):
    return Llms(load(Llms.settings_type(), {"symbols": ["AAPL"], **settings}, where="ladders.llms"))


def view_of(market_, *positions, name="llms", cash="10000", triggers=None, rules=RULES, notes=None, lots=()):
    book = LedgerBook(
        name, cash=Decimal(cash), positions={p.key: p for p in positions}, notes=notes or {}, lots=tuple(lots)
    )
    return LadderView(market_, book, rules, lambda symbol: Atr(2.0, "SMA5"), triggers=triggers or {})


def held(what, *, lots=1, price="5.00", days=100, ledger="llms", cause="ladder"):
    paid = Decimal(price)
    return Position(
        ledger, what.underlying, what, lots, paid, paid * 100 * abs(lots), AT - timedelta(days=days), cause=cause
    )


def plan(view, **settings):
    return list(ladder(**settings).plan(view))


def only(kind, found):
    (one,) = [intent for intent in found if isinstance(intent, kind)]
    return one


# --- a new rung -----------------------------------------------------------------------------------------------------


def test_the_hook_brings_the_ladder():
    assert allusr_ladders() == [Llms]


def test_it_buys_a_thirty_delta_call_more_than_a_year_out():
    found = only(Rung, plan(view_of(long_calls())))
    assert found.quote.contract == call(135, JUNE)
    assert 0.25 <= found.delta <= 0.35
    assert found.rule == "LL-1 LL-2"
    assert ladders.misfit(found.quote.contract, found.delta, TODAY, RULES) == ""


def test_the_itm_profile_buys_seventy_five_delta():
    found = only(Rung, plan(view_of(long_calls(), rules=RULES.tightened({"LL-1.profile": "itm"}))))
    assert 0.70 <= found.delta <= 0.80
    assert found.quote.contract.strike < 100


def test_the_budget_is_parted_among_the_rungs_that_are_missing():
    assert only(Rung, plan(view_of(long_calls(), cash="9000"))).lots == 4
    assert only(Rung, plan(view_of(long_calls(), cash="600"))).lots == 1


def test_a_budget_under_one_contract_buys_nothing_and_says_what_it_lacks():
    found = plan(view_of(long_calls(), cash="400"))
    assert only(Skip, found).numbers["AAPL"].startswith("one contract costs")
    (small,) = plan(view_of(long_calls(), cash="100"))
    assert small.why == "the budget buys no contract of any underlying yet"


def test_the_underlying_with_the_fewest_rungs_comes_next():
    both = market(*(snapshot(s, 100.0, board(s, 100.0, [JUNE], [130, 135, 140], half=0.05)) for s in ("AAPL", "MSFT")))
    view = view_of(both, held(call(150, NEAR_JUNE)))
    assert only(Rung, plan(view, symbols=["AAPL", "MSFT"])).symbol == "MSFT"
    assert only(Rung, plan(view_of(both), symbols=["AAPL", "MSFT"])).symbol == "AAPL"


def test_an_expiry_that_no_rung_has_comes_first():
    view = view_of(long_calls(), held(call(150, JUNE)))
    assert only(Rung, plan(view)).quote.contract.expiry == NEAR_JUNE


def test_between_two_rungs_lie_forty_five_days():
    found = plan(view_of(long_calls(), held(call(150, NEAR_JUNE), days=44)))
    assert [i.rule for i in found if isinstance(i, Skip) and not i.symbol] == ["LL-2"]
    assert not [i for i in found if isinstance(i, Rung)]


def test_an_illiquid_contract_is_no_rung():
    assert not [i for i in plan(view_of(long_calls(oi=99))) if isinstance(i, Rung)]


def test_without_a_market_nothing_is_bought():
    assert only(Skip, plan(view_of(market()))).rule == "RULE-0"


# --- what becomes of a rung -----------------------------------------------------------------------------------------


def rungs_market(what, spot=100.0, **more):
    """A market that quotes one contract alone."""
    return market(snapshot("AAPL", spot, [priced(what, spot, half=0.02, **more)]))


SOON = TODAY + timedelta(days=91)


@pytest.mark.parametrize(
    ("what", "spot", "sold"),
    [
        (call(130, JUNE), 100.0, ""),
        (call(105, JUNE), 100.0, "delta 0.5"),
        (call(190, JUNE), 100.0, ""),
        (call(105, SOON), 100.0, "91 days to its expiry"),
        (call(105, SOON + timedelta(days=1)), 100.0, ""),
        (call(120, SOON), 100.0, "91 days to its expiry"),
        (call(150, SOON), 100.0, ""),
    ],
)
def test_a_rung_is_rolled_late_or_high_and_left_alone_otherwise(what, spot, sold):
    found = plan(view_of(rungs_market(what, spot), held(what), cash="0"))
    sales = [i for i in found if isinstance(i, Close)]
    assert bool(sales) is bool(sold)
    if sold:
        assert sold in sales[0].why
        assert sales[0].rule == "LL-3"


def test_a_late_rung_of_small_delta_is_sold_for_more_than_ten_cents_and_else_let_expire():
    late = call(150, TODAY + timedelta(days=60))
    for bid, sold in ((0.11, True), (0.10, False)):
        found = plan(view_of(market(snapshot("AAPL", 100.0, [quote(late, bid, bid + 0.02)])), held(late), cash="0"))
        assert any(isinstance(i, Close) for i in found) is sold
    assert next(i.why for i in found if isinstance(i, Skip)) == "its bid is 0.1 at most: let expire"


def test_a_small_delta_is_not_averaged_down_but_waited_out():
    found = plan(view_of(rungs_market(call(190, JUNE)), held(call(190, JUNE)), cash="0"))
    assert "nothing is added, it waits for 91 days" in found[0].why


def test_an_itm_rung_is_not_sold_for_a_delta_over_the_span_that_it_began_with():
    rules = RULES.tightened({"LL-1.profile": "itm"})
    found = plan(view_of(rungs_market(call(85, JUNE)), held(call(85, JUNE)), cash="0", rules=rules))
    assert not [i for i in found if isinstance(i, Close)]


def test_an_adjusted_rung_is_sold_at_the_first_chance():
    odd = call(135, JUNE, root="AAPL1")
    found = plan(view_of(market(snapshot("AAPL", 100.0, [quote(odd, 5.0, 5.5)])), held(odd), cash="0"))
    assert "adjusted" in only(Close, found).why


def test_without_a_usable_quote_a_rung_stays():
    found = plan(view_of(market(snapshot("AAPL", 100.0, [])), held(call())))
    assert (found[0].verdict, found[0].rule) == ("hold", "RULE-0")


@pytest.mark.parametrize(
    ("settings", "price", "why"),
    [
        ({"all_at": 2.0}, "1.80", "over its cost: sold"),
        ({"stop": 0.5}, "11.00", "stopped"),
        ({}, "1.80", ""),
        ({}, "11.00", ""),
    ],
)
def test_gains_and_losses_end_a_rung_where_settings_say_so(settings, price, why):
    what = call(135, JUNE)
    sales = [i for i in plan(view_of(rungs_market(what), held(what, price=price), cash="0"), **settings)
             if isinstance(i, Close)]  # fmt: skip
    assert [why in s.why for s in sales] == ([True] if why else [])


def test_half_of_a_winner_is_sold_once():
    what = call(135, JUNE)
    found = plan(view_of(rungs_market(what), held(what, lots=3, price="2.00"), cash="0"), half_at=1.0)
    note, sale = only(Note, found), only(Close, found)
    assert (sale.lots, note.text) == (1, "3")
    again = view_of(rungs_market(what), held(what, lots=3, price="2.00"), cash="0", notes={note.key: "3"})
    assert only(Close, plan(again, half_at=1.0)).lots == 1
    done = view_of(rungs_market(what), held(what, lots=2, price="2.00"), cash="0", notes={note.key: "3"})
    assert not [i for i in plan(done, half_at=1.0) if isinstance(i, Close)]
    alone = view_of(rungs_market(what), held(what, lots=1, price="2.00"), cash="0")
    assert not [i for i in plan(alone, half_at=1.0) if isinstance(i, Close)]


# --- hedges ---------------------------------------------------------------------------------------------------------

PUT = contract(540, expiry=OCTOBER, root="XSP")
LIVE, NORMAL, UNKNOWN = {"L2": True}, {"L2": False, "VIX30x5": False}, {"L2": False, "VIX30x5": None}


def hedge(what=PUT, *, lots=2, price="10.00", days=30, cause="hedge:L2"):
    return held(what, lots=lots, price=price, days=days, ledger="llms_hedge", cause=cause)


def hedges(*positions, bid=12.0, triggers=LIVE, vix=25.0, closes=(25.0,) * 5, quotes=(), **more):
    rows = [quote(p.contract, bid, bid + 0.2) for p in positions] + list(quotes)
    made = market(snapshot("XSP", 600.0, rows), vix=Vix(vix, AT, closes))
    return plan(view_of(made, *positions, name="llms_hedge", triggers=triggers, **{"cash": "0", **more}))


def test_a_hedge_is_held_while_it_is_needed_and_has_not_paid():
    assert only(Skip, hedges(hedge())).why == "neither paid nor calm nor old: the hedge stays"


@pytest.mark.parametrize(("bid", "sold"), [(30.0, True), (29.8, False)])
def test_a_hedge_is_sold_at_three_times_its_cost(bid, sold):
    assert any(isinstance(i, Close) for i in hedges(hedge(), bid=bid)) is sold


@pytest.mark.parametrize(
    ("triggers", "vix", "closes", "days", "sold"),
    [
        (NORMAL, 25.0, (25.0,) * 5, 30, True),
        (UNKNOWN, 25.0, (25.0,) * 5, 30, False),
        ({}, 25.0, (25.0,) * 5, 30, False),
        (LIVE, 19.9, (19.9,) * 5, 30, True),
        (LIVE, 20.0, (19.9,) * 5, 30, False),
        (LIVE, 19.9, (19.9, 19.9, 20.0, 19.9, 19.9), 30, False),
        (NORMAL, 19.9, (19.9,) * 5, 2, False),
    ],
)
def test_calm_ends_a_hedge_that_is_five_sessions_old(triggers, vix, closes, days, sold):
    found = hedges(hedge(days=days), triggers=triggers, vix=vix, closes=closes)
    assert any(isinstance(i, Close) for i in found) is sold


OLD = contract(540, expiry=TODAY + timedelta(days=91), root="XSP")


def test_an_old_hedge_is_closed_where_nothing_calls_for_another():
    found = hedges(hedge(OLD), triggers=UNKNOWN)
    assert "no trigger calls for another" in only(Close, found).why
    assert not [i for i in found if isinstance(i, Note)]


def test_an_old_hedge_is_rolled_where_a_trigger_is_live():
    found = hedges(hedge(OLD))
    assert "rolled, for L2 calls for it" in only(Close, found).why
    assert only(Note, found).text == f"2 {TODAY}"


def pending(day=TODAY - timedelta(days=1), lots=2):
    return {f"roll of {OLD.osi}": f"{lots} {day}"}


def listed(*strikes, expiry=OCTOBER, ask=10.0):
    return [quote(contract(k, expiry=expiry, root="XSP"), ask - 0.1, ask) for k in strikes]


def test_once_the_old_hedge_is_gone_another_is_bought_of_its_proceeds():
    found = hedges(quotes=listed(470, 480, 510, 535, 545, 560), notes=pending(), cash="2100")
    wish = only(Hedge, found)
    assert wish.buy.contract.strike == 535
    assert wish.lots == 2
    assert ladders.misplaced(wish.buy.contract, 600.0, TODAY, RULES) == ""
    assert only(Hedge, hedges(quotes=listed(535), notes=pending(), cash="1100")).lots == 1


def test_a_roll_whose_proceeds_buy_nothing_says_so():
    found = hedges(quotes=listed(535), notes=pending(), cash="900")
    assert "no put 10 to 20 % out" in only(Skip, found).why


def test_nothing_is_bought_while_the_old_hedge_is_still_held():
    assert not [i for i in hedges(hedge(OLD), quotes=listed(535), notes=pending(), cash="9000") if isinstance(i, Hedge)]


def test_a_roll_that_was_bought_ends_and_one_without_a_trigger_too():
    new = contract(535, expiry=OCTOBER, root="XSP")
    lot = Lot("XSP", new, 2, Decimal(2000), TODAY, Decimal(10))
    found = hedges(hedge(new, cause="hedge:ROLL", days=0), notes=pending(), lots=[lot], cash="9000")
    assert only(Note, found).text == ""
    assert not [i for i in found if isinstance(i, Hedge)]
    ended = hedges(quotes=listed(535), notes=pending(), triggers=NORMAL, cash="9000")
    assert only(Note, ended).text == ""
    assert not [i for i in ended if isinstance(i, Hedge)]


def test_of_a_spread_both_legs_leave_at_once_and_one_alone_follows():
    upper = contract(540, expiry=OCTOBER, root="SPY")
    lower = contract(480, expiry=OCTOBER, root="SPY")
    both = [hedge(upper, price="10.00"), evolve(hedge(lower, price="4.00"), quantity=-2)]
    rows = [quote(upper, 30.0, 30.2), quote(lower, 8.0, 8.1)]
    made = market(snapshot("SPY", 600.0, rows), vix=Vix(25.0, AT, (25.0,) * 5))
    found = plan(view_of(made, *both, name="llms_hedge", triggers=LIVE, cash="0"))
    assert only(Close, found).position.contract == lower
    assert only(Close, found).sell.contract == upper
    left = plan(view_of(made, both[0], name="llms_hedge", triggers=LIVE, cash="0"))
    assert only(Close, left).why == "the written leg of its spread is closed"
