"""A database that refuses or is gone: nothing half-written, one line, and a run that can go on (RULE-0)."""

import sqlite3

import psycopg
import pytest

from allusr_sdk.errors import InputError, KernelError
from allusr_sdk.ledger import open_ledger, outage
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Noted
from tests.ledger.disks import full_after, no_file_over, read_only
from tests.ledger.servers import Server


def note(story, words="x", size=0):
    return Noted(ledger=story.SLEEVE, key="k", text=words + "." * size)


def fill_up(run, story, limit=500):
    """Append large entries until the database refuses one; the refusal."""
    for _ in range(limit):
        try:
            story.tell(run, note(story, size=3000))
        except KernelError as why:
            return str(why)
    raise AssertionError("nothing was refused")


def sound(ledger, run):
    """The run's journal agrees with itself, and its books end where the journal does."""
    fresh = ledger.run(run.id)
    assert verify(fresh).ok
    assert (fresh.seq, fresh.head, fresh.book) == (run.seq, run.head, run.book)
    return fresh.seq


@pytest.fixture
def home(tmp_path):
    with open_ledger(tmp_path) as ledger:
        yield ledger


def test_a_full_database_refuses_in_one_line_and_the_run_goes_on_once_there_is_room(home, story):
    run = story.begin(home)
    with full_after(home, 20):
        said = fill_up(run, story)
        refused_at = run.seq + 1
        assert said == (
            f"the ledger's database refused (database or disk is full): "
            f"entries {refused_at} to {refused_at} were not written: make room or mend it, then run again"
        )
        assert sound(home, run) == refused_at - 1
    story.tell(run, note(story, "room again"))
    assert sound(home, run) == refused_at


def test_a_batch_that_does_not_fit_is_dropped_whole(home, story):
    run = story.begin(home, batch=True)
    run.flush()
    written = run.seq
    with full_after(home, 20):
        for _ in range(100):
            run.append(note(story, size=3000), **story.stamp())
        with pytest.raises(KernelError, match=f"entries {written + 1} to {written + 100} were not written"):
            run.flush()
    assert sound(home, run) == written


@pytest.mark.parametrize("more", [0, 1, 24, 700, 4096, 9000])
def test_a_write_cut_off_by_the_disk_at_any_byte_leaves_no_part_of_its_entry(more, home, story, tmp_path):
    run = story.begin(home)
    wal = tmp_path / f"{FILE}-wal"
    with no_file_over(wal.stat().st_size + more):
        said = fill_up(run, story)
        assert "the ledger's database refused (" in said
        assert "\n" not in said
        last = run.seq
    assert sound(home, run) == last
    story.tell(run, note(story, "room again"))
    assert sound(home, run) == last + 1


def test_a_home_that_became_read_only_refuses_the_append_and_takes_it_later(unprivileged, story):
    with open_ledger(unprivileged) as ledger:
        run = story.begin(ledger)
        ledger.engine.dispose()
        with read_only(unprivileged):
            with pytest.raises(KernelError, match=r"the ledger's database (refused|cannot be read) \(.*\)"):
                run.append(note(story), **story.stamp())
            ledger.engine.dispose()
        story.tell(run, note(story))
        assert sound(ledger, run) == 3


def test_a_home_that_cannot_be_written_is_refused_in_one_line_when_it_is_made(unprivileged):
    unprivileged.chmod(0o500)
    with pytest.raises(InputError, match=r"no ledger can be made at .*: Permission denied") as refusal:
        open_ledger(unprivileged / "home")
    assert "\n" not in str(refusal.value)
    unprivileged.chmod(0o700)


def test_a_file_that_another_process_holds_for_longer_than_patience_is_refused(home, story, tmp_path, monkeypatch):
    monkeypatch.setattr(outage, "PATIENCE", 0.3)
    run = story.begin(home)
    with home.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(KernelError, match=r"was out of reach for .* \(database is locked\): entries 3 to 3 may not be"):
        run.append(note(story), **story.stamp())
    other.execute("ROLLBACK")
    other.close()
    story.tell(run, note(story))
    assert sound(home, run) == 3


@pytest.fixture
def server(postgres_server):
    return Server(postgres_server)


@pytest.mark.parametrize("held", [False, True], ids=["without a lease", "under a lease"])
def test_an_append_waits_for_a_server_that_comes_back_and_is_written_once(held, server, postgres_url, story):
    with open_ledger(postgres_url) as ledger:
        run = story.begin(ledger)
        if held:
            with ledger.lease() as lease:
                with server.back_soon():
                    story.tell(run, note(story))
                assert lease.taken() == ""
        else:
            with server.back_soon():
                story.tell(run, note(story))
        assert sound(ledger, run) == 3


def test_reading_waits_for_a_server_that_comes_back(server, postgres_url, story):
    with open_ledger(postgres_url) as ledger:
        story.begin(ledger)
        again = ledger.latest()
        with server.back_soon():
            assert again.seq == 2


def test_a_server_that_stays_away_is_one_line_and_the_run_goes_on_later(server, postgres_url, story, monkeypatch):
    monkeypatch.setattr(outage, "PATIENCE", 0.6)
    with open_ledger(postgres_url) as ledger:
        run = story.begin(ledger)
        with server.gone():
            with pytest.raises(
                KernelError, match=r"the ledger's database was out of reach for .*: entries 3 to 3"
            ) as no:
                run.append(note(story), **story.stamp())
            assert "\n" not in str(no.value)
            with pytest.raises(KernelError, match="the ledger's database cannot be read"):
                _ = run.book
        story.tell(run, note(story))
        assert sound(ledger, run) == 3


def test_an_answer_lost_after_the_commit_does_not_write_the_entry_twice(postgres_url, story, monkeypatch):
    with open_ledger(postgres_url) as ledger:
        run = story.begin(ledger)
        transact = ledger.writer._transact

        def lose_the_answer(*arguments):
            transact(*arguments)
            monkeypatch.undo()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(ledger.writer, "_transact", lose_the_answer)
        story.tell(run, note(story))
        assert sound(ledger, run) == 3
        assert len(list(run.entries(kind="Noted"))) == 1


def test_a_lease_lost_while_the_server_was_away_ends_the_writer(server, postgres_url, story):
    with open_ledger(postgres_url) as ledger, open_ledger(postgres_url) as theirs:
        run = story.begin(ledger)
        with ledger.lease():
            with server.gone():
                pass
            with theirs.lease() as other:
                assert other.epoch == 2
                with pytest.raises(KernelError, match="the lease of this ledger has passed to process"):
                    run.append(note(story), **story.stamp())
        assert [entry.seq for entry in theirs.latest().entries()] == [1, 2]
