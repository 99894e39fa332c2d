"""What nobody ordered, as `IbkrBroker` tells it: assignments, expiries, splits, liquidations, and others' orders."""

from decimal import Decimal
from threading import Timer

import pytest

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.contracts import Contracts, Unlisted
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset
from allusr_sdk.testing.tws import Tws
from tests.ibkr.adapter import heard, reports, runs, settings, ticket, until
from tests.ibkr.leaving import MOST
from tests.ibkr.wire import CALL, LOWER, PUT


def held(found):
    return {each.instrument: each.quantity for each in found.holdings}


def sold(tws, broker, name=PUT, lots=2):
    """An account that wrote puts, as a run knows it."""
    broker.submit(ticket(tws, name=name, quantity=-lots))
    tws.control.fill("au-1")
    assert len(runs(heard(broker, tws))) == 1
    return broker.statement(tws.control.now())


# --- 22: assignment -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
def test_an_assignment_is_told_whole_with_or_without_executions(tws, brokers, told):
    broker = brokers()
    before = sold(tws, broker)
    tws.control.assign("DU1", PUT, told=told)
    found = broker.statement(tws.control.now())
    assert held(found) == {"SPY": 200}
    assert found.cash == before.cash - 2 * 69_000
    new = [(each.instrument, each.quantity, each.price, each.reference) for each in found.executions[1:]]
    assert sorted(new) == ([("SPY", 200, Decimal("690.0"), ""), (PUT, 2, Decimal("0.0"), "")] if told else [])
    assert held(broker.statement(tws.control.now())) == held(found)


def test_half_an_assignment_is_not_told(tws, brokers):
    broker = brokers(settle=0.4)
    before = sold(tws, broker)
    tws.control.position("DU1", PUT, 2)
    other = type(tws.control)(tws.place)
    late = Timer(0.2, lambda: other.position("DU1", "SPY", 200, Decimal("690.00")))
    late.start()
    found = broker.statement(tws.control.now())
    late.join()
    other.close()
    assert (held(found), found.cash) == ({"SPY": 200}, before.cash - 2 * 69_000)


def test_an_account_that_does_not_come_to_rest_has_no_statement(tws, brokers, monkeypatch):
    from allusr_sdk.execution.ibkr.account import Reading

    broker = brokers(seconds=0.5)
    sold(tws, broker)
    monkeypatch.setattr(Reading, "same", lambda self, other: False)
    tws.control.assign("DU1", PUT)
    assert held(broker.statement(tws.control.now())) == {"SPY": 200}, "executions explain it"
    tws.control.shift("DU1", Decimal("-5.00"))
    with pytest.raises(BrokerSilent, match="do not come to rest"):
        broker.statement(tws.control.now())


def test_executions_that_come_late_add_nothing(tws, brokers):
    broker = brokers()
    sold(tws, broker)
    tws.control.assign("DU1", PUT, told=False)
    before = broker.statement(tws.control.now())
    for number in (2, 3):
        tws.control.late("DU1", f"DU1.{number:06d}.01")
    assert sorted(each.quantity for each in runs(heard(broker, tws))) == [2, 200]
    after = broker.statement(tws.control.now())
    assert (held(after), after.cash) == (held(before), before.cash)


def test_each_account_hears_of_its_own_assignment(tws, brokers):
    broker = brokers()
    sold(tws, broker)
    tws.control.position("DU2", PUT, -3)
    tws.control.assign("DU2", PUT)
    found = broker.statement(tws.control.now())
    assert (held(found), len(found.executions)) == ({PUT: -2}, 1)
    assert heard(broker, tws) == []


# --- 23: expiry and exercise --------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
def test_what_expires_worthless_is_gone_at_zero(tws, brokers, told):
    broker = brokers()
    before = sold(tws, broker)
    tws.control.expire("DU1", PUT, told=told)
    found = broker.statement(tws.control.now())
    assert (held(found), found.cash, found.orders) == ({}, before.cash, ())
    assert [(each.quantity, each.price) for each in found.executions[1:]] == ([(2, Decimal("0.0"))] if told else [])


def test_a_long_call_that_is_exercised_brings_shares(tws, brokers):
    tws.control.position("DU1", CALL, 1)
    broker = brokers()
    before = broker.statement(tws.control.now())
    tws.control.exercise("DU1", CALL, spot=Decimal("710.00"))
    found = broker.statement(tws.control.now())
    assert (held(found), found.cash) == ({"SPY": 100}, before.cash - 70_000)
    assert [each.reference for each in runs(heard(broker, tws))] == ["", ""]


# --- 24: splits, liquidations (LQ-8), people ----------------------------------------------------------------------


