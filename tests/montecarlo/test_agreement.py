"""The trees of columns beside the engine's growth, on the same earnings: every entry of capital, to the cent."""

from datetime import timedelta

import numpy as np
import pytest

from allusr_sdk.model.events import SwitchChanged
from allusr_sdk.montecarlo import agreement, weeks_of
from allusr_sdk.montecarlo.draws import Own
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.grown import Growing
from allusr_sdk.montecarlo.layout import SLEEVES, Layout
from allusr_sdk.montecarlo.terms import Terms
from tests.builders import RULES
from tests.montecarlo.orchard import MEANS, lived

EARLY = RULES.tightened({"FK-3.years": 1, "FK-5.max_active": 3})
"""Minis are merged after a year, and no more than three forks are active: all of it happens in two years."""


@pytest.fixture(scope="module")
def orchard():
    """An account of two years in which all kinds of growth happen."""
    with lived(1, 110, rules=EARLY) as world:
        yield world


def told(entries):
    return {entry.kind for entry in entries}


def test_a_tree_of_the_engine_s_own_weeks_is_the_engine_s_tree_entry_for_entry(orchard):
    found = agreement(orchard.run, weeks_of(orchard.run, EARLY), EARLY)
    assert found.engine == found.columns
    assert told(found.engine) == {
        "ForkIntended", "ForkCapped", "MergeIntended", "MergeSent", "Reinvested", "TransferSent",
    }  # fmt: skip
    assert found.agrees
    assert set(orchard.book.ledgers) <= set(found.apart)
    assert max(found.apart.values()) == 0
    assert found.equity == (orchard.book.equity, orchard.book.equity)


def test_another_rule_grows_another_tree_and_that_is_seen(orchard):
    found = agreement(orchard.run, weeks_of(orchard.run, EARLY), RULES)
    assert not found.agrees
    assert {entry.kind for entry in found.alone} >= {"ForkCapped", "ForkIntended", "MergeIntended"}


def test_by_style_small_accounts_earn_what_the_first_one_did_and_end_elsewhere(orchard):
    own, alike = (agreement(orchard.run, weeks_of(orchard.run, EARLY), EARLY, alike=each) for each in (False, True))
    assert alike.engine == own.engine
    assert not alike.agrees
    assert alike.apart["m1.gen_acc"] > 0


def test_a_switch_that_holds_the_engine_s_forks_holds_those_of_columns():
    def switch(world, monday, week):
        tiers = {10: ("NONE", "HEDGED"), 30: ("HEDGED", "NONE")}
        if week in tiers:
            before, after = tiers[week]
            world.kernel.heard(SwitchChanged(
                ledger="", rule="KS-1", cause="VIX", before=before, after=after, value=None, threshold=None,
            ))  # fmt: skip

    calm, held = (lived(3, 40, means={**MEANS, "gen_acc": 0.05}, each=each) for each in (lambda *_: None, switch))
    with calm, held:
        first = [
            min(entry.day for entry in agreement(world.run, weeks_of(world.run, RULES), RULES).columns
                if entry.kind == "ForkIntended")
            for world in (calm, held)
        ]  # fmt: skip
        assert first[1] - first[0] > timedelta(weeks=5)
        assert agreement(held.run, weeks_of(held.run, RULES), RULES).agrees


def test_budgets_wait_where_no_ladder_is_loaded():
    with lived(4, 30, ladder=False) as world:
        weeks = weeks_of(world.run, RULES)
        found = agreement(world.run, weeks, RULES)
        assert found.agrees
        assert not weeks.laddered
        assert told(found.columns) == {"Reinvested"}


def test_every_path_of_a_forest_grows_as_it_would_alone(orchard):
    weeks, terms = weeks_of(orchard.run, EARLY), Terms.of(EARLY)
    opening = weeks.equity[0, [weeks.ledgers.index(name) for name in SLEEVES]]

    def ends(paths):
        forest = Forest.planted(Layout(terms.most), opening, paths)
        return Growing(forest, Own(weeks), weeks.calendar, terms, weeks.laddered).grow().equity

    many = ends(3)
    assert (many == ends(1)).all()
    assert int(many[-1, 0]) == int(orchard.book.equity * 100)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(8))
def test_ten_years_agree_whatever_is_earned(seed):
    mean = np.random.default_rng(seed).uniform(-0.002, 0.012)
    with lived(seed, 520, means={"gen_acc": mean, "rev_acc": 2 * mean, "com_acc": mean, "llms": 0.0}) as world:
        found = agreement(world.run, weeks_of(world.run, RULES), RULES)
        assert found.engine == found.columns
        assert found.agrees
