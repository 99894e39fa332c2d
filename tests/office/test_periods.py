"""The reports of a run: which there are, and what one says."""

from datetime import date, timedelta

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import InputError
from allusr_sdk.ledger import Run
from allusr_sdk.model.events import Noted
from allusr_sdk.office import periods
from allusr_sdk.office.places import opened


def test_every_period_that_a_run_reaches_into_is_told_and_whether_it_is_over(home):
    with opened(home) as run:
        found = periods.told(run)
    assert [(one.kind, one.label, one.over) for one in found] == [
        ("week", "2026-W07", False), ("month", "2026-02", False), ("quarter", "2026-Q1", False),
    ]  # fmt: skip
    assert (found[0].first, found[0].last) == (date(2026, 2, 9), date(2026, 2, 15))


def test_the_facts_of_a_period_ask_no_plugin_where_no_configuration_is_given(home):
    with opened(home) as run:
        facts = periods.facts(run, "week", date(2026, 2, 12))
    assert (facts.label, facts.sections) == ("2026-W07", ())
    assert next(f.value for f in facts.headline if f.key == "refused") == 2
    assert b'"label": "2026-W07"' in periods.rendered(facts, "json")


def test_a_day_before_the_last_is_told_without_the_books_that_followed(home, monkeypatch):
    with opened(home) as run:
        at = run.instant + timedelta(days=7)
        run.append(Noted(ledger="gen_acc", key="k", text="t"), at=at, cycle=9, state="SAFE", rulebook="")
    with opened(home) as run:
        monkeypatch.setattr(Run, "_refold", lambda run: pytest.fail("the whole journal was folded"))
        facts = periods.facts(run, "week", date(2026, 2, 12), config=Config.read())
    assert (facts.label, facts.status) == ("2026-W07", "FINAL")


@pytest.mark.parametrize(
    ("day", "says"), [("2026-02-20", "ends on 2026-02-12"), ("2026-02-01", "begins on 2026-02-11")]
)
def test_a_period_outside_of_the_run_is_refused(home, day, says):
    with opened(home) as run, pytest.raises(InputError, match=says):
        periods.facts(run, "week", date.fromisoformat(day))
