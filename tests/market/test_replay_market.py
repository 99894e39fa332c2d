"""`replay:DIR` over small folders of bars: what is shown of them, what is not known yet, what is never bridged."""

from datetime import date, time

import numpy as np
import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.modelled import modelled
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.views import Grain
from allusr_sdk.testing import check_market
from tests.market.replay_bars import csv, vix, walk
from tests.market.replays import PLUGIN, shown

THANKSGIVING, HALF_DAY = date(2009, 11, 26), date(2009, 11, 27)


DAY = date(2009, 9, 10)


def steps(folder, first=DAY, last=DAY, seed=3, **options):
    return list(open_market(f"replay:{folder}", seed=seed, **options).steps(first, last))


@pytest.fixture
def folder(tmp_path):
    return csv(tmp_path / "bars", SPY=walk(1), AAPL=walk(2, start=150))


def test_a_session_goes_through_its_bar_and_settles_on_its_close(folder):
    rows = {row[0]: row for row in walk(1)}
    walked = steps(folder, date(2009, 9, 8), date(2009, 9, 11), symbols=("SPY",))
    assert {step.view.grain for step in walked} == {Grain.GRID}
    for day in {step.view.session.day for step in walked}:
        mine = [step for step in walked if step.view.session.day == day]
        prices = [step.view.snapshots["SPY"].last for step in mine if not step.closing]
        assert len(prices) == 79
        assert (prices[0], max(prices), min(prices), prices[-1]) == rows[day][1:5]
        assert [float(s.price) for s in mine[-1].settlements] == [rows[day][4]]


def test_a_half_day_ends_at_one(folder):
    walked = steps(folder, THANKSGIVING, HALF_DAY, symbols=("SPY",))
    times = [step.view.at.astimezone(NEW_YORK).time() for step in walked]
    assert len(walked) == 44
    assert (times[0], times[-2], times[-1]) == (time(9, 30), time(13), time(13, 15))
    rows = {row[0]: row for row in walk(1)}
    prices = [step.view.snapshots["SPY"].last for step in walked]
    assert (max(prices), min(prices)) == rows[HALF_DAY][2:4]


def test_equal_seeds_show_one_market_from_whatever_day_and_other_seeds_another(folder):
    alone = shown(steps(folder))
    assert shown(steps(folder, date(2009, 9, 8), DAY))[-len(alone) :] == alone
    other = shown(steps(folder, seed=4))
    assert other != alone
    assert other[-1][2] == alone[-1][2]  # closes are real


@pytest.mark.parametrize("end", [DAY, date(2009, 9, 11)])
def test_bars_after_a_day_change_nothing_of_it(folder, tmp_path, end):
    later = {s: [row if row[0] <= end else (row[0], *(2 * p for p in row[1:5]), 7) for row in walk(i, start=start)]
             for i, s, start in ((1, "SPY", 100.0), (2, "AAPL", 150))}  # fmt: skip
    index = [row if row[0] <= end else (row[0], 70, 80, 60, 75, 0) for row in vix()]
    other = csv(tmp_path / "other", VIX=index, **later)
    cut = csv(tmp_path / "cut", VIX=[r for r in vix() if r[0] <= end],
              **{s: [row for row in rows if row[0] <= end] for s, rows in later.items()})  # fmt: skip
    first = shown(steps(folder, date(2009, 9, 8), end))
    assert shown(steps(other, date(2009, 9, 8), end)) == first
    assert shown(steps(cut, date(2009, 9, 8), end)) == first


def test_a_bar_is_known_after_its_close(folder):
    *inside, closing = steps(folder)
    for view in (inside[0].view, inside[-1].view):
        assert view.bars.on("SPY", DAY) is None
        assert view.bars.before("SPY", date(2009, 9, 20), 1)[0].day < DAY
    assert closing.view.bars.on("SPY", DAY).day == DAY
    assert closing.view.bars.on("SPY", date(2009, 9, 11)) is None


