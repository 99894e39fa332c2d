"""The simulator's edges of the protocol: what is spoken, in which order, and what is refused."""

from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.testing.tws.requests import REQUESTS
from tests.ibkr.asked import ASKED
from tests.ibkr.golden import least
from tests.ibkr.placing import place
from tests.ibkr.wire import CALL, PUT, Wire


def test_the_greeting_says_version_and_time(tws):
    with Wire(tws.port) as wire:
        assert (wire.version, wire.time) == ("178", "20260209 10:00:00 EST")
        assert wire.read().text("accounts") == "DU1,DU2"
        assert wire.read().number("orderId") == 1
        assert wire.errors(3) == [2104, 2106, 2158]


def test_another_version_is_not_spoken(process):
    process.control.reset()
    with Wire(process.port, versions="v179..200", start=False) as wire:
        assert wire.ended()
    assert [each.why for each in process.control.violations()] == ["a client of versions v179..200: only 178 is spoken"]


@pytest.mark.parametrize("name", ASKED)
def test_a_request_with_a_field_more_or_less_is_a_violation(process, name):
    process.control.reset()
    number = next(number for number, layout in REQUESTS.items() if layout.name == name)
    fields = least(REQUESTS[number])
    with Wire(process.port) as wire:
        wire.ready()
        wire.ask(number, *fields, "1")
        wire.ask(number, *fields[:-1])
        wire.ask(*((49, 1) if name == "reqMarketRule" else (91, 26)))
        wire.until("currentTime" if name == "reqMarketRule" else "marketRule") if name != "startApi" else wire.ended()
    expected = 1 if name == "startApi" else 2
    assert len([each for each in process.control.violations() if each.why.startswith(name)]) >= expected


def test_a_request_that_is_not_understood_is_a_violation(process):
    process.control.reset()
    with Wire(process.port) as wire:
        wire.ready()
        wire.ask(82)
        wire.ask(49, 1)
        wire.until("currentTime")
    assert [each.why for each in process.control.violations()] == ["request 82 is not understood"]


def test_who_asks_too_fast_is_told_and_at_last_cut_off(tws):
    tws.control.turn(rate=3)
    with Wire(tws.port, client=9) as wire:
        wire.ready()
        for _ in range(6):
            wire.ask(49, 1)
        assert 100 in [m.number("code") for m in wire.until("error")]
        assert wire.ended()
    (rate,) = [each for each in tws.control.rates() if each.client == 9]
    assert rate.strikes == 3
    assert rate.peak >= 5


def test_messages_arrive_in_the_order_of_real_ones(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        wire.ask(61, 1)
        wire.until("positionEnd")
        place(wire)
        assert [m.name for m in wire.until("orderStatus")] == ["openOrder", "orderStatus"]
        tws.control.fill("au-1")
        told = [m.name for m in wire.until("position")]
        assert told == ["execDetails", "openOrder", "orderStatus", "commissionReport", "position"]


def test_executions_may_come_before_the_order_and_commissions_behind_their_end(tws):
    tws.control.turn(executions_first=True, commissions_last=True, statuses=2)
    tws.control.play(fills="touch")
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        told = [m.name for m in (wire.read() for _ in range(8))]
        assert told[:4] == ["execDetails", "openOrder", "orderStatus", "orderStatus"]
        assert told[4] == "commissionReport"
        wire.ask(7, 3, 5, 0, "", "", "", "", "", "")
        told = [m.name for m in (wire.read() for _ in range(3))]
        assert told == ["execDetails", "execDetailsEnd", "commissionReport"]


def test_commissions_are_held_until_they_are_released(tws):
    tws.control.turn(hold_commissions=True)
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        wire.until("orderStatus")
        tws.control.fill("au-1")
        assert "commissionReport" not in [m.name for m in wire.until("orderStatus")]
        tws.control.release_commissions()
        assert wire.read().amount("commission") == Decimal("1.30")


def test_an_order_that_is_swallowed_is_never_heard_of(tws):
    tws.control.turn(swallow=1)
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire, 1, "au-1")
        place(wire, 2, "au-2")
        assert wire.read().text("orderRef") == "au-2"
    assert [each.reference for each in tws.control.orders()] == ["au-2"]


def test_a_number_that_was_used_is_a_duplicate(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire, 5)
        wire.until("orderStatus")
        place(wire, 4, "au-2")
        assert wire.errors(1) == [103]


@pytest.mark.parametrize("reason_first", [False, True])
def test_the_next_order_is_rejected_as_is_told(tws, reason_first):
    tws.control.turn(reject=(201, "Order rejected - reason:No trading permissions"), reason_first=reason_first)
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        told = [wire.read() for _ in range(3)]
        assert [m.name for m in told][::-1 if reason_first else 1] in (
            ["openOrder", "orderStatus", "error"], ["orderStatus", "openOrder", "error"],
        )  # fmt: skip
        assert {m.text("status") for m in told if m.name != "error"} == {"Inactive"}
        place(wire, 2, "au-2")
        assert wire.until("orderStatus")[-1].text("status") == "Submitted"


def test_a_read_only_api_takes_no_orders(tws):
    tws.control.turn(read_only=True)
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        assert wire.errors(1) == [321]
    assert tws.control.orders() == ()


