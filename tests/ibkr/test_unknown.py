"""What a gateway does not tell is unknown and never zero: nothing is traded, booked or taken as gone by it."""

from datetime import date
from decimal import Decimal
from math import isnan

import pytest
from ib_async import BarData, Contract, ContractDetails

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.contracts import Contracts, Unlisted, name_of
from allusr_sdk.execution.ibkr.market.listing import Listing
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.execution.ibkr.port import Port, Subscription, wording
from allusr_sdk.execution.ibkr.records import Asset, Details, Refused, Tick
from allusr_sdk.testing.tws import Fault
from tests.ibkr.adapter import heard, option, reports, runs, settings, ticket, until
from tests.ibkr.wire import LOWER, PUT

UNSET = "1.7976931348623157E308"


def spoiled(tws, message, field, value="", times=1, after=0):
    tws.control.fault(Fault(message=message, deed="change", field=field, value=value, times=times, after=after))


def answered(ask):
    """Ask until there is an answer."""
    found = []

    def asked():
        try:
            found.append(ask())
        except BrokerSilent:
            return False
        return True

    until(asked, 8)
    return found[0]


def holdings(found):
    return {each.instrument: each.quantity for each in found.holdings}


# --- contracts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["", "0", "100.5", UNSET])
def test_an_option_that_does_not_say_for_how_many_shares_it_is_is_not_traded(tws, brokers, told):
    spoiled(tws, "contractDetails", "multiplier", told)
    broker = brokers()
    broker.submit(ticket(tws))
    (report,) = heard(broker, tws)
    assert (report.status, report.reason.partition(":")[0]) == ("rejected", "LQ-4")
    assert "does not tell for how many shares" in report.reason
    assert tws.control.orders() == ()


def test_what_is_held_of_such_an_option_is_not_taken_for_the_standard_one(tws, brokers):
    tws.control.position("DU1", PUT, -2)
    broker = brokers()
    spoiled(tws, "position", "multiplier", times=20)
    assert holdings(broker.statement(tws.control.now())) == {f"{PUT} x?": -2}
    assert name_of(Asset(kind="OPT", symbol="SPY", local_symbol=PUT, multiplier=10)) == f"{PUT} x10"


class Rules:
    """A port that knows one market rule."""

    def __init__(self, *rule):
        self._rule = tuple((Decimal(low), Decimal(step)) for low, step in rule)

    def rule(self, number):
        return self._rule


@pytest.mark.parametrize(
    ("number", "tick", "rule"),
    [(0, "0", ()), (26, "0.01", ()), (26, "0.01", [("0", "0")]), (26, "0.01", [("3", "0.05")])],
)
def test_a_contract_without_a_price_increment_for_every_price_has_none(number, tick, rule):
    put = Details(asset=Asset(kind="OPT", symbol="SPY", local_symbol=PUT), rule=number, min_tick=Decimal(tick))
    with pytest.raises(Unlisted, match=r"^ORD-1: .* is not traded: IBKR tells no price increment of it"):
        Contracts(Rules(*rule)).ticks(put)


def test_an_order_whose_price_increment_is_not_told_is_rejected_with_the_reason(tws, brokers, monkeypatch):
    monkeypatch.setattr(Port, "rule", lambda self, number: ())
    broker = brokers()
    broker.submit(ticket(tws))
    (report,) = heard(broker, tws)
    assert (report.status, report.reason.partition(":")[0]) == ("rejected", "ORD-1")
    assert tws.control.orders() == ()


@pytest.mark.parametrize(
    ("exchanges", "rules", "found"),
    [
        ("CBOE,SMART", "109,26", 26), ("CBOE,SMART", ",26", 26), ("SMART,CBOE", ",26", 0), ("CBOE,ISE", "26,26", 26),
        ("CBOE,ISE", "26,109", 0), ("CBOE,SMART", "26", 26), ("CBOE,SMART,ISE", "26,109", 0), ("SMART", "", 0),
    ],
)  # fmt: skip
def test_a_price_rule_is_the_one_of_smart_or_none(exchanges, rules, found):
    told = ContractDetails(contract=Contract(), validExchanges=exchanges, marketRuleIds=rules)
    assert wording.details_of(told).rule == found


# --- what is held, and what there is in cash -------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["", UNSET, "-1.5"])
def test_a_position_that_is_not_told_is_not_nothing(tws, brokers, told):
    tws.control.position("DU1", PUT, -2)
    broker = brokers()
    broker.statement(tws.control.now())
    spoiled(tws, "position", "position", told, times=3)
    with pytest.raises(BrokerSilent, match="not told as a whole number"):
        broker.statement(tws.control.now())
    assert "not told as a whole number" in broker.alarms[-1].what
    tws.control.mend()
    assert holdings(answered(lambda: broker.statement(tws.control.now()))) == {PUT: -2}


def test_parts_of_shares_of_another_account_are_none_of_ours(tws, brokers):
    tws.control.position("DU2", "SPY", 3, Decimal("695.00"))
    spoiled(tws, "position", "position", "3.5", times=20)
    assert brokers().statement(tws.control.now()).holdings == ()


