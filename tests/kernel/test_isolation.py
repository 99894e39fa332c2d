"""A plugin that raises or breaks its promise hurts itself alone; one that harms all makes the account SAFE (RULE-0)."""

import time
from decimal import Decimal

import pytest
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk import Close, RiskProtocol, Roll, Shares, Skip, Veto, hookimpl
from allusr_sdk.contracts import Assessment
from allusr_sdk.model.events import PluginFaulted
from allusr_sdk.model.positions import Watch
from tests.builders import (
    CALL,
    FRIDAY,
    StubSettings,
    World,
    board,
    contract,
    later,
    market,
    sell,
    snapshot,
    stub,
)
from tests.kernel.scenes import NEXT, STRIKES, aapl, held_put, writes


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
    "no quote": lambda view: [sell(view.quote(contract(99.5)), quote=None)],
    "lots that are no number": lambda view: [sell(view.quote(contract(99.5)), lots="3")],
    "a band that is none": lambda view: [sell(view.quote(contract(99.5)), band="CAD-8")],
    "shares that are no number": lambda view: [Shares("AAPL", "CAD-9", quantity="100")],
    "numbers that are no mapping": lambda view: [Skip("AAPL", "CAD-9", "odd", 7)],
    "numbers that no journal holds": lambda view: [Skip("AAPL", "CAD-9", "odd", {"view": view})],
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
        assert faults == (1 if name in ("raises", "no list", "no quote") else 0)
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


ASSESSED = {
    "no assessment": 7,
    "no watch": Assessment(None, 1.0, "PE-2"),
    "no number": Assessment(Watch(), "far", "PE-2"),
    "numbers that no journal holds": Assessment(Watch(), 1.0, "PE-2", numbers={"me": object()}),
}


@pytest.mark.parametrize("name", ASSESSED)
def test_a_protocol_whose_assessment_is_none_is_at_fault_and_entries_freeze(name):
    seen = ASSESSED[name]

    class Odd(Greedy):
        name = "odd"

        def assess(self, position, view):
            return seen

    with World(stub(propose=writes(99.0)), Odd) as world:
        held_put(world, strike=100)
        assert world.cycle(aapl()) == ()
        assert [(e.plugin, e.where) for e in world.events("PluginFaulted")] == [("odd", "assess")]
        assert world.book.ledgers["stub"].frozen == {"*": "RULE-0"}


def test_a_sleeve_that_cannot_name_its_next_expiry_is_at_fault_itself_and_its_put_stays_watched():
    class Lost(stub("lost")):
        def next_expiry(self, symbol, view):
            raise RuntimeError("lost")

    class Asks(RiskProtocol[StubSettings]):
        name = "asks"

        def assess(self, position, view):
            assert view.following("AAPL") is None
            return Protocol(None).assess(position, view)

        def respond(self, position, assessment, view):
            return Protocol(None).respond(position, assessment, view)

    with World(Lost, Asks) as world:
        held_put(world, ledger="lost", strike=110)
        held_put(world, ledger="lost", strike=100)
        orders = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))
        assert [(o.ledger, o.cause) for o in orders] == [("lost", "PE-11")]
        assert [(e.plugin, e.where) for e in world.events("PluginFaulted")] == [("lost", "next_expiry")]
        assert world.book.ledgers["lost"].quarantined
        assert world.book.ledgers["lost"].frozen.get("*") != "RULE-0"


# --- what harms all ------------------------------------------------------------------------------------------------


def forge(*_):
    """What a plugin may not do, and what is found at once: the account goes SAFE as it does for a hang or a leak."""
    time.time = None
    return ()


class Forger(RiskProtocol[StubSettings]):
    """Replaces the clock when it is asked for hedges, from its second time on."""

    name = "forger"
    asked = 0

    def hedge(self, view):
        type(self).asked += 1
        return forge() if self.asked > 1 else ()


