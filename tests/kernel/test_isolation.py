"""A plugin that raises or breaks its promise hurts itself alone (RULE-0)."""

from decimal import Decimal

import pytest
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk import Close, RiskProtocol, Roll, Shares
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
