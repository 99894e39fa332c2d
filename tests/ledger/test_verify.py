"""Tampering: whatever is changed in the database, the first bad entry is named."""

import sqlite3
from decimal import Decimal

import pytest
from attrs import evolve
from sqlalchemy import delete, insert, select, update

from allusr_sdk.errors import BreakError
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.entry import digest, line_rows
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.storage import stored
from allusr_sdk.ledger.tables import entries, intents, postings, runs
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import CashBooked, Corrected, Decided, Expired, Noted

FILL = 4  # the run's entries: started, funded, intent, fill, decided, expired, noted
LAST = 7


def tell(ledger, story):
    run = story.begin(ledger)
    story.tell(
        run,
        story.intent("k1", (story.PUT, -2), reserve="54000.00"),
        story.fill(story.PUT, -2, "1.69", opening=True, key="k1"),
        Decided(ledger=story.SLEEVE, symbol="AAPL", verdict="hold", why="level 1", numbers={"m": 1.4}),
        Expired(ledger=story.SLEEVE, symbol="AAPL", instrument=story.PUT, quantity=-2, settlement=Decimal("271.00")),
        Noted(ledger=story.SLEEVE, key="week", text="done"),
    )
    return run


@pytest.fixture
def told(ledger, story):
    return tell(ledger, story)


def tamper(run, *statements):
    with run.ledger.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    return verify(run.ledger.run(run.id))


def entry(seq):
    return (entries.c.run == 1) & (entries.c.seq == seq)


def posting(seq):
    return (postings.c.run == 1) & (postings.c.seq == seq)


def test_an_untouched_run_is_sound(told):
    report = verify(told)
    assert (report.ok, report.entries, report.head) == (True, LAST, told.head)
    report.require()


def test_a_batched_run_is_sound_without_a_flush_of_its_own(memory, story):
    run = story.begin(memory, batch=True)
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    assert verify(run).ok


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2026-02-12T15:00:00.000001Z"),
        ("cycle", 99),
        ("state", "SAFE"),
        ("kind", "Noted"),
        ("ledger", "rev_acc"),
        ("symbol", "MSFT"),
        ("rule", "CAD-8"),
        ("rulebook", "other"),
        ("payload", '{"a":1}'),
        ("hash", "f" * 64),
    ],
)
def test_an_altered_column_is_named_with_its_entry(told, column, value):
    report = tamper(told, update(entries).where(entry(FILL)).values({column: value}))
    kind = value if column == "kind" else "Filled"
    assert (report.bad.seq, report.bad.kind) == (FILL, kind)
    assert "its content does not give its hash" in report.bad.what


def test_a_run_whose_last_entry_is_an_intent_is_sound(memory, story):
    run = story.begin(memory)
    story.tell(run, story.intent("k1", (story.PUT, -2)))
    assert verify(run).ok


def test_lines_of_a_kind_that_is_unknown_here_stand_in_the_balances_and_not_in_the_books(told):
    row, _ = list(stored(told.ledger.engine, 1))[-1]
    new = row | {"seq": LAST + 1, "prev_hash": row["hash"], "kind": "Novel", "payload": "{}"}
    lines = (Line("gen_acc", "1010", "", "", 100), Line("gen_acc", "3010", "", "", -100))
    new["hash"] = digest(new, lines)
    report = tamper(
        told,
        insert(entries).values(**new),
        insert(postings).values([{"run": 1} | line for line in line_rows(LAST + 1, lines)]),
        update(runs).values(entries=LAST + 1, head=new["hash"]),
    )
    assert str(report.bad) == "entry 8: gen_acc: Cash stands at 400337.60, the books say 400336.60"


def test_an_altered_price_is_named(told):
    payload = next(row["payload"] for row, _ in stored(told.ledger.engine, 1) if row["seq"] == FILL)
    report = tamper(told, update(entries).where(entry(FILL)).values(payload=payload.replace("1.69", "1.79")))
    assert report.bad.seq == FILL
    assert "the payload, another column or the hash" in report.bad.what


def test_an_altered_link_is_named(told):
    report = tamper(told, update(entries).where(entry(FILL)).values(prev_hash="0" * 64))
    assert report.bad.seq == FILL
    assert report.bad.what.startswith("prev_hash is not the hash of entry 3")


def test_an_altered_amount_is_named_with_both_figures(told):
    report = tamper(told, update(postings).where(posting(FILL), postings.c.account == "1010").values(amount=99))
    assert str(report.bad) == (
        "entry 4 (Filled): postings differ: stored gen_acc 1010 99, gen_acc 2100 -33660; "
        "the event gives gen_acc 1010 33660, gen_acc 2100 -33660 (cents)"
    )


def test_a_deleted_posting_and_an_added_one_are_named(told):
    line = {"run": 1, "seq": 5, "line": 0, "ledger": "gen_acc", "account": "1010", "symbol": "", "instrument": ""}
    report = tamper(told, insert(postings).values(**line, amount=100, quantity=0))
    assert (report.bad.seq, report.bad.kind) == (5, "Decided")
    assert "the event gives nothing" in report.bad.what
    report = tamper(told, delete(postings).where(posting(FILL), postings.c.line == 0))
    assert report.bad.seq == FILL