def test_vix_is_the_open_where_it_is_news_and_the_close_after_a_quarter_past_four(tmp_path):
    rows = [(day, 33.0 if day == DAY else o, h, low, c, v) for day, o, h, low, c, v in vix()]
    folder = csv(tmp_path / "bars", SPY=walk(1), VIX=rows)
    before = {row[0]: row for row in rows}
    walked = steps(folder, date(2009, 9, 9), DAY)
    first, second = ([s.view for s in walked if s.view.session.day == day] for day in (date(2009, 9, 9), DAY))
    assert first[0].vix.value == before[date(2009, 9, 8)][4]  # an open that repeats the close says nothing
    assert first[-1].vix.value == before[date(2009, 9, 9)][4]
    assert {view.vix.value for view in second[:-1]} == {33.0}
    assert second[-1].vix.value == before[DAY][4]
    assert all(view.vix.daily for view in first + second)


def near_put(folder, symbol):
    """What a put of next month 5 % out of the money asks at the open, a share of the price."""
    snapshot = steps(folder)[0].view.snapshots[symbol]
    chain = snapshot.chain
    rows = chain.put & (chain.expiry == np.datetime64("2009-10-16"))
    near = np.argmin(np.abs(chain.strike[rows] / snapshot.last - 0.95))
    return float(chain.ask[rows][near]) / snapshot.last


def test_options_cost_what_the_underlying_has_been_moving(tmp_path):
    asked = [near_put(csv(tmp_path / f"{sd}", AAPL=walk(2, daily=sd)), "AAPL") for sd in (0.02, 0.035)]
    assert asked[1] > 1.5 * asked[0]


@pytest.mark.parametrize("symbol", ["SPY", "AAPL"])
def test_options_cost_more_from_the_day_on_which_vix_has_risen(tmp_path, symbol):
    risen = [row if row[0] < DAY else (row[0], 60, 61, 59, 60, 0) for row in vix()]
    asked = [
        near_put(csv(tmp_path / str(rows[-1][1]), VIX=rows, **{symbol: walk(1)}), symbol) for rows in (vix(), risen)
    ]
    assert asked[1] > 1.5 * asked[0]


def test_no_share_is_quieter_than_the_index(tmp_path):
    folder = csv(tmp_path / "bars", SPY=walk(1), AAPL=walk(1, daily=0.0004))
    shares, index = near_put(folder, "AAPL"), near_put(folder, "SPY")
    assert shares > 0.5 * index


@pytest.mark.long
def test_the_checks_of_every_market_pass(folder, tmp_path):
    plugin = tmp_path / "replays.py"
    plugin.write_text(PLUGIN)
    report = check_market(str(plugin), {"path": str(folder)})
    assert not report.failed, str(report)


def test_a_hole_is_reported_and_not_bridged(tmp_path):
    hole = (date(2009, 7, 1), date(2009, 8, 28))
    rows = [row for row in walk(1) if not hole[0] <= row[0] <= hole[1]]
    folder = csv(tmp_path / "bars", SPY=rows, AAPL=walk(2))
    market = open_market(f"replay:{folder}", seed=3)
    assert "no daily bars from 2009-07-01 to 2009-08-28 (42 sessions)" in [n.why for n in market.notices]
    seen = {step.view.session.day for step in market.steps(date(2009, 6, 25), date(2009, 10, 10))
            if "SPY" in step.view.snapshots}  # fmt: skip
    wanted = {s.day for s in xnys().between(date(2009, 6, 25), date(2009, 6, 30))}
    # 21 returns are needed anew behind it.
    wanted |= {s.day for s in xnys().between(xnys().after(date(2009, 8, 31), 22).day, date(2009, 10, 10))}
    assert seen == wanted
    assert any("no options from 2009-08-31 on: too few bars" in n.why for n in market.notices)


