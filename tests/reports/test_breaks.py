"""Breaks between books and broker as a person reads them: in a story, in what waits for a human, with their age."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model import events as ev
from allusr_sdk.reports.breaks import lasted, open_lines, still_open
from allusr_sdk.reports.explain import explain
from allusr_sdk.reports.facts import of_run
from allusr_sdk.reports.journal import written
from tests.reports.conftest import at
from tests.reports.journals import PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}
SOLD = ("12 10:09", *order("k", PUT, -3, [("1.69", -3)]))
NAME = {"rule": "B03", "symbol": "AAPL", "subject": PUT}
FOUND = ev.Broken(**NAME, what="the broker holds another number", ours="-3", theirs="-2", action="SYMBOL",
                  cause="a fill by hand")  # fmt: skip
CASH = ev.Broken(rule="B09", subject="cash", what="cash is unexplained", ours="", theirs="12.00", action="ACCOUNT")
TOLD = (
    "BREAK B03 AAPL 13 Feb 270 put: the broker holds another number; ours -3, theirs -2; "
    "no order goes out in its symbol; cause: a fill by hand"
)


def lines(run, subject="AAPL"):
    return explain(run, subject)[0].lines


def last(run, subject="AAPL"):
    return lines(run, subject)[-1]


def corrected(amount, **more):
    about = {"rule": "RECON B08", "key": "k", "corrects": "k#0", "execution": "k#0", "instrument": PUT}
    return ev.Corrected(**ABOUT, **(about | more), amount=D(amount))


# --- in a story -----------------------------------------------------------------------------------------------------


def test_a_break_is_told_with_both_sides_what_follows_and_its_cause(journal):
    line = last(journal(SOLD, ("12 11:00", FOUND)))
    assert (line.kind, line.text, line.rules) == ("broken", TOLD, ("B03",))


def test_a_break_of_the_account_is_told_in_every_story_and_an_unknown_side_is_said(journal):
    line = last(journal(SOLD, ("12 11:00", CASH)))
    assert line.text == (
        "BREAK B09 cash: cash is unexplained; ours nothing, theirs 12.00; the account is SAFE; cause unknown"
    )


def test_a_break_that_ended_its_run_is_told_as_it_was(journal):
    line = last(journal(SOLD, ("12 11:00", ev.Broken(rule="B09", what="B09 cash: 1 and 2", ours="", theirs=""))))
    assert line.text == "BOOKS AND VENUE DISAGREE: B09 cash: 1 and 2"


def test_a_break_of_a_symbol_that_no_ledger_holds_is_told_too(journal):
    run = journal(("12 10:00", decided("skip", "CAD-7", "closed")), ("12 11:00", FOUND))
    assert "broken" in [line.kind for line in lines(run)]


@pytest.mark.parametrize(
    ("ended", "text"),
    [
        ({"how": "agree"}, "MENDED B03 AAPL 13 Feb 270 put: books and broker agree again"),
        (
            {"how": "explained", "theirs": "-2", "actor": "ada", "reason": "sold by phone"},
            "EXPLAINED B03 AAPL 13 Feb 270 put by ada: sold by phone; the broker's -2 is no break while it stays so",
        ),
    ],
)
def test_how_a_break_was_closed_and_by_whom_is_told(journal, ended, text):
    run = journal(SOLD, ("12 11:00", FOUND), ("12 12:00", ev.Mended(**NAME, **ended)))
    assert [(line.kind, line.text) for line in lines(run)[-2:]] == [("broken", TOLD), ("mended", text)]


def test_that_a_person_was_called_is_told(journal):
    paged = ev.Paged(**NAME, why="open for 30 minutes of the session")
    line = last(journal(SOLD, ("12 11:00", FOUND), ("12 11:31", paged)))
    assert line.text == "A PERSON WAS CALLED about AAPL 13 Feb 270 put: open for 30 minutes of the session"


def test_a_correction_is_told_with_its_dollars_and_who_bears_them(journal):
    line = last(journal(SOLD, ("12 11:00", corrected("-0.90", fee=D("0.90"), why="told late"))))
    assert (line.kind, line.text) == (
        "corrected",
        "CORRECTED AAPL 13 Feb 270 put, execution k#0: -0.90, fees +0.90; booked in its lot; told late",
    )


def test_a_correction_of_what_has_ended_names_the_result_and_the_new_execution(journal):
    gone = ev.Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-3, settlement=D("275"))
    run = journal(SOLD, ("13 16:15", gone), ("17 8:30", corrected("30", execution="k#9")))
    assert last(run).text == (
        "CORRECTED AAPL 13 Feb 270 put, execution k#0, now k#9: +30.00; booked in the realised result (+30.00)"
    )
    assert of_run(run).ledgers[0].premium_kept == D("507.00") - D("2.10") + D("30.00")


def test_lines_of_the_account_are_told_by_symbol_or_in_the_week_of_their_ledger(journal):
    paid = ev.CashBooked(**ABOUT, rule="RECON B14", line="L7", what="dividend", amount=D("26"))
    interest = ev.CashBooked(ledger="gen_acc", rule="RECON B14", line="L8", what="interest", amount=D("-3.5"))
    run = journal(SOLD, ("12 11:00", paid, interest))
    assert (last(run).kind, last(run).text) == (
        "dividend",
        "DIVIDEND of AAPL: +26.00, line L7 of the broker's account",
    )
    chapter = next(c for c in explain(run, "2026-W07") if not c.symbol)
    assert chapter.lines[0].text == "INTEREST: -3.50, line L8 of the broker's account"
    facts = of_run(run).ledgers[0]
    assert (facts.dividends, facts.realised) == (D("26.00"), D("22.50"))


def test_the_story_of_a_contract_has_its_breaks_and_corrections(journal):
    mark = ev.Marked(**ABOUT, rule="LG-3", position=f"gen_acc:{PUT}", mark=D("1.00"))
    run = journal(SOLD, ("12 11:00", FOUND, corrected("-0.90", fee=D("0.90"))), ("12 16:15", mark))
    assert [line.kind for line in lines(run, PUT)] == ["sold", "broken", "corrected"]


def test_the_number_of_an_entry_tells_what_was_said_of_the_same_break_before(journal):
    other = ev.Broken(rule="B04", symbol="AAPL", subject="au-x", what="orphan", ours="", theirs="", action="CANCEL")
    run = journal(SOLD, ("12 11:00", FOUND, other), ("12 12:00", ev.Mended(**NAME, how="agree")))
    assert [line.kind for line in lines(run, f"#{run.seq}")] == ["broken", "mended"]


def test_the_number_of_a_correction_tells_its_order(journal):
    run = journal(SOLD, ("12 11:00", corrected("-0.90", fee=D("0.90"))))
    assert [line.kind for line in lines(run, f"#{run.seq}")] == ["sold", "corrected"]


def test_an_execution_that_nobody_heard_of_is_told_with_its_order(journal):
    intent, accepted, fill = order("k", PUT, -3, [("1.69", -3)])
    run = journal(("12 10:09", intent, accepted), ("13 8:30", evolve(fill, rule="RECON B06")))
    (line,) = lines(run)
    assert line.text.startswith("SOLD 3 × AAPL 13 Feb 270 put at 1.69")
    assert (line.details[-1].text, line.details[-1].rules) == (
        "execution k#0, 3 × AAPL 13 Feb 270 put at 1.69, was booked Fri 08:30 by what the broker told",
        ("RECON", "B06"),
    )
    heard = lines(journal(("12 10:09", intent, accepted, fill)))
    assert "booked" not in " ".join(detail.text for line in heard for detail in line.details)


def test_an_audit_names_the_break_that_began_it(journal):
    turned = ev.StateChanged(rule="B09", before="MONITORING", after="AUDIT", cause="B09 cash")
    run = journal(SOLD, ("12 11:00", CASH, turned))
    assert [line.kind for line in lines(run, f"#{run.seq}")] == ["broken", "state"]


def test_the_journal_as_text_has_both_sides(journal):
    text = list(written(journal(("12 11:00", FOUND)).entries()))[-1]
    assert "a fill by hand" in text
    assert "ours=-3 theirs=-2" in text


# --- what waits -----------------------------------------------------------------------------------------------------


def test_a_break_waits_for_a_human_until_it_is_mended_and_its_page_is_no_second_need(journal):
    rows = (SOLD, ("12 11:00", FOUND), ("12 11:31", ev.Paged(**NAME, why="open for 30 minutes")))
    (need,) = of_run(journal(*rows)).needs
    assert (need.kind, need.symbol, need.rule) == ("broken", "AAPL", "B03")
    assert need.why == TOLD.removeprefix("BREAK B03 ")
    assert of_run(journal(*rows, ("12 12:00", ev.Mended(**NAME, how="agree")))).needs == ()


def test_what_was_booked_at_once_waits_for_nobody(journal):
    booked = ev.Broken(rule="B06", subject="k#1", what="missing execution", ours="", theirs="", action="INFO")
    assert of_run(journal(("12 11:00", booked))).needs == ()


def test_a_break_that_ended_its_run_waits_for_good(journal):
    run = journal(("12 11:00", ev.Broken(rule="B09", what="B09 cash", ours="", theirs="")))
    assert [(need.kind, need.why) for need in of_run(run).needs] == [("broken", "B09 cash")]


def test_an_order_whose_end_nobody_confirms_waits_while_it_works(journal):
    paged = ev.Paged(**ABOUT, rule="KS-6", subject="k", why="no end after three cancels")
    rows = (("12 10:09", *order("k", PUT, -3, [])), ("12 10:12", paged))
    assert [(need.kind, need.why) for need in of_run(journal(*rows)).needs] == [("paged", "no end after three cancels")]
    gone = ev.OrderChanged(**ABOUT, rule="KS-6", key="k", status="canceled")
    assert of_run(journal(*rows, ("12 10:13", gone))).needs == ()


# --- what is open ---------------------------------------------------------------------------------------------------


def test_open_breaks_are_listed_oldest_first_with_age_cause_and_whether_somebody_was_called(journal):
    run = journal(SOLD, ("12 11:00", FOUND), ("12 11:31", ev.Paged(**NAME, why="")), ("12 12:30", CASH))
    found = still_open(run.book, run.instant)
    assert [(b.code, b.age, b.paged) for b in found] == [("B03", 5400, True), ("B09", 0, False)]
    assert list(open_lines(found)) == [
        "Breaks between books and broker: 2 open",
        f"  B03 AAPL 13 Feb 270 put, open for 1 h: {TOLD.partition(': ')[2]}; a person was called",
        "  B09 cash, open for 0 s: cash is unexplained; ours nothing, theirs 12.00; the account is SAFE; cause unknown",
    ]
    assert still_open(run.book, at("14 11:00"))[0].age == timedelta(days=2).total_seconds()


def test_nothing_is_said_where_books_and_broker_agree(journal):
    run = journal(SOLD)
    assert list(open_lines(still_open(run.book, run.instant))) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (200000, "2 d")]
)
def test_an_age_is_told_in_its_largest_unit(seconds, text):
    assert lasted(seconds) == text
