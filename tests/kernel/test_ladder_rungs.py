"""What a rung must meet before it is bought, and when the ladder is asked (LL-1, LL-2)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.contracts import ladders
from allusr_sdk.errors import PluginError
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.intents import Skip
from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.model.views import Grain
from tests.builders import AT, RULES, THURSDAY, World, later, moment, quote, stub
from tests.kernel.ladder_ledgers import EARLIER, llms, rung_of
from tests.kernel.ladder_scenes import JUNE, NEAR_JUNE, bought, buys, call, give, long_calls, planner, rung, worth
from tests.kernel.watchers import thrown


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
    held = [rung_of(call(140, JUNE), "500"), rung_of(call(145, other), "500")]
    book = LedgerBook("llms", positions={p.key: p for p in held})
    third = call(130, date(2028, 1, 21))
    assert ladders.crowded(third, Decimal(660), book, RULES) == ""
    assert "would expire on 2028-01-21" in ladders.crowded(third, Decimal(680), book, RULES)
    assert "would expire on 2027-06-17" in ladders.crowded(call(135, JUNE), Decimal(200), book, RULES)


def test_the_first_rungs_have_expiries_of_their_own():
    book = LedgerBook("llms", positions={p.key: p for p in [rung_of(call(140, JUNE), "500")]})
    assert ladders.crowded(call(135, JUNE), Decimal(500), book, RULES) == "the expiry 2027-06-17 has a rung already"
    assert ladders.crowded(call(135, NEAR_JUNE), Decimal(500), book, RULES) == ""
    assert "is a rung already" in ladders.crowded(call(140, JUNE), Decimal(1), book, RULES)


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


@settings(max_examples=25)
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
