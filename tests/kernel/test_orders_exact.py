"""What leaves for the broker, field by field, and what the journal says of it: one order of each kind (RULE-2)."""

from decimal import Decimal

import pytest
from attrs import asdict

from allusr_sdk import Note, Shares
from allusr_sdk.model.intents import Close
from allusr_sdk.model.views import Grain
from tests.builders import World, contract, later, quote, stub
from tests.kernel.hedging import SELL, hedge, scene, wishing
from tests.kernel.scenes import NEXT, aapl, held_put, held_shares, writes
from tests.kernel.test_hedges_released import unwinding
from tests.kernel.watchers import closes, held_call, into, watcher

PUT_100, PUT_104 = "AAPL  260213P00100000", "AAPL  260213P00104000"
DEFAULTS = {
    "ledger": "stub", "symbol": "AAPL", "opening": False, "position": "", "rolls": 0, "roll_debit": "0.00",
    "first_credit": "0.00", "parent": "", "delay": 0, "reserve": "0.00", "step_seconds": 10,
}  # fmt: skip


def told(order):
    """An order's fields, in words; of its ladder the first and the last limit and how many there are."""
    found = asdict(order, recurse=False)
    found["legs"] = [(leg.name, leg.quantity, str(leg.bid), str(leg.ask)) for leg in order.legs]
    prices = found.pop("prices")
    found |= {"limits": (str(prices[0]), str(prices[-1]), len(prices))}
    found["position"] = order.position.key if order.position else ""
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in found.items()}


def journaled(world):
    """What the journal says of the last intent, but for its words and numbers."""
    said = asdict(world.events("IntentRecorded")[-1], recurse=False)
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in said.items() if k not in ("why", "numbers")}


def intent(order, action, **more):
    """What the journal must say of an order."""
    limit, worst, _ = order["limits"]
    same = {k: order[k] for k in (
        "ledger", "symbol", "rule", "key", "mid", "reserve", "opening", "cause", "position", "parent", "delay",
    )}  # fmt: skip
    legs = tuple((name, count) for name, count, *_ in order["legs"])
    return {**same, "action": action, "legs": legs, "limit": limit, "worst": worst, **more}


def one(world, view, action):
    """The only order of an instant, which its intent must repeat."""
    (order,) = world.cycle(view)
    assert journaled(world) == intent(told(order), action)
    return told(order)


def test_a_put_that_is_sold():
    with World(stub(propose=writes())) as world:
        assert one(world, aapl(), "sell") == DEFAULTS | {
            "key": "stub.260212.100000.AAPL.sell-v1", "legs": [("AAPL  260213P00099500", -20, "0.462", "0.482")],
            "limits": ("0.48", "0.47", 2), "mid": "0.472", "opening": True, "rule": "CAD-4 CAD-8 CAD-10",
            "cause": "entry", "reserve": "199000.0",
        }  # fmt: skip
        numbers = {
            k: v if isinstance(v, int) else float(v) for k, v in world.events("IntentRecorded")[0].numbers.items()
        }
        assert numbers == {
            "adv": 2000.0, "adv sessions": 2, "budget left": 380_000, "deployable": 380_000, "eligible": 1,
            "left": 181_000, "share adv": 50_000_000.0, "symbol cap": 200_000, "target": 380_000,
        }  # fmt: skip


def test_shares_that_are_bought():
    with World(stub(propose=lambda _: [Shares("AAPL", "CAD-9", "tranche", quantity=100)])) as world:
        assert one(world, aapl(), "buy") == DEFAULTS | {
            "key": "stub.260212.100000.AAPL.shares-v1", "legs": [("AAPL", 100, "99.99", "100.01")],
            "limits": ("100.00", "100.01", 2), "mid": "100.00", "opening": True, "rule": "CAD-9", "cause": "entry",
            "reserve": "10001.00",
        }  # fmt: skip


def test_a_put_that_is_bought_back():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100, lots=3)
        assert one(world, aapl(), "close") == DEFAULTS | {
            "key": "stub.260212.100000.AAPL.close-P100-260213-v1", "legs": [(PUT_100, 3, "0.684", "0.704")],
            "limits": ("0.69", "0.70", 2), "mid": "0.694", "rule": "CC-1", "cause": "CC-1",
            "position": f"stub:{PUT_100}",
        }  # fmt: skip


def test_the_journal_says_why_an_order_leaves():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100)
        world.cycle(aapl())
        assert world.events("IntentRecorded")[-1].why == "as told"


def test_a_put_that_is_bought_back_at_once():
    with World(stub(), watcher(closes(rule="PE-11", urgent=True))) as world:
        held_put(world, strike=100, lots=3)
        assert one(world, aapl(), "close") == DEFAULTS | {
            "key": "stub.260212.100000.AAPL.close-P100-260213-v1", "legs": [(PUT_100, 3, "0.684", "0.704")],
            "limits": ("0.704", "0.86", 59), "mid": "0.694", "rule": "PE-11", "cause": "PE-11", "step_seconds": 5,
            "position": f"stub:{PUT_100}",
        }  # fmt: skip


def test_a_put_that_is_rolled():
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, strike=104, lots=3)
        assert one(world, aapl(), "roll") == DEFAULTS | {
            "key": "stub.260212.100000.AAPL.roll-P104-260213-v1",
            "legs": [(PUT_104, 3, "3.984", "4.004"), ("AAPL  260220P00100000", -3, "1.744", "1.764")],
            "limits": ("2.24", "2.26", 3), "mid": "2.240", "rule": "PE-8", "cause": "roll", "rolls": 1,
            "roll_debit": "2.2400", "first_credit": "0.80", "position": f"stub:{PUT_104}",
        }  # fmt: skip