@pytest.mark.parametrize("message", ["position", "openOrder", "orderStatus", "execDetails"])
def test_an_answer_of_which_a_part_cannot_be_read_is_none(tws, brokers, message):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.fill("au-1", 1)
    before = broker.statement(tws.control.now())
    assert (holdings(before), len(before.orders), len(before.executions)) == ({PUT: -1}, 1, 1)
    tws.control.fault(Fault(message=message, deed="garble"))
    with pytest.raises(BrokerSilent, match="could not be read"):
        broker.statement(tws.control.now())
    after = answered(lambda: broker.statement(tws.control.now()))
    assert (after.holdings, after.orders, after.executions) == (before.holdings, before.orders, before.executions)


def test_an_order_that_cannot_be_read_is_not_decided_anew(tws, brokers):
    first = brokers()
    first.submit(ticket(tws))
    first.close()
    broker = brokers()
    tws.control.fault(Fault(message="openOrder", deed="garble", times=2))
    with pytest.raises(BrokerSilent, match="could not be read"):
        broker.submit(ticket(tws))
    answered(lambda: broker.submit(ticket(tws)))
    assert [each.reference for each in tws.control.orders()] == ["au-1"]


def test_cash_in_another_currency_is_no_dollars(tws, brokers):
    spoiled(tws, "accountUpdateMulti", "currency", "EUR", times=50)
    with pytest.raises(BrokerSilent, match="is told in EUR, not in USD"):
        brokers().statement(tws.control.now())


def test_the_size_of_an_order_that_is_not_told_is_not_nothing(tws, brokers):
    tws.control.manual("DU1", PUT, -5, Decimal("4.50"))
    spoiled(tws, "openOrder", "totalQuantity", times=9)
    with pytest.raises(BrokerSilent, match="has or orders is not told"):
        brokers().statement(tws.control.now())


# --- executions and their fees ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "told"), [("shares", ""), ("price", ""), ("price", UNSET), ("shares", "0.5")])
def test_an_execution_that_cannot_be_booked_leaves_the_account_unknown(tws, brokers, field, told):
    broker = brokers()
    broker.submit(ticket(tws))
    heard(broker, tws)
    spoiled(tws, "execDetails", field, told, times=2)
    tws.control.fill("au-1")
    with pytest.raises(BrokerSilent, match="it cannot be booked"):
        broker.news(tws.control.now())
    with pytest.raises(BrokerSilent, match="it cannot be booked"):
        broker.statement(tws.control.now())
    assert "it cannot be booked" in broker.alarms[-1].what
    (run,) = runs(answered(lambda: heard(broker, tws, 1, runs)))
    assert (run.quantity, run.price) == (-2, Decimal("4.0"))


@pytest.mark.parametrize(("field", "told"), [("commission", ""), ("commission", UNSET), ("currency", "EUR")])
def test_a_fee_that_is_not_told_in_dollars_is_unknown(tws, brokers, field, told):
    broker = brokers()
    broker.submit(ticket(tws))
    spoiled(tws, "commissionReport", field, told, times=9)
    tws.control.fill("au-1")
    (run,) = runs(heard(broker, tws, 2, runs))
    assert run.fee is None


# --- the market ------------------------------------------------------------------------------------------------------


def test_whether_it_is_halted_is_known_by_a_zero_alone():
    line = Values(PUT, Subscription(option(PUT), ""))
    for value, halted in ((-1.0, True), (0.0, False), (2.0, True)):
        line.feed.ticks.append(Tick(kind=49, at=1.0, values={"value": value}))
        line.drain()
        assert line.halted is halted


@pytest.mark.parametrize("price", [0.0, -1.0, float(UNSET), float("nan")])
def test_a_bar_without_a_price_is_none(price):
    bar = BarData(date=date(2026, 2, 6), open=690.0, high=700.0, low=price, close=695.0, volume=-1)
    assert wording.bar_of(bar) is None
    bar.low = 689.0
    assert isnan(wording.bar_of(bar).volume)


def test_a_chain_that_does_not_say_for_how_many_shares_it_is_has_no_expiries(tws):
    port = Port(settings(tws))
    spoiled(tws, "chain", "multiplier", times=9)
    assert Listing(port).expiries("SPY") == ()
    tws.control.mend()
    assert Listing(port).expiries("SPY") == (date(2026, 2, 20),)
    port.close()


def test_a_question_that_is_refused_has_no_answer(tws):
    port = Port(settings(tws))
    with pytest.raises(BrokerSilent) as why:
        port.details(Asset(symbol="NOPE"))
    assert isinstance(why.value, Refused)
    port.close()


def test_another_order_is_not_hurt_by_what_one_cannot_be(tws, brokers):
    spoiled(tws, "contractDetails", "multiplier")
    broker = brokers()
    broker.submit(ticket(tws))
    broker.submit(ticket(tws, name=LOWER, limit="2.10", reference="au-2"))
    assert (reports(heard(broker, tws), "au-2"), [each.reference for each in tws.control.orders()]) == (
        ["accepted"], ["au-2"],
    )  # fmt: skip