def test_a_day_without_a_bar_has_no_snapshot_and_no_settlement(tmp_path):
    folder = csv(tmp_path / "bars", SPY=[row for row in walk(1) if row[0] != DAY], AAPL=walk(2))
    walked = steps(folder, DAY, date(2009, 9, 11))
    first = [step for step in walked if step.view.session.day == DAY]
    assert {tuple(step.view.snapshots) for step in first} == {("AAPL",)}
    assert [s.symbol for s in first[-1].settlements] == ["AAPL"]
    assert "SPY" in walked[-1].view.snapshots


def test_a_bad_print_is_told_and_kept_out_of_path_and_bars(tmp_path):
    rows = [row if row[0] != DAY else (*row[:3], 0.01, *row[4:]) for row in walk(1)]
    folder = csv(tmp_path / "bars", SPY=rows)
    market = open_market(f"replay:{folder}", seed=3)
    walked = list(market.steps(DAY, DAY))
    assert min(step.view.snapshots["SPY"].last for step in walked) > 0.8 * rows[0][1] * 0.1
    assert walked[-1].view.bars.on("SPY", DAY).low > 10
    assert any("2009-09-10: low 0.01 is no price near open and close" in n.why for n in market.notices)


def test_report_dates_are_unknown_unless_they_are_given(folder, tmp_path):
    assert "AAPL" not in steps(folder)[0].view.earnings
    dates = tmp_path / "earnings.csv"
    dates.write_text("symbol,date,session,confirmed,as_of\nAAPL,2009-10-19,AMC,true,2009-09-01\n")
    assert [e.day for e in steps(folder, earnings=dates)[0].view.earnings["AAPL"]] == [date(2009, 10, 19)]


def test_a_symbol_that_no_table_has_is_as_liquid_as_it_trades(tmp_path):
    def volume(shares):
        folder = csv(tmp_path / str(shares), ACME=walk(5, start=40, volume=shares))
        chain = steps(folder, symbols=("ACME",))[-1].view.snapshots["ACME"].chain
        assert {day.astype(object).weekday() for day in np.unique(chain.expiry)} == {4}
        return chain.volume.sum()

    assert volume(1e8) > 5 * volume(1e7) > 0


def test_the_description_says_what_is_modelled_and_by_what(folder):
    said = open_market(f"replay:{folder}", seed=3).description
    assert str(folder) not in said
    assert "real daily bars and VIX; options MODELLED (surface from VIX and realised volatility" in said
    assert modelled(said).startswith("MODELLED OPTIONS: no option price here was ever quoted; surface from VIX")
    assert modelled("synthetic seed 7") == ""


def test_what_is_missing_is_said_in_one_line(tmp_path, folder):
    with pytest.raises(DataError, match="no folder of daily bars"):
        open_market(f"replay:{tmp_path / 'absent'}")
    with pytest.raises(DataError, match="no daily bars of QQQ"):
        open_market(f"replay:{folder}", symbols=("SPY", "QQQ"))
    with pytest.raises(DataError, match="VIX: a replay has no options of an index"):
        open_market(f"replay:{folder}", symbols=("SPY", "VIX"))
    (folder / "VIX.csv").unlink()
    with pytest.raises(DataError, match=r"no VIX: put VIX\.csv into"):
        open_market(f"replay:{folder}")


def test_a_session_without_any_vix_of_three_sessions_models_nothing(tmp_path):
    folder = csv(tmp_path / "bars", SPY=walk(1), VIX=[row for row in vix() if row[0] < date(2009, 9, 1)])
    (step,) = steps(folder)
    assert step.closing
    assert step.view.vix is None
    assert not step.view.snapshots
    assert step.settlements


def test_its_sessions_are_those_with_enough_behind_them(folder):
    days = open_market(f"replay:{folder}").sessions
    assert days[0] == xnys().after(date(2009, 1, 2), 22).day
    assert days[-1] == date(2009, 12, 31)
