"""What hedges brought and who gets how much of it, entry by entry (LL-4, PE-9)."""

from decimal import Decimal

import pytest

from allusr_sdk.kernel.returning import back
from allusr_sdk.model.events import Noted, TransferSent
from allusr_sdk.model.positions import Book, Working
from tests.builders import FRIDAY, World, books, contract, short, stub
from tests.kernel.ladder_ledgers import AUGUST
from tests.kernel.ladder_scenes import planner
from tests.kernel.test_ladder_returns import handed

D = Decimal
PUT = contract(500, expiry=AUGUST, root="SPY")


def note(key, text):
    return Noted(ledger="llms_hedge", rule="LL-4", key=key, text=text)


def sent(source, amount):
    return TransferSent(ledger="llms_hedge", rule="LL-4", key=f"llms_hedge:2026-02-13:{source}:returned", to=source,
                        amount=D(amount))  # fmt: skip


class Ladder:
    """A ladder's ledger with cash and notes, and two who may have paid; what is written, as far as notes go, counts."""

    def __init__(self, cash, notes, **more):
        held = books(name="llms_hedge", cash=cash, notes=dict(notes), **more)
        self.book = Book({b.name: b for b in (held, books(name="stub"), books(name="other"))})
        self.written = []

    def write(self, event):
        self.written.append(event)
        if isinstance(event, Noted):
            ledger = self.book.ledgers["llms_hedge"]
            kept = books(name="llms_hedge", cash=ledger.cash, notes={**ledger.notes, event.key: event.text})
            self.book = Book({**self.book.ledgers, "llms_hedge": kept})


def returned(cash, notes, *positions, **more):
    """Everything that a return writes."""
    ladder = Ladder(cash, notes, positions={p.key: p for p in positions}, **more)
    back("llms_hedge", FRIDAY, ladder, lambda: None)
    return ladder.written


def test_a_return_is_noted_as_a_whole_and_then_sent_one_by_one():
    assert returned("10.00", {"paid for a": "stub 1000.70", "paid for b": "other 3002.10"}) == [
        note("returned", "2026-02-13 other=7.50 stub=2.50"), note("paid for a", ""), note("paid for b", ""),
        sent("other", "7.50"), sent("stub", "2.50"), note("returned", ""),
    ]  # fmt: skip


def test_what_a_hedge_cost_is_noted_when_it_is_handed_over():
    with World(stub(), stub("other"), planner()) as world:
        handed(world)
        assert [(e.ledger, e.rule, e.text) for e in world.events("Noted")] == [
            ("llms_hedge", "LL-4", "stub 1000.70"), ("llms_hedge", "LL-4", "other 3002.10"),
        ]  # fmt: skip


@pytest.mark.parametrize(("cash", "told"), [
    ("0.01", "other=0.01"), ("1.00", "other=0.75 stub=0.25"), ("0.00", ""), ("-0.01", ""),
])  # fmt: skip
def test_cents_go_back_too_and_none_where_there_are_none(cash, told):
    found = returned(cash, {"paid for a": "stub 1000.70", "paid for b": "other 3002.10"})
    assert [e.text for e in found[:1]] == ([f"2026-02-13 {told}"] if told else [])


@pytest.mark.parametrize(("notes", "told"), [
    ({"paid for a": "stub 0.50"}, "stub=5.00"),
    ({"paid for a": "stub 0.50", "paid for b": "other 0"}, "stub=5.00"),
    ({"paid for a": "stub 0.50", "paid for b": "other -1"}, "stub=5.00"),
    ({"paid for a": "stub 0.50", "paid for b": "other 0.01"}, "other=0.10 stub=4.90"),
    ({"paid for a": "stub 100000", "paid for b": "other 0.01"}, "stub=5.00"),
    ({"paid for a": "stub 1", "paid for b": "gone 9"}, "stub=5.00"),
    ({"roll of it": "", "paid for a": "stub 1"}, "stub=5.00"),
    ({"paid for z": "", "paid for a": "stub 1"}, "stub=5.00"),
])  # fmt: skip
def test_each_gets_his_share_by_what_he_paid_whoever_paid_nothing_gets_nothing(notes, told):
    assert returned("5.00", notes)[0] == note("returned", f"2026-02-13 {told}")


@pytest.mark.parametrize("notes", [{}, {"paid for a": "stub 0"}, {"paid for a": "gone 5"}, {"roll of it": "1"}])
def test_where_nobody_is_known_to_have_paid_nothing_is_returned(notes):
    assert returned("5.00", notes) == []


def test_nothing_is_returned_while_the_ladder_holds_or_orders_anything():
    notes = {"paid for a": "stub 1"}
    order = Working("w", "llms_hedge", "SPY", PUT, 1, True)
    assert returned("5.00", notes, short(PUT, ledger="llms_hedge", lots=-1)) == []
    assert returned("5.00", notes, working={"w": order}) == []
