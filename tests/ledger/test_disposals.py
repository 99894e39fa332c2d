"""Lines of Form 8949 from the books: which side lapsed, a gain of cents or none, and a correction that stands alone."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.ledger.tax import disposals, form_8949
from allusr_sdk.model.events import Assigned, Expired
from tests.ledger.correcting import corrected, fill

D = Decimal
DAY = 24 * 60
NIGHT = 13 * 60 + 30  # half past eleven at night in New York, the next day in London
GONE = {"ledger": "gen_acc", "symbol": "AAPL", "quantity": -1}


def test_a_written_option_that_lapses_is_expired_on_the_side_of_its_cost(run, story):
    gone = Expired(**GONE, instrument=story.PUT, settlement=D("275"))
    story.tell(run, story.fill(story.PUT, -1, "1.70", opening=True), gone)
    assert form_8949(disposals(run)) == ({
        "part": "I", "desc": "1 AAPL 02/13/26 P270 written", "b": "02/13/2026", "c": "02/12/2026",
        "d": "169.30", "e": "Expired (0.00)", "h": "169.30",
    },)  # fmt: skip


@pytest.mark.parametrize(("sold", "gain"), [("100.00", "0.00"), ("100.50", "0.50"), ("99.50", "(0.50)")])
def test_no_gain_and_one_of_cents_stand_without_a_sign_and_a_loss_in_brackets(run, story, sold, gain):
    bought = story.fill("AAPL", 1, "100.00", opening=True)
    story.tell(run, bought, evolve(bought, quantity=-1, price=D(sold), opening=False))
    assert [line["h"] for line in form_8949(disposals(run))] == [gain]


def test_a_line_is_of_the_day_in_new_york(run, story):
    for minutes, quantity in ((NIGHT, 1), (DAY + NIGHT, -1)):
        run.append(story.fill("AAPL", quantity, "100.00", opening=quantity > 0), **story.stamp(minutes))
    ((bought, sold),) = [(line["b"], line["c"]) for line in form_8949(disposals(run))]
    assert (bought, sold) == ("02/12/2026", "02/13/2026")


@pytest.mark.parametrize(("amount", "proceeds", "cost"), [("-0.30", "0.00", "0.30"), ("0.30", "0.30", "0.00")])
def test_a_correction_of_what_was_assigned_is_a_line_of_its_day_that_did_not_lapse(run, story, amount, proceeds, cost):
    story.tell(run, fill(story, story.PUT, -1, "1.70"), Assigned(**GONE, instrument=story.PUT, settlement=D("260")))
    run.append(corrected(story, story.PUT, amount), **story.stamp(NIGHT))
    ((b, c, d, e),) = [tuple(line[key] for key in "bcde") for line in form_8949(disposals(run))]
    assert (b, c, d, e) == ("02/12/2026", "02/12/2026", proceeds, cost)
