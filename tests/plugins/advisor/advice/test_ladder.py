"""Ladder suggestions: each from numbers, each a value that the rulebook takes, and none from what is unknown."""

from decimal import Decimal

import pytest
from allusr_advisor.advice import NEEDED, Climate, LadderAdvice, LadderState, RungState, suggest_ladder
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.rulebook import Rulebook

RULES = {"LL-2.rungs": 4, "LL-2.days_between": 45, "LL-3.roll_days": 91, "LL-3.delta_band": (0.2, 0.5)}
CALM = Climate(vix=12.0, vix_rank=0.1, turbulent=0.02)
USUAL = Climate(vix=18.0, vix_rank=0.5, turbulent=0.3)
DEAR = Climate(vix=35.0, vix_rank=0.95, turbulent=0.4)
STORM = Climate(vix=35.0, vix_rank=0.85, turbulent=0.97)
RUNG = RungState(contract="AAPL C", days=400, cost=Decimal(1000), value=Decimal(1100), delta=0.33)


def _ladder(*rungs: RungState, budget: int = 0) -> LadderState:
    return LadderState(rungs=rungs, budget=Decimal(budget))


LOSER = evolve(RUNG, days=120, value=Decimal(80), delta=0.05)
WINNER = evolve(RUNG, value=Decimal(1900), delta=0.48)

CASES = [
    ("dear options", _ladder(RUNG), DEAR, "LL-2.days_between", 90),
    ("cheap options and a budget", _ladder(RUNG, RUNG, budget=2000), CALM, "LL-2.days_between", 30),
    ("a full ladder and a budget", _ladder(*[RUNG] * 4, budget=2000), USUAL, "LL-2.rungs", 5),
    ("lost rungs with little time", _ladder(LOSER, LOSER, RUNG), USUAL, "LL-3.roll_days", 150),
    ("winners in a storm", _ladder(WINNER, RUNG), STORM, "LL-3.delta_band", (0.2, 0.45)),
]


@pytest.mark.parametrize(("ladder", "climate", "key", "after"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_numbers_that_speak_for_a_change_suggest_it(
    ladder: LadderState, climate: Climate, key: str, after: object
) -> None:
    [found] = suggest_ladder(ladder, RULES, climate).suggestions

    assert (found.key, found.before, found.after) == (key, RULES[key], after)
    assert found.numbers
    assert found.why
    assert found.advisory is True


@pytest.mark.parametrize(("ladder", "climate"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_what_is_suggested_is_a_value_that_the_rulebook_takes(ladder: LadderState, climate: Climate) -> None:
    book = Rulebook.default()

    for found in suggest_ladder(ladder, RULES, climate).suggestions:
        value = list(found.after) if isinstance(found.after, tuple) else found.after
        assert book.adopted({found.key: value}).stamp != book.stamp


def test_the_values_that_are_read_are_the_rulebooks() -> None:
    values = {key: Rulebook.default().value(key).value for key in NEEDED}

    assert {key: tuple(v) if isinstance(v, list | tuple) else v for key, v in values.items()} == RULES


@pytest.mark.parametrize(
    ("ladder", "climate"),
    [
        (_ladder(), USUAL),
        (_ladder(*[RUNG] * 4, budget=1999), USUAL),
        (_ladder(*[RUNG] * 4, budget=5000), DEAR),
        (_ladder(RUNG, budget=2999), CALM),
        (_ladder(budget=9000), CALM),
        (_ladder(LOSER, RUNG, RUNG), USUAL),
        (_ladder(evolve(LOSER, value=Decimal(0))), USUAL),
        (_ladder(evolve(WINNER, value=Decimal(900))), STORM),
    ],
)
def test_an_ordinary_ladder_has_nothing_to_suggest(ladder: LadderState, climate: Climate) -> None:
    assert suggest_ladder(ladder, RULES, climate) == LadderAdvice(suggestions=(), why="nothing to suggest", unknown=())


def test_dear_options_are_told_with_vix_itself_or_not_at_all() -> None:
    [told] = suggest_ladder(_ladder(RUNG), RULES, DEAR).suggestions

    assert "VIX at 35 is at or above 95% of its past" in told.why
    assert suggest_ladder(_ladder(RUNG), RULES, evolve(DEAR, vix=None)).suggestions == ()


@pytest.mark.parametrize("ladder", [c[1] for c in CASES if c[3] != "LL-3.roll_days"])
def test_an_unknown_market_suggests_nothing_and_says_what_is_unknown(ladder: LadderState) -> None:
    found = suggest_ladder(ladder, RULES, Climate())

    assert found.suggestions == ()
    assert found.why == "nothing to suggest; unknown: vix, vix_rank, turbulent"


def test_a_rung_without_delta_or_mark_is_named_and_counts_for_nothing() -> None:
    found = suggest_ladder(_ladder(evolve(LOSER, delta=None), evolve(LOSER, value=None)), RULES, USUAL)

    assert found.suggestions == ()
    assert found.unknown == ("delta of AAPL C", "gain of AAPL C")


@pytest.mark.parametrize("key", NEEDED)
def test_a_rule_value_that_is_unknown_suggests_nothing(key: str) -> None:
    known = {name: value for name, value in RULES.items() if name != key}

    found = suggest_ladder(_ladder(*[RUNG] * 4, budget=9000), known, USUAL)

    assert found.suggestions == ()
    assert key in found.unknown


NUMBERS = st.none() | st.floats()


@given(st.builds(Climate, vix=NUMBERS, vix_rank=NUMBERS, turbulent=NUMBERS), st.lists(NUMBERS, max_size=6))
def test_whatever_the_numbers_a_suggestion_changes_a_value_and_rests_on_finite_ones(
    climate: Climate, deltas: list[float | None]
) -> None:
    ladder = _ladder(*(evolve(WINNER, delta=delta) for delta in deltas), budget=5000)

    for found in suggest_ladder(ladder, RULES, climate).suggestions:
        assert found.after != found.before
        assert all(abs(value) < float("inf") for value in found.numbers.values())
