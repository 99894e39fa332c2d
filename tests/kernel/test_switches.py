"""What the tiers permit, and what an unknown or old VIX vetoes (KS-1, KS-5, KS-6)."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.kernel.switches import PERMITS, TIERS, permit, rule_of, thresholds, tier_of, unknown_vix
from allusr_sdk.model.positions import Book
from allusr_sdk.model.views import Grain, Vix
from tests.builders import AT, NAN, RULES, books, market

INFINITE = float("inf")


@pytest.mark.parametrize(
    ("value", "tier"),
    [(50.0, "NONE"), (50.01, "HEDGED"), (65.0, "HEDGED"), (65.01, "SAFE"), (80.0, "SAFE"), (80.01, "HALT")],
)
def test_thresholds_are_strict(value, tier):
    assert tier_of(value, RULES)[0] == tier


def test_above_each_tier_lie_the_graver_ones():
    assert thresholds("NONE", RULES) == (("HEDGED", 50.0), ("SAFE", 65.0), ("HALT", 80.0))
    assert thresholds("SAFE", RULES) == (("HALT", 80.0),)
    assert thresholds("HALT", RULES) == ()


def test_what_each_tier_lets_through():
    assert {tier: (p.entries, p.puts, p.rolls, p.closes) for tier, p in PERMITS.items()} == {
        "NONE": (True, True, True, True),
        "CALLS": (True, False, True, True),
        "HEDGED": (True, True, True, True),
        "FREEZE": (False, False, True, True),
        "SAFE": (False, False, True, True),
        "HALT": (False, False, False, False),
    }
    assert tuple(PERMITS) == TIERS


def test_half_is_deployed_in_a_hedged_week_and_all_that_may_be_otherwise():
    assert permit(Book(), "gen_acc").deploy == "CAD-10.deploy_max"
    assert permit(Book(switches={"VIX": "HEDGED"}), "gen_acc").deploy == "KS-6.hedged_deploy"


tiers = st.sampled_from(TIERS)


@given(st.dictionaries(st.sampled_from(["VIX", "LOSS", "USER"]), tiers), st.dictionaries(st.just("PIVOT"), tiers))
def test_a_permit_grants_only_what_every_switch_grants(account, sleeve):
    book = Book({"gen_acc": books(switches=sleeve)}, account)
    granted, bound = permit(book, "gen_acc"), [PERMITS[t] for t in (*account.values(), *sleeve.values())]
    for what in ("entries", "puts", "rolls", "closes"):
        assert getattr(granted, what) == all(getattr(p, what) for p in bound)
    assert (granted.deploy == "KS-6.hedged_deploy") == any(p.deploy == "KS-6.hedged_deploy" for p in bound)


def test_a_sleeves_switch_binds_no_other_sleeve():
    book = Book({"one": books(name="one", switches={"L3": "SAFE"}), "two": books(name="two")})
    assert (permit(book, "one").entries, permit(book, "two").entries) == (False, True)


@pytest.mark.parametrize(
    ("cause", "ledger", "rule"),
    [("VIX", "", "KS-6"), ("STALE", "", "KS-5"), ("STALE", "gen_acc", "PE-5"), ("LOSS", "", "KS-10"),
     ("WEEK", "", "KS-10"), ("L3", "gen_acc", "PE-11"), ("PIVOT", "gen_acc", "ORD-3"), ("BREAK", "", "RECON"),
     ("USER", "", "KS-6")],
)  # fmt: skip
def test_each_cause_acts_under_its_rule(cause, ledger, rule):
    assert rule_of(cause, ledger) == rule


@pytest.mark.parametrize(
    "vix", [None, Vix(NAN, AT), Vix(0.0, AT), Vix(-1.0, AT), Vix(INFINITE, AT), Vix(NAN, AT, daily=True)]
)
def test_a_vix_that_is_no_number_refuses_entries_and_is_never_calm(vix):
    veto = unknown_vix(market(vix=vix), RULES)
    assert veto is not None
    assert (veto.rule, "unknown" in veto.why) == ("KS-5", True)


def test_a_vix_below_one_is_a_number():
    assert unknown_vix(market(vix=Vix(0.5, AT)), RULES) is None


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
