"""When Gen-Acc enters, with which expiry and band, and what it says when it does not (CAD-4, CAD-7)."""

import pytest
from allusr_gen_acc import GenAcc

from allusr_sdk.model.views import Grain
from tests.builders import RULES, contract, shares, short
from tests.plugins.sleeves import FRIDAY, MONDAY, THURSDAY, asked, day_of, every_session, made, only, skipped, sold

AAPL = {"symbol": "AAPL"}
STRESS = RULES.tightened({"CAD-4.stress": True})
DAILY = RULES.tightened({"CAD-4.daily_etf": True})

# entry session before the week's last, the last one, sessions and calendar days between them
WEEKS = [
    ("2026-02-12", "2026-02-13", 1),
    ("2026-11-25", "2026-11-27", 2),
    ("2026-06-17", "2026-06-18", 1),
    ("2026-12-30", "2026-12-31", 1),
    ("2026-04-01", "2026-04-02", 1),
]


@pytest.mark.parametrize(("entry", "last", "days"), WEEKS)
def test_the_weeks_last_expiry_is_sold_on_the_session_before_it(entry, last, days):
    intent = sold(asked(GenAcc, entry, **AAPL))
    assert intent.quote.contract.expiry == day_of(last)
    assert (day_of(last) - day_of(entry)).days == days
    assert intent.quote.contract.is_put
    assert 0.40 <= abs(intent.delta) <= 0.45
    assert (intent.rule, intent.band.rule, intent.pod) == ("CAD-4", "CAD-8", None)


@pytest.mark.parametrize("last", [last for _, last, _ in WEEKS])
def test_what_is_left_is_sold_on_the_last_session_itself(last):
    assert sold(asked(GenAcc, last, **AAPL)).quote.contract.expiry == day_of(last)


@pytest.mark.parametrize(
    "day",
    ["2026-02-09", "2026-02-11", "2026-11-23", "2026-11-24", "2026-06-15", "2026-06-16", "2026-12-28", "2026-12-29",
     "2026-03-30", "2026-03-31"],
)  # fmt: skip
def test_there_is_no_other_entry_session(day):
    assert skipped(asked(GenAcc, day, **AAPL)).startswith("CAD-4: ")


@pytest.mark.parametrize(("mode", "day"), [("primary", THURSDAY), ("zero_dte_retry", FRIDAY)])
def test_each_mode_can_be_switched_off(mode, day):
    off = RULES.tightened({f"CAD-4.{mode}": False})
    assert "no entry session" in skipped(asked(GenAcc, day, rules=off, **AAPL))


@pytest.mark.parametrize("clock", ["09:44", "10:56", "15:00"])
def test_the_shut_window_is_named(clock):
    assert skipped(asked(GenAcc, THURSDAY, clock=clock, **AAPL)) == "CAD-7: outside the entry window 09:45-10:55"


@pytest.mark.parametrize("clock", ["09:46", "09:49", "10:52:30"])
def test_nothing_is_tried_between_two_attempts(clock):
    assert skipped(asked(GenAcc, THURSDAY, clock=clock, **AAPL)) == "CAD-7: between two attempts of the entry window"


@pytest.mark.parametrize("grain", [Grain.COARSE, Grain.EOD])
def test_data_without_a_grid_decides_whenever_it_comes(grain):
    assert sold(asked(GenAcc, THURSDAY, clock="10:09", grain=grain, **AAPL)).rule == "CAD-4"


def test_on_a_half_day_the_window_is_the_same():
    for clock in ("09:45", "10:55"):
        assert sold(asked(GenAcc, "2026-11-27", clock=clock, **AAPL)).quote.contract.expiry == day_of("2026-11-27")


def test_both_reasons_are_said_together():
    assert skipped(asked(GenAcc, "2026-02-11", clock="15:00", **AAPL)).startswith("CAD-4 CAD-7: ")


def test_a_tighter_setting_leaves_out_the_day_before():
    assert "no entry session" in skipped(asked(GenAcc, THURSDAY, dte_max=0, **AAPL))
    assert sold(asked(GenAcc, FRIDAY, dte_max=0, **AAPL))


