"""Splits, adjustments, dividends and tickers in a replay: raw prices, restated strikes, contracts that go on."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Adjustment, Dividend, Split
from tests.market.replay_bars import LAST, csv, lean, walk

EVE, DAY = date(2009, 9, 9), date(2009, 9, 10)
EXPIRY = date(2009, 10, 16)
END = f"{LAST:%Y%m%d},1,1,0"


def parted(rows, ratio, day=DAY):
    """Rows whose prices fall and whose volumes rise by a split."""
    split = [(d, *(round(p / ratio, 4) for p in prices), int(v * ratio)) for d, *prices, v in rows]
    return [old if old[0] < day else new for old, new in zip(rows, split, strict=True)]


def layout(root, ratio, rows=None, **more):
    rows = rows if rows is not None else walk(2, start=600)
    factors = {"aapl": [f"{EVE:%Y%m%d},1,{1 / ratio:.7f},0", "20501231,1,1,0"]}
    return lean(root, aapl=parted(rows, ratio), factors=factors, maps={"aapl": ["19980102,aapl,Q", "20501231,aapl,Q"]})


def steps(folder, first=EVE, last=DAY):
    return list(open_market(f"replay:{folder}", seed=3, symbols=("AAPL",)).steps(first, last))


def near(snapshot, expiry=EXPIRY):
    """A put near the money that anybody holds."""
    chain = snapshot.chain
    rows = np.flatnonzero(chain.put & (chain.expiry == np.datetime64(expiry)))
    strike = chain.strike[rows[np.argmin(np.abs(chain.strike[rows] - snapshot.last))]]
    return Contract("AAPL", expiry, Right.PUT, Decimal(str(strike)))


def test_a_contract_held_over_a_split_is_quoted_on_at_its_restated_strike(tmp_path):
    walked = steps(layout(tmp_path, 7))
    evening, morning = (next(s for s in walked if s.view.session.day == day and s.closing is closing)
                        for day, closing in ((EVE, True), (DAY, False)))  # fmt: skip
    assert morning.actions == (Split("AAPL", DAY, 7),)
    old, new = evening.view.snapshots["AAPL"], morning.view.snapshots["AAPL"]
    held = near(old)
    (before,), (after,) = old.quotes([held]), new.quotes([held.after_split(7)])
    assert 0.5 * before.bid / 7 < after.bid < 2 * before.ask / 7
    assert after.open_interest > 0
    assert len(new.volumes(held.after_split(7))) > 10
    assert new.quotes([held])[0] is None or held.strike < 200


def test_new_strikes_after_a_split_fit_the_new_dollars_and_begin_without_interest(tmp_path):
    walked = steps(layout(tmp_path, 7), DAY, date(2009, 9, 11))
    first, second = (next(s for s in walked if s.view.session.day == day).view.snapshots["AAPL"].chain
                     for day in (DAY, date(2009, 9, 11)))  # fmt: skip
    whole = (first.strike % 1 == 0) & (first.expiry == np.datetime64(EXPIRY)) & first.put
    assert first.open_interest[whole].sum() < 0.2 * second.open_interest[second.strike % 1 == 0].sum()
    weekly = second.put & (second.expiry == np.datetime64("2009-09-18"))
    near_the_money = second.strike[weekly & (np.abs(second.strike / second.spot - 1) < 0.1)]
    whole_dollars = near_the_money[near_the_money % 1 == 0]
    assert np.diff(whole_dollars).tolist() == [1.0] * (len(whole_dollars) - 1)
    assert len(whole_dollars) > 10


def test_a_contract_over_two_splits_is_quoted_after_both(tmp_path):
    again = date(2009, 9, 24)
    rows = parted(walk(2, start=600), 2)
    rows = parted(rows, 3, again)
    before = xnys().before(again).day
    lines = [f"{EVE:%Y%m%d},1,{1 / 6:.7f},0", f"{before:%Y%m%d},1,{1 / 3:.7f},0", "20501231,1,1,0"]
    folder = lean(tmp_path, aapl=rows, factors={"aapl": lines})
    walked = steps(folder, EVE, again)
    assert [s.actions[0].ratio for s in walked if s.actions] == [2, 3]
    held = near(walked[0].view.snapshots["AAPL"])
    now = held.after_split(2).after_split(3)
    assert walked[-1].view.snapshots["AAPL"].quotes([now])[0].ask > 0


def test_a_split_moves_neither_option_prices_nor_volatility(tmp_path):
    rows = walk(2, start=600)
    maps = {"aapl": ["19980102,aapl,Q", "20501231,aapl,Q"]}
    whole = steps(lean(tmp_path / "whole", aapl=rows, maps=maps), DAY, DAY)[5].view.snapshots["AAPL"]
    split = steps(layout(tmp_path / "split", 2, rows), DAY, DAY)[5].view.snapshots["AAPL"]
    assert split.last == pytest.approx(whole.last / 2, abs=0.02)
    held = near(whole)
    (one,), (half,) = whole.quotes([held]), split.quotes([held.after_split(2)])
    assert (half.bid + half.ask) == pytest.approx((one.bid + one.ask) / 2, rel=0.1)


def test_contracts_older_than_an_odd_split_are_worth_what_they_deliver(tmp_path):
    walked = steps(layout(tmp_path, 1.5))
    evening = next(s for s in walked if s.closing).view.snapshots["AAPL"]
    morning = next(s for s in walked if s.view.session.day == DAY)
    assert isinstance(morning.actions[0], Adjustment)
    held = near(evening)
    (before,) = evening.quotes([held])
    adjusted = Contract("AAPL1", held.expiry, held.right, held.strike)
    (after,) = morning.view.snapshots["AAPL"].quotes([adjusted])
    assert 0.5 * before.bid < after.bid < 2 * before.ask
    assert morning.view.snapshots["AAPL"].chain.roots == ("AAPL",)
    assert morning.view.snapshots["AAPL"].volumes(adjusted)


def test_dividends_come_of_the_price_factors_a_month_ahead(tmp_path):
    ahead = xnys().before(DAY).day
    factors = {"aapl": [f"{ahead:%Y%m%d},0.99,1,100", "20501231,1,1,0"]}
    folder = lean(tmp_path, aapl=walk(2), factors=factors)
    walked = steps(folder, date(2009, 8, 3), DAY)
    told = {s.view.session.day: s.view.dividends.get("AAPL") for s in walked}
    dividend = Dividend("AAPL", DAY, Decimal("1.00"))
    assert told[date(2009, 8, 10)] is None
    assert told[DAY - timedelta(days=29)] == told[ahead] == (dividend,)
    assert [s.actions for s in walked if s.actions] == [(dividend,)]


def test_a_ticker_that_changed_hands_is_followed_by_its_map_file(tmp_path):
    rows = walk(2)
    folder = lean(
        tmp_path, old=[row for row in rows if row[0] <= EVE], goog=[row for row in rows if row[0] >= date(2009, 9, 1)],
        maps={"goog": ["20090102,old,Q", f"{EVE:%Y%m%d},old,Q", "20501231,goog,Q"]},
    )  # fmt: skip
    market = open_market(f"replay:{folder}", seed=3, symbols=("GOOG",))
    assert [s.view.snapshots["GOOG"].last for s in market.steps(EVE, DAY) if s.closing] == [
        row[4] for row in rows if row[0] in (EVE, DAY)
    ]


def restated(rows, ratio):
    """Rows as vendors restate them for a split that is yet to come."""
    return [(day, *(round(price / ratio, 6) for price in prices), volume * ratio) for day, *prices, volume in rows]


@pytest.mark.parametrize("vendor", [lambda rows: restated(rows, 4), lambda rows: parted(rows, 4)])
def test_csv_bars_are_shown_as_they_were_printed_whether_restated_or_not(tmp_path, vendor):
    rows = walk(2, start=600)
    folder = csv(tmp_path / "bars", AAPL=vendor(rows))
    (folder / "splits.csv").write_text(f"symbol,day,ratio\nAAPL,{DAY},4\n")
    walked = steps(folder)
    closes = [s.view.snapshots["AAPL"].last for s in walked if s.closing]
    wanted = {row[0]: row[4] for row in rows}
    assert closes == [wanted[EVE], pytest.approx(wanted[DAY] / 4, abs=0.005)]
    assert [s.actions for s in walked if s.actions] == [(Split("AAPL", DAY, 4),)]
    bars = walked[0].view.bars.before("AAPL", EVE, 1)
    assert (bars[0].close, bars[0].volume) == (pytest.approx(wanted[date(2009, 9, 8)]), pytest.approx(5e7))
    # The same bars in the dollars of the day after.
    assert walked[-1].view.bars.before("AAPL", DAY, 2)[0].close == pytest.approx(wanted[date(2009, 9, 8)] / 4)


def test_bars_of_which_no_split_is_known_stand_as_they_are_and_say_so(tmp_path):
    folder = csv(tmp_path / "bars", ACME=walk(2))
    told = open_market(f"replay:{folder}", symbols=("ACME",)).notices
    assert any("no split of it in a splits.csv" in notice.why for notice in told)
    assert any("none is paid" in notice.why for notice in told)


def test_the_vendors_bars_of_2013_are_shown_in_the_dollars_of_2013(data_dir):
    market = open_market(f"replay:{data_dir / 'daily'}", symbols=("AAPL", "NVDA", "GOOGL"))
    closing = list(market.steps(date(2013, 6, 3), date(2013, 6, 3)))[-1].view
    spots = {symbol: snapshot.last for symbol, snapshot in closing.snapshots.items()}
    assert spots["AAPL"] == pytest.approx(450.72, abs=0.01)
    assert 10 < spots["NVDA"] < 20
    assert 800 < spots["GOOGL"] < 900


@pytest.mark.parametrize("row", ["AAPL,2009-09-10,1.5", "AAPL,2009-09-12,2"])
def test_a_list_of_splits_has_whole_ratios_on_sessions(tmp_path, row):
    folder = csv(tmp_path / "bars", AAPL=walk(2))
    (folder / "splits.csv").write_text(f"symbol,day,ratio\n{row}\n")
    with pytest.raises(DataError, match=r"splits\.csv, row 2"):
        open_market(f"replay:{folder}")
