"""Chain folders: every vendor, every quirk, every kind of damage."""

import gzip
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.market.dividends import Announced, DividendCalendar
from allusr_sdk.market.facts import Facts
from allusr_sdk.market.table import Wanted
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Dividend, Grain

THU, FRI = date(2026, 2, 12), date(2026, 2, 13)
PUT = Contract("XYZ", FRI, Right.PUT, "100")


def only(steps):
    """The decision steps."""
    return [step for step in steps if not step.closing]


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


def bars(close, tmp_path):
    place = tmp_path / "daily"
    place.mkdir()
    (place / "XYZ_2026.csv").write_text(f"Date,Open,High,Low,Close\n2026-02-12,{close},{close},{close},{close}\n")
    return Facts(DailyBars.load(place))


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


def test_adjusted_contracts_are_left_out_and_that_is_said(folder, market):
    yahoo(folder, ["XYZ1260213P00100000,{t},100.0,1,2,5,6,put,2026-02-13,101,REGULAR"])
    opened = market()
    assert only(opened.steps(THU, THU)) == []
    ((symbol, rule, why),) = [(n.symbol, n.rule, n.why) for n in opened.notices]
    assert (symbol, rule) == ("XYZ", "LQ-4")
    assert "root XYZ1 are adjusted" in why


def test_standard_contracts_beside_adjusted_ones_stay(folder, market):
    row = "{root}260213P00100000,{{t}},100.0,1,2,5,6,put,2026-02-13,101,REGULAR"
    yahoo(folder, [row.format(root=root) for root in ("XYZ", "XYZ1")])
    opened = market()
    (step,) = only(opened.steps(THU, THU))
    chain = step.view.fresh("XYZ").chain
    assert [chain.quote(row).contract.root for row in range(len(chain))] == ["XYZ"]
    assert [n.rule for n in opened.notices] == ["LQ-4"]
    assert market().notices == ()


YAHOO = (
    "contractSymbol,lastTradeDate,strike,bid,ask,volume,openInterest,optionType,expirationDate,"
    "underlyingPrice,contractSize,days_to_expire\n"
)


def yahoo(folder, rows, name="xyz_options.csv.gz"):
    text = YAHOO + "".join(row.format(t="2026-02-12 15:09:25+00:00") + ",-1\n" for row in rows)
    (folder / name).write_bytes(gzip.compress(text.encode()))


def test_yfinance_takes_its_instant_from_the_newest_trade(folder, market):
    yahoo(
        folder,
        [
            "XYZ260213P00100000,2026-01-29 15:22:33+00:00,100.0,1,2,50,6,put,2026-02-13,101,REGULAR",
            "XYZ260213C00100000,{t},100.0,1,2,,6,call,2026-02-13,101,REGULAR",
            "XYZ260213C00105000,{t},105.0,1,2,7,6,call,2026-02-13,101,MINI",
        ],
    )
    (step,) = only(market().steps(THU, THU))
    assert step.view.at == datetime(2026, 2, 12, 15, 9, 25, tzinfo=UTC)
    chain = step.view.fresh("XYZ").chain
    assert chain.put.tolist() == [True, False]
    # A row's volume is that of its last trade's day: a put that last traded in January has none today.
    assert chain.volume[0] == 0
    assert math.isnan(chain.volume[1])


CBOE = (
    "underlying,underlying_last,exchange,optionroot,type,expiration,quotedate,strike,bid,ask,"
    "volume,openinterest,delta\n"
)


def test_cboe_has_two_roots_of_one_underlying_at_the_close(folder, market):
    (folder / "spx.csv").write_text(
        CBOE
        + "SPX,2926.06,CBOE,SPXW190426P02900000,put,04/26/2019,04/25/2019,2900.0,1.1,1.3,0,0,-0.2\n"
        + "SPX,2926.06,CBOE,SPX190517P02900000,put,05/17/2019,04/25/2019,2900.0,9.1,9.3,0,0,0.0\n"
    )
    opened, closed = market().steps(date(2019, 4, 25), date(2019, 4, 25))
    chain = opened.view.fresh("SPX").chain
    assert opened.view.clock.time().isoformat() == "16:00:00"
    assert opened.view.grain is Grain.EOD
    assert {chain.quote(row).contract.root for row in range(2)} == {"SPX", "SPXW"}
    assert (chain.delta[0], math.isnan(chain.delta[1])) == (-0.2, True)
    assert str(closed.settlements[0].price) == "2926.06"