@pytest.mark.parametrize("late", [0, 1])
def test_postings_of_a_correction_and_of_a_line_are_computed_anew(memory, story, late):
    run = story.begin(memory)
    sold = evolve(story.fill(story.PUT, -2, "1.69", opening=True, key="k1"), execution="1")
    about = {"ledger": story.SLEEVE, "symbol": "AAPL", "amount": Decimal("-0.60")}
    story.tell(
        run,
        sold,
        Corrected(**about, key="k1", execution="1", corrects="1", instrument=story.PUT, fee=Decimal("0.60")),
        CashBooked(**about, line="L1", what="fee"),
    )
    assert verify(run).ok
    report = tamper(run, update(postings).where(posting(4 + late)).values(amount=postings.c.amount * 2))
    assert (report.bad.seq, report.bad.kind) == (4 + late, ("Corrected", "CashBooked")[late])
    assert "the event gives gen_acc 1010 -60" in report.bad.what


def test_a_deleted_entry_is_named_as_missing(told):
    report = tamper(told, delete(entries).where(entry(5)))
    assert str(report.bad) == "entry 5: missing; the next entry is 6 (Expired)"


def test_entries_cut_off_at_the_end_are_missed(told):
    report = tamper(told, delete(entries).where(entry(LAST)))
    assert str(report.bad) == "entry 7: missing; the run had 7 entries"


def test_a_cut_that_also_mends_the_runs_row_leaves_its_postings_behind(tmp_path, story):
    with open_ledger(tmp_path) as ledger:
        run = tell(ledger, story)
        before = next(row["hash"] for row, _ in stored(ledger.engine, 1) if row["seq"] == 5)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("DELETE FROM entries WHERE seq > 5")
        connection.execute("UPDATE runs SET entries = 5, head = ?", (before,))
    connection.close()
    with open_ledger(tmp_path) as ledger:
        assert verify(ledger.run(run.id)).bad.what == "missing; the run had 6 entries"


def test_entries_that_changed_places_are_named(told):
    swap = [(5, 500), (7, 5), (500, 7)]
    report = tamper(told, *(update(entries).where(entry(a)).values(seq=b) for a, b in swap))
    assert (report.bad.seq, report.bad.kind) == (5, "Noted")
    assert "or an entry was put elsewhere" in report.bad.what


def test_an_entry_added_at_the_end_is_named(told):
    row, _ = list(stored(told.ledger.engine, 1))[-1]
    extra = row | {"seq": LAST + 1, "prev_hash": row["hash"]}
    report = tamper(told, insert(entries).values(**extra | {"hash": digest(extra, ())}))
    assert str(report.bad) == "entry 8: added; the run ended with entry 7"


def test_a_forger_who_mends_every_hash_is_betrayed_by_the_postings(told):
    changes, head = [], None
    for row, lines in stored(told.ledger.engine, 1):
        new = row | {"payload": row["payload"].replace("1.69", "1.79"), "prev_hash": head or row["prev_hash"]}
        head = digest(new, lines)
        changes.append(update(entries).where(entry(row["seq"])).values(**new | {"hash": head}))
    report = tamper(told, *changes, update(runs).values(head=head))
    assert report.bad.seq == FILL
    assert "the event gives gen_acc 1010 35660" in report.bad.what


def test_a_run_row_that_remembers_another_head_is_named(told):
    report = tamper(told, update(runs).values(head="f" * 64))
    assert (report.bad.seq, report.bad.what) == (LAST, "its hash is not the end that the run's own row remembers")


def test_a_key_missing_from_the_table_of_intents_is_named(told):
    report = tamper(told, delete(intents))
    assert (report.bad.seq, report.bad.kind) == (3, "IntentRecorded")


def test_only_the_first_bad_entry_is_named(told):
    report = tamper(told, update(entries).where(entries.c.seq >= FILL).values(state="SAFE"))
    assert (report.bad.seq, report.entries) == (FILL, FILL - 1)


def test_a_break_is_one_line_with_exit_code_four(told):
    report = tamper(told, update(entries).where(entry(FILL)).values(state="SAFE"))
    with pytest.raises(BreakError, match=r"^run 1, entry 4 \(Filled\): .*; restore the ledger from a backup$") as bad:
        report.require()
    assert bad.value.exit_code == 4
    assert "\n" not in str(bad.value)


def test_another_runs_entries_do_not_matter(told, story):
    second = story.begin(told.ledger)
    tamper(told, update(entries).where(entry(FILL)).values(state="SAFE"))
    assert verify(second).ok


def test_the_stored_columns_are_all_covered_by_the_hash(told):
    with told.ledger.engine.connect() as connection:
        row = dict(connection.execute(select(entries).where(entry(FILL))).mappings().one())
    outside = set()
    for name in row:
        changed = row | {name: 5 if isinstance(row[name], int) else "x"}
        if digest(changed, ()) == digest(row, ()):
            outside.add(name)
    assert outside == {"run", "hash"}
