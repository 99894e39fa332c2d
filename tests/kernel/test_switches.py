"""VIX tiers (KS-1, KS-4, KS-5)."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.kernel.switches import PERMITS, TIERS, next_tier, tier_of, unknown_vix
from allusr_sdk.model.views import Grain, Vix
from tests.builders import AT, NAN, RULES, market

INFINITE = float("inf")


@pytest.mark.parametrize(
    ("value", "tier"),
    [(50.0, "NONE"), (50.01, "HEDGED"), (65.0, "HEDGED"), (65.01, "SAFE"), (80.0, "SAFE"), (80.01, "HALT")],
)
def test_thresholds_are_strict(value, tier):
    assert tier_of(value, RULES)[0] == tier


@given(st.sampled_from(TIERS), st.floats(1, 150), st.lists(st.floats(1, 150), max_size=4), st.booleans())
def test_a_tier_rises_at_once_falls_one_at_a_time_and_halt_never_falls(current, value, closes, new_week):
    after = next_tier(current, value, closes, new_week=new_week, rules=RULES)
    before, now, reached = TIERS.index(current), TIERS.index(after), TIERS.index(tier_of(value, RULES)[0])
    assert now >= reached
    assert now >= before - 1
    if reached >= before:
        assert now == reached
    if current == "HALT":
        assert after == "HALT"


@pytest.mark.parametrize(
    ("current", "closes", "new_week", "after"),
    [
        ("HEDGED", (44.9, 44.9), True, "NONE"),
        ("HEDGED", (44.9, 44.9), False, "HEDGED"),
        ("HEDGED", (45.0, 44.9), True, "HEDGED"),
        ("HEDGED", (44.9,), True, "HEDGED"),
        ("HEDGED", (NAN, 44.9), True, "HEDGED"),
        ("SAFE", (57.9, 57.9), False, "HEDGED"),
        ("SAFE", (57.9, 58.0), False, "SAFE"),
        ("HALT", (10.0, 10.0), True, "HALT"),
    ],
)
def test_tiers_are_left_by_closes(current, closes, new_week, after):
    assert next_tier(current, 20.0, closes, new_week=new_week, rules=RULES) == after


@pytest.mark.parametrize(
    "vix", [None, Vix(NAN, AT), Vix(0.0, AT), Vix(-1.0, AT), Vix(INFINITE, AT), Vix(NAN, AT, daily=True)]
)
def test_a_vix_that_is_no_number_refuses_entries_and_is_never_calm(vix):
    veto = unknown_vix(market(vix=vix), RULES)
    assert veto is not None
    assert (veto.rule, "unknown" in veto.why) == ("KS-5", True)


def test_a_stale_vix_refuses_entries_and_names_its_age():
    view = market(vix=Vix(15.0, AT - timedelta(seconds=120)))
    assert unknown_vix(view, RULES) is None
    veto = unknown_vix(evolve(view, vix=Vix(15.0, AT - timedelta(seconds=121))), RULES)
    assert veto is not None
    assert (veto.rule, dict(veto.numbers)) == ("KS-5", {"age": 121.0, "limit": 120.0})


@pytest.mark.parametrize(("grain", "daily"), [(Grain.COARSE, False), (Grain.EOD, False), (Grain.GRID, True)])
def test_daily_values_and_coarse_data_start_no_timer(grain, daily):
    old = Vix(15.0, AT - timedelta(days=1), daily=daily)
    assert unknown_vix(market(grain=grain, vix=old), RULES) is None


def test_what_each_tier_lets_through():
    assert {tier: (p.entries, p.rolls, p.closes) for tier, p in PERMITS.items()} == {
        "NONE": (True, True, True),
        "HEDGED": (True, True, True),
        "SAFE": (False, True, True),
        "HALT": (False, False, False),
    }
    assert PERMITS["HEDGED"].deploy == "KS-6.hedged_deploy"
