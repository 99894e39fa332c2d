"""LEAN's layout: small folders made here, and the Christmas week of 2015."""

import math
import zipfile
from datetime import date

import numpy as np
import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.facts import Facts, Notices
from allusr_sdk.market.lean import LeanMarket
from allusr_sdk.market.lean_daily import daily_bars, splits, tenures, ticker_on
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Adjustment, Grain, Split

DAY = date(2015, 12, 23)
PUT = Contract.parse("XYZ   151224P00100000")
NINE_THIRTY = 34_200_000


def pack(path, **files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)


def quote(minute, bid, ask):
    sides = [f"{side},{side},{side},{side},{'1' if side else ''}" for side in (bid, ask)]
    return f"{NINE_THIRTY + minute * 60_000},{sides[0]},{sides[1]}\n"


def trade(minute, price, volume):
    return f"{NINE_THIRTY + minute * 60_000},{price},{price},{price},{price},{volume}\n"


@pytest.fixture
def lean(tmp_path):
    """A folder with one put of XYZ that is quoted twice, and a call far away."""
    options, shares = tmp_path / "option/usa/minute/xyz", tmp_path / "equity/usa/minute/xyz"
    put, call = "20151223_xyz_minute_{}_american_put_1000000_20151224", "x_{}_american_call_1100000_20170120"
    pack(
        options / "20151223_quote_american.zip",
        **{
            put.format("quote"): quote(0, 10000, 10500) + quote(7, 9000, ""),
            call.format("quote"): quote(1, "", 20000).rstrip("\n"),
        },
    )
    pack(options / "20151223_trade_american.zip", **{put.format("trade"): trade(3, 10200, 4) + trade(8, 10000, 6)})
    pack(options / "20151223_openinterest_american.zip", **{put.format("oi"): "23520000,280\n"})
    pack(options / "20151222_quote_american.zip", **{put.format("quote"): quote(0, 10000, 10500)})
    pack(options / "20151222_trade_american.zip", **{put.format("trade"): trade(3, 10200, 30) + trade(9, 10200, 12)})
    pack(shares / "20151223_quote.zip", xyz=quote(0, 1009000, 1009200))
    pack(shares / "20151223_trade.zip", xyz=trade(0, 1009100, 5) + trade(389, 1012500, 9) + trade(390, 1500000, 9))
    return tmp_path


def steps(folder, **options):
    return list(LeanMarket(folder, Facts(), **options).steps(DAY, DAY))


def at(walk, clock):
    return next(step.view.fresh("XYZ") for step in walk if f"{step.view.clock:%H:%M}" == clock)


def test_a_session_is_walked_every_five_minutes_and_closed(lean):
    walk = steps(lean)
    assert len(walk) == 78 + 1
    assert [f"{step.view.clock:%H:%M}" for step in (walk[0], walk[-2], walk[-1])] == ["09:35", "16:00", "16:15"]
    assert all(step.view.grain is Grain.GRID for step in walk)
    assert [step.closing for step in walk].count(True) == 1


def test_a_quote_is_the_last_one_and_a_missing_side_is_unknown(lean):
    walk = steps(lean)
    first, later = (at(walk, clock).quotes([PUT])[0] for clock in ("09:35", "15:00"))
    assert (first.bid, first.ask) == (1.0, 1.05)
    assert (later.bid, math.isnan(later.ask)) == (0.9, True)
    assert first.open_interest == 280


def test_a_minute_counts_only_once_it_has_ended(lean):
    pack(
        lean / "equity/usa/minute/xyz/20151223_trade.zip",
        xyz=trade(0, 1000000, 1) + trade(4, 1010000, 1) + trade(5, 2000000, 1),
    )
    assert at(steps(lean), "09:35").last == 101.0


def test_volumes_run_through_the_session_after_those_of_the_sessions_before(lean):
    walk = steps(lean)
    assert at(walk, "09:35").volumes(PUT) == [42, 4]
    assert at(walk, "09:40").volumes(PUT) == [42, 10]


def test_a_contract_without_trades_has_none_and_without_a_file_it_is_unknown(lean):
    call = Contract.parse("XYZ   170120C00110000")
    assert at(steps(lean), "15:00").quotes([call])[0].volume == 0
    (lean / "option/usa/minute/xyz/20151223_trade_american.zip").unlink()
    assert math.isnan(at(steps(lean), "15:00").quotes([call])[0].volume)


def test_contracts_beyond_the_reach_are_not_read(lean):
    assert [len(at(steps(lean, dte_max=reach), "15:00").chain) for reach in (8, None)] == [1, 2]


def test_options_settle_on_the_last_regular_trade(lean):
    (settlement,) = steps(lean)[-1].settlements
    assert (settlement.symbol, str(settlement.price)) == ("XYZ", "101.25")
    (lean / "equity/usa/minute/xyz/20151223_trade.zip").unlink()
    assert steps(lean)[-1].settlements == ()