def test_optionsdx_holds_a_call_and_a_put_in_each_row(folder, market):
    (folder / "spy_eod_202301.txt").write_text(
        "[QUOTE_UNIXTIME], [QUOTE_DATE], [UNDERLYING_LAST], [EXPIRE_DATE], [C_DELTA], [C_VOLUME], [C_BID], [C_ASK],"
        " [STRIKE], [P_BID], [P_ASK], [P_DELTA], [P_VOLUME]\n"
        "1672779600, 2023-01-03, 380.82, 2023-01-06, 0.55, 120, 4.1, 4.2, 380.0, 3.1, 3.2, -0.45, \n"
    )
    (step,) = only(market().steps(date(2023, 1, 3), date(2023, 1, 3)))
    chain = step.view.fresh("SPY").chain
    rows = {quote.contract.right: quote for quote in map(chain.quote, range(2))}
    assert (rows[Right.CALL].bid, rows[Right.CALL].delta, rows[Right.CALL].volume) == (4.1, 0.55, 120)
    assert (rows[Right.PUT].ask, rows[Right.PUT].delta) == (3.2, -0.45)
    assert math.isnan(rows[Right.PUT].volume)
    assert math.isnan(rows[Right.PUT].open_interest)


FREE = {
    "contract_id": pa.string(), "symbol": pa.string(), "expiration": pa.date32(), "strike": pa.float64(),
    "type": pa.string(), "bid": pa.float64(), "ask": pa.float64(), "last": pa.float64(), "volume": pa.int64(),
    "open_interest": pa.int64(), "date": pa.date32(), "implied_volatility": pa.float64(), "delta": pa.float64(),
}  # fmt: skip


def free_set(path, days, *, strikes=(99.0, 100.0), group=3, text_days=False):
    rows = [
        ("XYZ", "XYZ", date(2026, 2, 20), strike, right, 1.0, 1.1, 1.0, i + 1, 600, day, 0.2, -0.4)
        for i, day in enumerate(days)
        for strike in strikes
        for right in ("put", "call")
    ]
    table = pa.table({n: pa.array(c, k) for (n, k), c in zip(FREE.items(), zip(*rows, strict=True), strict=True)})
    for name in ("date", "expiration") if text_days else ():
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.string()))
    pq.write_table(table, path, row_group_size=group)


@pytest.mark.parametrize("text_days", [False, True])
@pytest.mark.parametrize("group", [1, 3, 1000])
def test_the_free_parquet_set_is_streamed_day_by_day(folder, market, group, text_days):
    days = [date(2026, 2, 10), date(2026, 2, 11), THU]
    free_set(folder / "xyz.parquet", days, group=group, text_days=text_days)
    steps = only(market().steps(days[0], THU))
    assert [step.view.session.day for step in steps] == days
    assert [len(step.view.fresh("XYZ").chain) for step in steps] == [4, 4, 4]
    contract = Contract("XYZ", date(2026, 2, 20), Right.PUT, "100")
    assert list(steps[-1].view.fresh("XYZ").volumes(contract)) == [1, 2, 3]


def test_parquet_rows_out_of_order_are_read_all_the_same(folder, market):
    days = [THU, date(2026, 2, 10), date(2026, 2, 11)]
    free_set(folder / "xyz.parquet", days)
    steps = only(market().steps(date(2026, 2, 10), THU))
    assert [step.view.session.day for step in steps] == sorted(days)
    assert all(len(step.view.fresh("XYZ").chain) == 4 for step in steps)


def test_without_a_spot_of_its_own_a_chain_takes_the_daily_close(folder, market, tmp_path):
    free_set(folder / "xyz.parquet", [THU])
    known, unknown = market(facts=bars(101.25, tmp_path)), market()
    assert only(known.steps(THU, THU))[0].view.fresh("XYZ").chain.spot == 101.25
    assert math.isnan(only(unknown.steps(THU, THU))[0].view.fresh("XYZ").spot)
    assert unknown.notices[0].rule == "RULE-0"