def test_an_expiry_that_is_not_listed_is_refused():
    found = only(asked(GenAcc, THURSDAY, expiries=[day_of("2026-02-20")], **AAPL))
    assert (found.symbol, found.verdict) == ("AAPL", "refuse")
    assert "no contract of this expiry and right is listed" in found.why


def test_calls_are_written_on_shares_at_or_over_their_basis():
    held = shares("AAPL", basis="100.50")
    intent = sold(asked(GenAcc, THURSDAY, held, spot=101.0, **AAPL))
    assert not intent.quote.contract.is_put
    assert float(intent.quote.contract.strike) >= 100.50
    assert intent.rule == "CAD-4"


def test_it_waits_while_a_put_is_open():
    put = short(contract(99, expiry=FRIDAY))
    assert skipped(asked(GenAcc, THURSDAY, put, **AAPL)) == "CAD-9: AAPL is in SHORT_PUT: nothing new until it ends"


# --- stress profile ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "last"),
    [
        ("2026-02-10", "2026-02-13"),
        ("2026-11-23", "2026-11-27"),
        ("2026-06-15", "2026-06-18"),
        ("2026-12-28", "2026-12-31"),
        ("2026-03-30", "2026-04-02"),
        ("2012-10-31", "2012-11-02"),  # three sessions after the storm: two before the last
    ],
)
def test_the_stress_profile_enters_three_sessions_before_the_last_or_as_many_as_the_week_has(entry, last):
    intent = sold(asked(GenAcc, entry, rules=STRESS, **AAPL))
    assert intent.quote.contract.expiry == day_of(last)
    assert (intent.band.nearest, intent.band.furthest, intent.band.unit) == (1, 3, "sessions")


@pytest.mark.parametrize("day", ["2026-02-09", "2026-02-11", "2026-02-12", "2026-02-13", "2026-11-25"])
def test_the_stress_profile_has_no_other_entry_session(day):
    assert skipped(asked(GenAcc, day, rules=STRESS, **AAPL)).startswith("CAD-4: stress profile")


def test_without_the_stress_profile_the_band_is_that_of_the_live_one():
    band = made(GenAcc).bands(RULES)[0]
    assert (band.low, band.high, band.nearest, band.furthest, band.unit) == (0.40, 0.45, 0, 1, "sessions")
    assert made(GenAcc, dte_max=0).bands(RULES)[0].furthest == 0


# --- funds on any session ------------------------------------------------------------------------------------------


def test_daily_entries_of_funds_are_off():
    assert "no entry session" in skipped(asked(GenAcc, MONDAY, symbol="SPY", expiries=every_session(MONDAY)))


@pytest.mark.parametrize(("day", "expiry"), [("2026-02-09", "2026-02-10"), ("2026-11-25", "2026-11-27")])
def test_a_fund_may_be_sold_to_the_next_session_on_any_day(day, expiry):
    found = asked(GenAcc, day, symbol="SPY", expiries=every_session(day_of(day)), rules=DAILY)
    assert sold(found).quote.contract.expiry == day_of(expiry)


def test_daily_entries_stay_in_the_week_with_funds_and_with_what_is_listed():
    listed = every_session(FRIDAY)
    alone = DAILY.tightened({"CAD-4.zero_dte_retry": False})
    assert sold(asked(GenAcc, FRIDAY, symbol="IWM", expiries=listed, rules=alone)).quote.contract.expiry == FRIDAY
    assert "no entry session" in skipped(asked(GenAcc, MONDAY, expiries=every_session(MONDAY), rules=DAILY, **AAPL))
    none = skipped(asked(GenAcc, MONDAY, symbol="QQQ", expiries=[FRIDAY], rules=DAILY))
    assert none == "CAD-4: no expiry 0 to 1 sessions out is listed"
    zero = asked(GenAcc, MONDAY, symbol="QQQ", expiries=every_session(MONDAY), rules=DAILY, dte_max=0)
    assert sold(zero).quote.contract.expiry == MONDAY
