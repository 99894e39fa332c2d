"""Report dates as they were known."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.earnings import EarningsCalendar

HEAD = "symbol,date,session,confirmed,as_of\n"


@pytest.fixture
def calendar(tmp_path):
    """Writes rows and loads them."""

    def load(rows, head=HEAD):
        (tmp_path / "earnings.csv").write_text(head + rows)
        return EarningsCalendar.load(tmp_path / "earnings.csv")

    return load


def test_an_entry_is_unknown_before_its_as_of_day(calendar):
    dates = calendar("XYZ,2026-02-25,AMC,true,2026-02-09\n")
    assert dates.known(date(2026, 2, 8)) == {}
    (entry,) = dates.known(date(2026, 2, 9))["XYZ"]
    assert (entry.day, entry.session, entry.confirmed) == (date(2026, 2, 25), "AMC", True)


def test_a_confirmation_replaces_the_estimate_of_the_same_day_once_it_is_known(calendar):
    dates = calendar("XYZ,2026-02-25,amc,True,2026-02-09\nXYZ,2026-02-25,BMO,false,2026-01-05\n")
    assert [e.confirmed for e in dates.known(date(2026, 2, 8))["XYZ"]] == [False]
    assert [e.confirmed for e in dates.known(date(2026, 2, 9))["XYZ"]] == [True]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("XYZ,2026-02-30,AMC,true,2026-02-09\n", "row 2: date '2026-02-30' cannot be read"),
        ("XYZ,2026-02-25,noon,true,2026-02-09\n", "row 2: session 'NOON' is none of BMO, AMC"),
        ("XYZ,2026-02-25,AMC,perhaps,2026-02-09\n", "row 2: confirmed 'PERHAPS' is none of"),
        ("XYZ,2026-02-25,AMC,true,\n", "row 2: as_of is empty"),
        (",2026-02-25,AMC,true,2026-02-09\n", "row 2: symbol is empty"),
        ("XYZ,2026-02-25\n", "row 2: 2 of 5 fields"),
    ],
)
def test_a_bad_row_is_named(calendar, row, message):
    with pytest.raises(DataError, match=message):
        calendar(row)


def test_another_file_is_no_earnings_calendar(calendar, tmp_path):
    with pytest.raises(DataError, match="no column session, confirmed, as_of"):
        calendar("", head="symbol,date\n")
    with pytest.raises(DataError, match="no earnings file"):
        EarningsCalendar.load(tmp_path / "absent.csv")


def test_the_real_file_is_read(data_dir):
    known = EarningsCalendar.load(data_dir / "earnings.csv").known(date(2026, 2, 11))
    assert [e.day for e in known["AAPL"]] == [date(2026, 1, 29), date(2026, 4, 30)]
    assert "SPY" not in known


def test_a_parquet_file_says_the_same(calendar, tmp_path):
    rows = "XYZ,2026-02-25,AMC,true,2026-02-09\nABC,2026-02-12,BMO,false,2026-02-02\n"
    days = {"date": [date(2026, 2, 25), date(2026, 2, 12)], "as_of": [date(2026, 2, 9), date(2026, 2, 2)]}
    table = {"Symbol": ["XYZ", "ABC"], "session": ["amc", "bmo"], "confirmed": [True, False]} | days
    pq.write_table(pa.table(table), tmp_path / "earnings.parquet")
    assert EarningsCalendar.load(tmp_path / "earnings.parquet").entries == calendar(rows).entries


def test_a_bad_row_or_file_of_parquet_is_named(tmp_path):
    table = {"symbol": ["XYZ"], "date": ["someday"], "session": ["AMC"], "confirmed": [True], "as_of": ["2026-02-09"]}
    pq.write_table(pa.table(table), tmp_path / "earnings.parquet")
    with pytest.raises(DataError, match=r"earnings\.parquet, row 1: date 'someday' cannot be read"):
        EarningsCalendar.load(tmp_path / "earnings.parquet")
    (tmp_path / "other.parquet").write_text("no parquet")
    with pytest.raises(DataError, match=r"other\.parquet: cannot be read"):
        EarningsCalendar.load(tmp_path / "other.parquet")