def test_a_session_without_data_only_closes_and_is_noticed(lean):
    source = LeanMarket(lean, Facts())
    walk = list(source.steps(date(2015, 12, 24), date(2015, 12, 24)))
    assert [step.closing for step in walk] == [True]
    assert "no option quotes on 2015-12-24" in [notice.why for notice in source.notices]


def test_a_bad_line_names_archive_and_file(lean):
    pack(lean / "option/usa/minute/xyz/20151223_quote_american.zip", x_american_put_1000000_20151224="34200000,1,2\n")
    with pytest.raises(DataError, match=r"20151223_quote_american\.zip, x_american_put_1000000_20151224\.csv"):
        at(steps(lean), "09:35").chain  # noqa: B018


def test_a_damaged_archive_and_a_nameless_contract_are_named(lean):
    path = lean / "option/usa/minute/xyz/20151223_quote_american.zip"
    pack(path, nonsense="1\n")
    with pytest.raises(DataError, match=r"nonsense\.csv does not name a contract"):
        steps(lean)
    path.write_bytes(b"PK nothing")
    with pytest.raises(DataError, match=r"^20151223_quote_american\.zip"):
        steps(lean)


def test_a_folder_without_the_layout_or_the_symbol_is_named(lean, tmp_path):
    with pytest.raises(DataError, match=r"no minute options of ABC in .*; it has XYZ"):
        LeanMarket(lean, Facts(), symbols=("ABC",))
    with pytest.raises(DataError, match=r"no LEAN data \(option/usa/minute\)"):
        LeanMarket(tmp_path / "option", Facts())


def daily_folder(tmp_path, bars, maps=None, factors=None):
    for name, text in bars.items():
        pack(tmp_path / f"equity/usa/daily/{name}.zip", **{name: text})
    for kind, files in (("map_files", maps or {}), ("factor_files", factors or {})):
        for name, text in files.items():
            path = tmp_path / f"equity/usa/{kind}/{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path


def bar(day, price):
    return f"{day} 00:00,{price},{price},{price},{price},100\n"


def test_bars_of_an_earlier_holder_of_the_ticker_are_left_out(tmp_path):
    folder = daily_folder(
        tmp_path,
        {"new": bar("20150105", 10000) + bar("20150107", 30000), "old": bar("20150106", 20000)},
        maps={"new": "20150106,old,Q\n20150106,old,Q\n20501231,new,Q\n"},
    )
    notices = Notices()
    bars = daily_bars(folder, ["NEW"], xnys(), notices)
    assert [b.close for b in bars.before("NEW", date(2015, 1, 8), 9)] == [2.0, 3.0]
    assert notices.all() == ()
    assert ticker_on(folder, "NEW", date(2015, 1, 6)) == "old"
    assert ticker_on(folder, "NEW", date(2015, 1, 5)) is None


def test_prices_are_in_the_dollars_of_the_day_that_asks(tmp_path):
    days = ["20140605", "20140606", "20140609"]
    folder = daily_folder(
        tmp_path,
        {"spl": "".join(bar(day, price) for day, price in zip(days, (7000000, 7000000, 1000000), strict=True))},
        maps={"spl": "19980102,spl\n20501231,spl\n"},
        factors={"spl": "20140606,1,0.142857,1\n20501231,1,1,0\n"},
    )
    bars = daily_bars(folder, ["SPL"], xnys(), Notices())
    assert [b.close for b in bars.before("SPL", date(2014, 6, 6), 1)] == [700.0]
    assert [b.close for b in bars.before("SPL", date(2014, 6, 10), 3)] == pytest.approx([100.0, 100.0, 100.0], rel=1e-5)
    assert bars.on("SPL", date(2014, 6, 6)).close == 700.0


def test_a_hole_is_noticed(tmp_path):
    folder = daily_folder(
        tmp_path,
        {"hol": bar("20150105", 10000) + bar("20150108", 10000)},
        maps={"hol": "19980102,hol\n20501231,hol\n"},
    )
    notices = Notices()
    daily_bars(folder, ["HOL"], xnys(), notices)
    assert [n.why for n in notices.all()] == ["no daily bars from 2015-01-06 to 2015-01-07 (2 sessions)"]


def test_the_real_map_files_say_who_held_what(data_dir):
    lean = data_dir / "lean"
    assert [t.ticker for t in tenures(lean, "GOOGL")] == ["goog", "googl"]
    assert [t.first for t in tenures(lean, "GOOG")] == [date(2004, 8, 19), date(2014, 4, 3)]
    assert ticker_on(lean, "GOOG", date(2014, 4, 2)) == "goog"
    notices = Notices()
    bars = daily_bars(lean, ["FB", "GOOG", "QQQ", "IWM"], xnys(), notices)
    assert bars.series["FB"].days[0] == np.datetime64("2012-05-18")
    assert bars.series["GOOG"].days[0] == np.datetime64("2004-08-19")
    assert bars.series["IWM"].days[0] == np.datetime64("2000-05-26")
    assert [n.why for n in notices.all()] == ["no daily bars from 2004-12-01 to 2011-03-22 (1588 sessions)"]
    assert len(bars.before("QQQ", date(2011, 3, 25), 6)) == 2


