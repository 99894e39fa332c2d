"""Whatever market, broker, companies and people do: six promises, each on lives that a seed drives (issue 3).

A failure names its seed: `watched(seed, Checklist())` lives that life again.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.properties.checklist import Checklist
from tests.properties.lives import Life, watched
from tests.properties.openings import Openings
from tests.properties.secured import Balanced, Escalated, Halts, Secured

SEEDS = st.integers(0, 100_000)
WORTHY = (7, 8, 14)
"""Seeds whose lives together hold all that these properties are about."""
WITNESSES = (Halts, Secured, Checklist, Balanced, Escalated, Openings)


def lives(count):
    return settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow])


@lives(8)
@given(SEEDS)
def test_nothing_is_ordered_between_a_halt_and_a_persons_word(seed):
    watched(seed, Halts())


@lives(8)
@given(SEEDS)
def test_no_short_option_is_ever_unsecured_or_uncovered(seed):
    watched(seed, Secured())


@lives(8)
@example(seed=5068)  # two spreads of one bought leg
@example(seed=6312)  # both legs of a spread leave at once
@given(SEEDS)
def test_no_order_leaves_that_the_checklist_refuses(seed):
    watched(seed, Checklist())


@lives(8)
@given(SEEDS)
def test_the_books_always_balance(seed):
    life, (_, problem, _) = watched(seed, Balanced())
    assert problem is None, f"seed {life.seed}: {problem}"


@lives(8)
@given(SEEDS)
def test_no_escalation_skips_a_level_silently(seed):
    watched(seed, Escalated())


@lives(8)
@example(seed=435)  # both legs of a spread leave at once
@given(SEEDS)
def test_nothing_is_opened_outside_band_window_and_liquidity(seed):
    watched(seed, Openings())


@lives(3)
@given(SEEDS)
def test_the_same_seed_gives_the_same_life_and_a_restart_changes_nothing_that_is_done(seed):
    first, again, unbroken = (Life(seed, restarts=cuts) for cuts in (True, True, False))
    assert first.live()[0] == again.live()[0]
    unbroken.live()
    assert _done(first) == _done(unbroken)


def _done(life):
    """All that happened, without the decisions that a restarted kernel says once more."""
    return [(e.at, e.event) for e in life.entries if e.kind not in ("Decided", "RunStarted")]


@pytest.mark.long
@pytest.mark.timeout(3600)
@lives(400)
@given(SEEDS)
def test_four_hundred_lives_keep_all_six_promises(seed):
    _, (_, problem, _) = watched(seed, *(witness() for witness in WITNESSES))
    assert problem is None


def test_these_lives_are_worth_looking_at():
    kinds, seen = Counter(), Counter()
    for seed in WORTHY:
        witnesses = [witness() for witness in WITNESSES]
        kinds += watched(seed, *witnesses)[1][2]
        seen += sum((witness.seen for witness in witnesses), Counter())
    assert set(kinds) >= {
        "Filled", "Expired", "Assigned", "Pinned", "LevelChanged", "RollPrepared", "Frozen", "SwitchChanged",
        "SwitchWaiting", "OrderChanged", "DividendAccrued", "DividendReceived", "SplitApplied", "TradingHalted",
        "Adjusted", "Thawed",
    }  # fmt: skip
    assert set(seen) >= {
        "gen_acc sell", "rev_acc sell", "com_acc buy", "com_acc sell", "roll", "hedge", "close", "shares", "halt",
        "left a halt", "jump", "slice", "pod",
    }  # fmt: skip
