"""What makes no sense together, or at nothing, is refused in one line wherever values are set."""

from datetime import time

import pytest
from attrs import evolve

from allusr_sdk.config import Config
from allusr_sdk.errors import RuleError
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.rulebook.relations import RELATIONS, complaints

BOOK = Rulebook.default()
VALUES = {value.key: value for rule in BOOK.rules.values() for value in rule.values.values()}


def broken(relation):
    """A wish for the value at which the relation does not hold any more, by as little as can be."""
    mine, other = VALUES[relation.key], VALUES.get(relation.other)
    edge = relation.other if other is None else other.value
    if relation.must == "as wide as":
        return [edge[0] + 0.01, mine.value[1]]
    if relation.must == "no later than":
        return time.fromisoformat(edge).replace(second=0, minute=time.fromisoformat(edge).minute + 1)
    if other is not None and other.unit == "minutes":
        edge *= 60
    if relation.must in ("less than", "more than", "0 or more than"):
        return edge
    by = 1 if mine.kind == "integer" else 0.001
    return edge - by if relation.must == "at least" else edge + by


def named(relation):
    return f"{relation.key} {relation.must} {relation.other}"


def test_the_packaged_rulebook_makes_sense_and_all_of_it_may_be_set():
    assert list(complaints(BOOK.rules)) == []
    keys = {relation.key for relation in RELATIONS} | {r.other for r in RELATIONS if isinstance(r.other, str)}
    assert all(not VALUES[key].later for key in keys)
    assert len(set(map(named, RELATIONS))) == len(RELATIONS)


@pytest.mark.parametrize("relation", RELATIONS, ids=named)
def test_each_is_refused_in_one_line_with_both_values_and_what_to_do(relation):
    wish = broken(relation)
    with pytest.raises(RuleError) as caught:
        BOOK.what_if({relation.key: wish})
    told = evolve(VALUES[relation.key], value=VALUES[relation.key].read(wish))
    line = relation.complaint({**VALUES, relation.key: told})
    assert str(caught.value) == line or str(caught.value).startswith(f"{relation.key}: ")  # of several the first
    assert line.startswith(f"{relation.key}: {told.shown()} must be {relation.must} {relation.other}")
    other = VALUES.get(relation.other)
    assert line.endswith(
        f", which is {other.shown()}: {relation.why}; set one of the two otherwise" if other is not None
        else f": {relation.why}; set it otherwise"
    )  # fmt: skip
    assert "\n" not in line


@pytest.mark.parametrize(
    "wishes",
    [
        {"CAD-7.last_child": "11:30", "CAD-7.entry_until": "11:30"},
        {"KS-1.hedged": 1000, "KS-1.safe": 1000, "KS-1.halt": 1000},
        {"KS-1.hedged": 45},
        {"PE-8.dte_min": 40, "PE-8.dte_max": 40},
        {"PE-8.step_seconds": 299, "CAD-14.walk_seconds": 299},
        {"PE-5.safe_minutes": 2, "PE-5.stale_calm": 120},
        {"PE-6.premium_stop": 0},
        {"PE-6.premium_stop": 1.01},
        {"LL-3.delta_band": [0.25, 0.35]},
        {"CAD-7.manage_from": 15},
        {"KS-2.samples": 1, "KS-4.closes": 1},
    ],
    ids=str,
)
def test_what_holds_by_just_so_much_is_taken_in_whatever_order_it_is_set(wishes):
    book = BOOK.what_if(wishes)
    assert BOOK.what_if(dict(reversed(wishes.items()))).hash == book.hash
    assert all(book.value(key).value == VALUES[key].read(wish) for key, wish in wishes.items())


def test_roll_and_budget_are_compared_in_seconds():
    with pytest.raises(RuleError, match=r"PE-8.step_seconds: 300 seconds must be less than PE-7.budget_minutes, which"):
        BOOK.tightened({"PE-8.step_seconds": 300, "CAD-14.walk_seconds": 300})
    assert BOOK.tightened({"PE-8.step_seconds": 300, "CAD-14.walk_seconds": 300, "PE-7.budget_minutes": 6})


@pytest.mark.parametrize("way", ["tightened", "adopted", "what_if"])
def test_no_way_to_other_values_leads_past_it(way):
    with pytest.raises(RuleError, match=r"KS-2.samples: 0 samples must be at least 1"):
        getattr(BOOK, way)({"ks_2.samples": 0})


def test_what_is_set_over_what_is_set_already_is_held_against_it(tmp_path):
    file = tmp_path / "allusr.toml"
    file.write_text('[rules]\ncad_7.entry_from = "10:30"\n')
    assert Config.read(file, what_if=["cad_7.last_child=10:30"]).rulebook.clock("CAD-7.last_child") == time(10, 30)
    with pytest.raises(
        RuleError, match=r"CAD-7.entry_from: 10:30 must be no later than CAD-7.last_child, which is 10:29"
    ):
        Config.read(file, what_if=["cad_7.last_child=10:29"])


@pytest.mark.parametrize(
    ("key", "wish", "words"),
    [
        ("LL-3.delta_band", [0.5, 0.2], "expected numbers that rise"),
        ("CAD-9.recovery_band", [0.25, 0.20], "expected numbers that rise"),
        ("PE-10.otm", [0.2, 0.15, 0.1], "expected numbers that rise"),
        ("PE-2.levels", [3, 2, 1], "expected numbers that rise"),
        ("CAD-9.reentry_band", [0.4, 1.5], "expected a delta from 0 to 1"),
        ("CAD-8.delta_tolerance", 5, "expected a delta from 0 to 1"),
        ("FK-7.contracts", 1.1, "expected a share from 0 to 1"),
        ("RECON.nav_marks", 2, "expected a share from 0 to 1"),
        ("CAD-12.split", [50, 30, 30], "expected percents that are 100 in all"),
    ],
)
def test_bands_that_fall_and_shares_of_more_than_all_are_refused(key, wish, words):
    with pytest.raises(RuleError) as caught:
        BOOK.what_if({key: wish})
    assert str(caught.value).startswith(f"{key}: {words}, ")
