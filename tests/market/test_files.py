"""Chain folders: instants, sessions, settlements and volumes of what they hold."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from allusr_sdk.market.dividends import Announced, DividendCalendar
from allusr_sdk.market.facts import Facts
from allusr_sdk.market.table import Wanted
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Dividend, Grain
from tests.market.written import FRI, THU, bars, only

PUT = Contract("XYZ", FRI, Right.PUT, "100")


def test_a_canonical_file_becomes_a_step_at_its_instant(canonical, market):
    canonical({})
    opened, closed = market().steps(THU, THU)
    assert opened.view.at == datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
    assert opened.view.fresh_symbols == ("XYZ",)
    quote = opened.view.fresh("XYZ").quotes([PUT])[0]
    assert (quote.bid, quote.ask, quote.volume, quote.open_interest, quote.delta) == (1.0, 1.05, 200, 900, -0.41)
    assert opened.view.fresh("XYZ").spot == 101.5
    assert closed.closing
    assert closed.view.at == datetime(2026, 2, 12, 21, 15, tzinfo=UTC)
    assert closed.view.fresh_symbols == ()
    assert closed.view.snapshots["XYZ"].at == opened.view.at


def test_each_underlying_decides_at_its_own_snapshot(canonical, market):
    canonical({"symbol": "AAA"}, {"symbol": "BBB", "quote_time": "2026-02-12T15:00:30Z"})
    first, second = only(market().steps(THU, THU))
    assert (first.view.fresh_symbols, second.view.fresh_symbols) == (("AAA",), ("BBB",))
    assert set(second.view.snapshots) == {"AAA", "BBB"}


def test_symbols_of_one_instant_share_a_step(canonical, market):
    canonical({"symbol": "AAA"}, name="a.csv")
    canonical({"symbol": "BBB"}, name="b.csv")
    (step,) = only(market().steps(THU, THU))
    assert step.view.fresh_symbols == ("AAA", "BBB")


def test_rows_out_of_order_are_put_in_order(canonical, market):
    canonical(
        {"quote_time": "2026-02-12T16:00:00Z", "strike": 95},
        {"quote_time": "2026-02-12T15:00:00Z"},
        {"quote_time": "2026-02-12T16:00:00Z"},
    )
    early, late = only(market().steps(THU, THU))
    assert (len(early.view.fresh("XYZ").chain), len(late.view.fresh("XYZ").chain)) == (1, 2)


def test_sessions_without_a_snapshot_still_close(canonical, market):
    canonical({})
    steps = list(market().steps(date(2026, 2, 11), date(2026, 2, 17)))
    closes = [step.view.session.day.day for step in steps if step.closing]
    assert closes == [11, 12, 13, 17]


def test_what_is_unknown_is_nan_and_what_is_unsound_stays_as_it_is(canonical, market):
    canonical(
        {"strike": 90, "bid": 0},
        {"strike": 91, "bid": 2, "ask": 1},
        {"strike": 92, "bid": "", "volume": "", "open_interest": "nan", "delta": 0},
        {"strike": 93, "bid": -1, "volume": -1, "delta": 7},
        {"strike": 94},
    )
    (step,) = only(market().steps(THU, THU))
    chain = step.view.fresh("XYZ").chain
    quotes = [chain.quote(row) for row in range(5)]
    assert [quote.sound for quote in quotes] == [False, False, False, False, True]
    assert (quotes[0].bid, quotes[1].bid, quotes[1].ask) == (0.0, 2.0, 1.0)
    for quote in quotes[2:4]:
        assert math.isnan(quote.bid)
        assert math.isnan(quote.volume)
        assert math.isnan(quote.delta)
    assert math.isnan(quotes[2].open_interest)


def test_a_snapshot_of_a_holiday_is_skipped_and_noticed(canonical, market):
    canonical({}, {"quote_time": "2026-02-16T15:00:00Z"})
    source = market()
    assert [step.view.session.day.day for step in only(source.steps(THU, date(2026, 2, 17)))] == [12]
    (notice,) = source.notices
    assert (notice.symbol, notice.rule) == ("XYZ", "CAD-1")
    assert "2026-02-16" in notice.why


def test_a_snapshot_before_the_open_is_skipped_and_noticed(canonical, market):
    canonical({"quote_time": "2026-02-12T13:00:00Z"})
    source = market()
    assert only(source.steps(THU, THU)) == []
    assert "before the open" in source.notices[0].why


def test_a_snapshot_after_the_close_counts_at_the_close_and_settles(canonical, market):
    canonical({"quote_time": "2025-11-28T21:00:00Z", "expiry": "2025-11-28"})
    opened, closed = market().steps(date(2025, 11, 28), date(2025, 11, 28))
    assert opened.view.clock.time().isoformat() == "13:00:00"
    assert [(s.symbol, str(s.price)) for s in closed.settlements] == [("XYZ", "101.50")]


def test_an_intraday_snapshot_settles_nothing(canonical, market):
    canonical({})
    assert list(market().steps(THU, THU))[-1].settlements == ()


def test_a_daily_bar_settles_the_session(canonical, market, tmp_path):
    canonical({})
    closed = list(market(facts=bars(101.25, tmp_path)).steps(THU, THU))[-1]
    assert [(s.symbol, s.day, str(s.price)) for s in closed.settlements] == [("XYZ", THU, "101.25")]


def test_a_daily_bar_in_other_dollars_than_the_chain_settles_nothing(canonical, market, tmp_path):
    canonical({})
    source = market(facts=bars(10.15, tmp_path))
    assert list(source.steps(THU, THU))[-1].settlements == ()
    assert source.notices[0].rule == "LQ-7"


@pytest.mark.parametrize(
    ("times", "grain"),
    [
        (["15:00", "17:00"], Grain.COARSE),
        (["15:00"], Grain.COARSE),
        (["15:00", "15:05", "15:10"], Grain.GRID),
        (["21:00"], Grain.EOD),
        (["22:30"], Grain.EOD),
    ],
)
def test_the_grain_is_seen_from_the_instants(canonical, market, times, grain):
    canonical(*({"quote_time": f"2026-02-12T{time}:00Z"} for time in times))
    source = market()
    assert source.grain is grain
    assert all(step.view.grain is grain for step in source.steps(THU, THU))


def test_two_symbols_a_minute_apart_are_not_a_grid(canonical, market):
    canonical({"symbol": "AAA"}, {"symbol": "BBB", "quote_time": "2026-02-12T15:01:00Z"})
    assert market().grain is Grain.COARSE


def test_volumes_go_back_over_sessions_and_end_with_the_running_one(canonical, market):
    canonical(
        {"quote_time": "2026-02-10T15:00:00Z", "volume": 10},
        {"quote_time": "2026-02-10T18:00:00Z", "volume": 70},
        {"quote_time": "2026-02-11T15:00:00Z", "volume": ""},
        {"volume": 5},
    )
    (step,) = only(market().steps(THU, THU))
    volumes = step.view.fresh("XYZ").volumes(PUT)
    assert volumes[0] == 70
    assert math.isnan(volumes[1])
    assert volumes[2:] == (5,)


def test_sessions_before_the_contract_was_listed_are_not_counted(canonical, market):
    canonical({"quote_time": "2026-02-10T15:00:00Z", "strike": 90}, {"volume": 5})
    (step,) = only(market().steps(THU, THU))
    assert step.view.fresh("XYZ").volumes(PUT) == (5,)


def test_only_what_is_wanted_is_read(canonical, market):
    canonical(
        {},
        {"right": "call"},
        {"expiry": "2026-03-20"},
        {"symbol": "ABC"},
        {"expiry": "2026-02-11"},
    )
    wanted = Wanted(8, frozenset({"XYZ"}), frozenset({Right.PUT}), columns=frozenset({"volume"}))
    (step,) = only(market(wanted=wanted).steps(THU, THU))
    assert list(step.view.snapshots) == ["XYZ"]
    chain = step.view.fresh("XYZ").chain
    assert [chain.quote(row).contract for row in range(len(chain))] == [PUT]
    assert (chain.volume[0], math.isnan(chain.delta[0])) == (200, True)


def test_a_file_of_puts_and_one_of_calls_make_one_chain(canonical, market):
    canonical({}, name="puts.csv")
    canonical({"right": "C"}, name="calls.csv")
    source = market()
    (step,) = only(source.steps(THU, THU))
    assert sorted(step.view.fresh("XYZ").chain.put.tolist()) == [False, True]
    assert source.notices == ()


def test_a_chain_that_two_files_give_is_taken_from_the_second(canonical, market):
    canonical({"bid": 1.0}, name="a.csv")
    canonical({"bid": 1.01}, name="b.csv")
    source = market()
    (step,) = only(source.steps(THU, THU))
    assert step.view.fresh("XYZ").chain.bid.tolist() == [1.01]
    assert "a.csv and b.csv" in source.notices[0].why


def test_the_description_is_of_the_content_and_not_of_the_place(canonical, market, folder, tmp_path):
    path = canonical({})
    one = market().description
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    folder.mkdir()
    canonical({})
    assert market().description == one
    assert str(tmp_path) not in one
    path.write_text(path.read_text().replace("1.05", "1.06"))
    assert market().description != one


def test_equal_folders_give_equal_steps(canonical, market):
    canonical({}, {"quote_time": "2026-02-12T16:00:00Z"})
    walks = [[(s.view.at, s.closing, s.settlements) for s in market().steps(THU, FRI)] for _ in range(2)]
    assert walks[0] == walks[1]


def test_numbers_are_taken_without_copying_or_rounding(canonical, market):
    canonical({"strike": "598.5", "bid": "1.69", "ask": "1.7"})
    chain = only(market().steps(THU, THU))[0].view.fresh("XYZ").chain
    assert (chain.strike[0], chain.bid[0], chain.ask[0]) == (598.5, 1.69, 1.7)
    assert chain.expiry.dtype == np.dtype("datetime64[D]")


def test_a_dividend_is_announced_and_takes_effect_on_the_first_step_of_its_ex_date(canonical, market):
    canonical({})
    paid = tuple(Announced(Dividend("XYZ", day, Decimal("0.25")), None) for day in (THU, date(2026, 5, 14)))
    walked = list(market(facts=Facts(dividends=DividendCalendar(paid))).steps(date(2026, 2, 11), date(2026, 2, 13)))
    assert [(s.view.session.day.day, s.closing, len(s.actions)) for s in walked] == [
        (11, True, 0), (12, False, 1), (12, True, 0), (13, True, 0)
    ]  # fmt: skip
    assert walked[1].actions == (paid[0].dividend,)
    assert [[d.ex_day.month for d in s.view.dividends["XYZ"]] for s in walked] == [[2, 5], [5], [5], [5]]


def test_a_session_without_a_snapshot_pays_on_its_closing_step(canonical, market):
    canonical({})
    paid = Announced(Dividend("XYZ", date(2026, 2, 13), Decimal("0.25")), None)
    walked = list(market(facts=Facts(dividends=DividendCalendar((paid,)))).steps(THU, date(2026, 2, 13)))
    assert [s.actions for s in walked] == [(), (), (paid.dividend,)]
    assert walked[-1].closing
