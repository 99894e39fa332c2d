"""What is said of an order that one side alone knows, field by field, and what is booked of it (B04, B05)."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.breaks import Finding
from allusr_sdk.kernel.reconcile import compare
from allusr_sdk.model.broker import reference
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import OrderChanged
from tests.builders import AT, RULES, THURSDAY
from tests.kernel.accounts import PUT, Account, only, opened

KNOWN = "its acknowledgement or its end was lost"
ELSEWHERE = "sent by an engine whose journal is not this one"


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc") as made:
        yield made


@pytest.mark.parametrize(("key", "cancels", "more"), [
    ("k1", {}, {"ours": "ended", "cause": KNOWN}),
    ("k1", {"k1": 2}, {"ours": "ended", "cause": KNOWN}),
    ("k1", {"k1": 3}, {"ours": "ended", "cause": f"{KNOWN}; alive after 3 cancels", "action": "ACCOUNT"}),
    ("else", {}, {"ours": "unknown", "cause": ELSEWHERE}),
    ("else", {"else": 4}, {"ours": "unknown", "cause": f"{ELSEWHERE}; alive after 4 cancels", "action": "ACCOUNT"}),
])  # fmt: skip
def test_an_order_of_ours_that_the_books_do_not_have_working(account, key, cancels, more):
    account.order(PUT, -2)
    account.end(status="denied")
    account.cancels = {reference(name): count for name, count in cancels.items()}
    assert only(account.finds(orders=(opened(key, PUT, -2),))) == Finding(**{
        "code": "B04", "subject": reference(key), "symbol": "AAPL", "action": "CANCEL",
        "what": "an order of ours works at the broker and not in the books", "theirs": f"-2 {PUT.osi} at 1.00", **more,
    })  # fmt: skip


@pytest.mark.parametrize(("ref", "name"), [("by hand", ", reference by hand"), ("", "")])
@pytest.mark.parametrize(("limit", "at"), [("1.00", " at 1.00"), (None, "")])
def test_an_order_of_somebody_else(account, ref, name, limit, at):
    order = evolve(opened(ref, PUT, 3, number="4711", ours=False), limit=limit and Decimal(limit))
    assert only(account.finds(orders=(order,))) == Finding(
        code="B04", subject="4711", symbol="AAPL", action="ACCOUNT", ours="none", theirs=f"+3 {PUT.osi}{at}",
        what=f"an order at the broker is none of ours{name}", cause="an order of another client",
    )  # fmt: skip


LOST = Finding(
    code="B05", subject="k1", symbol="AAPL", action="ACCOUNT", what="order k1 works in the books alone",
    ours="2 working", theirs="unknown", cause="it never arrived, or ended while nobody listened",
)  # fmt: skip
OVER = evolve(LOST, action="INFO", cause="an order for the day, and its day is over", mends=(OrderChanged(
    ledger="gen_acc", symbol="AAPL", rule="RECON B05", key="k1", status="expired",
    reason="an order for the day, and its day is over",
),))  # fmt: skip


def test_an_order_that_the_broker_does_not_know_in_its_session_ends_by_nobodys_hand(account):
    account.order(PUT, -2)
    assert only(account.finds(orders=(), at=AT + timedelta(seconds=31))) == LOST


def test_an_order_whose_day_is_over_is_booked_as_expired_and_that_is_told(account):
    account.order(PUT, -2)
    account.later(THURSDAY, "16:00")
    assert only(account.finds(orders=())) == OVER


def test_the_day_of_an_order_is_new_yorks(account):
    night = xnys().session(THURSDAY).at(0, 0).astimezone(UTC) - timedelta(hours=4, minutes=30)  # the 11th, 19:30
    account.order(PUT, -2, at=night)
    account.later(THURSDAY, "09:00")
    assert only(account.finds(orders=())) == OVER


def test_an_order_without_an_intent_has_its_thirty_seconds_from_when_it_was_sent(account):
    account.order(PUT, -2)
    ours = evolve(account.ours, intents={})
    early, late = (account.states(orders=(), at=AT + timedelta(seconds=seconds)) for seconds in (30, 31))
    assert compare(ours, early, RULES) == ()
    assert only(compare(ours, late, RULES)) == LOST
