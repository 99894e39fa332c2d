"""Drawing and growing paths: seeds, chunks, conservation, and the rules' own examples in columns."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.capital import appropriated
from allusr_sdk.model.money import share_out
from allusr_sdk.montecarlo import Asked, Calendar, simulate
from allusr_sdk.montecarlo.draws import Drawn, draws
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.grown import Growing
from allusr_sdk.montecarlo.layout import Layout
from allusr_sdk.montecarlo.terms import Share, Terms, parted
from allusr_sdk.montecarlo.weeks import PNL
from tests.builders import RULES
from tests.montecarlo.sources import FIRST, drawn_weeks, weeks

FIELDS = ("equity", "own", "lowest", "made", "kept", "realised", "tax", "begun", "merged", "capped", "first")
NO_FORKS = RULES.tightened({"FK-5.max_active": 0})


def drawn(source, rules=RULES, **asked):
    return simulate(source, rules, Asked(**{"paths": 40, "years": 4, "block": 4.0, **asked})).grown


def same(one, other):
    return all((getattr(one, name) == getattr(other, name)).all() for name in FIELDS)


# --- seeds and chunks ---


@pytest.mark.parametrize("chunk", [1, 7])
def test_how_many_paths_are_grown_at_once_changes_nothing(chunk):
    source = drawn_weeks(5, mean=0.01)
    assert same(drawn(source, paths=15, chunk=1000), drawn(source, paths=15, chunk=chunk))


def test_more_paths_are_the_same_paths_and_some_more():
    source = drawn_weeks(6)
    few, many = drawn(source, paths=10), drawn(source, paths=25)
    assert (many.equity[:, :10] == few.equity).all()


def test_equal_seeds_draw_equal_paths_and_others_others():
    source = drawn_weeks(7)
    assert same(drawn(source, seed=3), drawn(source, seed=3))
    assert (drawn(source, seed=3).equity[-1] != drawn(source, seed=4).equity[-1]).mean() > 0.9


def test_weeks_are_drawn_in_blocks_of_the_length_that_is_asked_and_each_week_as_often():
    places = draws(50, 600, range(200), block=8.0, seed=1)
    follows = (np.diff(places, axis=1) % 50) == 1
    assert 1 - follows.mean() == pytest.approx(1 / 8 * 49 / 50, rel=0.05)
    assert np.bincount(places.ravel(), minlength=50) / places.size == pytest.approx(np.full(50, 0.02), rel=0.1)


# --- money ---


class Watched:
    """Outcomes that say what a step has to leave: what there was before it, and what its ledgers make."""

    def __init__(self, outcomes):
        self.outcomes, self.expected = outcomes, []

    def of(self, k, forest, rows):
        seen = self.outcomes.of(k, forest, rows)
        made = np.rint(seen.every(PNL) * forest.deployable(rows)).astype(np.int64)
        self.expected.append((forest.equity[:rows] + np.maximum(made, -forest.equity[:rows])).sum(axis=0))
        return seen


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), mean=st.floats(-0.02, 0.03))
def test_no_cent_appears_or_disappears_on_any_morning(seed, mean):
    styled, terms = drawn_weeks(seed, 40, mean=mean).styled(), Terms.of(RULES)
    calendar = Calendar.weeks(FIRST, 3)
    forest = Forest.planted(Layout(terms.most), terms.opening(Decimal("900000.01")), 6)
    places = draws(40, calendar.steps, range(6), block=3.0, seed=seed)
    watched, totals = Watched(Drawn(styled, places)), []
    kept = Growing(
        forest, watched, calendar, terms, True, watch=lambda k, f: totals.append(f.equity.sum(axis=0).copy())
    ).grow()
    assert (totals[0] == 90_000_001).all()
    assert (np.array(totals[1:]) == np.array(watched.expected)).all()
    assert (np.diff(kept.equity, axis=0) == kept.made).all()
    assert (forest.equity[~forest.active[forest.layout.place]] == 0).all()
    assert (forest.equity >= 0).all()
    assert (forest.active[1:].sum(axis=0) <= terms.most).all()


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0.0001, 0.02))
def test_without_forks_a_path_whose_every_week_is_better_is_never_poorer(seed, more):
    source = drawn_weeks(seed, 40)
    source.values[1] = source.values[0]  # what is made is realised, so that a better week is taxed no more than it made
    low, high = drawn(source, NO_FORKS), drawn(source.drifted(more), NO_FORKS)
    assert (high.own >= low.own).all()
    assert (high.own[-1] > low.own[-1]).all()


@given(st.integers(0, 10**12), st.sampled_from(["0.3", "0.75", "0.333", "0", "1"]))
def test_a_share_in_columns_is_the_share_of_two_by_largest_remainder(amount, share):
    part = Decimal(share)
    found = Share.of(part).part(np.array([amount]))
    assert Decimal(int(found[0])) / 100 == share_out(Decimal(amount) / 100, (part, 1 - part))[0]


@given(
    st.integers(0, 10**11),
    st.lists(st.integers(0, 10**10), min_size=3, max_size=3).filter(lambda weights: sum(weights) > 0),
)
def test_parts_in_columns_are_those_of_cad_12(total, weights):
    found = parted(np.array([total, 0]), np.array([weights, weights]).T)
    assert [Decimal(int(part)) / 100 for part in found[:, 0]] == share_out(Decimal(total) / 100, weights)
    assert found[:, 1].tolist() == [0, 0, 0]


# --- the rules' own examples ---


def forest_of(*gains, paths=1, years=1, **more):
    """A forest after weeks in which the generator, the revenue ledger and the compounding one made so much of D."""
    terms = Terms.of(RULES)
    source = weeks(np.array([*gains, *[(0.0, 0.0, 0.0)] * (200 - len(gains))]), **more)
    calendar = Calendar.weeks(FIRST, years)
    forest = Forest.planted(Layout(terms.most), terms.opening(Decimal(300_000)), paths)
    places = np.tile(np.arange(calendar.steps) % 200, (paths, 1))
    Growing(forest, Drawn(source.styled(), places), calendar, terms, source.laddered).grow()
    return forest


@pytest.mark.parametrize(
    ("equity", "forks", "left"), [(243_210.55, 1, 143_210.55), (219_999.99, 0, 219_999.99), (320_000, 2, 120_000)]
)
def test_the_rule_s_own_forks_to_the_cent(equity, forks, left):
    forest = forest_of(((equity - 120_000) / 120_000, 0.0, 0.0))
    assert forest.begun[:, 0].tolist() == [forks, 0]
    assert forest.equity[0, 0] == round(left * 100)
    assert forest.base[0, 0] == 12_000_000


def test_the_rule_s_own_appropriation_to_the_cent():
    forest = forest_of((0.0, 10_000 / 90_000, 0.0))
    rev = [int(getattr(forest, name)[1, 0]) for name in ("reserve", "released", "leaps")]
    assert rev == [300_000, 525_000, 175_000]
    assert [Decimal(part) / 100 for part in rev] == list(appropriated(Decimal(10_000), Decimal("0.3"), Decimal("0.75")))


def test_a_loss_lowers_what_later_quarters_of_its_year_appropriate_and_no_other_year():
    loss, gain = (0.0, -0.10, 0.0), (0.0, 0.10, 0.0)
    quiet = [(0.0, 0.0, 0.0)] * 14
    made_up = forest_of(loss, *quiet, gain)
    assert int(made_up.reserve[1, 0]) == 0
    forgotten = forest_of(loss, *quiet, *quiet, *quiet, *quiet[:10], gain, years=2)
    assert int(forgotten.reserve[1, 0]) == round(81_000 * 0.1 * 0.3 * 100)


def test_a_full_account_is_split_as_capital_is_and_may_fork_in_its_turn():
    forest = forest_of((0.0, 600_000 / 90_000, 0.0), (1.0, 0.0, 0.0))
    assert forest.begun[:, 0].tolist() == [3, 1]
    first = forest.layout.rows(forest.layout.fulls.start).start
    assert forest.base[first : first + 3, 0].tolist() == [20_000_000, 15_000_000, 15_000_000]


def test_a_mini_at_three_times_its_capital_is_merged_into_the_root_s_compounding_ledger():
    forest = forest_of((1.0, 0.0, 0.0), (2.0, 0.0, 2.0), (0.0, 0.0, 0.0))
    assert forest.merged.tolist() == [1]
    assert not forest.active[1, 0]
    assert forest.equity[2, 0] == (90_000 * 3 + 300_000) * 100


def test_a_mini_is_merged_after_its_years_too():
    assert forest_of((1.0, 0.0, 0.0), years=3).merged.tolist() == [0]
    assert forest_of((1.0, 0.0, 0.0), years=4).merged.tolist() == [1]


@pytest.mark.parametrize("more", [{"calm": 0.0}, {"free": 0.3}])
def test_what_is_not_calm_or_not_free_does_not_fork(more):
    assert forest_of((1.0, 0.0, 0.0), **more).begun.sum() == 0
    assert forest_of((1.0, 0.0, 0.0)).begun.sum() == 1


@pytest.mark.parametrize("weekly", [-1.0, -1.5])
def test_a_path_that_loses_all_stays_at_nothing_and_owes_nothing(weekly):
    grown = drawn(weeks(weekly))
    assert (grown.equity[1:] == 0).all()
    assert (grown.lowest == 0).all()


# --- mornings ---


def test_mornings_know_their_quarter_year_and_age():
    calendar = Calendar.weeks(date(2027, 12, 20), 5)
    assert calendar.days[0] == date(2027, 12, 20)
    over = {calendar.days[k]: calendar.quarter(k) for k in range(20) if calendar.quarter(k)}
    assert over == {date(2028, 1, 3): "2027-Q4", date(2028, 4, 3): "2028-Q1"}
    assert [day for k, day in enumerate(calendar.days[:60]) if calendar.year_over(k)] == [
        date(2028, 1, 3), date(2029, 1, 1),
    ]  # fmt: skip
    due = calendar.due(3)
    assert calendar.days[due[0]] == date(2030, 12, 23)
    assert due[-1] == len(calendar.days)


def test_three_years_of_a_29_february_are_over_on_the_first_of_march():
    calendar = Calendar.of([date(2028, 2, 29), date(2031, 2, 28), date(2031, 3, 1)])
    assert calendar.due(3)[0] == 2


# --- what is refused ---


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"paths": 1}, "1 paths"), ({"years": 0}, "0 years"), ({"years": 51}, "51 years"),
        ({"capital": Decimal(0)}, "a capital of 0"), ({"ruin": 1.0}, "ruin under 1"), ({"block": 0.5}, "blocks of 0.5"),
        ({"seed": -1}, "seed -1"), ({"chunk": 0}, "0 at once"), ({"ruin": float("nan")}, "ruin under nan"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_one_line(asked, why):
    with pytest.raises(InputError, match=why):
        Asked(**asked)


def test_a_source_of_few_weeks_or_without_a_sleeve_is_refused():
    with pytest.raises(InputError, match="run 1 has 19 weeks: paths are drawn from 20 or more"):
        drawn(weeks(np.zeros(19)))
    source = weeks(0.0)
    object.__setattr__(source, "ledgers", ("gen_acc", "rev_acc", "wheel"))
    with pytest.raises(InputError, match="run 1 has no com_acc"):
        drawn(source)
