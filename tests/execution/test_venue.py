"""The venue against the books: taking up positions, settlement, comparison, and what nautilus is relied on for."""

from datetime import date
from decimal import Decimal

import pytest
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.instruments import Equity, IndexInstrument

from allusr_sdk.errors import BreakError
from allusr_sdk.execution import venue
from allusr_sdk.execution.instruments import contract_id, option, spread, symbol_id, underlying
from allusr_sdk.model.options import Right

D = Decimal
EXPIRY = date(2026, 2, 13)


def settle(bench, contracts, **prices):
    """Settle contracts on the official prices of their expiry; returns (instrument, side, quantity, price, tag)."""
    view = bench.view("16:15", day=EXPIRY)
    bench.venue.settle(view, {s: D(p) for s, p in prices.items()}, contracts)
    return [
        (f.instrument_id.symbol.value, "buy" if f.is_buy else "sell", int(f.last_qty), f.last_px.as_decimal(), tag)
        for f, tag in bench.settled
    ]


# --- positions of the books ----------------------------------------------------------------------------------------


def test_a_venue_built_from_the_books_agrees_with_them_and_says_nothing(bench, make):
    positions = [
        make.held(make.put(100), -3, "1.6933"),
        make.held(make.put(120, right=Right.CALL), -2, "2.50"),
        make.held(None, 200, "101.2345"),
        make.held(make.put(80), 4, "0.3333"),
    ]
    one = bench(positions=positions, cash="123456.78")
    one.at("10:00")
    assert one.venue.check(positions, D("123456.78")) == D("123456.78")
    assert (one.said, one.settled) == ([], [])


def test_ledgers_that_hold_one_contract_are_one_position_at_the_venue(bench, make):
    positions = [make.held(make.put(100), -3, "1.69"), make.held(make.put(100), -1, "1.75", ledger="other")]
    one = bench(positions=positions)
    one.at("10:00")
    one.venue.check(positions, D("1000000"))


@pytest.mark.parametrize("quantity", [-2, -4, 0])
def test_a_quantity_that_differs_is_break_b03(bench, make, quantity):
    one = bench(positions=[make.held(make.put(100), -3, "1.69")])
    one.at("10:00")
    with pytest.raises(BreakError, match=r"B03 quantity: books hold .* the venue \[\('XYZ260213P00100000', -3\)\]"):
        one.venue.check([make.held(make.put(100), quantity, "1.69")], D("1000000"))


def test_cash_that_differs_is_break_b09(bench, make):
    one = bench(positions=[make.held(make.put(100), -3, "1.69")])
    one.at("10:00")
    with pytest.raises(BreakError, match=r"B09 cash: books hold 999999\.00, the venue 1000000\.00"):
        one.venue.check([make.held(make.put(100), -3, "1.69")], D("999999.00"))


def test_the_books_cash_follows_from_the_fills_to_the_cent(bench, make):
    one = bench(positions=[make.held(None, 100, "50.00")], cash="10000.00")
    one.at("10:00", make.order(quantity=-2, bid="1.03", ask="1.04", prices=["1.03"]))
    one.at("10:05", make.order("XYZ", -100, bid="51.17", ask="51.18", prices=["51.17"], key="sleeve.2", opening=False))
    assert one.venue.cash == D("10000.00") + D("206.00") - D("1.40") + D("5117.00") - D("0.50")


def test_the_venue_lives_only_to_instants_at_which_an_order_works_or_is_sent(bench, make):
    one = bench(positions=[make.held(None, 100, "50.00")], cash="10000.00")
    one.at("10:00")
    lived = one.venue.engine.iteration
    one.at("10:05")
    assert one.venue.engine.iteration == lived
    one.at("10:10", make.order(quantity=-2, bid="1.03", ask="1.07", prices=["1.06"]))
    one.at("10:15")
    assert one.venue.engine.iteration == lived + 2
    assert [(at, status) for at, status, _ in one.statuses()] == [(600, "accepted"), (610, "canceled")]


def test_as_many_exits_as_a_day_asks_for_leave_at_one_instant(bench, make):
    puts = [make.put(strike) for strike in range(100, 220)]
    one = bench(positions=[make.held(put, -1, "1.69") for put in puts])
    one.at("10:00", *(
        make.order(put, 1, bid="1.03", ask="1.04", prices=["1.04"], key=f"sleeve.{put.strike}", opening=False)
        for put in puts
    ))  # fmt: skip
    assert [status for _, status, _ in one.statuses()] == ["accepted"] * 120
    one.venue.check([], one.venue.cash)


def test_a_venue_is_worth_building_anew_once_it_knows_many_contracts(bench, make, monkeypatch):
    monkeypatch.setattr(venue, "MANY", 3)
    one = bench(positions=[make.held(make.put(100), -1, "1.69"), make.held(make.put(90), -1, "0.80")])
    one.at("10:00")
    assert not one.venue.worn
    one.at("10:05", make.order(make.put(80), bid="0.40", ask="0.44", prices=["0.44"]))
    assert one.venue.worn


def test_a_venue_that_has_held_shares_is_worth_building_anew_as_it_rounds_what_they_cost(bench, make):
    one = bench(positions=[make.held(None, 100, "50.00")])
    one.at("10:00", make.order("XYZ", -100, bid="51.17", ask="51.18", prices=["51.17"], opening=False))
    one.venue.check([], D("1005116.50"))
    assert one.venue.worn


