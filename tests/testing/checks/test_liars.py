"""Each check is itself checked by a plugin that lies about what it asserts: it fails that check, and only that one.

By default a liar meets its own check on the scenario that shows it soonest, and those that need no market. The whole
suite on every liar takes minutes: `uv run pytest -m long tests/testing/checks`.
"""

import pytest

from allusr_sdk import earnings
from allusr_sdk.testing.checks import CHECKS, ReportOf, Status
from tests.bad_sleeves.honest import Honest
from tests.testing.checks.liars import liars

QUICK = (101, 102, 103, 104, 205)
SOONEST = {404: "vix_66"}


@pytest.fixture(autouse=True)
def patched(monkeypatch):
    """What one of the liars replaces is put back after each test."""
    monkeypatch.setattr(earnings, "covered_at_most", earnings.covered_at_most)


def failing(report):
    return {row.id for row in report.failed}


def test_every_check_has_a_liar_that_fails_it():
    lied_about = {liar.row for liar in liars()}
    missing = [f"{check.number} of {', '.join(check.kinds)}" for check in CHECKS if check not in lied_about]
    assert not missing


@pytest.mark.parametrize("liar", liars(), ids=str)
def test_a_liar_fails_its_check_and_none_of_those_that_need_no_market(liar):
    ask, row = ReportOf(liar.kind), liar.row
    scenarios = (SOONEST.get(row.number, row.scenarios[0]),) if row.scenarios else ()
    own = ask(liar.plugin, only=(liar.check,), scenarios=scenarios)
    assert failing(own) == {liar.check}, own
    others = [check.id(liar.kind) for check in CHECKS if liar.kind in check.kinds and check.number in QUICK]
    for other in set(others) - {liar.check}:
        assert failing(ask(liar.plugin, only=(other,))) <= liar.also, other


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("liar", liars(), ids=str)
def test_a_liar_fails_its_check_alone_of_the_whole_suite(liar):
    report = ReportOf(liar.kind)(liar.plugin)
    assert liar.check in failing(report), report
    assert failing(report) <= {liar.check, *liar.also}, report


@pytest.mark.long
def test_what_every_sleeve_liar_is_made_of_is_honest():
    report = ReportOf("sleeve")(Honest)
    assert not report.failed, report
    assert {row.status for row in report.rows} <= {Status.PASSED, Status.SKIPPED}
