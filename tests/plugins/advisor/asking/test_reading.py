"""Questions as people write them: intents, names in their forms, days from the run's last instant, what goes on."""

from datetime import date

import pytest
from allusr_advisor.asking.reading import Known, read

KNOWN = Known(
    now=date(2026, 2, 13),
    whole=(date(2026, 1, 5), date(2026, 2, 13)),
    ledgers=("gen_acc", "rev_acc", "com_acc", "m1.gen_acc", "m1.com_acc", "llms"),
    nodes={"root": ("gen_acc", "rev_acc", "com_acc", "llms"), "m1": ("m1.gen_acc", "m1.com_acc")},
    symbols=("AAPL", "GOOG", "GOOGL", "IWM", "NVDA", "SPY"),
)


def days(text, last=None):
    period = read(text, KNOWN, last).period
    return None if period is None else (str(period.first), str(period.last))


@pytest.mark.parametrize(
    ("text", "ledgers"),
    [
        ("Why did Gen-Acc pivot?", ("gen_acc",)),
        ("why did gen acc pivot", ("gen_acc",)),
        ("Did gen's puts expire?", ("gen_acc",)),
        ("What did the generator sell?", ("gen_acc",)),
        ("How is rev_acc doing?", ("rev_acc",)),
        ("and com?", ("com_acc",)),
        ("What is m1 worth?", ("m1.gen_acc", "m1.com_acc")),
        ("What did m1.com_acc do?", ("m1.com_acc",)),
        ("What did m1 Com-Acc do?", ("m1.com_acc",)),
        ("Compare Gen-Acc and Rev-Acc: premium", ("gen_acc", "rev_acc")),
        ("What does the LLMS hold?", ("llms",)),
        ("How much income in general?", ()),
        ("How was revenue?", ()),
    ],
)
def test_ledgers_are_found_in_the_forms_that_people_write(text, ledgers):
    assert set(read(text, KNOWN).ledgers) == set(ledgers)


@pytest.mark.parametrize(
    ("text", "symbols", "contract"),
    [
        ("What happened to AAPL?", ("AAPL",), ""),
        ("what happened to aapl's puts", ("AAPL",), ""),
        ("Is Apple at level 2?", ("AAPL",), ""),
        ("How did GOOGL do?", ("GOOGL",), ""),
        ("Was the AAPL 270 put assigned?", ("AAPL",), "270P"),
        ("Was the AAPL 13 Feb 270 put assigned?", ("AAPL",), "270P:0213"),
        ("What of AAPL  260213P00270000?", ("AAPL",), "AAPL  260213P00270000"),
        ("Why was the NVDA 172.5 call closed?", ("NVDA",), "172.5C"),
        ("What is the VIX?", (), ""),
    ],
)
def test_symbols_and_contracts_are_found(text, symbols, contract):
    found = read(text, KNOWN)
    assert (found.symbols, found.contract, found.absent) == (symbols, contract, ())


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("What happened last week?", "2026-02-02", "2026-02-08"),
        ("What happened this week?", "2026-02-09", "2026-02-15"),
        ("What happened in 2026-W03?", "2026-01-12", "2026-01-18"),
        ("Premium in week 3?", "2026-01-12", "2026-01-18"),
        ("What was sold yesterday?", "2026-02-12", "2026-02-12"),
        ("What was sold on Friday?", "2026-02-13", "2026-02-13"),
        ("What was sold last Friday?", "2026-02-06", "2026-02-06"),
        ("What was sold on Monday?", "2026-02-09", "2026-02-09"),
        ("What was sold on 9 January?", "2026-01-09", "2026-01-09"),
        ("What was sold on Jan 9th?", "2026-01-09", "2026-01-09"),
        ("What was sold on 2026-01-09?", "2026-01-09", "2026-01-09"),
        ("What was sold on 24 December?", "2025-12-24", "2025-12-24"),
        ("Income this month?", "2026-02-01", "2026-02-28"),
        ("Income last month?", "2026-01-01", "2026-01-31"),
        ("Income in January?", "2026-01-01", "2026-01-31"),
        ("Income in Q1?", "2026-01-01", "2026-03-31"),
        ("Income this year?", "2026-01-01", "2026-12-31"),
        ("Income so far?", "2026-01-05", "2026-02-13"),
        ("Income from 2026-01-07 to 2026-01-09?", "2026-01-07", "2026-01-09"),
        ("Income in the week before last?", "2026-01-26", "2026-02-01"),
    ],
)
def test_days_are_counted_from_the_run_s_last_instant(text, first, last):
    assert days(text) == (first, last)


def test_a_date_that_no_calendar_has_is_an_error():
    with pytest.raises(ValueError, match=r"day|month"):
        read("What was sold on 30 February?", KNOWN)


def test_what_the_run_does_not_know_is_named_and_not_guessed():
    assert read("How is Tesla?", KNOWN).absent == ("TSLA",)
    assert read("Did XYZ trade?", KNOWN).absent == ("XYZ",)
    assert read("What did m2 do?", KNOWN).absent == ("m2",)
    assert read("Did it buy bitcoin?", KNOWN).aside == ("bitcoin",)


@pytest.mark.parametrize(
    ("text", "rules", "entry"),
    [("What is pe-2?", ("PE-2",), 0), ("KS 1 and LQ-1?", ("KS-1", "LQ-1"), 0), ("#44?", (), 44)],
)
def test_rules_and_entries_are_found(text, rules, entry):
    found = read(text, KNOWN)
    assert (found.rules, found.entry) == (rules, entry)


def test_a_question_goes_on_from_the_one_before():
    first = read("How much premium did Gen-Acc take in AAPL last week?", KNOWN)
    other = read("and Rev-Acc?", KNOWN, first)
    assert (other.topic, other.ledgers, other.period) == ("premium", ("rev_acc",), first.period)
    assert days("the week before?", first) == ("2026-01-26", "2026-02-01")
    assert days("the week after?", first) == ("2026-02-09", "2026-02-15")
    why = read("why?", KNOWN, first)
    assert (why.topic, why.intent, why.symbols) == ("premium", "why", ("AAPL",))
    assert read("How much was that?", KNOWN, first).topic == "premium"
    assert read("what about NVDA?", KNOWN, first).symbols == ("NVDA",)


def test_a_whole_question_begins_anew():
    first = read("How much premium did Gen-Acc take last week?", KNOWN)
    found = read("What is at risk?", KNOWN, first)
    assert (found.topic, found.ledgers, found.period, found.follows) == ("risk", (), None, False)
    assert read("Who is the king of France?", KNOWN, first).follows is False
