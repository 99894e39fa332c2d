"""What verification says to the word, and that nothing is counted which came while it read."""

import importlib
from decimal import Decimal

from sqlalchemy import update

from allusr_sdk.ledger.entry import digest
from allusr_sdk.ledger.storage import stored
from allusr_sdk.ledger.tables import entries, runs
from allusr_sdk.model.events import Expired, Funded

verification = importlib.import_module("allusr_sdk.ledger.verify")


def test_what_is_written_while_a_run_is_verified_is_not_counted(run, story, monkeypatch):
    end, looks = verification._end, []

    def look(asked):
        looks.append(asked)
        if len(looks) > 1:
            run.append(Funded(ledger=story.SLEEVE, amount=Decimal("7.00")), **story.stamp(9))
        return end(asked)

    monkeypatch.setattr(verification, "_end", look)
    report = verification.verify(run.ledger.run(run.id))
    assert (report.bad, report.entries, run.seq) == (None, 2, 3)


def test_a_run_that_remembers_another_end_is_told_by_that_entry_without_a_kind(run):
    with run.ledger.engine.begin() as connection:
        connection.execute(update(runs).values(head="f" * 64))
    report = verification.verify(run.ledger.run(run.id))
    assert str(report.bad) == "entry 2: its hash is not the end that the run's own row remembers"


def test_an_entry_that_the_books_would_not_take_is_told_with_what_they_say(run, story):
    gone = Expired(ledger="gen_acc", symbol="AAPL", instrument=story.PUT, quantity=-2, settlement=Decimal("271.00"))
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True), gone)
    *_, (row, lines) = stored(run.ledger.engine, run.id)
    forged = row | {"payload": row["payload"].replace('"quantity":-2', '"quantity":-3')}
    forged["hash"] = digest(forged, lines)
    with run.ledger.engine.begin() as connection:
        connection.execute(update(entries).where(entries.c.seq == row["seq"]).values(**forged))
        connection.execute(update(runs).values(head=forged["hash"]))
    report = verification.verify(run.ledger.run(run.id))
    assert (report.bad.seq, report.bad.kind) == (4, "Expired")
    assert report.bad.what.startswith("Expired in gen_acc does not fit the books: ")
    assert "2 held" in report.bad.what