def test_when_a_plugin_is_stopped_the_entry_orders_that_work_go_in_that_same_pass_and_nothing_is_opened(monkeypatch):
    monkeypatch.setattr(Forger, "asked", 0)
    with World(stub(propose=writes()), Forger) as world:
        (order,) = world.cycle(aapl())
        assert world.kernel.cancels() == {}
        assert world.cycle(later(aapl())) == ()
        assert world.kernel.cancels() == {order.key: ("KS-6", "stopped by kill switch GUARD at SAFE")}
        row = world.events("SwitchChanged")[0]
        assert (row.cause, row.after, row.rule, row.cancels) == ("GUARD", "SAFE", "KS-6 RULE-0", 1)
        assert row.reason == "plugin forger is stopped: replaced time.time"
        world.cycle(later(aapl(), 10))
        assert Forger.asked == 2
        assert len(world.events("PluginFaulted")) == len(world.events("SwitchChanged")) == 1


def test_a_sleeve_that_is_stopped_in_one_call_of_a_pass_is_asked_no_other_in_it():
    asked = []

    def manage(position, view):
        asked.append(position.key)
        return forge()

    with World(stub("bad", propose=lambda view: asked.append("propose"), manage=manage), Protocol) as world:
        held_put(world, ledger="bad", strike=90)
        held_put(world, ledger="bad", strike=91)
        world.cycle(aapl())
        assert asked == ["bad:AAPL  260213P00090000"]
        assert world.book.ledgers["bad"].quarantined


def test_an_order_that_was_journaled_before_a_plugin_was_stopped_in_its_pass_ends_without_leaving():
    class Watcher:
        name = "watcher"

        @hookimpl
        def allusr_event(self, event):
            if event.kind == "IntentRecorded":
                forge()

    with World(stub(propose=writes()), Watcher()) as world:
        assert world.cycle(aapl()) == ()
        (intent,), (end,) = world.events("IntentRecorded"), world.events("OrderChanged")
        assert (end.key, end.symbol, end.status, end.rule) == (intent.key, "AAPL", "canceled", "KS-6")
        assert end.reason == "stopped by kill switch GUARD at SAFE, before it left"
        assert not world.book.ledgers["stub"].working


def test_exits_go_on_while_a_stopped_plugin_keeps_the_account_safe():
    with World(stub("bad", forge), stub("good", writes()), Protocol) as world:
        assert world.cycle(aapl()) == ()
        held_put(world, ledger="good", strike=110)
        orders = world.cycle(later(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES))))
        assert [(o.ledger, o.cause, o.opening) for o in orders] == [("good", "PE-11", False)]


def test_a_stopped_plugin_keeps_the_account_safe_beyond_the_session_and_after_a_restart_until_it_is_released():
    with World(stub("bad", forge), stub("good", writes())) as world:
        view = aapl()
        world.cycle(view)
        world.close(view)
        assert world.book.switches == {"GUARD": "SAFE"}
        faults = world.events("PluginFaulted")
        assert [(type(f), f.stopped) for f in faults] == [(PluginFaulted, True)]
        world.host.release("bad")
        world.kernel.recall((), faults)
        assert dict(world.host.stopped) == {"bad": "replaced time.time"}
        world.close(later(view))
        assert world.book.switches == {"GUARD": "SAFE"}
        world.host.release("bad")
        world.close(later(view, 10))
        assert world.book.switches == {}


def test_a_guard_that_vetoes_all_holds_up_no_exit():
    class Never:
        name = "never"

        @hookimpl
        def allusr_screen(self, intent, view):
            return Veto("MY-1", "never")

    with World(stub(propose=writes()), Never(), Protocol) as world:
        held_put(world, strike=110)
        orders = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))
        assert [(o.cause, o.opening) for o in orders] == [("PE-11", False)]


def test_the_generator_trades_the_worked_thursday_and_its_refusals_are_words():
    with World(GenAcc, Protocol) as world:
        rows = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)
        orders = world.cycle(market(snapshot("AAPL", 100.0, rows), snapshot("SPY", 690.0)))
        assert [(o.ledger, o.symbol, o.rule) for o in orders] == [("gen_acc", "AAPL", "CAD-4 CAD-8 CAD-10")]
        assert any("no contract of this expiry" in text for text in world.said("refuse", symbol="SPY"))
