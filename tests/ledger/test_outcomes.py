"""The day on which exercise counts, the lines of an entry to the field, and a quantity of nothing."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.outcomes import effective_day
from allusr_sdk.ledger.postings import Line
from allusr_sdk.model.events import Assigned, Exercised, Expired, Funded
from tests.ledger.told import ended

D = Decimal
NIGHT, BOOKED, EXPIRY = date(2026, 2, 11), date(2026, 2, 12), date(2026, 2, 13)


def test_an_early_assignment_counts_on_the_session_whose_night_it_was(story):
    told = ended(Assigned, story.PUT, -1, early=True, effective=NIGHT)
    assert [effective_day(told, day) for day in (NIGHT, BOOKED, date(2026, 2, 16))] == [NIGHT] * 3


@pytest.mark.parametrize("kind", [Assigned, Exercised])
def test_what_names_no_session_counts_when_it_is_booked_and_on_the_expiry_at_the_latest(story, kind):
    told = ended(kind, story.PUT, -1)
    assert [effective_day(told, day) for day in (BOOKED, EXPIRY, date(2026, 2, 16))] == [BOOKED, EXPIRY, EXPIRY]


def test_cash_is_posted_under_no_symbol_and_what_it_bought_under_its_own(run, story):
    bought = run.append(story.fill("AAPL", 100, "260.00", opening=True), **story.stamp())
    assert bought.lines == (
        Line("gen_acc", "1010", "", "", -2600000), Line("gen_acc", "1100", "AAPL", "AAPL", 2600000, 100),
    )  # fmt: skip
    funded = run.append(Funded(ledger="gen_acc", amount=D("5.00")), **story.stamp())
    assert funded.lines == (Line("gen_acc", "1010", "", "", 500), Line("gen_acc", "3010", "", "", -500))


@pytest.mark.parametrize("opening", [True, False])
@pytest.mark.parametrize("name", ["PUT", "AAPL"])
def test_an_execution_of_nothing_is_refused(run, story, name, opening):
    nothing = evolve(story.fill(getattr(story, name, name), 1, "1.00", opening=True), quantity=0, opening=opening)
    with pytest.raises(KernelError, match="does not fit the books"):
        run.append(nothing, **story.stamp())


@pytest.mark.parametrize("kind", [Assigned, Exercised, Expired])
def test_an_end_of_nothing_is_refused(run, story, kind):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    with pytest.raises(KernelError, match="does not fit the books"):
        run.append(ended(kind, story.PUT, 0), **story.stamp())
