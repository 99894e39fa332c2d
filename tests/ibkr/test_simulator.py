"""The simulator itself: its protocol's edges, its faults, its clock, its books, and its life and death."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from ib_async import LimitOrder

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.testing.tws import Control, Fault, Tws
from allusr_sdk.testing.tws.requests import REQUESTS
from tests.ibkr.test_flows_ib_async import option
from tests.ibkr.test_layouts import least
from tests.ibkr.test_requests import ASKED, words
from tests.ibkr.wire import CALL, LOWER, PUT, QUOTES, Wire

BEGAN = datetime(2026, 2, 9, 15, 0, tzinfo=UTC)


def place(wire, number=1, reference="au-1", side="SELL", lots=2, limit=4.00):
    """A plain order for the put, as ib_async sends it."""
    order = LimitOrder(side, lots, limit, orderRef=reference, account="DU1", tif="DAY")
    wire.ask(*words("placeOrder", number, option(PUT), order))


# --- the protocol's edges -----------------------------------------------------------------------------------------


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


# --- faults -------------------------------------------------------------------------------------------------------


def told_of_a_fill(tws, fault):
    """Names of what a client hears of an order that is filled, with one thing that goes wrong."""
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        wire.until("orderStatus")
        tws.control.fault(fault)
        tws.control.fill("au-1")
        wire.ask(49, 1)
        return [m.name for m in wire.until("currentTime")][:-1]


WHOLE = ["execDetails", "openOrder", "orderStatus", "commissionReport"]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("drop", WHOLE[1:]),
        ("hold", WHOLE[1:]),
        ("duplicate", ["execDetails", *WHOLE]),
        ("swap", ["openOrder", "execDetails", "orderStatus", "commissionReport"]),
    ],
)
def test_a_message_is_dropped_held_told_twice_or_swapped(tws, deed, told):
    assert told_of_a_fill(tws, Fault(message="execDetails", deed=deed)) == told


def test_a_fault_waits_for_its_message_and_is_over(tws):
    tws.control.fault(Fault(message="currentTime", deed="drop", after=1, times=1, client=3))
    with Wire(tws.port) as wire:
        wire.ready()
        for _ in range(3):
            wire.ask(49, 1)
        wire.ask(17, 1)
        assert [m.name for m in wire.until("managedAccounts")] == ["currentTime", "currentTime", "managedAccounts"]
    assert tws.control.faults() == ()


def test_what_is_held_is_told_in_any_order(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.fault(Fault(message="*", deed="hold", times=2))
        wire.ask(49, 1)
        wire.ask(17, 1)
        wire.ask(8, 1, 1)
        assert wire.read().name == "nextValidId"
        tws.control.release((1,))
        assert [wire.read().name, wire.read().name] == ["managedAccounts", "currentTime"]


@pytest.mark.parametrize(("deed", "taken"), [("cut", 0), ("drop", 0), ("cut_after", 1), ("duplicate", 1)])
def test_an_order_is_lost_on_its_way_or_its_answer_is(tws, deed, taken):
    tws.control.fault(Fault(message="placeOrder", deed=deed))
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        if deed.startswith("cut"):
            assert wire.ended()
        else:
            wire.ask(49, 1)
            wire.until("currentTime")
    assert len(tws.control.orders()) == taken


def test_a_mute_peer_and_a_silent_gateway_say_nothing(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.mute()
        wire.ask(49, 1)
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.read()
    tws.control.mute(False)
    tws.control.silent()
    with Wire(tws.port, start=False) as wire:
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.read()
    tws.control.silent(False)


def test_a_gateway_that_is_down_refuses_and_is_up_at_the_same_port(tws):
    port = tws.port
    with Wire(port) as wire:
        wire.ready()
        tws.control.down()
        assert wire.ended()
    with pytest.raises(ConnectionRefusedError):
        Wire(port)
    tws.control.up()
    with Wire(port) as wire:
        wire.ready()


# --- nights and books ---------------------------------------------------------------------------------------------


def test_a_split_gives_every_contract_a_new_con_id_and_moves_no_money(tws):
    control = tws.control
    control.position("DU1", "SPY", 100, Decimal("695.00"))
    control.position("DU1", PUT, -1, Decimal("4.00"))
    before, old = control.account("DU1").cash, control.con_id(PUT)
    control.split("SPY", 5)
    seen = control.account("DU1")
    assert seen.holdings == {"SPY": 500, "SPY   260220P00138000": -5}
    assert (seen.cash, seen.averages["SPY"]) == (before, Decimal("139.0000"))
    assert control.con_id("SPY   260220P00138000") != old


def test_a_liquidation_has_number_minus_one_and_comes_behind_a_warning(tws):
    tws.control.position("DU1", PUT, -2)
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.liquidate("DU1", PUT, 2, Decimal("6.00"))
        assert wire.errors(1) == [2148]
        told = wire.read()
        assert (told.number("orderId"), told.number("liquidation"), told.number("clientId")) == (-1, 1, 0)


def test_a_day_of_expiries_settles_by_official_prices(tws):
    for name, count in ((PUT, -2), (LOWER, 1), (CALL, -1)):
        tws.control.position("DU1", name, count)
    tws.control.settle(date(2026, 2, 20), {"SPY": Decimal("685.00")})
    assert tws.control.account("DU1").holdings == {"SPY": 200}
    assert [(fill.instrument, fill.price) for fill in tws.control.fills()] == [
        (CALL, 0), (LOWER, 0), (PUT, 0), ("SPY", 690),
    ]  # fmt: skip


def test_books_add_up_over_sales_purchases_and_corrections(tws):
    control = tws.control
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire, 1, "au-1", "SELL", 4, 4.00)
        wire.until("orderStatus")
        control.fill("au-1", 4)
        (sold,) = [m.text("execId") for m in wire.until("commissionReport") if m.name == "execDetails"]
        control.correct(sold, fee=Decimal("3.60"))
        wire.until("commissionReport")
        place(wire, 2, "au-2", "BUY", 1, 3.00)
        wire.until("orderStatus")
        control.fill("au-2")
        told = wire.until("commissionReport")[-1]
        assert told.amount("realizedPNL") == Decimal("98.45")
    seen = control.account("DU1")
    assert seen.holdings == {PUT: -3}
    assert seen.averages == {PUT: Decimal("399.1000")}
    assert seen.cash == Decimal("1000000") + 4 * 400 - Decimal("3.60") - 300 - Decimal("0.65")


def test_dividends_transfers_and_shifts_are_cash(tws):
    tws.control.position("DU1", "SPY", 100)
    tws.control.dividend("SPY", Decimal("1.90"))
    tws.control.shift("DU1", Decimal("-40.00"))
    assert tws.control.account("DU1").cash == Decimal("1000150.00")


def test_an_adjusted_contract_has_another_class(tws):
    tws.control.position("DU1", PUT, -1)
    adjusted = "SPY1  260220P00690000"
    tws.control.become("DU1", PUT, adjusted)
    with Wire(tws.port) as wire:
        wire.ready()
        wire.ask(61, 1)
        (told, _) = wire.until("positionEnd")
        assert (told.text("tradingClass"), told.text("symbol"), told.text("localSymbol")) == ("SPY1", "SPY", adjusted)


def test_what_cannot_be_done_is_said_in_words(tws):
    for deed, words_of in (
        (lambda: tws.control.fill("au-9"), "au-9: not known"),
        (lambda: tws.control.assign("DU9", PUT), "DU9: there are DU1, DU2"),
        (lambda: tws.control.assign("DU1", PUT), "none of it is held"),
        (lambda: tws.control.fault(Fault(message="placeOrder", deed="hold")), "hold is for what TWS tells"),
        (lambda: tws.control.fault(Fault(message="placeorder", deed="drop")), "no message of this name"),
        (lambda: tws.control.quote("no contract 1", 1.0, 2.0), "not an OSI option symbol"),
        (lambda: tws.control.farm(1), "expected one of 2103"),
        (lambda: tws.control.liquidate("DU1", PUT, 1, Decimal(1)), "0 held"),
        (lambda: tws.control.correct("x"), "not known"),
        (lambda: tws.control.line.ask(type(None), "fly"), "nothing that a control can do"),
    ):
        with pytest.raises(InputError, match=words_of):
            deed()


# --- time, life and death -----------------------------------------------------------------------------------------


def test_time_stands_until_it_is_moved_and_never_goes_back(tws):
    assert tws.control.now() == BEGAN
    assert tws.control.advance(BEGAN + timedelta(hours=1)) == BEGAN + timedelta(hours=1)
    assert tws.control.advance(BEGAN) == BEGAN + timedelta(hours=1)
    assert tws.control.step() is None


def test_a_clock_may_have_a_pace(tws):
    tws.control.pace(3600)
    while tws.control.now() < BEGAN + timedelta(minutes=5):
        pass
    tws.control.pace(0)
    stood = tws.control.now()
    assert tws.control.now() == stood


def test_all_of_it_outlives_a_kill(tmp_path):
    options = {"market": "none", "fills": "never", "seconds": 60}
    with Tws(tmp_path, **options) as tws:
        for name, (bid, ask) in QUOTES.items():
            tws.control.quote(name, bid, ask)
        with Wire(tws.port) as wire:
            wire.ready()
            place(wire)
            wire.until("orderStatus")
            tws.control.fill("au-1", 1)
            tws.control.fault(Fault(message="execDetails", deed="drop"))
            tws.control.tick(60)
        before = (tws.control.orders(), tws.control.fills(), tws.control.account("DU1"), tws.control.now())
        ids = tws.control.con_id(PUT)
        tws.kill()
        tws.start()
        assert before == (tws.control.orders(), tws.control.fills(), tws.control.account("DU1"), tws.control.now())
        assert tws.control.con_id(PUT) == ids
        assert len(tws.control.faults()) == 1
        with Wire(tws.port) as wire:
            wire.ready()
            wire.ask(5, 1)
            assert wire.read().text("orderRef") == "au-1"
        tws.control.stop()
        assert tws.wait() == 0


def test_it_ends_by_itself_where_nobody_comes(tmp_path):
    with Tws(tmp_path, market="none", seconds=0.2) as tws:
        tws.control.close()
        assert tws.wait() == 0


def test_a_state_that_is_none_is_refused_in_words(tmp_path):
    Path(tmp_path / "tws.json").write_text('{"orders": 7}')
    with pytest.raises(RuntimeError, match="no state of a simulated TWS"):
        Tws(tmp_path, market="none").start()


def test_a_control_without_a_process_says_so(tmp_path):
    with pytest.raises(BrokerSilent):
        Control(tmp_path / "tws.ports").now()
