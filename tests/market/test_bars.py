"""Daily bars and VIX."""

import math
from datetime import date, datetime

import numpy as np
import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.model.calendar import NEW_YORK

THU = date(2026, 2, 12)


@pytest.fixture
def daily(tmp_path):
    """Writes files of daily bars and loads them."""
    place = tmp_path / "daily"
    place.mkdir()

    def load(**files):
        for name, text in files.items():
            (place / f"{name}.csv").write_text(text)
        return DailyBars.load(place)

    return load


def test_files_of_a_symbol_belong_together_whatever_their_columns(daily):
    bars = daily(
        XYZ_2025="DATE,CLOSE,HIGH,LOW,OPEN,VOLUME\n2026/2/10,3,4,1,2,500\n",
        XYZ_2026="Date,Open,High,Low,Close\n2026-02-11,5,8,4,7\n",
    )
    one, two = bars.before("XYZ", THU, 5)
    assert (one.day, one.open, one.high, one.low, one.close, one.volume) == (date(2026, 2, 10), 2, 4, 1, 3, 500)
    assert (two.day, two.close, math.isnan(two.volume)) == (date(2026, 2, 11), 7, True)


def test_only_completed_sessions_before_the_day_are_given(daily):
    bars = daily(XYZ="Date,Open,High,Low,Close\n2026-02-11,5,8,4,7\n2026-02-12,1,1,1,1\n")
    assert [bar.day.day for bar in bars.before("XYZ", THU, 5)] == [11]
    assert bars.on("XYZ", THU).close == 1
    assert bars.on("XYZ", date(2026, 2, 10)) is None
    assert bars.on("ABC", THU) is None


def test_a_hole_is_not_filled_from_further_back(daily):
    bars = daily(XYZ="Date,Open,High,Low,Close\n2025-02-11,5,8,4,7\n2026-02-10,1,1,1,1\n")
    assert [bar.day for bar in bars.before("XYZ", THU, 5)] == [date(2026, 2, 10)]
    assert bars.before("XYZ", date(2025, 8, 1), 5) == ()


def test_rows_of_holidays_and_rows_without_a_price_are_no_bars(daily):
    bars = daily(XYZ="Date,Open,High,Low,Close\n2026-02-10,5,8,4,7\n2026-02-16,5,8,4,7\n2026-02-17,,,,\n")
    assert [bar.day.day for bar in bars.before("XYZ", date(2026, 2, 18), 9)] == [10]


def test_the_index_file_goes_by_its_options_symbol(daily):
    bars = daily(GSPC="Date,Open,High,Low,Close,Volume\n2026-02-11,5,8,4,7,1\n")
    assert bars.on("SPX", date(2026, 2, 11)) == bars.on("GSPC", date(2026, 2, 11))
    assert bars.on("SPX", date(2026, 2, 11)).close == 7


VIX = (
    "DATE,OPEN,HIGH,LOW,CLOSE\n2026-02-09,17,18,16,17.5\n2026-02-10,17.5,66,16,18.0\n2026-02-11,19.0,66,16,20.0\n"
    "2026-02-12,20.5,21,20,20.8\n"
)


def at(day, hour, minute):
    return datetime(2026, 2, day, hour, minute, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("now", "value", "since"),
    [
        (at(10, 9, 29), 17.5, at(9, 16, 15)),
        (at(10, 12, 0), 17.5, at(9, 16, 15)),  # its open repeats the close: nothing new is known
        (at(10, 16, 14), 17.5, at(9, 16, 15)),
        (at(10, 16, 15), 18.0, at(10, 16, 15)),
        (at(11, 9, 29), 18.0, at(10, 16, 15)),
        (at(11, 9, 30), 19.0, at(11, 9, 30)),
        (at(11, 16, 15), 20.0, at(11, 16, 15)),
    ],
)
def test_vix_is_what_was_confirmed_by_then_and_never_the_high(daily, now, value, since):
    vix = daily(VIX=VIX).vix(now)
    assert (vix.value, vix.at) == (value, since)
    assert vix.daily


def test_vix_closes_are_those_of_completed_sessions(daily):
    bars = daily(VIX=VIX)
    assert bars.vix(at(11, 12, 0)).closes == (17.5, 18.0)
    assert bars.vix(at(11, 16, 15)).closes == (17.5, 18.0, 20.0)


def test_vix_is_unknown_before_its_first_and_long_after_its_last_close(daily):
    bars = daily(VIX=VIX)
    assert bars.vix(at(9, 12, 0)) is None
    assert bars.vix(at(18, 12, 0)).value == 20.8
    assert bars.vix(at(19, 12, 0)) is None
    assert DailyBars().vix(at(11, 12, 0)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,Open,High,Low\n", r"XYZ\.csv: not daily bars: no column close"),
        ("Date,Open,High,Low,Close\n2026-02-10,1,2,1,1\n2026-02-11,1,2,x,1\n", r"XYZ\.csv, row 3: low 'x'"),
        ("Date,Open,High,Low,Close\n2026-02-10,1,2,1,1\nlater,1,2,1,1\n", r"XYZ\.csv, row 3: date 'later'"),
        ("Date,Open,High,Low,Close\n2026-02-10,1,2,1,0\n", r"XYZ\.csv, row 2: a price is not above zero"),
        ("Date,Open,High,Low,Close\n2026-02-10,1,2\n", r"XYZ\.csv, row 2: 3 of 5 fields"),
    ],
)
def test_a_bad_bar_is_named(daily, text, message):
    with pytest.raises(DataError, match=message):
        daily(XYZ=text)


def test_a_bar_is_in_the_dollars_of_the_day_that_asks_whoever_asked_before():
    days = np.arange("2026-02-09", "2026-02-13", dtype="datetime64[D]")
    values = np.tile([8.0, 8.0, 8.0, 8.0, 100.0], (4, 1))
    bars = DailyBars({"XYZ": Series.of(days, values, np.array([0.5, 0.5, 1.0, 1.0]))})

    def known(day):
        return [(bar.day.day, bar.close, bar.volume) for bar in bars.before("XYZ", date(2026, 2, day), 2)]

    before, after = [(9, 8, 100)], [(9, 4, 200), (10, 4, 200)]
    assert [known(10), known(11), known(10), known(11)] == [before, after, before, after]
    assert bars.on("XYZ", date(2026, 2, 9)).close == 8


def test_a_missing_or_empty_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no \.csv file"):
        DailyBars.load(tmp_path)
    with pytest.raises(DataError, match="no folder of daily bars"):
        DailyBars.load(tmp_path / "absent")


def test_the_real_folder_is_read(data_dir):
    bars = DailyBars.load(data_dir / "daily")
    assert {"AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "SPX", "TSLA", "VIX"} == set(bars.series)
    assert bars.on("TSLA", date(2025, 5, 12)).close == 318.38
    assert bars.on("AAPL", date(2026, 2, 12)) is None
    # 2024-08-05: VIX printed 65.73 before the open; by noon only its open is confirmed.
    monday = bars.vix(datetime(2024, 8, 5, 12, 0, tzinfo=NEW_YORK))
    assert monday.value == pytest.approx(23.39)
    assert max(monday.closes) < 40
