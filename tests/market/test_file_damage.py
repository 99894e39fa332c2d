"""Every kind of damage of a chain file is named."""

import gzip
import math
from datetime import date

import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.table import Wanted
from tests.market.written import FRI, THU, YAHOO, free_set, only

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


def test_a_bad_row_is_named_by_its_place_though_the_rows_before_it_are_too_far_from_expiry_to_be_read(folder, market):
    free_set(folder / "xyz.parquet", [date(2026, 1, 15), FRI], strikes=(99.0, math.nan), group=1000)
    with pytest.raises(DataError, match=r"^xyz\.parquet, row 7: strike nan"):
        list(market(wanted=Wanted(dte_max=8)).steps(FRI, FRI))


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
