"""When Rev-Acc enters and with which expiry (CAD-5), and how much capital is written in pods (LQ-3)."""

from decimal import Decimal

import pytest
from allusr_rev_acc import RevAcc, pods
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import Right
from allusr_sdk.model.views import Grain
from tests.builders import RULES, contract, shares, short
from tests.plugins.sleeves import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    asked,
    capital,
    day_of,
    made,
    only,
    seen,
    skipped,
    sold,
)

CARRY = RULES.tightened({"CAD-5.weekend_carry": True})


@pytest.mark.parametrize(
    ("day", "expiry"),
    [
        ("2026-02-09", "2026-02-13"),
        ("2026-02-10", "2026-02-13"),
        ("2026-02-17", "2026-02-20"),  # Monday holiday: Tuesday to Friday
        ("2026-06-15", "2026-06-18"),  # Friday holiday: Monday to Thursday
        ("2026-11-23", "2026-11-27"),
        ("2026-11-24", "2026-11-27"),
        ("2026-12-28", "2026-12-31"),
        ("2026-03-30", "2026-04-02"),
    ],
)
def test_the_furthest_expiry_of_the_week_three_to_five_days_out_is_sold(day, expiry):
    intent = sold(asked(RevAcc, day))
    assert intent.quote.contract.expiry == day_of(expiry)
    assert 0.20 <= abs(intent.delta) <= 0.35
    assert (intent.rule, intent.pod, intent.lots) == ("CAD-5", None, None)


@pytest.mark.parametrize(
    "day", ["2026-02-12", "2026-02-13", "2026-02-11", "2026-06-16", "2026-06-17", "2026-02-18", "2026-03-31"]
)
def test_there_is_no_other_entry(day):
    assert skipped(asked(RevAcc, day)).startswith("CAD-5: ")


def test_the_largest_listed_distance_is_taken_and_nothing_of_next_week():
    listed = [day_of("2026-02-11"), day_of("2026-02-12"), FRIDAY, day_of("2026-02-16")]
    assert sold(asked(RevAcc, MONDAY, expiries=listed)).quote.contract.expiry == FRIDAY
    assert sold(asked(RevAcc, MONDAY, expiries=listed[:2])).quote.contract.expiry == day_of("2026-02-12")
    assert skipped(asked(RevAcc, MONDAY, expiries=listed[:1])).startswith("CAD-3 CAD-5: no expiry 3 to 5 days out")
    assert "CAD-5" in skipped(asked(RevAcc, WEDNESDAY, expiries=listed))


def test_a_weekend_is_carried_only_where_that_is_switched_on():
    listed = [FRIDAY, day_of("2026-02-17"), day_of("2026-02-20")]
    assert sold(asked(RevAcc, MONDAY, expiries=listed, rules=CARRY)).quote.contract.expiry == FRIDAY
    monday = [day_of("2026-02-27"), day_of("2026-03-02")]
    found = sold(asked(RevAcc, "2026-02-25", expiries=monday, rules=CARRY))
    assert found.quote.contract.expiry == day_of("2026-03-02")
    assert skipped(asked(RevAcc, "2026-02-26", expiries=monday, rules=CARRY)).startswith("CAD-5: Thursday")


def test_a_symbol_that_found_nothing_on_monday_is_tried_on_tuesday_and_one_with_a_put_is_not():
    assert sold(asked(RevAcc, TUESDAY)).quote.contract.expiry == FRIDAY
    put = short(contract(99, root="NVDA", expiry=FRIDAY), ledger="rev_acc")
    assert skipped(asked(RevAcc, TUESDAY, put)).startswith("CAD-9: NVDA is in SHORT_PUT")


def test_settings_narrow_the_days():
    assert "no expiry 4 to 5" in skipped(asked(RevAcc, TUESDAY, dte_min=4))
    band = made(RevAcc).bands(RULES)[0]
    assert (band.low, band.high, band.nearest, band.furthest, band.unit) == (0.30, 0.35, 3, 5, "calendar")


# --- pods ----------------------------------------------------------------------------------------------------------

PAIR = {"symbols": ["NVDA", "TSLA"], "expiries": [FRIDAY]}
ATTEMPTS = [f"{9 + (45 + 5 * n) // 60:02d}:{(45 + 5 * n) % 60:02d}" for n in range(15)]


TENTHS = [n / 10 for n in range(900, 1100)]


def turn(money, clock, **more):
    view = seen(RevAcc, MONDAY, clock=clock, more=capital(money), strikes=[100], **PAIR, **more)[1]
    return pods.turn(view)


def put_of(lots, *, strike=97, day=MONDAY):
    """A put on NVDA that was sold on a day."""
    opened = seen(RevAcc, day)[1].at
    return short(contract(strike, root="NVDA", expiry=FRIDAY), lots=lots, ledger="rev_acc", opened=opened)


@pytest.mark.parametrize(("money", "count"), [(250_000, None), (250_001, 2), (500_000, 2), (3_000_000, 12)])
def test_every_quarter_of_a_million_makes_a_pod(money, count):
    found = turn(money, "09:45")
    assert (found.count if found else None) == count


def test_profits_make_no_pod():
    more = capital(3_000_000) | {"base": "250000"}
    assert pods.turn(seen(RevAcc, MONDAY, more=more, **PAIR)[1]) is None


