"""level3_exit: an open far under the strike, a stop at the ask, SAFE, no entry, and the reset."""

from decimal import Decimal

import pytest

PUT = "NVDA  260206P00177500"


@pytest.fixture(scope="module")
def journal(played):
    return played("level3_exit")


def test_level_3_is_reached_at_the_open_and_every_level_between_is_journaled(journal):
    levels = journal.timed("LevelChanged")
    assert [(at, e.before, e.after) for at, e in levels] == [
        ("Tue 3 Feb 09:30", 0, 1), ("Tue 3 Feb 09:30", 1, 2), ("Tue 3 Feb 09:30", 2, 3),
    ]  # fmt: skip
    m = (177.5 - levels[0][1].numbers["spot"]) / levels[0][1].numbers["atr"]
    assert all(e.m == pytest.approx(m, rel=1e-5) for _, e in levels)
    assert m >= 3.25


def test_the_put_is_bought_back_whole_at_the_ask_with_a_cap_of_a_quarter_over_the_mid(journal):
    (intent,) = journal.told("IntentRecorded", action="close")
    held = -sum(f.quantity for f in journal.told("Filled", opening=True, instrument=PUT))
    assert intent.legs == ((PUT, held),)
    assert intent.rule == "PE-11"
    assert intent.limit == Decimal(str(intent.numbers["ask"])) > intent.mid
    assert Decimal("1.2") * intent.mid < intent.worst <= Decimal("1.25") * intent.mid
    (fill,) = journal.told("Filled", key=intent.key)
    assert fill.quantity == held
    assert intent.limit <= fill.price <= intent.worst


def test_the_stop_moves_the_sleeve_to_safe_before_its_order_is_written(journal):
    kinds = [e.kind for e in journal.entries]
    (thrown,) = journal.told("SwitchChanged", after="SAFE")
    assert (thrown.ledger, thrown.cause, thrown.rule, thrown.threshold) == ("rev_acc", "L3", "PE-11", 3.0)
    stop = next(i for i, e in enumerate(journal.entries) if e.kind == "IntentRecorded" and e.event.action == "close")
    assert kinds.index("SwitchChanged") < stop


def test_nothing_is_opened_or_rolled_or_hedged_while_safe(journal):
    refused = journal.timed("Decided", symbol="NVDA", verdict="refuse")
    assert refused[0][0] == "Tue 3 Feb 09:45"
    assert refused[0][1].rule == "PE-11 CAD-5 LQ-3"
    assert refused[0][1].numbers["tier"] == "SAFE"
    assert not journal.told("RollPrepared")
    assert not [e for e in journal.told("Filled") if e.cause.startswith("hedge")]
    opened = [at for at, e in journal.timed("IntentRecorded", opening=True)]
    assert {at[:9] for at in opened} == {"Mon 2 Feb", "Mon 9 Feb"}


def test_it_is_reset_after_the_close_once_reconciled(journal):
    ((at, reset),) = journal.timed("SwitchChanged", after="NONE")
    assert at == "Tue 3 Feb 16:15"
    assert (reset.rule, reset.source) == ("PE-11", "reconciliation")
    assert reset.value < 50


def test_the_stop_is_remembered_and_the_week_is_one_of_preservation(journal):
    assert [str(day) for day in journal.book.ledgers["rev_acc"].stops] == ["2026-02-03"]
    assert {w.primary for w in journal.told("WeekTyped", week="2026-W06")} == {"PRESERVATION"}
