"""The port over a real socket: whole answers or none, one client id, and what happens to connections."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.link import Reach
from allusr_sdk.execution.ibkr.records import Asset, Charged, Executed, Garbled, OrderSeen, Outgoing, Refused
from allusr_sdk.testing.tws import Fault
from tests.ibkr import adapter
from tests.ibkr.adapter import CLIENT, option, until
from tests.ibkr.wire import PUT


@pytest.fixture
def ports(tws):
    """Makes ports that are closed behind the test."""
    made = []

    def make(**more):
        made.append(adapter.port(tws, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def placed(tws, port, reference="au-1", lots=2, limit="4.00"):
    (found,) = port.details(option(PUT))
    order = Outgoing(
        number=port.number(), account="DU1", reference=reference, asset=found.asset, buys=False, lots=lots,
        limit=Decimal(limit), until=tws.control.now() + timedelta(minutes=5),
    )  # fmt: skip
    port.place(order)
    port.time()  # it is there when this is answered
    return order


def told(port, kind):
    """What was heard of a kind, after all that was sent before."""
    port.time()
    return [each for each in port.heard() if isinstance(each, kind)]


def test_a_question_connects_and_has_its_answer(tws, ports):
    port = ports()
    assert port.time() == tws.control.now()
    assert (port.accounts(), port.positions(), port.open_orders(), port.completed()) == (("DU1", "DU2"), [], [], [])
    assert port.values("DU2")["NetLiquidation"] == ("500000.00", "USD")
    assert tws.control.clients() == (CLIENT,)


def test_a_contract_has_its_number_and_price_rule_and_what_is_not_known_is_refused(ports):
    port = ports()
    (found,) = port.details(option(PUT))
    assert (found.asset.local_symbol, found.asset.multiplier) == (PUT, 100)
    assert port.rule(found.rule) == ((Decimal("0.0"), Decimal("0.01")),)
    with pytest.raises(Refused, match="200"):
        port.details(Asset(symbol="NOPE"))


def test_an_order_and_its_execution_are_heard_with_reference_and_fee(tws, ports):
    port = ports()
    placed(tws, port)
    assert [(each.reference, each.status) for each in told(port, OrderSeen)] == [("au-1", "Submitted")]
    tws.control.fill("au-1", 1)
    heard = told(port, Executed | Charged)
    assert [(each.reference, each.quantity, each.price) for each in heard[:1]] == [("au-1", -1, Decimal("4.0"))]
    assert heard[1].fee == Decimal("0.65")


def test_executions_that_no_order_explains_are_heard(tws, ports):
    tws.control.position("DU1", PUT, -1)
    port = ports()
    port.time()
    tws.control.assign("DU1", PUT)
    assert {(each.reference, each.order_id) for each in told(port, Executed)} == {("", 0)}


def test_an_execution_in_a_time_zone_that_nobody_knows_is_not_lost(tws, ports, monkeypatch):
    from allusr_sdk.execution.ibkr.port import gateway

    monkeypatch.setattr(gateway, "_known", lambda zone: zone != "US/Eastern")
    port = ports()
    placed(tws, port)
    tws.control.fill("au-1")
    heard = told(port, Executed | Garbled)
    assert [type(each).__name__ for each in heard] == ["Garbled", "Executed"]
    assert heard[1].at == tws.control.now()


@pytest.mark.parametrize(
    "message", ["positionEnd", "openOrderEnd", "completedOrdersEnd", "execDetailsEnd", "currentTime"]
)
def test_an_answer_that_does_not_end_is_no_empty_one(tws, ports, message):
    port = ports(seconds=0.5)
    port.time()
    tws.control.fault(Fault(message=message, deed="drop"))
    ask = {
        "positionEnd": port.positions, "openOrderEnd": port.open_orders, "completedOrdersEnd": port.completed,
        "execDetailsEnd": lambda: port.executions("DU1"), "currentTime": port.time,
    }[message]  # fmt: skip
    with pytest.raises(BrokerSilent, match=r"no answer in 0.5 s|the connection was let go"):
        ask()
    until(lambda: port.link.reach is Reach.CONNECTED)
    assert ask() is not None


def test_two_threads_that_ask_the_same_have_an_answer_each(ports):
    from concurrent.futures import ThreadPoolExecutor

    port = ports()
    port.time()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: port.positions(), range(8))) == [[]] * 8


def test_a_client_id_that_is_held_is_tried_again_and_never_changed(tws, ports):
    tws.control.hold_id(CLIENT)
    port = ports()
    with pytest.raises(BrokerSilent, match="326"):
        port.time()
    tws.control.free_id(CLIENT)
    until(lambda: port.link.reach is Reach.CONNECTED)
    assert tws.control.clients() == (CLIENT,)


def test_a_gateway_that_nobody_logged_in_to_is_waited_for(tws, ports):
    tws.control.silent()
    port = ports(seconds=0.3)
    with pytest.raises(BrokerSilent):
        port.time()
    tws.control.silent(False)
    until(lambda: port.link.reach is Reach.CONNECTED)
    assert port.time()


def test_a_peer_that_fell_mute_is_noticed_without_a_question(tws, ports):
    port = ports(seconds=0.3)
    port.time()
    tws.control.mute()
    until(lambda: port.link.reach is Reach.DOWN)
    tws.control.mute(False)
    until(lambda: port.link.reach is Reach.CONNECTED)
    assert port.time()


def test_a_connection_that_is_cut_or_refused_comes_back(tws, ports):
    port = ports()
    port.time()
    tws.control.down()
    until(lambda: port.link.reach is Reach.DOWN)
    with pytest.raises(BrokerSilent):
        port.time()
    tws.control.up()
    until(lambda: port.link.reach is Reach.CONNECTED)
    assert port.link.reads == 2


def test_lines_come_back_after_1101_with_nothing_old_in_them(tws, ports):
    port = ports()
    (found,) = port.details(option(PUT))
    line = port.subscribe(found.asset, "100,101,106")
    until(lambda: any(each.kind == 1 for each in list(line.ticks)))
    tws.control.link(1100)
    until(lambda: port.link.reach is Reach.DEGRADED)
    assert {each.values["price"] for each in line.taken() if each.kind == 1} == {4.0}
    tws.control.quote(PUT, 3.00, 3.04)
    tws.control.link(1101)
    until(lambda: any(each.kind == 1 for each in list(line.ticks)))
    assert [each.values["price"] for each in line.taken() if each.kind == 1] == [3.0]
    assert tws.control.lines() == 1
    port.unsubscribe(line)
    until(lambda: tws.control.lines() == 0)


def test_a_port_that_nobody_has_any_more_lets_its_client_id_go(tws):
    import gc

    port = adapter.port(tws)
    port.time()
    del port
    gc.collect()
    until(lambda: tws.control.clients() == ())


def test_only_the_port_knows_the_library():
    from pathlib import Path

    import allusr_sdk.execution.ibkr as ours

    root = Path(ours.__file__).parent
    found = {path.relative_to(root).parts[0] for path in root.rglob("*.py") if "ib_async" in path.read_text()}
    assert found == {"port"}
