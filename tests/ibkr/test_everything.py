"""`allusr halt --everything` at a simulated TWS: a halt, and the end of every order of the login, whoever's it is."""

import json
from decimal import Decimal

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.inbox import Inbox, standing
from allusr_sdk.testing.tws import Fault
from tests.cli.conftest import allusr as allusr
from tests.ibkr.adapter import ticket
from tests.ibkr.wire import LOWER, PUT

ANN = ("--by", "Ann", "--reason", "fire", "--wait", "0")


@pytest.fixture
def halt(allusr, tws, tmp_path):
    """The command over the simulated TWS, for a home whose engine is down."""
    home = tmp_path / "home"
    open_ledger(home).close()

    def told(*more, sets=("broker.account=DU1",), broker=("--broker", "ibkr")):
        waits = (f"ibkr.port={tws.port}", "ibkr.acknowledged=1", "ibkr.seconds=3", *sets)
        words = (word for each in waits for word in ("--set", each))
        return allusr("halt", "--everything", *ANN, *broker, *words, "--home", home, *more)

    told.home = home
    return told


@pytest.fixture
def orders(tws, brokers):
    """One of an engine that is connected and hangs, one of another program, one of a person."""
    tws.control.position("DU1", "SPY", 100, Decimal("695.00"))
    brokers().submit(ticket(tws))
    brokers(client_id=80, account="DU2").submit(ticket(tws, name=LOWER, quantity=1, limit="2.00", reference="zz-1"))
    tws.control.manual("DU1", PUT, -1, Decimal("4.50"))
    return tws


def statuses(tws):
    return [each.status for each in tws.control.orders()]


def stands(home):
    with open_ledger(home, create=False) as ledger:
        return [wish.event for wish in standing(Inbox(ledger).wishes).values()]


def test_every_order_of_the_login_ends_positions_stay_and_the_home_is_halted(halt, orders):
    done = halt("--confirm", "DU1")
    assert (done.code, done.err) == (0, "")
    assert statuses(orders) == ["Cancelled"] * 3
    assert orders.control.account("DU1").holdings == {"SPY": 100}
    assert "everything: 3 orders of the login were cancelled, 0 still work" in done.out
    assert [word in done.out for word in ("DU1 au-1: sell 2", "DU2 zz-1: buy 1", "DU1 a person: sell 1")] == [True] * 3
    (event,) = stands(halt.home)
    assert (event.action, event.actor) == ("halt", "Ann")
    assert event.reason == "fire (and every order of the login of DU1 cancelled)"


def test_as_json_it_is_one_object(halt, orders):
    told = json.loads(halt("--confirm", "DU1", "--json").out)
    assert (told["wish"]["action"], len(told["cancelled"]), told["left"]) == ("halt", 3, [])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"more": ("--confirm", "DU2")}, "nothing was done: what was typed is not the account's id DU1"),
        ({}, "nothing was done: --confirm ACCOUNT where there is no terminal"),
        ({"sets": ()}, "--everything needs a broker and its account"),
        ({"broker": ()}, "--everything needs a broker and its account"),
    ],
)
def test_nothing_is_done_without_the_account_s_id(halt, orders, given, why):
    done = halt(*given.pop("more", ()), **given)
    assert (done.code, why in done.err) == (2, True)
    assert "Cancelled" not in statuses(orders)
    assert stands(halt.home) == []


def test_an_order_that_does_not_end_is_named(halt, orders):
    orders.control.fault(Fault(message="reqGlobalCancel", deed="drop"))
    done = halt("--confirm", "DU1")
    assert (done.code, "3 orders still work at the broker: " in done.err, "au-1" in done.err) == (3, True, True)
    assert [event.action for event in stands(halt.home)] == ["halt"]


def test_orders_that_cannot_be_read_are_cancelled_too(halt, orders):
    orders.control.fault(Fault(message="openOrder", deed="garble"))
    assert halt("--confirm", "DU1").code == 0
    assert statuses(orders) == ["Cancelled"] * 3


def test_where_no_gateway_answers_it_says_so_and_the_home_is_halted(halt):
    done = halt("--confirm", "DU1", sets=("broker.account=DU1", "ibkr.port=1", "ibkr.seconds=0.5"))
    assert (done.code, done.err.startswith("error: IBKR at 127.0.0.1:1")) == (1, True)
    assert [event.action for event in stands(halt.home)] == ["halt"]