def test_an_order_may_be_inactive_for_a_while(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        wire.until("orderStatus")
        tws.control.hold("au-1")
        told = wire.read()
        assert (told.text("status"), told.text("whyHeld")) == ("Inactive", "locate")
        tws.control.resume("au-1")
        assert wire.until("orderStatus")[-1].text("status") == "Submitted"
        tws.control.cancel("au-1", "Too good")
        assert [m.name for m in wire.until("error")] == ["openOrder", "orderStatus", "error"]


def test_everything_of_an_order_is_told_once_more(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        wire.until("orderStatus")
        tws.control.fill("au-1", 1)
        wire.until("commissionReport")
        tws.control.again("au-1")
        assert [m.name for m in wire.until("execDetails")] == ["openOrder", "orderStatus", "execDetails"]


def test_client_zero_binds_what_a_person_placed(tws):
    perm = tws.control.manual("DU1", "SPY", 10, Decimal("600.00"))
    with Wire(tws.port, client=0) as wire:
        wire.ready()
        wire.ask(15, 1, 1)
        told = wire.until("orderStatus")[0]
        assert told.number("orderId") < 0
        assert told.number("permId") == perm
        wire.ask(4, 1, told.number("orderId"), "")
        assert wire.errors(1) == [202]


def test_only_who_placed_an_order_may_end_it(tws):
    with Wire(tws.port, client=3) as mine, Wire(tws.port, client=4) as other:
        mine.ready()
        other.ready()
        place(mine)
        mine.until("orderStatus")
        other.ask(4, 1, 1, "")
        assert other.errors(1) == [10147]
    assert tws.control.clients() in ((3, 4), (3,), (4,), ())


def test_executions_without_an_order_are_told_at_once_later_or_when_asked_for(tws):
    tws.control.position("DU1", PUT, -3)
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.assign("DU1", PUT, 1)
        assert [wire.read().text("localSymbol"), wire.read().text("localSymbol")] == [PUT, "SPY"]
        tws.control.turn(foreign_told=False)
        tws.control.assign("DU1", PUT, 1)
        wire.ask(7, 3, 5, 0, "DU1", "", "", "", "", "")
        assert len([m for m in wire.until("execDetailsEnd") if m.name == "execDetails"]) == 4
        tws.control.turn(foreign_told=True)
        tws.control.expire("DU1", PUT, told=False)
        wire.ask(7, 3, 6, 0, "DU2", "", "", "", "", "")
        assert len(wire.until("execDetailsEnd")) == 1
        hidden = "DU1.000006.01"
        with pytest.raises(InputError, match="not known"):
            tws.control.late("DU1", "DU1.000099.01")
        tws.control.late("DU1", hidden)
        assert wire.read().text("execId") == hidden


def test_executions_are_remembered_for_a_day_or_for_some_hours(tws):
    tws.control.position("DU1", PUT, -1)
    tws.control.assign("DU1", PUT)
    tws.control.tick(16 * 3600)
    with Wire(tws.port) as wire:
        wire.ready()
        for hours, count in ((0, 0), (24, 2), (12, 0)):
            tws.control.turn(remembered=hours)
            wire.ask(7, 3, 5, 0, "", "", "", "", "", "")
            assert len(wire.until("execDetailsEnd")) == count + 1


def test_a_contract_is_exercised_by_request(tws):
    tws.control.position("DU1", CALL, 2)
    exercise = (21, 2, 5, 0, "SPY", "OPT", "20260220", "700.0", "C", "100", "SMART", "USD", "", "SPY")
    with Wire(tws.port) as wire:
        wire.ready()
        wire.ask(*exercise, 1, 3, "DU1", 0)
        assert wire.errors(1) == [322]
        wire.ask(*exercise, 1, 1, "DU1", 0)
        wire.until("execDetails")
        wire.until("execDetails")
    assert tws.control.account("DU1").holdings == {CALL: 1, "SPY": 100}


def test_account_values_are_told_every_three_minutes(tws):
    tws.control.position("DU1", "SPY", 100)
    with Wire(tws.port) as wire:
        wire.ready()
        wire.ask(76, 1, 4, "DU1", "", 0)
        wire.until("accountUpdateMultiEnd")
        tws.control.quote("SPY", 700.00, 700.02)
        tws.control.tick(179)
        tws.control.tick(1)
        told = {m.text("key"): m.text("value") for m in (wire.read() for _ in range(18))}
        assert told["NetLiquidation"] == "1070001.00"
        assert told["StockMarketValue"] == "70001.00"


def test_quotes_are_refused_in_the_middle_and_the_markets_own_come_back(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        wire.ask(1, 11, 4, 0, "SPY", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")
        wire.until("tickString")
        tws.control.deny("*", 10197)
        assert wire.errors(1) == [10197]
        assert tws.control.lines() == 0
        tws.control.unquote("SPY")
        tws.control.grant("*")
        wire.ask(1, 11, 5, 0, "SPY", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")
        assert wire.errors(1) == [200]


def test_anything_can_be_said(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.say(2110, "Connectivity between Trader Workstation and server is broken.")
        told = wire.read()
        assert (told.number("reqId"), told.number("code")) == (-1, 2110)
