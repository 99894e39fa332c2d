"""Breaks in the books: opened by what was found, closed by what mended them, remembered where a person explained."""

import pytest

from allusr_sdk.ledger.rewound import Rewound
from allusr_sdk.model.events import Broken, Event, Mended, Paged

NAME = ("B03", "AAPL  260213P00270000")


def broken(*, code="B03", subject=NAME[1], theirs="2", action="SYMBOL", **more):
    return Broken(
        rule=code, subject=subject, symbol="AAPL", what="quantity", ours="1", theirs=theirs, action=action, **more
    )


def mended(*, how="agree", theirs="", **more):
    return Mended(rule=NAME[0], subject=NAME[1], symbol="AAPL", how=how, theirs=theirs, **more)


def test_a_break_is_open_with_both_sides_since_the_instant_at_which_it_was_found(run, story):
    run.append(broken(cause="a fill by hand"), **story.stamp(5))
    found = run.book.breaks[NAME]
    assert (found.name, found.ours, found.theirs, found.cause) == (NAME, "1", "2", "a fill by hand")
    assert (found.symbol, found.action, found.freezes) == ("AAPL", "SYMBOL", True)
    assert (found.opened, found.said, found.paged) == (story.at(5), story.at(5), False)


def test_found_again_it_says_the_newest_but_keeps_its_age_and_that_a_person_was_called(run, story):
    story.tell(run, broken(), Paged(rule=NAME[0], subject=NAME[1], why="open for 30 minutes"))
    first = run.book.breaks[NAME]
    run.append(broken(theirs="3", action="ACCOUNT", cause="unknown", cancels=2), **story.stamp(40))
    again = run.book.breaks[NAME]
    assert (again.theirs, again.action, again.cause) == ("3", "ACCOUNT", "unknown")
    assert (again.opened, again.paged, first.paged) == (first.opened, True, True)
    assert (again.said, again.cancels, first.cancels) == (story.at(40), 2, 0)


@pytest.mark.parametrize("how", ["agree", "explained"])
def test_what_is_mended_is_closed(run, story, how):
    story.tell(run, broken(), broken(code="B04", subject="au-x", action="CANCEL"), mended(how=how))
    assert list(run.book.breaks) == [("B04", "au-x")]


def test_what_a_person_explained_is_remembered_by_the_brokers_side_until_it_is_found_anew(run, story):
    story.tell(run, broken(), mended(how="explained", theirs="2", actor="ada", reason="bought by hand"))
    assert run.book.explained == {NAME: "2"}
    story.tell(run, broken(theirs="3"))
    assert (run.book.explained, list(run.book.breaks)) == ({}, [NAME])


def test_what_agrees_again_leaves_no_explanation(run, story):
    story.tell(run, broken(), mended())
    assert (run.book.breaks, run.book.explained) == ({}, {})


def test_what_is_for_information_is_never_open(run, story):
    story.tell(run, broken(), broken(action="INFO"))
    assert run.book.breaks == {}


def test_a_page_about_anything_else_changes_nothing(run, story):
    story.tell(run, broken())
    before = run.book
    story.tell(run, Paged(rule="KS-6", subject=NAME[1], why="nobody confirms"), Paged(rule="B03", subject="x", why=""))
    assert run.book.breaks == before.breaks


def test_a_break_of_an_earlier_version_has_no_subject_ended_its_run_and_is_not_open(run, story):
    body = b'{"ours":"","theirs":"","what":"B03 quantity"}'
    story.tell(run, Event.read("Broken", body, ledger="", symbol="", rule="B03"))
    assert run.book.breaks == {}


def test_breaks_are_those_of_the_journal_after_a_restart(ledger, story):
    begun = story.begin(ledger)
    story.tell(begun, broken(), mended(how="explained", theirs="2"), broken(code="B09", subject="cash"))
    again = ledger.run(begun.id)
    assert (again.book.breaks, again.book.explained) == (begun.book.breaks, begun.book.explained)
    assert Rewound(ledger.run(begun.id), begun.seq - 1).book.breaks == {}