# --- settlement ----------------------------------------------------------------------------------------------------


def test_a_short_put_in_the_money_takes_shares_at_the_strike(bench, make):
    one = bench(positions=[make.held(make.put(100), -3, "1.69")])
    one.at("10:00")
    assert settle(one, [make.put(100)], XYZ="98.50") == [
        ("XYZ260213P00100000", "buy", 3, D("0.00"), "EXPIRATION_SIM_PHYSICAL_CLOSE"),
        ("XYZ", "buy", 300, D("100.0000"), "EXPIRATION_SIM_PHYSICAL_OPEN"),
    ]
    assert one.venue.cash == D("970000.00")
    one.venue.check([make.held(None, 300, "100.00")], D("970000.00"))


def test_a_covered_call_in_the_money_gives_the_shares_away(bench, make):
    call = make.put(100, right=Right.CALL)
    one = bench(positions=[make.held(call, -1, "1.00"), make.held(None, 100, "90.00")])
    one.at("10:00")
    assert [row[1:] for row in settle(one, [call], XYZ="104.00")] == [
        ("buy", 1, D("0.00"), "EXPIRATION_SIM_PHYSICAL_CLOSE"),
        ("sell", 100, D("100.0000"), "EXPIRATION_SIM_PHYSICAL_OPEN"),
    ]
    one.venue.check([], D("1010000.00"))


@pytest.mark.parametrize("price", ["100.00", "100.01", "140.00"])
def test_at_the_money_or_beyond_it_ends_worthless(bench, make, price):
    one = bench(positions=[make.held(make.put(100), -3, "1.69")])
    one.at("10:00")
    assert [row[1:] for row in settle(one, [make.put(100)], XYZ=price)] == [("buy", 3, D("0.00"), "EXPIRATION_SIM_OTM")]
    one.venue.check([], D("1000000"))


def test_an_index_option_settles_in_cash_to_the_cent(bench, make):
    contract = make.put(2785, root="SPXW")
    one = bench(positions=[make.held(contract, -2, "9.60", symbol="SPX")])
    one.at("10:00")
    assert settle(one, [contract], SPX="2756.04") == [
        ("SPXW260213P02785000", "buy", 2, D("28.96"), "EXPIRATION_SIM_CASH")
    ]
    one.venue.check([], D("1000000") - D("28.96") * 200)


def test_settlement_uses_the_price_given_then_and_no_older_one(bench, make):
    near, far = make.put(100), make.put(100, date(2026, 2, 20))
    one = bench(positions=[make.held(near, -1, "1.69"), make.held(far, -1, "3.00")])
    one.at("10:00")
    assert settle(one, [near], XYZ="80.00")[-1][-1] == "EXPIRATION_SIM_PHYSICAL_OPEN"
    one.venue.settle(one.view("16:15", day=far.expiry), {"XYZ": D("101.00")}, [far])
    assert one.settled[-1][1] == "EXPIRATION_SIM_OTM"


def test_contracts_that_are_not_named_stay_open(bench, make):
    later = make.put(100, date(2026, 2, 20))
    positions = [make.held(make.put(100), -1, "1.69"), make.held(later, -1, "3.00")]
    one = bench(positions=positions)
    one.at("10:00")
    settle(one, [make.put(100)], XYZ="101.00")
    one.venue.check(positions[1:], D("1000000"))


# --- what is relied on beyond nautilus's public interface -----------------------------------------------------------


def test_the_endpoints_that_quotes_instruments_and_fills_are_sent_to_exist(bench):
    one = bench()
    one.at("10:00")
    wanted = {"SimulatedExchange.process_new_quote.SIM", "DataEngine.process", "ExecEngine.process"}
    assert wanted <= set(one.venue.desk.msgbus.endpoints())


def test_a_fill_without_an_order_is_taken_by_its_leg_mark(bench, make):
    one = bench(positions=[make.held(make.put(100), -3, "1.69")])
    one.at("10:00")
    cache = one.venue.desk.cache
    assert [(p.instrument_id.symbol.value, int(p.signed_qty)) for p in cache.positions_open()] == [
        ("XYZ260213P00100000", -3)
    ]
    assert cache.orders() == []


def test_settlement_reads_the_last_trade_of_the_underlying(bench, make):
    one = bench(positions=[make.held(make.put(100), -1, "1.69")])
    one.at("10:00")
    settle(one, [make.put(100)], XYZ="98.5")
    last = one.venue.desk.cache.trade_tick(symbol_id("XYZ"))
    assert isinstance(last, TradeTick)
    assert last.price.as_decimal() == D("98.5")


def test_instruments_are_what_settlement_and_fees_tell_apart(make):
    assert isinstance(underlying("XYZ"), Equity)
    assert isinstance(underlying("SPX"), IndexInstrument)
    contract = option(make.put("97.5"))
    assert (contract.underlying, contract.multiplier.as_decimal(), contract.strike_price.as_decimal()) == (
        "XYZ", D(100), D("97.5"),
    )  # fmt: skip
    assert option(make.put(2785, root="SPXW")).underlying == "SPX"
    combo = spread(make.put(100), make.put(90))
    assert combo.is_spread()
    assert set(combo.legs()) == {(contract_id(make.put(100)), 1), (contract_id(make.put(90)), -1)}