def test_a_class_that_took_over_its_ticker_goes_on_with_the_bars_of_the_one_it_was_split_off_from(data_dir):
    lean = data_dir / "lean"
    first, second = splits(lean, "GOOG", xnys())
    assert first == Split("GOOG", date(2014, 4, 3), 2)
    assert (second.symbol, second.day) == ("GOOG", date(2015, 4, 27))
    bars = daily_bars(lean, ["GOOG"], xnys(), Notices())
    assert bars.on("GOOG", date(2014, 4, 2)).close == 1135.10
    (before,) = bars.before("GOOG", date(2014, 4, 3), 1)
    assert before.close == pytest.approx(1135.10 / 2, rel=1e-6)


@pytest.fixture(scope="module")
def christmas(data_dir):
    """The steps of 2015-12-23 and -24 for GOOG."""
    source = open_market(f"lean:{data_dir / 'lean'}", daily=data_dir / "daily", symbols=("GOOG",), dte_max=8)
    return source, list(source.steps(DAY, date(2015, 12, 24)))


def test_christmas_eve_ends_at_one(christmas):
    days = [[step for step in christmas[1] if step.view.session.day.day == day] for day in (23, 24)]
    assert [len(day) for day in days] == [79, 43]
    assert [f"{day[-2].view.clock:%H:%M}" for day in days] == ["16:00", "13:00"]
    assert [str(day[-1].settlements[0].price) for day in days] == ["750.31", "748.40"]
    assert f"{days[1][-1].view.clock:%H:%M}" == "13:15"


def test_goog_s_market_of_the_week(christmas):
    views = {f"{step.view.clock:%d %H:%M}": step.view for step in christmas[1]}
    put = Contract.parse("GOOG  151224P00747500")
    morning = views["24 10:30"].fresh("GOOG")
    quote = morning.quotes([put])[0]
    assert (quote.bid, quote.ask, quote.open_interest, quote.volume) == (0.75, 1.35, 345, 158)
    assert morning.volumes(put) == [125, 158]
    assert (morning.bid, morning.ask, morning.last) == (748.10, 748.59, 748.47)
    assert morning.spot == pytest.approx(748.345)
    assert math.isnan(views["23 10:30"].fresh("GOOG").bid)
    assert views["23 10:30"].fresh("GOOG").spot == 745.99
    assert views["24 10:30"].bars.before("GOOG", date(2015, 12, 24), 1)[0].close == 750.31


def test_the_whole_board_of_the_day_is_read_on_demand(data_dir):
    source = open_market(f"lean:{data_dir / 'lean'}", symbols=("GOOG",))
    step = next(s for s in source.steps(date(2015, 12, 24), date(2015, 12, 24)) if f"{s.view.clock:%H:%M}" == "10:30")
    chain = step.view.fresh("GOOG").chain
    assert len(chain) == 2192
    assert len(chain.expiries) > 10


def factor_file(folder, *rows):
    path = folder / "equity/usa/factor_files/xyz.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{day},1,{factor},100\n" for day, factor in rows))


def test_a_split_in_the_factor_file_takes_effect_on_the_first_step_of_the_next_session(lean):
    factor_file(lean, ("20151222", 0.1428571), ("20501231", 1))
    walk = steps(lean)
    assert [step.actions for step in walk if step.actions] == [(Split("XYZ", DAY, 7),)]
    assert walk[0].actions


@pytest.mark.parametrize("factor", ["0.6666667", "20", "0.997"])
def test_a_ratio_that_is_no_whole_number_adjusts_contracts(lean, factor):
    factor_file(lean, ("20151222", factor), ("20501231", 1))
    ((change,),) = [step.actions for step in steps(lean) if step.actions]
    assert isinstance(change, Adjustment)
    assert (change.symbol, change.day) == ("XYZ", DAY)
    assert "split of" in change.why


def test_rows_that_only_tell_of_dividends_are_no_splits(lean):
    factor_file(lean, ("20151221", 0.5), ("20151222", 0.5), ("20501231", 0.5))
    assert not any(step.actions for step in steps(lean))


def test_the_real_split_of_2014_is_found(data_dir):
    found = splits(data_dir / "lean", "AAPL", xnys())
    assert Split("AAPL", date(2014, 6, 9), 7) in found
    assert Split("AAPL", date(2020, 8, 31), 4) in found
    assert all(isinstance(change, Split) for change in found)
