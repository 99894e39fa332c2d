"""Pods of a large sleeve write puts on one symbol in the same session (LQ-3); nobody else does (CAD-9)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.gates import asked
from allusr_sdk.model.positions import Working
from tests.builders import AT, World, books, contract, later, quote, sell, shares, short, stub
from tests.kernel.questions import CALL_280, PUT_270, entry, rules_of
from tests.kernel.scenes import aapl

EARLIER = AT - timedelta(minutes=5)
YESTERDAY = AT - timedelta(days=1)
POD = sell(quote(PUT_270), pod=1, lots=1)


def held(*positions, **more):
    return books(*positions, cash="400000", **more)


def test_a_pod_goes_beside_the_puts_that_other_pods_sold_in_this_session():
    assert asked(entry(POD, ledger=held(short(contract(265), opened=EARLIER)))) == ()
    sent = Working("w", "gen_acc", "AAPL", contract(265), 1, True, Decimal(26500), sent=EARLIER)
    assert asked(entry(POD, ledger=held(working={"w": sent}))) == ()


@pytest.mark.parametrize(
    "ledger",
    [
        held(short(contract(265), opened=YESTERDAY)),
        held(short(contract(265), opened=EARLIER), short(contract(260), opened=YESTERDAY)),
        held(short(contract(265), opened=EARLIER), shares()),
        held(shares()),
        held(shares(), short(CALL_280, opened=EARLIER)),
        held(working={"w": Working("w", "gen_acc", "AAPL", contract(265), 1, True, Decimal(26500), sent=None)}),
    ],
)
def test_a_pod_waits_for_older_puts_and_for_shares(ledger):
    assert rules_of(asked(entry(POD, ledger=ledger))) == ["CAD-9"]


def test_what_is_no_pod_starts_from_cash_alone():
    fresh = held(short(contract(265), opened=EARLIER))
    assert rules_of(asked(entry(evolve(POD, pod=None), ledger=fresh))) == ["CAD-9"]


def test_a_hedge_is_no_put_of_the_wheel():
    hedge = short(contract(200, expiry=date(2026, 8, 21)), opened=YESTERDAY, cause="hedge:L2")
    assert asked(entry(POD, ledger=held(hedge))) == ()


def test_pods_write_neighbouring_strikes_step_by_step_each_to_its_own_size():
    strikes = {0: 99.5, 1: 100, 2: 99.5}
    turns = iter(range(3))

    def propose(view):
        pod = next(turns)
        return [sell(view.quote(contract(strikes[pod])), delta=-0.45 if pod == 1 else -0.40, pod=pod, lots=4)]

    with World(stub(propose=propose)) as world:
        view, sent = aapl(), []
        for _ in range(3):
            (order,) = world.cycle(view)
            world.fill(order)
            sent.append(order)
            view = later(view)
        assert [o.quantity for o in sent] == [4, 4, 4]
        assert len({o.key for o in sent}) == 3
        assert [str(o.legs[0].instrument.strike) for o in sent] == ["99.5", "100.0", "99.5"]
        ledger = world.book.ledgers["stub"]
        assert ledger.reserved == sum(o.reserve for o in sent) == ledger.exposure("AAPL")


def test_pods_share_the_symbols_cap_and_the_budget():
    def propose(view):
        return [sell(view.quote(contract(99.5)), delta=-0.42, pod=0, lots=15)]

    with World(stub(propose=propose)) as world:
        view, sizes = aapl(), []
        for _ in range(3):
            orders = world.cycle(view)
            for order in orders:
                world.fill(order)
            sizes.append(sum(o.quantity for o in orders))
            view = later(view)
        assert sizes == [15, 5, 0]  # half of 400,000 dollars at 9,950 a contract
        assert "symbol cap" in world.said("refuse")[-1]
