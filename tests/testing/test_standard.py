"""The standard scenarios: short, different from each other, and each brings what its name says."""

from itertools import pairwise

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.verify import verify
from allusr_sdk.testing import Sandbox, standard

SYMBOLS = ("AAPL", "SPY")
NAMES = (
    "calm", "trend_up", "trend_down", "whipsaw", "crash", "vix_52", "vix_66", "vix_81", "earnings_week",
    "gap_through_strike", "thin_chain", "early_assignment", "holiday_week", "half_day", "feed_trouble", "split",
    "dividend",
)  # fmt: skip


def changes(name, symbol):
    """Close over close of the sessions of a scenario."""
    prices = [
        next(float(s.price) for s in step.settlements if s.symbol == symbol)
        for step in standard(SYMBOLS)[name].tape().steps_
        if step.closing
    ]
    return [after / before - 1 for before, after in pairwise(prices)]


@pytest.fixture(scope="module")
def lived(weekly):
    """The test's sleeve in every scenario."""
    config = {"sleeves": {"weekly": {"symbols": list(SYMBOLS)}}}
    return {name: Sandbox(market, weekly, config=config).run() for name, market in standard(SYMBOLS).items()}


def test_these_are_they():
    assert tuple(standard(SYMBOLS)) == NAMES


def test_each_takes_three_weeks_or_less_and_an_odd_number_of_sessions():
    assert {name: len(market.sessions) for name, market in standard(SYMBOLS).items()} == {
        **dict.fromkeys(NAMES, 15), "holiday_week": 9, "half_day": 9,
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_is_lived_through_with_sound_books(lived, name):
    assert verify(lived[name].run).ok
    assert lived[name].faults == ()
    assert lived[name].decisions


def test_all_journals_differ(lived):
    assert len({played.journal for played in lived.values()}) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("calm", -0.01, 0.01), ("trend_up", 0, 0.01), ("trend_down", -0.01, 0)]
)
def test_spy_goes_where_the_name_says(name, low, high):
    assert all(low <= change <= high for change in changes(name, "SPY"))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_underlying_falls_in_a_crash_and_gaps_through_its_strikes(symbol):
    assert min(changes("crash", symbol)) == pytest.approx(-0.09, abs=1e-3)
    assert sum(change < -0.09 for change in changes("gap_through_strike", symbol)) == 2


@pytest.mark.parametrize(("name", "tier"), [("vix_52", "HEDGED"), ("vix_66", "SAFE"), ("vix_81", "HALT")])
def test_vix_throws_its_switch(lived, name, tier):
    assert tier in {event.after for event in lived[name].events("SwitchChanged") if event.cause == "VIX"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gap_through_strike", "Assigned"),
        ("early_assignment", "Assigned"),
        ("feed_trouble", "TradingHalted"),
        ("split", "SplitApplied"),
    ],
)
def test_what_a_scenario_is_for_is_in_the_journal(lived, name, kind):
    assert lived[name].events(kind)


def test_early_assignment_is_early(lived):
    assert any(event.early for event in lived["early_assignment"].events("Assigned"))


def test_a_thin_chain_lets_nobody_open(lived):
    assert lived["thin_chain"].fills == ()
    assert any("LQ-1" in decision.rule for decision in lived["thin_chain"].decisions)


def test_reports_and_dividends_are_announced_to_who_has_any():
    report, dividend = standard(SYMBOLS)["earnings_week"], standard(SYMBOLS)["dividend"]
    first = report.tape().steps_[0].view
    assert report.day(7) in {entry.day for entry in first.earnings["AAPL"]}
    assert first.earnings["SPY"] == ()
    ahead = dividend.tape().steps_[0].view.dividends
    assert {symbol: (entries[0].ex_day, str(entries[0].amount)) for symbol, entries in ahead.items()} == dict.fromkeys(
        SYMBOLS, (dividend.day(3), "1.50")
    )


def test_a_holiday_and_a_half_day_are_there():
    assert "2026-04-03" not in {str(session.day) for session in standard(SYMBOLS)["holiday_week"].sessions}
    assert any(session.half_day for session in standard(SYMBOLS)["half_day"].sessions)


@pytest.mark.parametrize("symbols", [("SPX",), ("GOOG", "GOOGL"), ("SPY", "XSP", "VIX"), ("NVDA", "TSLA", "META")])
def test_they_are_told_of_any_underlying_that_the_synthetic_market_has(symbols):
    for market in standard(symbols).values():
        assert market.symbols == symbols
        assert market.source


def test_share_classes_of_one_company_move_once():
    prices = [
        [next(float(s.price) for s in step.settlements if s.symbol == symbol) for symbol in ("GOOG", "GOOGL")]
        for step in standard(("GOOG", "GOOGL"))["crash"].tape().steps_
        if step.closing
    ]
    for place in (0, 1):
        assert min(after[place] / before[place] - 1 for before, after in pairwise(prices)) > -0.1


@pytest.mark.parametrize(("symbols", "says"), [((), "at least one symbol"), (("SPYY",), "did you mean 'SPY'")])
def test_what_it_does_not_have_is_refused(symbols, says):
    with pytest.raises(InputError, match=says):
        standard(symbols)
