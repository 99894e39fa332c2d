"""Ordinary dividends from a list beside the daily bars."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.errors import DataError
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.market.dividends import DividendCalendar
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.views import Dividend

HEAD = "symbol,ex_day,amount"
ROWS = "spy,2026-03-20,1.9\nAAPL,2026-05-11,0.2604\nAAPL,2026-02-09,0.26\n"


@pytest.fixture
def daily(tmp_path):
    """Writes a list of dividends beside a bar; returns the folder."""

    def write(rows=ROWS, head=HEAD, name="dividends.csv"):
        (tmp_path / "SPY.csv").write_text("date,open,high,low,close\n2026-02-11,5,8,4,7\n")
        (tmp_path / name).write_text(f"{head}\n{rows}")
        return tmp_path

    return write


def test_dividends_are_known_ahead_soonest_first_and_on_their_day(daily):
    known = DividendCalendar.beside(daily())
    first, second = (Dividend("AAPL", *row) for row in (
        (date(2026, 2, 9), Decimal("0.26")), (date(2026, 5, 11), Decimal("0.2604"))))  # fmt: skip
    assert known.ahead(date(2026, 2, 8))["AAPL"] == (first, second)
    assert known.ahead(date(2026, 2, 9))["AAPL"] == (second,)
    assert known.ahead(date(2026, 5, 11)) == {}
    assert known.on(date(2026, 2, 9)) == (first,)
    assert known.on(date(2026, 2, 10)) == ()


def test_a_dividend_is_unknown_before_it_is_announced(daily):
    known = DividendCalendar.beside(daily("SPY,2026-03-20,1.9,2026-03-02\n", f"{HEAD},announced"))
    assert known.ahead(date(2026, 3, 1)) == {}
    assert [d.amount for d in known.ahead(date(2026, 3, 2))["SPY"]] == [Decimal("1.90")]


def test_a_list_may_tell_when_a_dividend_is_paid(daily):
    known = DividendCalendar.beside(daily("SPY,2026-03-20,1.9,2026-04-30\n", f"{HEAD},pay_day"))
    assert known.on(date(2026, 3, 20)) == (Dividend("SPY", date(2026, 3, 20), Decimal("1.90"), date(2026, 4, 30)),)
    with pytest.raises(DataError, match="pay_day 2026-03-19 is before ex_day 2026-03-20"):
        DividendCalendar.beside(daily("SPY,2026-03-20,1.9,2026-03-19\n", f"{HEAD},pay_day"))


def test_the_list_is_no_bars_and_a_folder_without_one_pays_nothing(daily, tmp_path):
    assert set(DailyBars.load(daily()).series) == {"SPY"}
    (tmp_path / "dividends.csv").unlink()
    assert DividendCalendar.beside(tmp_path).entries == ()


def test_a_market_shows_what_the_list_says(daily, canonical, folder):
    canonical({})
    place = daily()
    market = open_market(f"chains:{folder}", daily=place)
    view = next(iter(market.steps(date(2026, 2, 12), date(2026, 2, 12)))).view
    assert [d.ex_day for d in view.dividends["SPY"]] == [date(2026, 3, 20)]
    before = market.description
    daily(ROWS.replace("1.9", "1.8"))
    assert open_market(f"chains:{folder}", daily=place).description != before


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("SPY,2026-03-20,0\n", "row 2: amount 0.0 is not above zero"),
        ("SPY,2026-03-20,\n", "row 2: amount nan is not above zero"),
        ("SPY,2026-03-20,some\n", "row 2: amount 'some' is not a number"),
        ("SPY,2026-03-21,1.9\n", "row 2: ex_day 2026-03-21 is no session"),
        ("SPY,later,1.9\n", "row 2: ex_day 'later' cannot be read"),
        (",2026-03-20,1.9\n", "row 2: symbol is empty"),
    ],
)
def test_a_bad_row_is_named(daily, rows, message):
    with pytest.raises(DataError, match=message):
        DividendCalendar.beside(daily(rows))


def test_another_file_or_two_of_them_are_refused(daily):
    with pytest.raises(DataError, match="not a list of dividends: no column amount"):
        DividendCalendar.beside(daily("", "symbol,ex_day"))
    daily()
    with pytest.raises(DataError, match="keep one list"):
        DividendCalendar.beside(daily(name="dividends.csv.gz"))
