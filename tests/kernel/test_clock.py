"""A clock that is wrong, or that nobody can compare, opens nothing (KS-9)."""

from datetime import UTC, datetime, timedelta

import pytest

from allusr_sdk.kernel.clock import apart, wrong_clock
from allusr_sdk.rulebook import Rulebook

ASKED = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
ANSWERED = ASKED + timedelta(seconds=1.5)
RULES = Rulebook.default()


@pytest.mark.parametrize(("off", "seconds"), [(0, 0), (1.5, 0), (0.7, 0), (4.5, 3), (-3, 3)])
def test_another_clock_is_off_by_what_lies_outside_of_the_question(off, seconds):
    assert apart(ASKED + timedelta(seconds=off), ASKED, ANSWERED) == seconds


@pytest.mark.parametrize(("seconds", "why"), [
    (0.0, None), (2.0, None), (2.1, "the clock is off by 2.1 s, more than 2 s"),
    (None, "nobody knows how far the clock is off"),
])  # fmt: skip
def test_more_than_two_seconds_and_unknown_veto(seconds, why):
    veto = wrong_clock(seconds, RULES)
    assert (veto and (veto.rule, veto.why)) == (why and ("KS-9", why))


def test_a_veto_of_the_clock_has_the_seconds_and_the_limit():
    assert dict(wrong_clock(2.5, RULES).numbers) == {"skew": 2.5, "limit": 2.0}
