"""A ladder's ledgers: what a rung must meet, when it is asked, what mornings hand over, kills (LL-1 to LL-4)."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.contracts import ladders
from allusr_sdk.errors import KernelError, PluginError
from allusr_sdk.kernel import handover
from allusr_sdk.kernel.growth import Growth
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Filled, ForkIntended, Noted, Reinvested, Share
from allusr_sdk.model.intents import Close, Hedge, Note, Sell, Skip
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.model.views import Grain
from tests.builders import (
    AT,
    FRIDAY,
    GEN_BAND,
    RULES,
    THURSDAY,
    World,
    contract,
    later,
    market,
    moment,
    quote,
    snapshot,
    stub,
)
from tests.kernel.ladder_scenes import JUNE, NEAR_JUNE, bought, buys, call, give, long_calls, planner, rung, worth
from tests.kernel.watchers import thrown, watcher

AUGUST, EARLIER = date(2026, 8, 21), date(2026, 4, 17)
HEDGE = contract(540, expiry=AUGUST, root="SPY")


def llms(world):
    return world.book.ledgers["llms"]


def growth(world):
    return Growth(world.kernel.scribe, world.host, world.kernel.rules)


# --- a rung ---------------------------------------------------------------------------------------------------------


def test_a_rung_is_bought_from_its_mid_out_of_the_ladders_own_ledger():
    with World(stub(), buys(130)) as world:
        give(world, "1000")
        (order,) = world.cycle(long_calls())
        assert (order.ledger, order.action, order.cause, order.opening) == ("llms", "buy", "ladder", True)
        assert order.prices[0] <= order.mid <= order.prices[-1] <= order.mid * Decimal("1.05")
        assert order.reserve == order.prices[-1] * 100 + Decimal("0.70")
        world.fill(order)
        (held,) = llms(world).positions.values()
        assert (held.quantity, held.cause, held.hedges) == (1, "ladder", False)
        assert llms(world).cash == 1000 - order.reserve


def test_the_ladders_ledger_begins_with_the_first_budget_and_with_no_base_of_its_own():
    with World(stub(), buys()) as world:
        assert world.cycle(long_calls()) == ()
        assert "llms" not in world.book.ledgers
        give(world, "600")
        assert (llms(world).cash, world.book.ledgers["stub"].leap_budget) == (Decimal("600.00"), 0)


@pytest.mark.parametrize(
    ("strike", "expiry", "why"),
    [
        (150, JUNE, "LL-1 delta 0.2"),
        (110, JUNE, "LL-1 delta 0.5"),
        (115, EARLIER, "LL-1"),
    ],
)
def test_what_lies_outside_ll_1_is_refused_whatever_the_ladder_says_of_it(strike, expiry, why):
    with World(stub(), buys(strike, expiry)) as world:
        give(world)
        assert world.cycle(long_calls(expiries=(EARLIER, JUNE))) == ()
        assert why in world.said("refuse")[-1]


def test_the_itm_profile_asks_for_another_delta_and_two_years():
    wanted = ladders.band(RULES.tightened({"LL-1.profile": "itm"}))
    assert (wanted.low, wanted.high, wanted.nearest, wanted.furthest) == (0.70, 0.80, 365, 730)


@pytest.mark.parametrize(
    ("more", "why"),
    [({"half": 0.6}, "LL-2 spread"), ({"oi": 99}, "LL-2 open interest 99 < 100"), ({"oi": float("nan")}, "unknown")],
)
def test_long_dated_contracts_have_liquidity_limits_of_their_own(more, why):
    with World(stub(), buys(130)) as world:
        give(world)
        assert world.cycle(long_calls(**more)) == ()
        assert why in world.said("refuse")[-1]


def test_a_hundred_contracts_of_open_interest_and_a_spread_of_a_tenth_pass():
    fine = quote(call(), 9.50, 10.50, oi=100)
    assert ladders.illiquid(fine, RULES) == ()
    assert len(ladders.illiquid(quote(call(), 9.49, 10.51, oi=99), RULES)) == 2


def test_a_rung_that_the_budget_cannot_pay_is_refused():
    with World(stub(), buys(130)) as world:
        give(world, "640")
        assert world.cycle(long_calls()) == ()
        assert "LL-2 costs 650.70, the budget has 640.00" in world.said("refuse")[-1]


def test_more_contracts_than_the_budget_pays_become_what_it_pays():
    with World(stub(), buys(130, lots=9)) as world:
        give(world, "2000")
        (order,) = world.cycle(long_calls())
        assert order.quantity == 3


def test_the_next_rung_waits_for_forty_five_days():
    with World(stub(), buys(130)) as world:
        give(world)
        bought(world, call(140, NEAR_JUNE), days=44)
        assert world.cycle(long_calls()) == ()
        assert "the next one is due on 2026-02-13" in world.said("refuse")[-1]
    with World(stub(), buys(130)) as world:
        give(world)
        bought(world, call(140, NEAR_JUNE), days=45)
        assert len(world.cycle(long_calls())) == 1


def test_four_rungs_are_enough():
    with World(stub(), buys(130)) as world:
        give(world)
        for number, strike in enumerate((140, 145, 150, 155)):
            bought(world, call(strike, NEAR_JUNE), days=100 + 50 * number)
        assert world.cycle(long_calls()) == ()
        assert "all 4 rungs are held" in world.said("refuse")[-1]


def test_no_expiry_takes_more_than_its_share_of_the_ladders_cost():
    other = date(2027, 12, 17)
    held = [_rung_of(call(140, JUNE), "500"), _rung_of(call(145, other), "500")]
    book = LedgerBook("llms", positions={p.key: p for p in held})
    third = call(130, date(2028, 1, 21))
    assert ladders.crowded(third, Decimal(660), book, RULES) == ""
    assert "would expire on 2028-01-21" in ladders.crowded(third, Decimal(680), book, RULES)
    assert "would expire on 2027-06-17" in ladders.crowded(call(135, JUNE), Decimal(200), book, RULES)


def test_the_first_rungs_have_expiries_of_their_own():
    book = LedgerBook("llms", positions={p.key: p for p in [_rung_of(call(140, JUNE), "500")]})
    assert ladders.crowded(call(135, JUNE), Decimal(500), book, RULES) == "the expiry 2027-06-17 has a rung already"
    assert ladders.crowded(call(135, NEAR_JUNE), Decimal(500), book, RULES) == ""
    assert "is a rung already" in ladders.crowded(call(140, JUNE), Decimal(1), book, RULES)


def _rung_of(what, cost):
    return Position("llms", what.underlying, what, 1, Decimal(cost) / 100, Decimal(cost), AT, cause="ladder")


@pytest.mark.parametrize(("tier", "count"), [("CALLS", 1), ("HEDGED", 0), ("FREEZE", 0), ("SAFE", 0), ("HALT", 0)])
def test_only_a_calm_account_adds_rungs(tier, count):
    with World(stub(), buys()) as world:
        give(world)
        world.kernel.heard(thrown("LOSS", tier, ledger="llms"))
        assert len(world.cycle(long_calls())) == count


def test_an_unknown_vix_a_halt_of_the_symbol_and_an_old_quote_hold_it():
    for view, why in (
        (long_calls(vix=None), "KS-5"),
        (evolve(long_calls(), halted=frozenset({"AAPL"})), "trading in AAPL is halted"),
    ):
        with World(stub(), buys()) as world:
            give(world)
            assert world.cycle(view) == ()
            assert why in world.said("refuse")[-1]
    stale = evolve(worth(call()), at=AT - timedelta(seconds=6))
    with World(stub(), planner(lambda view: [rung(stale)])) as world:
        give(world)
        assert world.cycle(long_calls()) == ()
        assert "no market of AAPL" in world.said("refuse")[-1]


def test_a_rung_that_was_sent_is_not_sent_again_in_the_session():
    with World(stub(), buys()) as world:
        give(world)
        view = long_calls()
        (order,) = world.cycle(view)
        world.cancel(order)
        world.restart()
        assert world.cycle(later(view, minutes=2)) == ()
        assert "tried again in the next session" in world.said("refuse")[-1]


def test_the_ladder_is_asked_half_an_hour_after_the_open_and_at_any_coarse_snapshot():
    asked = []

    def counted(view):
        asked.append(view.clock)
        return [Skip("", "LL-2", "nothing")]

    with World(stub(), planner(counted)) as world:
        give(world)
        for clock in ("09:45", "09:59", "10:00", "10:05", "14:00"):
            world.cycle(long_calls(at=moment(THURSDAY, clock)))
        assert [f"{at:%H:%M}" for at in asked] == ["10:00"]
        world.cycle(evolve(long_calls(at=moment(THURSDAY, "15:00")), grain=Grain.COARSE))
        assert len(asked) == 2


def test_coarse_data_adds_no_rung_just_after_the_open():
    with World(stub(), buys()) as world:
        give(world)
        assert world.cycle(long_calls(at=moment(THURSDAY, "09:40"), grain=Grain.COARSE)) == ()
        assert "CAD-7" in world.said("refuse")[-1]


def test_two_ladders_cannot_share_the_ledgers():
    other = planner()
    other.name = "other"
    with pytest.raises(PluginError, match="select one of them"), World(stub(), planner(), other):
        pass


# --- what a ladder may say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        lambda view: [Sell("AAPL", "CAD-4", quote=view.quote(call()), delta=0.3, band=GEN_BAND)],
        lambda view: [Hedge("AAPL", "LL-4", buy=view.quote(call()), lots=1, trigger="ROLL")],
        lambda view: [rung(view.quote(call()), lots=0)],
        lambda view: [evolve(rung(view.quote(call())), symbol="SPY")],
        lambda view: [Close("AAPL", "LL-3", position=_rung_of(call(), "1"), quote=view.quote(call()))],
        lambda view: [1 / 0],
    ],
)
def test_a_plan_that_does_not_fit_its_ledger_buys_nothing_and_freezes_it(plan):
    with World(stub(), planner(plan)) as world:
        give(world)
        assert world.cycle(long_calls()) == ()
        assert llms(world).frozen == {"*": "RULE-0"}
        assert world.events("PluginFaulted")[-1].plugin == "planner"


def test_in_an_audit_nothing_is_bought_and_what_is_sold_goes_on():
    def plan(view):
        sales = [Close("AAPL", "LL-3", "as told", position=p, quote=view.quote(p.contract)) for p in view.rungs]
        return [*sales, rung(view.quote(call(130)))]

    with World(stub(), planner(plan), broken=lambda: "B03") as world:
        give(world)
        bought(world, call(120, NEAR_JUNE), days=60)
        world.kernel.rest()
        world.kernel.enter("audit", "by hand", rule="RECON")
        assert [o.action for o in world.cycle(long_calls())] == ["close"]
        assert any("AUDIT: nothing is opened" in why for why in world.said("skip", ledger="llms"))


def test_a_frozen_ladder_buys_nothing():
    with World(stub(), planner(lambda view: [1 / 0])) as world:
        give(world)
        world.cycle(long_calls())
        world.host.ladders["planner"].plan = lambda view: [rung(view.quote(call()))]
        assert world.cycle(later(long_calls(), minutes=2)) == ()
        assert "are frozen by RULE-0" in world.said("refuse")[-1]


def test_notes_stay_in_the_ledger_that_was_asked_about():
    with World(stub(), planner(lambda view: [Note("AAPL", "LL-3", key="k", text="t")])) as world:
        give(world)
        world.cycle(long_calls())
        assert llms(world).notes == {"k": "t"}
        assert isinstance(world.events("Noted")[-1], Noted)


def test_what_is_sold_leaves_by_the_rules_of_exits_and_before_anything_is_bought():
    def plan(view):
        (held,) = view.rungs or (None,)
        sale = [Close("AAPL", "LL-3", "as told", position=held, quote=view.quote(held.contract))] if held else []
        return [rung(view.quote(call(130))), *sale]

    with World(stub(), planner(plan)) as world:
        give(world)
        bought(world, call(120, NEAR_JUNE), days=60)
        orders = world.cycle(long_calls())
        assert [o.action for o in orders] == ["close", "buy"]
        assert (orders[0].selling, orders[0].ledger) == (True, "llms")


def test_safe_lets_rungs_be_sold():
    def plan(view):
        return [Close("AAPL", "LL-3", "as told", position=p, quote=view.quote(p.contract)) for p in view.rungs]

    for tier, count in (("SAFE", 1), ("HALT", 0)):
        with World(stub(), planner(plan)) as world:
            give(world)
            bought(world, call(120), days=60)
            world.kernel.heard(thrown("LOSS", tier, ledger="llms"))
            assert len(world.cycle(long_calls())) == count


# --- mornings -------------------------------------------------------------------------------------------------------


def earn(world, ledger="stub", leaps="393.75", quarter="2025-Q4"):
    part = Decimal(leaps)
    world.kernel.heard(Reinvested(
        ledger=ledger, rule="FK-7", quarter=quarter, gain=part * 3, reserve=part, contracts=part, leaps=part,
    ))  # fmt: skip


def test_a_leap_budget_goes_to_the_ladder_once_and_nets_to_zero():
    with World(stub(), planner()) as world:
        earn(world)
        whole = world.book.equity
        for _ in range(3):
            growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert llms(world).cash == Decimal("393.75")
        assert world.book.ledgers["stub"].leap_budget == 0
        assert world.book.equity == whole
        assert len(world.events("TransferSent")) == len(world.events("TransferTaken")) == 1


def test_a_kill_between_the_two_phases_of_a_transfer_ends_with_one_of_each():
    with World(stub(), planner()) as world:
        earn(world)
        handover.morning(THURSDAY, THURSDAY - timedelta(days=1), world.kernel.scribe, world.host, complete=lambda: None)
        assert len(world.book.unfinished) == 1
        assert "llms" not in world.book.ledgers
        world.restart()
        world.kernel.scribe.at = AT
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert not world.book.unfinished
        assert llms(world).cash == Decimal("393.75")
        assert len(world.events("TransferSent")) == len(world.events("TransferTaken")) == 1


def test_a_budget_waits_until_free_cash_can_pay_it():
    with World(stub(), planner(), funds={"stub": "300"}) as world:
        earn(world, leaps="90")
        world.kernel.heard(Reinvested(
            ledger="stub", rule="FK-7", quarter="2026-Q1", gain=Decimal(400), reserve=Decimal(100),
            contracts=Decimal(0), leaps=Decimal(300),
        ))  # fmt: skip
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert world.events("TransferSent") == []
        assert "waits for free cash" in world.said("hold")[-1]


def test_without_a_ladder_budgets_wait_and_hedges_stay():
    with World(stub()) as world:
        earn(world)
        bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert world.events("TransferSent") == []


def test_hedge_puts_are_handed_over_in_kind_and_stay_hedges_that_their_sleeve_paid():
    with World(stub(), planner()) as world:
        bought(world, HEDGE, ledger="stub", days=3, lots=2, cause="hedge:L2", price="10.00")
        paid, before = world.book.ledgers["stub"].quarter.hedge_cost, world.book.ledgers["stub"].cash
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert "llms_hedge" in world.book.ledgers
        sleeve, hedges = world.book.ledgers["stub"], world.book.ledgers["llms_hedge"]
        (held,) = hedges.positions.values()
        assert (held.quantity, held.amount, held.cause, held.opened) == (
            2, Decimal("2001.40"), "hedge:L2", AT - timedelta(days=3),
        )  # fmt: skip
        assert sleeve.positions == {}
        assert (sleeve.quarter.hedge_cost, sleeve.cash) == (paid, before)
        assert [lot.opened for lot in hedges.lots] == [(AT - timedelta(days=3)).date()]


def test_a_spread_goes_with_both_its_legs_and_calls_stay():
    lower, fear = contract(480, expiry=AUGUST, root="SPY"), call(30, AUGUST, root="VIX")
    with World(stub(), planner()) as world:
        bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
        bought(world, lower, ledger="stub", lots=-1, days=3, cause="hedge:L2", price="4.00")
        bought(world, fear, ledger="stub", days=3, cause="hedge:L2", price="2.00")
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert sorted(p.quantity for p in world.book.ledgers["llms_hedge"].positions.values()) == [-1, 1]
        assert [p.symbol for p in world.book.ledgers["stub"].positions.values()] == ["VIX"]


def test_a_hedge_with_a_working_order_is_handed_over_on_another_morning():
    def plan(view):
        return [
            Close("SPY", "PE-10", "as told", position=p, quote=view.quote(HEDGE)) for p in view.book.positions.values()
        ]

    with World(stub(), planner(), watcher(hedge=plan)) as world:
        bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
        (order,) = world.cycle(market(snapshot("SPY", 600.0, [quote(HEDGE, 9.90, 10.10)])))
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert "llms_hedge" not in world.book.ledgers
        world.cancel(order)
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert len(world.book.ledgers["llms_hedge"].positions) == 1


def test_a_quarter_that_is_over_is_stated_once_for_each_ladder():
    first, before = date(2026, 4, 1), date(2026, 3, 31)
    with World(stub(), planner()) as world:
        give(world, "1000")
        bought(world, call(130), days=60, price="4.00")
        growth(world).morning(first, before)
        (state,) = world.events("LadderStated")
        assert (state.ledger, state.quarter, state.budget) == ("llms", "2026-Q1", Decimal("599.30"))
        assert (state.cost, state.value, len(state.rungs)) == (Decimal("400.70"), Decimal("400.00"), 1)
        cut = growth(world)
        cut.booked = (state,)
        cut.morning(first, before)
        growth(world).morning(date(2026, 4, 2), first)
        assert len(world.events("LadderStated")) == 1


def test_a_full_fork_has_ladders_of_its_own_and_a_mini_has_none():
    for form, node, ledgers in (("FULL", "f1", {"f1.llms", "f1.llms_hedge"}), ("MINI", "m1", set())):
        with World(stub(), planner()) as world:
            name = f"{node}.stub"
            world.kernel.heard(ForkIntended(
                ledger="stub", rule="FK-4", key="k", node=node, form=form, amount=Decimal(100_000), week="2026-W06",
                parent="root", root="root", generation=1,
                shares=(Share(ledger=name, style="stub", amount=Decimal(100_000)),),
            ))  # fmt: skip
            growth(world).complete()
            earn(world, ledger=name)
            bought(world, HEDGE, ledger=name, days=3, cause="hedge:L2", price="10.00")
            growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
            growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
            found = {one for one in world.book.ledgers if "llms" in one}
            assert found == ledgers
            assert all(world.book.ledgers[one].node == node for one in found)


# --- properties -----------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    budgets=st.lists(st.integers(0, 3000), min_size=1, max_size=6),
    days=st.lists(st.integers(1, 70), min_size=1, max_size=6),
    strikes=st.lists(st.sampled_from([130, 135, 140]), min_size=1, max_size=6),
)
def test_never_beyond_the_budget_never_two_within_45_days_never_more_than_four(budgets, days, strikes):
    wishes = iter(zip(strikes, days, budgets, strict=False))
    with World(stub(), planner()) as world:
        clock, given_, quarter = AT, Decimal(0), 0
        for strike, gap, budget in wishes:
            clock = _session_after(clock, gap)
            if budget:
                quarter += 1
                give(world, str(budget), quarter=f"20{25 + quarter // 4}-Q{quarter % 4 + 1}", at=clock)
                given_ += budget
            expiry = JUNE if strike != 140 else NEAR_JUNE
            world.host.ladders["planner"].plan = lambda view, k=strike, e=expiry: [rung(view.quote(call(k, e)), lots=5)]
            for order in world.cycle(long_calls(at=clock)):
                world.fill(order, at=clock)
        if given_:
            held = [lot.opened for lot in llms(world).lots]
            assert llms(world).cash >= 0
            assert len(held) <= 4
            assert all((b - a).days >= 45 for a, b in zip(sorted(held), sorted(held)[1:], strict=False))


def _session_after(at, days):
    day = (at + timedelta(days=days)).date()
    session = xnys().session(day) or xnys().after(day)
    return moment(session.day, "10:00")


def test_a_ledger_between_the_sale_and_the_purchase_of_a_roll_goes_on_after_a_restart():
    def plan(view):
        old = [p for p in view.rungs if p.contract.strike == 120]
        sales = [Close("AAPL", "LL-3", "rolled", position=p, quote=view.quote(p.contract)) for p in old]
        return [*sales, *([] if old else [rung(view.quote(call(130)))])]

    with World(stub(), planner(plan)) as world:
        give(world, "10")
        bought(world, call(120, NEAR_JUNE), days=60, price="0.05")
        (sale,) = world.cycle(long_calls())
        world.fill(sale)
        world.restart()
        for clock in (moment(date(2026, 2, 13)), moment(date(2026, 2, 17))):
            for order in world.cycle(long_calls(at=clock)):
                world.fill(order, at=clock)
            world.restart()
        assert [p.contract.strike for p in llms(world).positions.values()] == [130]
        filled = world.events("Filled", ledger="llms")
        assert [f.quantity for f in filled] == [1, -1, 1]


def test_a_second_transfer_under_one_key_is_no_transfer():
    with World(stub(), planner()) as world:
        give(world, "600")
        sent = world.events("TransferSent")[0]
        with pytest.raises(KernelError, match="already begun"):
            world.kernel.heard(sent)


# --- what hedges brought --------------------------------------------------------------------------------------------


def sold(world, ledger="llms_hedge", price="30.00"):
    """Every hedge of the ladder is sold."""
    for held in tuple(world.book.ledgers[ledger].positions.values()):
        world.kernel.heard(Filled(
            ledger=ledger, symbol=held.symbol, rule="LL-4", key="", execution=f"x{held.key}", cause="LL-4",
            instrument=held.contract.osi, quantity=-held.quantity, price=Decimal(price), fee=Decimal(0), touch=None,
            opening=False,
        ))  # fmt: skip


def handed(world):
    """Two sleeves have handed over hedges: one paid 1,000.70, the other 3,002.10."""
    bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
    other = contract(500, expiry=AUGUST, root="SPY")
    bought(world, other, ledger="other", days=3, lots=3, cause="hedge:L2", price="10.00")
    growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
    return {name: world.book.ledgers[name].cash for name in ("stub", "other")}


def gains(world, before):
    return {name: world.book.ledgers[name].cash - cash for name, cash in before.items()}


def test_what_hedges_brought_goes_back_to_those_who_paid_once_the_ladder_is_empty():
    with World(stub(), stub("other"), planner()) as world:
        before = handed(world)
        growth(world).morning(FRIDAY, THURSDAY)
        assert set(gains(world, before).values()) == {0}
        sold(world)
        for _ in range(3):
            growth(world).morning(FRIDAY, THURSDAY)
        assert gains(world, before) == {"stub": Decimal("3000.00"), "other": Decimal("9000.00")}
        assert world.book.ledgers["llms_hedge"].cash == 0
        assert not any(world.book.ledgers["llms_hedge"].notes.values())


def test_what_the_ladder_still_remembers_keeps_the_money_there():
    with World(stub(), stub("other"), planner()) as world:
        before = handed(world)
        sold(world)
        world.kernel.heard(Noted(ledger="llms_hedge", rule="LL-4", key="roll of it", text="1"))
        growth(world).morning(FRIDAY, THURSDAY)
        assert set(gains(world, before).values()) == {0}


@pytest.mark.parametrize("entries", range(8))
def test_a_return_that_is_cut_anywhere_gives_each_his_share_once(entries):
    with World(stub(), stub("other"), planner()) as world:
        before = handed(world)
        sold(world)
        append, left = world.run.append, [entries]

        def dying(event, **at):
            left[0] -= 1
            if left[0] < 0:
                raise RuntimeError("gone")
            return append(event, **at)

        world.run.append = dying
        with suppress(RuntimeError):
            growth(world).morning(FRIDAY, THURSDAY)
        world.run.append = append
        growth(world).morning(FRIDAY, THURSDAY)
        assert gains(world, before) == {"stub": Decimal("3000.00"), "other": Decimal("9000.00")}
        assert not world.book.unfinished