def test_one_pod_starts_at_each_attempt_and_when_all_have_each_in_turn_tries_again():
    turns = [turn(3_000_000, clock) for clock in ATTEMPTS]
    assert [t.pod for t in turns] == [*range(12), 0, 1, 2]
    assert [t.due for t in turns] == [*range(1, 13), 12, 12, 12]
    assert {t.acting for t in turns} == {1}


def test_more_pods_than_attempts_share_them():
    turns = [turn(4_500_000, clock) for clock in ATTEMPTS]
    assert [t.count for t in turns] == [18] * 15
    assert [t.acting for t in turns] == [2] * 3 + [1] * 12
    assert [t.due for t in turns] == [2, 4, 6, *range(7, 19)]


@given(st.integers(250_001, 40_000_000))
def test_every_pod_has_exactly_one_turn_by_the_windows_end(money):
    turns = [turn(money, clock) for clock in (ATTEMPTS[0], ATTEMPTS[7], ATTEMPTS[-1])]
    assert turns[-1].due == turns[-1].count == -(-money // 250_000)
    assert turns[0].due == turns[0].acting
    assert all(0 <= t.pod < t.count and t.due <= t.count for t in turns)


@pytest.mark.parametrize("grain", [Grain.COARSE, Grain.EOD])
def test_without_a_grid_all_pods_act_at_once(grain):
    found = turn(3_000_000, "10:09", grain=grain)
    assert (found.due, found.acting) == (12, 12)


def test_a_pod_writes_its_part_and_neighbouring_pods_neighbouring_strikes():
    first, second, third = (
        sold(asked(RevAcc, MONDAY, clock=clock, more=capital(3_000_000), strikes=TENTHS))
        for clock in ("09:45", "09:50", "09:55")
    )
    assert [w.pod for w in (first, second, third)] == [0, 1, 2]
    assert len({w.quote.contract.strike for w in (first, second, third)}) == 3
    assert {w.quote.contract.expiry for w in (first, second, third)} == {FRIDAY}
    assert all(0.30 <= abs(w.delta) <= 0.35 for w in (first, second, third))
    assert first.rule == "CAD-5 LQ-3"
    assert first.why.startswith("pod 1 of 12: ")
    assert first.numbers["pods"] == 12


def lots(money, clock, *held, **more):
    found = only(asked(RevAcc, MONDAY, *held, clock=clock, more=capital(money), **more))
    return getattr(found, "lots", None)


def test_pods_together_stay_within_the_symbols_part_of_the_capital():
    """3,000,000 over two symbols: at most 1,425,000 in NVDA once TSLA is eligible too, 1,500,000 by the cap alone."""
    alone = lots(3_000_000, "09:45", **PAIR)
    assert alone == int(Decimal(1_500_000) / 12 / Decimal("9720.70"))
    written = 0
    for clock in ATTEMPTS:
        held = [put_of(written)] if written else []
        written += lots(3_000_000, clock, *held, **PAIR) or 0
    assert 97 * 100 * written <= 1_500_000 < 97 * 100 * (written + 2)


def test_what_one_pod_could_not_sell_goes_on_to_the_next_but_no_more_than_its_own_part_at_once():
    assert lots(3_000_000, "10:40", **PAIR) in (12, 13)


def test_a_pod_whose_part_is_already_written_waits():
    found = asked(RevAcc, MONDAY, put_of(40), clock="09:50", more=capital(3_000_000), **PAIR)
    assert skipped(found) == "LQ-3 CAD-10: pod 2 of 12: its part of NVDA is written"


def test_puts_of_an_earlier_session_stop_the_pods_of_this_one():
    found = asked(RevAcc, TUESDAY, put_of(5), more=capital(3_000_000), **PAIR)
    assert skipped(found).startswith("CAD-9: NVDA is in SHORT_PUT")


def test_pods_write_calls_on_their_part_of_the_shares():
    held = shares("NVDA", 1200, basis="90", ledger="rev_acc")
    more = capital(3_000_000)
    at_first = sold(asked(RevAcc, MONDAY, held, clock="09:45", more=more, **PAIR))
    assert (at_first.quote.contract.right, at_first.lots, at_first.pod) == (Right.CALL, 1, 0)
    assert sold(asked(RevAcc, MONDAY, held, clock="10:40", more=more, **PAIR)).lots == 12


def test_a_pod_that_finds_no_strike_says_so():
    found = asked(RevAcc, MONDAY, more=capital(3_000_000), symbols=["NVDA"], expiries=[FRIDAY], strikes=[85, 119])
    assert skipped(found).startswith("CAD-5 CAD-8: NO_STRIKE")


def test_shares_under_water_are_recovered_whole_and_no_pod_waits():
    held = shares("NVDA", 1200, basis="101", ledger="rev_acc")
    more = {"cash": "3000000", "high_water": Decimal(9_000_000)}
    found = sold(asked(RevAcc, MONDAY, held, more=more, **PAIR))
    assert (found.rule, found.pod, found.lots) == ("CAD-9", None, None)


def test_a_ledger_without_money_has_no_pods():
    assert pods.turn(seen(RevAcc, MONDAY, more={"cash": "0"})[1]) is None