LONG, SHORT = "SPY   260821P00540000", "SPY   260821P00480000"


def test_a_spread_that_is_bought_as_a_hedge():
    with World(stub(), wishing(hedge(sell=SELL))) as world:
        assert one(world, scene(), "hedge") == DEFAULTS | {
            "key": "stub.260212.100000.SPY.hedge-P540-260821-v1", "symbol": "SPY", "opening": True,
            "legs": [(LONG, 2, "9.9", "10.1"), (SHORT, -2, "3.95", "4.05")], "limits": ("6.00", "6.15", 11),
            "mid": "6.00", "rule": "PE-9 PE-10", "cause": "hedge:L2", "reserve": "1232.80",
        }  # fmt: skip


def test_a_spread_that_is_unwound():
    with World(stub(), unwinding()) as world:
        world.fill(world.cycle(scene())[0])
        assert one(world, later(scene()), "close") == DEFAULTS | {
            "key": "stub.260212.100500.SPY.close-P480-260821-v1", "symbol": "SPY",
            "legs": [(SHORT, 2, "3.95", "4.05"), (LONG, -2, "9.9", "10.1")], "limits": ("-6.00", "-5.85", 11),
            "mid": "-6.00", "rule": "PE-10", "cause": "PE-10", "position": f"stub:{SHORT}",
        }  # fmt: skip


def test_shares_that_leave():
    def leave(position, view):
        return [Shares("AAPL", "PE-3", "as told", quantity=-position.quantity, position=position)]

    with World(stub(), watcher(leave)) as world:
        held_shares(world, 200)
        assert one(world, aapl(), "shares") == DEFAULTS | {
            "key": "stub.260212.100000.AAPL.shares-v1", "legs": [("AAPL", -200, "99.99", "100.01")],
            "limits": ("100.00", "99.99", 2), "mid": "100.00", "rule": "PE-3", "cause": "exit", "position": "stub:AAPL",
        }  # fmt: skip


def test_every_sleeve_that_proposes_has_its_order():
    with World(stub("first", writes()), stub("second", writes())) as world:
        assert [(o.ledger, o.key) for o in world.cycle(aapl())] == [
            ("first", "first.260212.100000.AAPL.sell-v1"), ("second", "second.260212.100000.AAPL.sell-v1"),
        ]  # fmt: skip


def test_a_sleeve_after_one_that_is_stopped_or_fails_is_asked():
    def fails(view):
        raise ValueError("no")

    with World(stub("first", fails), stub("second", writes())) as world:
        assert [o.ledger for o in world.cycle(aapl())] == ["second"]
        assert world.book.ledgers["first"].quarantined
        world.cancel(next(iter(world.book.ledgers["second"].working.values())))
        assert [o.ledger for o in world.cycle(later(aapl()))] == ["second"]


def test_a_note_of_a_sleeve_says_whose_it_is_and_under_which_rule():
    note = Note("AAPL", "CAD-4", key="k", text="t")
    with World(stub(propose=lambda _: [note])) as world:
        world.cycle(aapl())
        (said,) = world.events("Noted")
        assert (said.ledger, said.symbol, said.rule, said.key, said.text) == ("stub", "AAPL", "CAD-4", "k", "t")


@pytest.mark.parametrize(("rule", "urgent"), [("PE-11", False), ("CC-1", True)])
def test_a_close_hurries_only_where_both_its_rule_and_its_wish_say_so(rule, urgent):
    with World(stub(), watcher(closes(rule=rule, urgent=urgent))) as world:
        held_put(world, strike=100)
        found = one(world, aapl(), "close")
        assert (found["step_seconds"], found["limits"]) == (10, ("0.69", "0.70", 2))


def test_above_three_dollars_a_close_walks_in_nickels():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=110)
        quotes = [quote(contract(110), 9.80, 10.20)]
        (order,) = world.cycle(aapl(quotes=quotes))
        assert order.prices == tuple(map(Decimal, ("10.00", "10.05", "10.10", "10.15", "10.20")))


def test_a_call_that_is_bought_back_takes_free_cash_by_its_last_limit_and_its_fee():
    with World(stub(), watcher(closes())) as world:
        held_shares(world, 300)
        held_call(world, 100, lots=3)
        (order,) = world.cycle(aapl(quotes=[quote(contract(100, right="C"), 1.94, 2.06)]))
        assert (order.quantity, len(order.prices), str(order.prices[-1])) == (3, 7, "2.06")
        assert order.reserve == 3 * (206 + Decimal("0.70"))


def test_on_end_of_day_data_a_close_has_one_limit_the_last_of_its_walk():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=110)
        (order,) = world.cycle(aapl(quotes=[quote(contract(110), 9.80, 10.20)], grain=Grain.EOD))
        assert order.prices == (Decimal("10.20"),)


def test_a_close_goes_no_farther_than_the_limit_of_its_wish():
    def respond(position, view):
        found = view.quote(position.contract)
        return [Close("AAPL", "CC-1", "told", position=position, quote=found, limit=Decimal("10.10"))]

    with World(stub(), watcher(respond)) as world:
        held_put(world, strike=110)
        (order,) = world.cycle(aapl(quotes=[quote(contract(110), 9.80, 10.20)]))
        assert order.prices == tuple(map(Decimal, ("10.00", "10.05", "10.10")))


def test_above_three_dollars_a_sale_walks_in_nickels():
    with World(stub(propose=writes())) as world:
        (order,) = world.cycle(aapl(quotes=[quote(contract(99.5), 3.10, 3.22)]))
        assert order.prices == tuple(map(Decimal, ("3.20", "3.15", "3.10")))