def test_a_split_brings_contracts_under_new_numbers_and_names(tws, brokers):
    tws.control.position("DU1", "SPY", 100, Decimal("695.00"))
    broker = brokers()
    sold(tws, broker)
    old = tws.control.con_id(PUT)
    tws.control.split("SPY", 2)
    found = held(broker.statement(tws.control.now()))
    assert found == {"SPY": 200, "SPY   260220P00345000": -4}
    assert tws.control.con_id("SPY   260220P00345000") != old


def test_an_adjusted_contract_keeps_its_class_in_its_name(tws, brokers):
    broker = brokers()
    sold(tws, broker)
    tws.control.become("DU1", PUT, "SPY1  260220P00690000")
    assert held(broker.statement(tws.control.now())) == {"SPY1  260220P00690000": -2}


def test_a_liquidation_is_told_as_nobodys_and_calls_a_person(tws, brokers):
    broker = brokers()
    sold(tws, broker)
    tws.control.liquidate("DU1", PUT, 1, Decimal("9.00"))
    (run,) = runs(heard(broker, tws))
    assert (run.reference, run.instrument, run.quantity, run.price) == ("", PUT, 1, Decimal("9.0"))
    assert held(broker.statement(tws.control.now())) == {PUT: -1}
    said = " ".join(each.what for each in broker.alarms)
    assert [word in said for word in ("2148", f"IBKR liquidated +1 {PUT} at 9")] == [True, True]


def test_a_persons_order_is_told_and_never_touched(tws, brokers):
    number = tws.control.manual("DU1", PUT, -5, Decimal("4.50"))
    broker = brokers()
    (order,) = broker.statement(tws.control.now()).orders
    assert (order.number, order.reference, order.left, order.limit) == (str(number), "", -5, Decimal("4.5"))
    broker.submit(ticket(tws, name=LOWER, quantity=1, limit="2.10"))
    broker.cancel("au-1")
    assert [(each.reference, each.status) for each in tws.control.orders()] == [
        ("", "Submitted"), ("au-1", "Cancelled"),
    ]  # fmt: skip


# --- 25: kill switch ----------------------------------------------------------------------------------------------


def test_our_orders_end_one_by_one_and_others_stay_until_everything_ends(tws, brokers):
    other = brokers(client_id=72, account="DU2")
    other.submit(ticket(tws, name=LOWER, quantity=1, limit="2.00", reference="zz-1"))
    tws.control.manual("DU1", LOWER, 1, Decimal("2.00"))
    broker = brokers()
    for reference in ("au-1", "au-2"):
        broker.submit(ticket(tws, reference=reference))
    tws.control.fill("au-1", 1)
    before = held(broker.statement(tws.control.now()))
    for reference in ("au-1", "au-2"):
        broker.cancel(reference)
    status = {each.reference: each.status for each in tws.control.orders()}
    assert status == {"au-1": "Cancelled", "au-2": "Cancelled", "": "Submitted", "zz-1": "Submitted"}
    worked, left = broker.cancel_everything()
    told = [*broker.news(tws.control.now())]
    assert (len(worked), left) == (2, [])
    assert [each.status for each in tws.control.orders()] == ["Cancelled"] * 4
    assert "foreign ones too" in broker.alarms[-1].what
    assert held(broker.statement(tws.control.now())) == before
    until(lambda: told.extend(broker.news(tws.control.now())) or reports(told).count("canceled") == 2)


def test_an_order_of_ours_that_another_client_placed_is_told_and_left_to_it(tws, brokers):
    other = brokers(client_id=72)
    other.submit(ticket(tws))
    broker = brokers()
    (order,) = broker.statement(tws.control.now()).orders
    broker.cancel(order.reference)
    told = heard(broker, tws)
    assert [each.reason for each in told] == ["another client placed it, and only that one can end it"]
    assert [each.status for each in tws.control.orders()] == ["Submitted"]


# --- 2: contracts -------------------------------------------------------------------------------------------------


def test_sixty_contracts_of_a_chain_are_found_with_their_rules(tmp_path, left):
    with Tws(tmp_path, symbols="SPY", seconds=60) as tws:
        port = Port(settings(tws))
        contracts = Contracts(port)
        share = contracts.details("SPY").asset
        (chain,) = port.chains("SPY", share.con_id)
        found = port.details(Asset(kind="OPT", symbol="SPY", expiry=chain.expiries[0], trading_class="SPY"))
        names = [contracts.met(each.asset) for each in found][:60]
        assert len({contracts.details(name).asset.con_id for name in names}) == 60
        assert {contracts.ticks(contracts.details(name)) for name in names} == {((Decimal("0.0"), Decimal("0.01")),)}
        with pytest.raises(Unlisted, match="NOPE: IBKR lists 0"):
            contracts.details("NOPE")
        port.close()
        assert left.peak <= MOST
        assert all(each.strikes == 0 for each in tws.control.rates())
        assert tws.control.violations() == ()
