"""What holding would have brought, by steps of a market by hand; and indices from files."""

import gzip
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from allusr_sdk.errors import DataError, InputError
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.views import Dividend, Grain, MarketView, Snapshot, Split, Step
from allusr_sdk.reports.evidence import Holdings, published

FIRST = date(2026, 2, 9)
DAYS = tuple(session.day for session in xnys().between(date(2026, 2, 6), date(2026, 2, 20)))


def market(closes, *, actions=None):
    """Steps of sessions whose bars have some closes, by symbol, the first of the evening before; None is a hole."""
    series = {}
    for symbol, values in closes.items():
        known = [(day, value) for day, value in zip(DAYS, values, strict=False) if value]
        table = np.array([[value] * 4 + [1e6] for _, value in known])
        series[symbol] = Series.of(np.array([day for day, _ in known], "datetime64[D]"), table)
    count = max(map(len, closes.values()))
    for i, day in enumerate(DAYS[1:count], 1):
        session = xnys().session(day)
        snapshots = {
            s: Snapshot(s, session.close, 1, 1, 1, None, lambda c: (), lambda c: ()) for s in closes if closes[s][i]
        }
        view = MarketView(session.close, session, xnys(), Grain.EOD, snapshots, DailyBars(series), None, {})
        yield Step(view, actions=tuple((actions or {}).get(day, ())))
        yield Step(view, closing=True)


def held(closes, underlyings=("AAPL",), **more):
    """Curves by key."""
    holdings = Holdings(underlyings)
    for step in market(closes, **more):
        holdings.take(step)
    return {curve.key: curve for curve in holdings.curves()}, holdings


def test_what_is_held_goes_from_the_close_before_the_run():
    curves, holdings = held({"AAPL": (100.0, 102.0, 101.0)})
    path = curves["hold_AAPL"].path
    assert (list(path.values()), min(path)) == ([100.0, 102.0, 101.0], FIRST - timedelta(days=1))
    assert curves["hold_AAPL"].note == "closes of the market's bars, no dividends known"
    assert holdings.without() == ("QQQ", "SPY")


def test_a_split_makes_more_shares_and_a_dividend_buys_some():
    day = {DAYS[2]: [Split("AAPL", DAYS[2], 4)], DAYS[3]: [Dividend("AAPL", DAYS[3], Decimal("0.50"))]}
    curves, _ = held({"AAPL": (100.0, 100.0, 25.0, 24.5, 49.0)}, actions=day)
    values = list(curves["hold_AAPL"].path.values())
    assert values[:3] == [100.0, 100.0, 100.0]
    assert values[3] == pytest.approx(4 * (24.5 + 0.5))
    assert values[4] == pytest.approx(2 * 4 * (24.5 + 0.5))
    assert "1 dividends reinvested" in curves["hold_AAPL"].note


def test_a_split_of_the_first_morning_is_in_the_close_before_it_already():
    curves, _ = held({"AAPL": (25.0, 25.5)}, actions={DAYS[1]: [Split("AAPL", DAYS[1], 4)]})
    assert list(curves["hold_AAPL"].path.values()) == [25.0, 25.5]


def test_a_dividend_of_a_session_without_a_bar_waits_for_the_next_close():
    paid = {DAYS[2]: [Dividend("AAPL", DAYS[2], Decimal("1.00"))]}
    curves, _ = held({"AAPL": (100.0, 100.0, None, 100.0)}, actions=paid)
    assert list(curves["hold_AAPL"].path.values())[-1] == pytest.approx(101.0)


def test_a_hole_ends_a_curve_and_is_never_bridged():
    curves, _ = held({"AAPL": (100.0, 101.0, None, None, None, None, 300.0)})
    assert max(curves["hold_AAPL"].path.values()) == 101.0
    assert f"no bars from {DAYS[2]} on: told until then" in curves["hold_AAPL"].note


def test_all_underlyings_are_held_in_equal_parts_and_benchmarks_are_none_of_them():
    curves, _ = held({"AAPL": (100.0, 110.0), "MSFT": (50.0, 45.0), "SPY": (10.0, 20.0)}, ("AAPL", "MSFT", "NVDA"))
    assert list(curves) == ["hold", "hold_AAPL", "hold_MSFT", "hold_SPY"]
    assert list(curves["hold"].path.values()) == [1.0, pytest.approx(1.0)]
    assert curves["hold"].note.startswith("equal parts of AAPL, MSFT at the beginning")


def test_what_is_listed_later_is_held_from_its_first_close_and_no_part_of_the_whole():
    closes = {"AAPL": (None, None, 50.0, 55.0), "IWM": (40.0, 40.0, None, 44.0), "MSFT": (50.0, 50.0, 50.0, 50.0)}
    curves, _ = held(closes, ("AAPL", "IWM", "MSFT"))
    assert list(curves["hold_AAPL"].path) == [DAYS[2], DAYS[3]]
    assert list(curves["hold"].path.values()) == [1.0, 1.0, 1.0, pytest.approx(1.05)]
    assert curves["hold"].note.endswith("AAPL left out: no bars from the first day to the last")


def test_one_that_is_told_to_the_end_is_no_basket():
    curves, _ = held({"AAPL": (None, None, 50.0, 55.0), "MSFT": (50.0, 50.0, 50.0, 50.0)}, ("AAPL", "MSFT"))
    assert list(curves) == ["hold_AAPL", "hold_MSFT"]


# --- published indices ------------------------------------------------------------------------------------------------


def test_indices_are_read_by_their_names_with_the_value_of_the_evening_before(tmp_path):
    (tmp_path / "PUT_History.csv").write_text("DATE,PUT\n02/05/2026,1000\n02/06/2026,1010\n02/09/2026,1020\n")
    (tmp_path / "BXM.csv.gz").write_bytes(gzip.compress(b"Date,Open,High,Low,Close\n2026-02-09,1,1,1,500\n"))
    (tmp_path / "SPX.csv").write_text("DATE,SPX\n02/05/2026,1\n")
    put, bxm = published(tmp_path, FIRST, date(2026, 2, 20))
    assert dict(put.path) == {FIRST - timedelta(days=1): 1010.0, FIRST: 1020.0}
    assert (bxm.name, dict(bxm.path)) == ("BXM", {FIRST: 500.0})
    assert put.options == "real, by its publisher"


def test_without_a_folder_there_are_none_and_one_that_is_missing_is_refused(tmp_path):
    assert list(published(None, FIRST, FIRST)) == []
    with pytest.raises(InputError, match="no such folder"):
        list(published(tmp_path / "nowhere", FIRST, FIRST))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"PUT.csv": "DATE,VALUE\n02/05/2026,1\n"}, "no column close or PUT"),
        ({"PUT.csv": "DATE,PUT\n02/05/2026,-1\n"}, "row 2"),
        ({"PUT.csv": "DATE,PUT\n02/05/2026,1\n", "PUT_2.csv": "DATE,PUT\n"}, "keep one file of PUT"),
    ],
)
def test_figures_that_cannot_be_used_are_refused_by_name(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=said):
        list(published(tmp_path, FIRST, FIRST))
