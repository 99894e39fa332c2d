"""Capital as a person reads it: forks, merges, transfers, appropriations, dividends, marks, and what is unfinished."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.ledger.capital import at_mark, off_mark
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.model import events as ev
from allusr_sdk.reports.explain import explain
from allusr_sdk.reports.facts import of_run
from allusr_sdk.reports.journal import written
from allusr_sdk.reports.words import spoken
from tests.reports.conftest import at
from tests.reports.journals import PUT, order

D = Decimal
SHARES = (
    ev.Share(ledger="m1.gen_acc", style="gen_acc", amount=D("50000")),
    ev.Share(ledger="m1.com_acc", style="com_acc", amount=D("50000")),
)
FORK = ev.ForkIntended(
    ledger="gen_acc", rule="FK-2", key="gen_acc:1", node="m1", form="MINI", amount=D("100000"), week="2026-W07",
    parent="root", root="root", generation=1, shares=SHARES,
)  # fmt: skip
COM = ev.Funded(ledger="com_acc", rule="CAD-12", amount=D("90000"))
MERGE = ev.MergeIntended(
    ledger="m1.gen_acc", rule="FK-3", key="m1:merge", node="m1", target="com_acc", cause="3x", equity=D("300000")
)


@pytest.fixture
def grown(journal):
    """A run with a mini that holds shares; what is missing after each entry is written too."""

    def write(*rows):
        run = journal(("11 9:31", COM), ("12 9:00", FORK))
        finish(run)
        tell(run, order("k", "AAPL", 100, [("200.00", 100)], action="buy", cause="seed"), ledger="m1.com_acc")
        for row in rows:
            tell(run, row(run))
            finish(run)
        return run

    return write


def tell(run, events, **changes):
    for event in events:
        run.append(evolve(event, **changes), at=run.instant, cycle=1, state="MONITORING", rulebook="rb")


def finish(run):
    while missing := [event for one in run.book.unfinished.values() for event in one.missing]:
        tell(run, missing[:1])


def gift(name):
    def of(run):
        book = run.book.ledgers[name]
        about = {"rule": "FK-3", "key": "m1:merge", "node": "m1", "target": "com_acc"}
        return [ev.MergeSent(**about, ledger=name, cash=book.cash, lots=in_kind(book))]

    return of


def told(run, subject, ledger=None):
    return [(line.kind, line.text) for chapter in explain(run, subject, ledger=ledger) for line in chapter.lines]


def week(run, ledger):
    chapters = [c for c in explain(run, "2026-W07", ledger=ledger) if not c.symbol]
    return [(line.kind, line.text) for chapter in chapters for line in chapter.lines]


def test_a_week_tells_a_fork_in_the_ledger_that_pays_and_in_those_that_begin(grown):
    run = grown()
    assert week(run, "gen_acc") == [
        (
            "forked",
            "FORK: 100,000 set aside for m1, a mini with m1.gen_acc 50,000, m1.com_acc 50,000",
        ),
        ("forked", "FORK: 100,000 paid to m1; the base stays"),
    ]
    assert week(run, "m1.com_acc") == [("forked", "ACCOUNT m1: m1.com_acc begins with 50,000, run by com_acc")]


def test_the_number_of_any_phase_tells_the_whole_fork(grown):
    run = grown()
    (paid,) = [entry.seq for entry in run.entries(kind="ForkPaid")]
    assert [kind for kind, _ in told(run, f"#{paid}")] == ["forked"] * 4


def test_a_fork_that_the_cap_refuses_says_where_the_surplus_stays(journal):
    capped = ev.ForkCapped(ledger="gen_acc", rule="FK-5", key="gen_acc:1", active=8, amount=D("123210.55"))
    (line,) = week(journal(("12 9:00", capped)), "gen_acc")
    assert line == (
        "capped",
        "FORK REFUSED: 8 accounts are active, which is the most; the surplus of 123,210.55 stays here",
    )


def test_a_merge_is_told_to_its_end_with_what_was_given_in_kind(grown):
    run = grown(lambda run: [MERGE], gift("m1.gen_acc"), gift("m1.com_acc"))
    assert week(run, "m1.gen_acc")[1:] == [
        (
            "merging",
            "MERGE of m1 into com_acc begins: 3x, equity 300,000; nothing is opened any more, shorts run off",
        ),
        ("merged", "MERGE: 50,000 cash given to com_acc"),
        ("archived", "ACCOUNT m1 ARCHIVED: merged into com_acc at 1 times what it began with"),
    ]
    assert week(run, "com_acc") == [
        ("merged", "MERGE: 50,000 cash taken from m1.gen_acc"),
        (
            "merged",
            "MERGE: 29,999.50 cash and 100 AAPL shares at a book value of 20,000.50 taken from m1.com_acc; "
            "dates and basis stay",
        ),
    ]


def test_the_story_of_a_symbol_tells_that_it_changed_its_ledger(grown):
    run = grown(lambda run: [MERGE], gift("m1.gen_acc"), gift("m1.com_acc"))
    assert [kind for kind, _ in told(run, "AAPL", "m1.com_acc")] == ["bought", "merged"]
    (chapter,) = explain(run, "AAPL", ledger="com_acc")
    assert (chapter.position, [line.kind for line in chapter.lines]) == (
        "100 shares at a basis of 200.01",
        ["merged"],
    )


def test_a_transfer_tells_its_budget_and_both_sides(journal):
    parts = {"reserve": D("3000"), "contracts": D("5250"), "leaps": D("1750")}
    quarter = ev.Reinvested(ledger="gen_acc", rule="FK-7 TX-8", quarter="2025-Q4", gain=D("10000"), **parts)
    sent = ev.TransferSent(ledger="gen_acc", rule="LL-2", key="t1", to="llms", amount=D("1700"), budget="leaps")
    spent = ev.BudgetSpent(ledger="gen_acc", rule="FK-7", key="o1", budget="contracts", amount=D("5000.50"))
    run = journal(("12 9:00", quarter, spent, sent))
    finish(run)
    assert week(run, "gen_acc") == [
        (
            "reinvested",
            "REINVESTED 2025-Q4, a net gain of 10,000: 3,000 reserved for taxes, 5,250 for contracts, 1,750 for LEAPs",
        ),
        ("spent", "5,000.50 paid out of the contracts budget"),
        ("moved", "TRANSFER of 1,700 cash to llms, out of the LEAP budget"),
    ]
    assert week(run, "llms") == [("moved", "TRANSFER of 1,700 cash from gen_acc")]


def test_a_dividend_on_its_way_is_told_twice_and_counted_once(journal):
    about = {"ledger": "gen_acc", "symbol": "AAPL", "rule": "LG-2"}
    bought = order("k", "AAPL", 100, [("200.00", 100)], action="buy", cause="seed")
    accrued = ev.DividendAccrued(**about, shares=100, per_share=D("0.26"), cash=D("26.00"))
    run = journal(("12 9:40", *bought), ("13 8:30", accrued), ("17 8:30", ev.DividendReceived(**about, cash=D("26"))))
    assert told(run, "AAPL")[1:] == [
        ("dividend", "DIVIDEND of 0.26 on 100 AAPL shares: 26.00 receivable"),
        ("dividend", "DIVIDEND of AAPL paid: 26.00"),
    ]
    assert of_run(run).ledgers[0].dividends == D("26.00")


def test_a_mark_in_the_accounts_is_told_and_that_it_was_taken_back(journal):
    run = journal(("12 10:09", *order("k", PUT, -3, [("1.69", -3)])))
    key = f"gen_acc:{PUT}"
    tell(run, [at_mark(run.book.ledgers["gen_acc"], key, D("2.10"))])
    tell(run, [off_mark(run.book.ledgers["gen_acc"], key)])
    assert told(run, "AAPL")[1:] == [
        ("revalued", "AAPL 13 Feb 270 put at its mark of 2.10: -125.10 unrealised"),
        ("revalued", "mark of AAPL 13 Feb 270 put taken back: +125.10"),
    ]


def test_the_journal_as_text_has_shares_and_lots(grown):
    run = grown(lambda run: [MERGE], gift("m1.gen_acc"), gift("m1.com_acc"))
    text = "\n".join(written(run.entries()))
    assert "shares=m1.gen_acc/gen_acc/50000,m1.com_acc/com_acc/50000" in text
    assert "lots=AAPL/100/20000.5/200/2026-02-12/k#0" in text


def test_what_a_death_left_between_two_phases_waits_until_it_is_finished(journal):
    run = journal(("12 9:00", FORK))
    (need,) = of_run(run).needs
    assert (need.kind, need.ledger, need.rule) == ("unfinished", "gen_acc", "FK-2")
    assert need.why == "gen_acc:1 is not finished: what is missing is written when the run goes on"
    finish(run)
    assert of_run(run).needs == ()


def test_an_account_whose_shorts_run_off_waits_for_nobody(grown):
    run = grown(lambda run: [MERGE])
    assert of_run(run).needs == ()
    assert run.book.nodes["m1"].funded_at == date(2026, 2, 12)
    assert run.instant == at("12 9:00")


@pytest.mark.parametrize("ledger", ["gen_acc", "m1.gen_acc"])
def test_a_position_of_a_fork_is_spoken_of_as_any_other(ledger):
    assert spoken(f"{ledger}:{PUT} waits") == "AAPL 13 Feb 270 put waits"
