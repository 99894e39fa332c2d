"""The simulator's nights and books, its time, its life and its death."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.testing.tws import Control, Fault, Tws
from tests.ibkr.placing import place
from tests.ibkr.wire import CALL, LOWER, PUT, QUOTES, Wire

BEGAN = datetime(2026, 2, 9, 15, 0, tzinfo=UTC)


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
