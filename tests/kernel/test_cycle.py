"""One pass of the kernel: what it journals, what it sends, and in which order (RULE-0 to RULE-3, KS-6, PE-4, PE-7)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk import Close, Halt, RiskProtocol, Roll, Shares, Skip, Veto, hookimpl
from allusr_sdk.errors import KernelError
from allusr_sdk.kernel.exits import thaw
from allusr_sdk.kernel.states import State
from allusr_sdk.model.events import Filled, Funded
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    CALL,
    FRIDAY,
    NAN,
    PUT,
    StubSettings,
    World,
    board,
    contract,
    later,
    market,
    moment,
    quote,
    sell,
    snapshot,
    stub,
)

NEXT = date(2026, 2, 20)
STRIKES = [n / 2 for n in range(170, 230)]


def aapl(spot=100.0, *, at=AT, quotes=None, **more):
    rows = board("AAPL", spot, [FRIDAY, NEXT], STRIKES, at=at) if quotes is None else quotes
    return market(snapshot("AAPL", spot, rows, at=at), at=at, **more)


def writes(strike=99.5, delta=-0.42):
    """Proposes the put of Friday at a strike, whatever the books say."""

    def propose(view):
        found = view.quote(contract(strike))
        return [sell(found, delta=delta)] if found else []

    return propose


def held_put(world, *, ledger="stub", strike=100, lots=1, price="0.80", at=None):
    """A put opened the day before."""
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="CAD-4", key="", execution="e", instrument=contract(strike).osi,
        quantity=-lots, price=Decimal(price), fee=Decimal("0.70") * lots, touch=None, opening=True,
    ), at or AT - timedelta(days=1))  # fmt: skip


def held_shares(world, count=100, *, ledger="stub", price="100"):
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="CAD-9", key="", execution="e", instrument="AAPL", quantity=count,
        price=Decimal(price), fee=Decimal(0), touch=None, opening=True,
    ), AT - timedelta(days=1))  # fmt: skip


# --- entries -------------------------------------------------------------------------------------------------------


def test_a_proposal_becomes_one_journaled_intent_and_one_order_of_the_same_key():
    with World(stub(propose=writes())) as world:
        orders = world.cycle(aapl())
        recorded = world.events("IntentRecorded")
        assert [o.key for o in orders] == [e.key for e in recorded] == ["stub.260212.100000.AAPL.sell-v1"]
        assert orders[0].rule == "CAD-4 CAD-8 CAD-10"
        assert recorded[0].reserve == orders[0].reserve == 9950 * orders[0].quantity
        assert world.kernel.machine.state is State.MONITORING
        assert world.book.ledgers["stub"].reserved == orders[0].reserve


def test_a_refusal_names_every_rule_with_numbers_and_stands_until_it_changes():
    thin = [evolve(q, open_interest=10.0) for q in board("AAPL", 100.0, [FRIDAY], [99.5], rights=(PUT,))]
    with World(stub(propose=writes())) as world:
        view = aapl(quotes=thin, earnings={})
        assert world.cycle(view) == ()
        refusal = world.events("Decided")[-1]
        assert (refusal.verdict, refusal.rule) == ("refuse", "CC-3 LQ-1 CAD-4")
        assert "EARNINGS_SKIP" in refusal.why
        assert refusal.numbers["open interest"] == 10.0
        before = world.run.seq
        world.cycle(later(view))
        assert world.run.seq == before


def test_what_a_sleeve_skips_is_journaled_once_while_it_stands():
    with World(stub(propose=lambda view: [Skip("AAPL", "CAD-4", "not today")])) as world:
        world.cycle(aapl())
        world.cycle(later(aapl()))
        assert world.said("skip") == ["CAD-4: not today"]


def test_an_order_that_was_cancelled_comes_back_at_half_its_size():
    with World(stub(propose=writes())) as world:
        view = aapl()
        first = world.cycle(view)[0]
        world.cancel(first)
        second = world.cycle(later(view))[0]
        assert second.quantity == first.quantity // 2
        assert second.key != first.key


def test_a_hedged_week_commits_half():
    with World(stub(propose=writes())) as calm, World(stub(propose=writes())) as hedged:
        whole = calm.cycle(aapl())[0].quantity
        half = hedged.cycle(aapl(vix=Vix(50.01, AT, (50.0, 50.0))))[0].quantity
        assert hedged.book.tier == "HEDGED"
        assert half < whole
        assert 9950 * half <= Decimal("0.475") * 400_000


def test_a_guard_plugin_may_veto_and_its_reason_is_kept_beside_the_others():
    class Guard:
        name = "guard"

        @hookimpl
        def allusr_screen(self, intent, view):
            return Veto("MY-1", "I do not like it", {"n": 1})

    with World(stub(propose=writes()), Guard()) as world:
        assert world.cycle(aapl(earnings={})) == ()
        assert "MY-1 I do not like it" in world.said("refuse")[0]
        assert "CC-3" in world.said("refuse")[0]


def test_shares_without_a_sound_market_are_refused_with_a_reason():
    wish = Shares("AAPL", "CAD-9", "tranche", quantity=100)
    view = aapl()
    for bid, ask in ((NAN, 100.0), (100.1, 100.0), (0.0, 100.0)):
        with World(stub(propose=lambda _: [wish])) as world:
            broken = evolve(view.snapshots["AAPL"], bid=bid, ask=ask)
            assert world.cycle(evolve(view, snapshots={"AAPL": broken})) == ()
            assert world.said("refuse") == ["RULE-0 CAD-9: RULE-0 no sound quote for the shares"]


def test_a_purchase_of_shares_reserves_its_worst_limit():
    with World(stub(propose=lambda _: [Shares("AAPL", "CAD-9", "tranche", quantity=100)])) as world:
        order = world.cycle(aapl())[0]
        assert order.prices[-1] == Decimal("100.01")
        assert order.reserve == Decimal("10001.00")


def test_an_earnings_week_says_by_which_rule_a_single_lot_stays_uncovered():
    with World(stub(propose=lambda v: [sell(v.quote(contract(100.5, right=CALL)), delta=0.42)])) as world:
        held_shares(world)
        assert world.cycle(aapl(earnings={})) == ()
        refused = world.said("refuse")[0]
        assert refused.startswith("CC-3 CAD-10: ")
        assert "EARNINGS_REDUCE" in refused


# --- exits ---------------------------------------------------------------------------------------------------------


def test_exits_are_ordered_before_entries_whichever_sleeve_comes_first():
    with World(stub("first", writes()), stub("second"), Protocol) as world:
        held_put(world, ledger="second", strike=110)
        orders = world.cycle(aapl())
        assert [(o.ledger, o.cause) for o in orders] == [("second", "PE-11"), ("first", "entry")]
        assert orders[0].prices[0] == orders[0].legs[0].ask


def test_a_jump_to_level_three_logs_every_level_freezes_the_sleeve_and_closes():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        orders = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))
        assert [(e.before, e.after) for e in world.events("LevelChanged")] == [(0, 1), (1, 2), (2, 3)]
        assert [(e.symbol, e.rule) for e in world.events("Frozen")] == [("AAPL", "PE-11"), ("*", "PE-11")]
        assert [(o.cause, o.quantity, o.step_seconds) for o in orders] == [("PE-11", 1, 5)]


def test_a_frozen_sleeve_has_its_working_entries_cancelled_and_its_symbols_refused():
    with World(stub(propose=writes(99.0, -0.42)), Protocol) as world:
        held_put(world, strike=104, ledger="stub")
        world.kernel.heard(Funded(ledger="other", amount=Decimal(1), rule="CAD-12"))
        view = aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES), spread=1.0)
        world.cycle(view)
        assert set(world.book.ledgers["stub"].frozen) == {"AAPL", "*"}
        assert "frozen" in world.said("refuse")[-1]


def test_working_entries_of_a_frozen_or_safe_account_are_cancelled_and_exits_are_not():
    with World(stub(propose=writes())) as world:
        view = aapl()
        entry = world.cycle(view)[0]
        assert world.kernel.cancels() == ()
        world.cycle(later(view, vix=Vix(65.01, view.at + timedelta(minutes=5))))
        assert world.book.tier == "SAFE"
        assert world.kernel.cancels() == (entry.key,)


def test_freezes_thaw_when_no_position_is_left_at_level_two():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        order = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))[0]
        thaw(world.book.ledgers.values(), world.kernel.scribe)
        assert world.book.ledgers["stub"].frozen
        world.fill(order)
        thaw(world.book.ledgers.values(), world.kernel.scribe)
        assert world.book.ledgers["stub"].frozen == {}
        assert [e.symbol for e in world.events("Thawed")] == ["*", "AAPL"]


def test_a_covered_call_pushed_upward_freezes_nothing():
    with World(stub(), Protocol) as world:
        held_shares(world)
        world.kernel.heard(Filled(
            ledger="stub", symbol="AAPL", rule="CAD-6", key="", execution="e", quantity=-1, price=Decimal("0.50"),
            instrument=contract(95, right=CALL).osi, fee=Decimal("0.70"), touch=None, opening=True,
        ), AT - timedelta(days=1))  # fmt: skip
        world.cycle(aapl())
        assert [e.after for e in world.events("LevelChanged")] == [1, 2]
        assert world.book.ledgers["stub"].frozen == {}


def test_shares_at_level_two_freeze_their_symbol_and_not_the_sleeve():
    with World(stub(), Protocol) as world:
        held_shares(world, price="111")
        world.cycle(aapl())
        assert world.book.ledgers["stub"].frozen == {"AAPL": "PE-3"}


def test_shares_leave_at_level_three_through_an_order():
    with World(stub(), Protocol) as world:
        held_shares(world, price="120")
        orders = world.cycle(aapl())
        assert [(o.symbol, o.selling, o.quantity, o.rule) for o in orders] == [("AAPL", True, 100, "PE-3")]
        assert all(a > b for a, b in pairwise(orders[0].prices))


def test_an_exit_waits_for_a_sound_quote_says_so_and_is_asked_again():
    rows = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)
    blind = [evolve(q, ask=NAN) if q.contract == contract(110) else q for q in rows]
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        assert world.cycle(aapl(quotes=blind)) == ()
        assert world.said("refuse") == [
            "RULE-0 PE-11: RULE-0 no sound quote to leave at; asked again at the next instant"
        ]
        at = moment(clock="10:05")
        assert len(world.cycle(aapl(at=at, quotes=board("AAPL", 100.0, [FRIDAY], [110], at=at)))) == 1


def test_shares_that_must_leave_without_a_sound_market_are_refused_by_name():
    with World(stub(), Protocol) as world:
        held_shares(world, price="120")
        view = aapl()
        crossed = evolve(view.snapshots["AAPL"], bid=NAN)
        assert world.cycle(evolve(view, snapshots={"AAPL": crossed})) == ()
        assert world.said("refuse")[-1].startswith("RULE-0 PE-3: ")


def test_one_exit_works_at_a_time():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        view = aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES))
        assert len(world.cycle(view)) == 1
        assert world.cycle(later(view)) == ()


def test_exits_are_held_by_no_window_tier_or_liquidity():
    at = moment(clock="15:30")
    dry = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES, at=at, oi=0, volume=0)
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        orders = world.cycle(aapl(at=at, quotes=dry, vix=Vix(70.0, at), earnings={}))
        assert world.book.tier == "SAFE"
        assert [o.cause for o in orders] == ["PE-11"]


def test_a_roll_is_one_combo_that_carries_its_chain_and_its_fills_book_it():
    with World(stub(), Protocol) as world:
        held_put(world, strike=104.5, price="3.00")
        fourth = date(2026, 3, 13)
        rows = board("AAPL", 100.0, [FRIDAY, NEXT, fourth], STRIKES)
        order = world.cycle(aapl(quotes=rows))[0]
        assert (order.cause, len(order.legs), order.rolls) == ("roll", 2, 1)
        assert [leg.quantity for leg in order.legs] == [1, -1]
        world.fill(order)
        rolled = next(iter(world.book.ledgers["stub"].positions.values()))
        assert (rolled.quantity, rolled.rolls, rolled.first_credit) == (-1, 1, Decimal("3.00"))
        assert rolled.watch.level == 0
        assert world.book.ledgers["stub"].working == {}


# --- switches and states -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("vix", "tier"), [(50.0, "NONE"), (50.01, "HEDGED"), (65.01, "SAFE"), (80.01, "HALT")])
def test_the_vix_moves_the_switch_and_the_row_says_what_and_why(vix, tier):
    with World(stub(propose=writes())) as world:
        orders = world.cycle(aapl(vix=Vix(vix, AT)))
        assert world.book.tier == tier
        assert bool(orders) is (tier in ("NONE", "HEDGED"))
        rows = [(e.rule, e.before, e.after, e.value) for e in world.events("SwitchChanged")]
        assert rows == ([] if tier == "NONE" else [("KS-1", "NONE", tier, vix)])


def test_a_halt_is_an_emergency_that_no_later_calm_ends():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        view = aapl(vix=Vix(80.01, AT))
        assert world.cycle(view) == ()
        assert world.kernel.machine.state is State.EMERGENCY
        assert [(e.before, e.after) for e in world.events("StateChanged")] == [("SCANNING", "EMERGENCY")]
        for minutes in (5, 10, 60 * 24 * 7):
            calm = later(view, minutes=minutes, vix=Vix(12.0, AT + timedelta(minutes=minutes), (12.0, 12.0)))
            assert world.cycle(calm) == ()
        assert (world.kernel.machine.state, world.book.tier) == (State.EMERGENCY, "HALT")


def test_an_unknown_vix_moves_no_switch_and_opens_nothing():
    for vix in (None, Vix(NAN, AT), Vix(0.0, AT)):
        with World(stub(propose=writes())) as world:
            assert world.cycle(aapl(vix=vix)) == ()
            assert world.said("refuse")[0].startswith("KS-5")
            assert world.events("SwitchChanged") == []


def test_an_unknown_vix_keeps_a_tier_that_was_entered():
    with World(stub(propose=writes())) as world:
        view = aapl(vix=Vix(70.0, AT))
        world.cycle(view)
        world.cycle(later(view, vix=Vix(NAN, AT, (12.0, 12.0))))
        assert world.book.tier == "SAFE"


@pytest.mark.parametrize(("wish", "tier"), [("SAFE", "SAFE"), ("HALT", "HALT"), ("PANIC", "SAFE")])
def test_a_guard_may_ask_for_a_safer_state_and_a_wish_that_cannot_be_read_counts_as_safe(wish, tier):
    class Guard:
        name = "guard"

        @hookimpl
        def allusr_halt(self, view):
            return Halt(wish, "MY-2", "too hot")

    with World(stub(propose=writes()), Guard()) as world:
        assert world.cycle(aapl()) == ()
        assert world.book.tier == tier
        assert world.events("SwitchChanged")[0].reason == "MY-2 too hot"


def test_a_sleeve_without_a_ledger_stops_the_kernel():
    with World(stub()) as world:
        world.kernel.host.sleeves = {"ghost": world.kernel.sleeves["stub"]}
        with pytest.raises(KernelError, match="sleeve ghost has no ledger"):
            world.cycle(aapl())


def test_coarse_data_journals_the_minutes_since_each_snapshot_before():
    with World(stub()) as world:
        view = aapl(grain=Grain.COARSE)
        world.cycle(view)
        world.cycle(later(view, minutes=90))
        assert [(e.symbol, e.minutes, e.rule) for e in world.events("DataGap")] == [("AAPL", 90, "CAD-14")]


def test_coarse_orders_walk_for_sixty_seconds_at_most():
    wide = [quote(contract(99.5), 19.60, 20.40)]
    with World(stub(propose=writes())) as world:
        order = world.cycle(aapl(quotes=wide, grain=Grain.COARSE))[0]
        assert len(order.prices) * order.step_seconds == 60
        assert order.prices[-1] == Decimal("19.60")


def test_end_of_day_orders_take_the_bid_and_are_flagged():
    at = moment(clock="16:00")
    with World(stub(propose=writes())) as world:
        order = world.cycle(aapl(at=at, grain=Grain.EOD))[0]
        assert order.prices == (order.legs[0].bid,)
        assert world.events("IntentRecorded")[0].numbers["flag"] == "EOD"


# --- isolation -----------------------------------------------------------------------------------------------------


def boom(*_):
    raise RuntimeError("boom")


def wrong_band(view):
    found = view.quote(contract(99.5))
    return [sell(found, band=evolve(sell().band, high=0.9))]


def other_symbol(view):
    return [Shares("TSLA", "CAD-9", quantity=100)]


def other_contract(view):
    return [evolve(sell(view.quote(contract(99.5))), symbol="SPY")]


def twice(view):
    return [sell(view.quote(contract(99.5))), sell(view.quote(contract(99.0)))]


BAD = {
    "raises": boom,
    "an undeclared band": wrong_band,
    "a foreign symbol": other_symbol,
    "another's contract": other_contract,
    "two of one symbol": twice,
    "no rule": lambda view: [sell(view.quote(contract(99.5)), rule="")],
    "no intent": lambda view: ["buy!"],
    "no list": lambda view: 7,
    "an exit among entries": lambda view: [Roll("AAPL", "PE-8", position=None, buy=None, sell=None, debit=None)],
}


@pytest.mark.parametrize("name", BAD)
def test_a_sleeve_that_raises_or_breaks_its_promise_is_quarantined_while_others_trade(name):
    bad, good = stub("bad", BAD[name]), stub("good", writes())
    with World(bad, good) as world:
        orders = world.cycle(aapl())
        assert [o.ledger for o in orders] == ["good"]
        assert world.book.ledgers["bad"].quarantined
        assert [(e.ledger, e.rule) for e in world.events("Quarantined")] == [("bad", "RULE-0")]
        faults = len(world.events("PluginFaulted"))
        assert faults == (1 if name in ("raises", "no list") else 0)
        world.cycle(later(aapl()))
        assert len(world.events("PluginFaulted")) == faults


def test_a_sleeve_whose_bands_raise_is_quarantined_and_its_positions_stay_watched():
    bad = stub("bad", bands=boom)
    with World(bad, stub("good", writes()), Protocol) as world:
        held_put(world, ledger="bad", strike=110)
        orders = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))
        assert [(o.ledger, o.cause) for o in orders] == [("bad", "PE-11"), ("good", "entry")]
        assert world.book.ledgers["bad"].quarantined


def managed(answer):
    return stub("bad", manage=lambda position, view: answer(position, view))


WRONG = {
    "another position": lambda p, v: [Close("AAPL", "X-1", position=p, quote=v.quote(contract(99)))],
    "a purchase": lambda p, v: [Shares("AAPL", "X-1", quantity=100)],
    "a sale of what it has not": lambda p, v: [Shares("AAPL", "X-1", quantity=-100, position=p)],
    "an entry": lambda p, v: [sell(v.quote(contract(99.5)))],
    "a dearer put": lambda p, v: [
        Roll("AAPL", "X-1", position=p, buy=v.quote(p.contract), debit=Decimal(0),
             sell=v.quote(contract(105, expiry=NEXT)))
    ],
    "a roll into a call": lambda p, v: [
        Roll("AAPL", "X-1", position=p, buy=v.quote(p.contract), debit=Decimal(0),
             sell=v.quote(contract(100, expiry=NEXT, right=CALL)))
    ],
    "nothing that is an intent": lambda p, v: ["sell!"],
    "an error": boom,
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_a_sleeve_manages_may_only_reduce_that_very_position(name):
    with World(managed(WRONG[name]), Protocol) as world:
        held_put(world, ledger="bad", strike=100)
        assert world.cycle(aapl()) == ()
        assert world.book.ledgers["bad"].quarantined


def test_a_sleeve_may_close_what_it_holds():
    with World(managed(lambda p, v: [Close("AAPL", "X-1", position=p, quote=v.quote(p.contract))])) as world:
        held_put(world, ledger="bad", strike=100)
        order = world.cycle(aapl())[0]
        assert (order.opening, order.rule, order.quantity) == (False, "X-1", 1)
        assert not world.book.ledgers["bad"].quarantined


class Broken(RiskProtocol[StubSettings]):
    """Stops everything but one position, on which it raises."""

    name = "broken"

    def assess(self, position, view):
        if position.contract == contract(100):
            raise RuntimeError("blind")
        return Protocol(None).assess(position, view)

    def respond(self, position, assessment, view):
        return Protocol(None).respond(position, assessment, view)


def test_a_protocol_that_raises_freezes_entries_and_never_stops_other_positions_exits():
    with World(stub("one", writes(99.0)), stub("two"), Broken) as world:
        held_put(world, ledger="one", strike=100)
        held_put(world, ledger="one", strike=110)
        held_put(world, ledger="two", strike=110)
        orders = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))
        assert [(o.ledger, o.cause, o.opening) for o in orders] == [("one", "PE-11", False), ("two", "PE-11", False)]
        assert world.book.ledgers["one"].frozen["*"] == "RULE-0"
        assert "blind" in world.events("PluginFaulted")[0].error
        assert "frozen by RULE-0" in " ".join(world.said("refuse"))


class Greedy(RiskProtocol[StubSettings]):
    """Answers with what reduces no risk."""

    name = "greedy"

    def assess(self, position, view):
        return Protocol(None).assess(position, view)

    def respond(self, position, assessment, view):
        return [sell(view.quote(contract(99.5)))]


def test_a_protocol_that_asks_for_an_entry_is_at_fault_and_entries_freeze():
    with World(stub(propose=writes(99.0)), Greedy) as world:
        held_put(world, strike=100)
        assert world.cycle(aapl()) == ()
        assert [(e.plugin, e.error) for e in world.events("PluginFaulted")] == [("greedy", "answered with a Sell")]
        assert world.book.ledgers["stub"].frozen == {"*": "RULE-0"}


def test_the_generator_trades_the_worked_thursday_and_its_refusals_are_words():
    with World(GenAcc, Protocol) as world:
        rows = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)
        orders = world.cycle(market(snapshot("AAPL", 100.0, rows), snapshot("SPY", 690.0)))
        assert [(o.ledger, o.symbol, o.rule) for o in orders] == [("gen_acc", "AAPL", "CAD-4 CAD-8 CAD-10")]
        assert any("no contract of this expiry" in text for text in world.said("refuse", symbol="SPY"))
