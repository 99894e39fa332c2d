"""What each line of an entry is of: its share, its instrument, and the fee beside it."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger.capital import at_mark
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.model.events import Assigned, DividendAccrued, DividendReceived, Exercised
from tests.ledger.correcting import corrected, fill
from tests.ledger.told import PUT_KEY, SLEEVE, ended

D = Decimal


def posted(run):
    """The last entry's lines but cash: account, share, instrument, cents."""
    *_, last = run.entries()
    return [(x.account, x.symbol, x.instrument, x.amount) for x in last.lines if x.account != "1010"]


def test_a_result_is_of_the_instrument_that_made_it_and_its_fee_is_counted(run, story):
    held = story.tell(run, fill(story, story.PUT, -1, "1.70"), fill(story, story.PUT, 1, "0.50", opening=False, id="2"))
    assert posted(run) == [("2100", "AAPL", story.PUT, 16930), ("4010", "AAPL", story.PUT, -11860)]
    assert held.fees == D("1.40")


def test_a_correction_is_of_the_share_and_the_contract_however_its_name_was_written(run, story):
    told = (
        fill(story, "AAPL260213P00270000", -1, "1.70", fee="0.70"),
        fill(story, story.PUT, 1, "0.50", opening=False, id="2"),
    )
    story.tell(run, *told, corrected(story, story.PUT, "-0.30", fee="0.30"))
    assert posted(run) == [("4010", "AAPL", story.PUT, 30)]


def test_fees_of_shares_that_come_and_go_are_counted(run, story):
    fee = {"fee": D("5.00")}
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True), ended(Assigned, story.PUT, -1, **fee))
    assert held.fees == D("5.70")
    put = "AAPL  260213P00280000"
    held = story.tell(run, story.fill(put, 1, "1.00", opening=True), ended(Exercised, put, 1, **fee))
    assert held.fees == D("11.40")


def test_dividends_and_marks_are_of_what_they_come_from(run, story):
    story.tell(run, story.fill("AAPL", 100, "260.00", opening=True), story.fill(story.PUT, -1, "1.69", opening=True))
    about = {"ledger": SLEEVE, "symbol": "AAPL", "cash": D("26.00")}
    story.tell(run, DividendAccrued(**about, shares=100, per_share=D("0.26")))
    assert posted(run) == [("1300", "AAPL", "AAPL", 2600), ("4200", "AAPL", "AAPL", -2600)]
    story.tell(run, DividendReceived(**about))
    assert posted(run) == [("1300", "AAPL", "AAPL", -2600)]
    story.tell(run, at_mark(run.book.ledgers[SLEEVE], PUT_KEY, D("2.00")))
    assert posted(run) == [("2190", "AAPL", story.PUT, -3170), ("6010", "AAPL", story.PUT, 3170)]


def test_what_is_wanted_in_kind_may_be_named_without_padding(run, story):
    book = story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    (moved,) = in_kind(book, {"AAPL260213P00270000": -1})
    assert (moved.instrument, moved.quantity, moved) == (
        story.PUT,
        -1,
        evolve(in_kind(book)[0], quantity=-1, amount=D("168.30")),
    )
