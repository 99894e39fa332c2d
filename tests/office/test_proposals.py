"""Proposals that wait for a person."""

import pytest

from allusr_sdk.errors import InputError, RuleError
from allusr_sdk.office.proposals import approve, listed
from tests.office.homes import propose


def test_a_proposal_that_waits_says_what_it_would_change(home):
    number = propose(home, "0.10")
    (found,) = listed(home)
    assert (found.number, found.author, found.waiting, found.problem) == (number, "Ada", True, "")
    assert [(change.key, change.before, change.after) for change in found.changes] == [
        ("CAD-10.symbol_cap", "0.25 share", "0.1 share")
    ]


def test_once_another_is_approved_a_proposal_cannot_be_and_says_why(home):
    first, second = propose(home, "0.10"), propose(home, "0.15")
    stamp = approve(home, first, by="Grace", reason="seen the figures").stamp
    done, late = listed(home)
    assert (done.approved, done.waiting) == (stamp, False)
    assert not late.waiting
    assert f"in force is {stamp}" in late.problem
    with pytest.raises(RuleError, match="propose it again"):
        approve(home, second, by="Grace", reason="and this")


def test_a_home_without_proposals_lists_none_and_one_without_a_ledger_is_refused(home, tmp_path):
    assert listed(home) == ()
    with pytest.raises(InputError):
        listed(str(tmp_path / "nowhere"))
