"""Plugins whose answers are odd: no order comes of them, no run ends by them, and other sleeves trade on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.intents import Close, Roll, Shares
from tests.builders import AT, CALL, GEN_BAND, NAN, World, contract, later, sell, stub
from tests.kernel import hedging
from tests.kernel.ladder_scenes import call, give, long_calls, planner, rung
from tests.kernel.scenes import NEXT, aapl, held_put, held_shares, writes

INF = float("inf")


def put(view, **changed):
    return evolve(view.quote(contract(99.5)), **changed)


def offer(quoted=None, **changed):
    return lambda view: [sell(put(view, **(quoted or {})), **{"delta": -0.38, **changed})]


# What a sleeve says of a contract, and the market does not.
FORGED = {
    "another bid and ask": (offer({"bid": 5.0, "ask": 5.02}), "RULE-0"),
    "another open interest": (offer({"open_interest": 90_000.0}), "RULE-0"),
    "another volume": (offer({"volume": 90_000.0}), "RULE-0"),
    "another vendor's delta": (offer({"delta": -0.40}), "RULE-0"),
    "a contract that is not listed": (offer({"contract": contract(99.7)}), "RULE-0"),
    "prices of seconds ago": (offer({"at": AT - timedelta(seconds=3), "bid": 9.0, "ask": 9.02}), "CAD-8"),
    "the delta of another": (offer(delta=-0.45), "CAD-8"),
    "the delta of a call": (offer(delta=0.42), "CAD-8"),
    "no delta": (offer(delta=NAN), "KS-11"),
    "an endless delta": (offer(delta=INF), "KS-11"),
    "shares beyond all cash": (lambda view: [Shares("AAPL", "CAD-9", quantity=10**12)], "CAD-10"),
    "shares that it has not": (lambda view: [Shares("AAPL", "CAD-9", quantity=-100)], "RULE-1"),
}
# What is no answer at all.
MISSHAPEN = {
    "a bid that is text": offer({"bid": "0.47"}),
    "a bid that is nothing": offer({"bid": None}),
    "a bid that is a truth": offer({"bid": True}),
    "a bid in decimals": offer({"bid": Decimal("0.47"), "ask": Decimal("0.48")}),
    "an instant of no zone": offer({"at": AT.replace(tzinfo=None)}),
    "no instant": offer({"at": None}),
    "no contract": offer({"contract": "AAPL"}),
    "a floor that is unknown": offer(band=evolve(GEN_BAND, floor=Decimal("nan"))),
    "a floor that is a float": offer(band=evolve(GEN_BAND, floor=99.0)),
    "a reach that is unknown": offer(band=evolve(GEN_BAND, reach=NAN)),
    "a delta that is text": offer(delta="0.42"),
    "one contract that is a truth": offer(lots=True),
    "no contracts": offer(lots=0),
    "fewer than none": offer(lots=-3),
    "a part of a contract": offer(lots=1.5),
    "no shares": lambda view: [Shares("AAPL", "CAD-9", quantity=0)],
    "a share that is a truth": lambda view: [Shares("AAPL", "CAD-9", quantity=True)],
    "shares in floats": lambda view: [Shares("AAPL", "CAD-9", quantity=100.0)],
    "nothing": lambda view: None,
    "a text": lambda view: "buy",
    "a table": lambda view: {"AAPL": 1},
}


def test_the_same_offer_told_truly_is_an_order():
    with World(stub(propose=offer())) as world:
        (order,) = world.cycle(aapl())
        assert order.quantity > 1


@pytest.mark.parametrize("name", FORGED)
def test_what_the_market_does_not_bear_out_is_refused_by_rule(name):
    propose, rule = FORGED[name]
    with World(stub(propose=propose)) as world:
        assert world.cycle(aapl()) == ()
        assert rule in world.events("Decided", symbol="AAPL")[-1].rule.split()
        assert not world.book.ledgers["stub"].quarantined


@pytest.mark.parametrize("name", MISSHAPEN)
def test_what_cannot_be_reckoned_with_quarantines_its_sleeve_and_others_trade(name):
    with World(stub("bad", MISSHAPEN[name]), stub("good", writes(delta=-0.38))) as world:
        assert [order.ledger for order in world.cycle(aapl())] == ["good"]
        assert world.book.ledgers["bad"].quarantined
        assert world.events("Quarantined")[0].rule == "RULE-0"


# --- exits ---------------------------------------------------------------------------------------------------------


def close(quoted=None, **changed):
    def manage(position, view):
        found = evolve(view.quote(position.contract), **(quoted or {}))
        return [Close("AAPL", "X-1", **{"position": position, "quote": found, **changed})]

    return manage


def roll(debit):
    def manage(position, view):
        sold = view.quote(contract(100, expiry=NEXT))
        return [Roll("AAPL", "X-1", position=position, buy=view.quote(position.contract), sell=sold, debit=debit)]

    return manage


EXITS = {
    "a limit that is unknown": close(limit=Decimal("nan")),
    "an endless limit": close(limit=Decimal("inf")),
    "a limit under nothing": close(limit=Decimal(-1)),
    "a limit in floats": close(limit=1.0),
    "one contract that is a truth": close(lots=True),
    "a contract in floats": close(lots=1.0),
    "a quote that is none": close({"contract": None}),
    "an ask that is text": close({"ask": "0.70"}),
    "a position of another ledger": lambda p, v: close(position=evolve(p, ledger="other"))(p, v),
    "a debit that is unknown": roll(Decimal("nan")),
    "a debit in floats": roll(-1.0),
}


@pytest.mark.parametrize("name", EXITS)
def test_an_odd_exit_of_a_sleeve_is_none_and_quarantines_it(name):
    with World(stub("bad", manage=EXITS[name]), stub("other")) as world:
        for ledger in ("bad", "other"):
            held_put(world, ledger=ledger, strike=100, lots=2)
        assert world.cycle(aapl()) == ()
        assert world.book.ledgers["bad"].quarantined


@pytest.mark.parametrize("quoted", [{"bid": 9.0, "ask": 9.1}, {"ask": NAN}, {"bid": 0.10, "ask": 0.12}])
def test_an_exit_at_prices_that_the_market_does_not_show_is_asked_again(quoted):
    with World(stub("bad", manage=close(quoted))) as world:
        held_put(world, ledger="bad", strike=100)
        assert world.cycle(aapl()) == ()
        assert world.events("Decided", symbol="AAPL")[-1].rule.split()[0] == "RULE-0"


def test_an_exit_is_of_what_the_books_hold_whatever_its_position_says():
    with World(stub("bad", manage=lambda p, v: close(position=evolve(p, quantity=-40, rolls=7))(p, v))) as world:
        held_put(world, ledger="bad", strike=100, lots=2)
        (order,) = world.cycle(aapl())
        assert (order.quantity, order.position.quantity, order.position.rolls) == (2, -2, 0)


def test_a_sleeve_cannot_sell_the_shares_of_another():
    def manage(position, view):
        return [Shares("AAPL", "X-1", quantity=-100, position=evolve(position, ledger="other"))]

    with World(stub("bad", manage=manage), stub("other")) as world:
        for ledger in ("bad", "other"):
            held_shares(world, ledger=ledger)
        assert {order.ledger for order in world.cycle(aapl())} == {"bad"}


# --- hedges and rungs ----------------------------------------------------------------------------------------------

ODD_LOTS = [True, 1.5, NAN, INF, 0, -1, "2", None]


@pytest.mark.parametrize("lots", ODD_LOTS)
def test_a_hedge_of_no_number_of_contracts_is_the_protocol_s_fault(lots):
    with World(stub(), hedging.wishing(hedging.hedge(lots=lots))) as world:
        assert world.cycle(hedging.scene()) == ()
        assert world.events("PluginFaulted")
        assert world.book.ledgers["stub"].frozen == {"*": "RULE-0"}


def test_a_hedge_at_prices_that_the_market_does_not_show_is_not_bought():
    forged = evolve(hedging.BUY, bid=1.0, ask=1.02)
    with World(stub(), hedging.wishing(hedging.hedge(buy=forged))) as world:
        assert world.cycle(hedging.scene()) == ()
    with World(stub(), hedging.wishing(hedging.hedge())) as world:
        assert len(world.cycle(hedging.scene())) == 1


@pytest.mark.parametrize("lots", ODD_LOTS)
def test_a_rung_of_no_number_of_contracts_is_the_ladder_s_fault(lots):
    def plan(view):
        return [rung(view.quote(call()), lots=lots)] if view.growth else []

    with World(stub(), planner(plan)) as world:
        give(world)
        assert world.cycle(long_calls()) == ()
        assert world.events("PluginFaulted")


def test_a_call_is_written_once_on_shares_that_two_instants_see():
    """A sleeve that proposes what it proposed before, at an instant at which the first order still works."""
    wish = lambda view: [sell(view.quote(contract(100.5, right=CALL)), delta=0.38)]  # noqa: E731
    with World(stub(propose=wish)) as world:
        held_shares(world)
        assert len(world.cycle(aapl())) == 1
        assert world.cycle(later(aapl())) == ()
