"""earnings_week: no puts into a report, calls on half the hundreds, the excess bought back before it, and fail-safe."""

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("earnings_week")


def lots(journal, symbol):
    """Calls sold on a symbol."""
    return sum(-f.quantity for f in journal.told("Filled", symbol=symbol, opening=True) if len(f.instrument) > 8)


def shares(journal, symbol):
    return journal.book.ledgers["com_acc"].shares(symbol)


def test_no_put_is_sold_on_a_symbol_that_reports_in_the_week(journal):
    refused = journal.timed("Decided", ledger="rev_acc", symbol="TSLA", verdict="refuse")
    assert refused[0][0] == "Tue 17 Feb 09:45"
    assert refused[0][1].why == "CC-3 EARNINGS_SKIP: report 2026-02-18 AMC (confirmed)"
    assert refused[0][1].numbers["earnings"] == "skip"
    assert not journal.told("IntentRecorded", ledger="rev_acc")


def test_calls_stand_on_half_of_the_hundreds_where_the_report_is_known(journal):
    assert shares(journal, "AMZN") == 400
    assert lots(journal, "AMZN") == 2
    refused = [e for e in journal.told("Decided", symbol="AMZN", verdict="refuse") if "EARNINGS_REDUCE" in e.why]
    assert refused[0].why == "CC-3 EARNINGS_REDUCE: report 2026-02-19 AMC (confirmed), cover 0"
    assert refused[0].numbers["earnings"] == "reduce"


def test_an_old_calendar_counts_as_an_earnings_week(journal):
    """Three hundreds: half of them rounded down is one; the calendar said nothing for twelve days."""
    assert shares(journal, "AAPL") == 300
    assert lots(journal, "AAPL") == 1
    refused = [e for e in journal.told("Decided", symbol="AAPL", verdict="refuse") if "EARNINGS_REDUCE" in e.why]
    assert refused[0].why == "CC-3 EARNINGS_REDUCE: its earnings calendar is 12 days old, older than 6, cover 0"


def test_what_is_not_known_yet_reduces_nothing(journal):
    assert shares(journal, "NVDA") == 500
    assert lots(journal, "NVDA") == 5


def test_the_excess_is_bought_back_in_the_last_manage_window_before_the_report(journal):
    closes = journal.timed("IntentRecorded", symbol="NVDA", rule="CC-3")
    assert [(at, e.action, e.legs[0][1]) for at, e in closes] == [("Thu 19 Feb 14:30", "close", 3)]
    assert closes[0][1].why == "EARNINGS_REDUCE: report 2026-02-19 AMC (confirmed)"
    assert sum(f.quantity for f in journal.told("Filled", key=closes[0][1].key)) == 3


def test_half_is_left_over_the_report(journal):
    bought_back = sum(f.quantity for f in journal.told("Filled", symbol="NVDA", cause="CC-3"))
    assert lots(journal, "NVDA") - bought_back == int(0.5 * (shares(journal, "NVDA") // 100)) == 2


def test_the_week_is_one_of_the_earnings_filter_in_both_sleeves_and_the_account(journal):
    typed = {w.ledger: w.primary for w in journal.told("WeekTyped")}
    assert typed == dict.fromkeys(("rev_acc", "com_acc", ""), "EARNINGS_FILTER")