def test_years_of_parquet_files_are_one_history(folder, market):
    free_set(folder / "xyz_1.parquet", [date(2026, 2, 10), date(2026, 2, 11)])
    free_set(folder / "xyz_2.parquet", [THU])
    steps = only(market().steps(date(2026, 2, 10), THU))
    assert [len(step.view.fresh("XYZ").chain) for step in steps] == [4, 4, 4]


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


BAD = {
    "strike nan": ({"strike": "nan"}, r"xyz\.csv, row 3: strike nan"),
    "strike negative": ({"strike": -5}, r"xyz\.csv, row 3: strike -5"),
    "strike zero": ({"strike": 0}, r"xyz\.csv, row 3: strike 0"),
    "strike words": ({"strike": "abc"}, r"xyz\.csv, row 3: strike 'abc' is not a number"),
    "expiry": ({"expiry": "soon"}, r"xyz\.csv, row 3: expiry 'soon' cannot be read"),
    "expiry empty": ({"expiry": ""}, r"xyz\.csv, row 3: expiry is empty"),
    "bid": ({"bid": "1.2.3"}, r"xyz\.csv, row 3: bid '1\.2\.3' is not a number"),
    "right": ({"right": "X"}, r"xyz\.csv, row 3: right 'X' cannot be read"),
    "time": ({"quote_time": "noon"}, r"xyz\.csv, row 3: quote_time 'noon' cannot be read"),
    "time empty": ({"quote_time": ""}, r"xyz\.csv, row 3: quote_time is empty"),
    "symbol empty": ({"symbol": ""}, r"xyz\.csv, row 3: symbol is empty"),
}


@pytest.mark.parametrize("change", BAD)
def test_a_bad_row_is_named(canonical, market, change):
    row, message = BAD[change]
    canonical({}, row)
    with pytest.raises(DataError, match=message) as caught:
        market()
    assert "\n" not in str(caught.value)


def test_half_a_row_is_named(canonical, market):
    path = canonical({}, {})
    path.write_text(path.read_text()[:-40])
    with pytest.raises(DataError, match=r"xyz\.csv, row 3: \d+ of 11 fields"):
        market()


def test_a_cut_gzip_file_is_named(folder, market):
    whole = gzip.compress((YAHOO + "x" * 10_000).encode())
    (folder / "cut.csv.gz").write_bytes(whole[:-20])
    with pytest.raises(DataError, match=r"^cut\.csv\.gz"):
        market()


def test_a_cut_parquet_file_is_named(folder, market):
    free_set(folder / "cut.parquet", [THU])
    (folder / "cut.parquet").write_bytes((folder / "cut.parquet").read_bytes()[:-100])
    with pytest.raises(DataError, match=r"^cut\.parquet: not a Parquet file"):
        market()


def test_a_bad_row_of_a_parquet_file_is_named_by_its_place_in_the_file(folder, market):
    free_set(folder / "xyz.parquet", [THU, FRI], strikes=(99.0, math.nan))
    with pytest.raises(DataError, match=r"^xyz\.parquet, row 3: strike nan"):
        list(market().steps(THU, FRI))


def test_an_unknown_format_names_the_nearest_preset_and_what_it_lacks(folder, market):
    (folder / "odd.csv").write_text("contractSymbol,lastTradeDate,strike,bid,optionType,expirationDate\n")
    with pytest.raises(DataError, match=r"odd\.csv: .*nearest is yfinance, which also needs: ask"):
        market()


def test_a_missing_or_empty_folder_is_named(folder, market):
    with pytest.raises(DataError, match="no chain file"):
        market()
    folder.rmdir()
    with pytest.raises(DataError, match="no folder of chains"):
        market()


def test_an_empty_file_is_named(folder, market):
    (folder / "empty.csv").write_text("")
    with pytest.raises(DataError, match=r"empty\.csv: is empty"):
        market()


def test_a_file_without_rows_is_a_market_without_steps(canonical, folder, market):
    path = canonical({})
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert only(market().steps(THU, THU)) == []


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
