"""Ledgers that earlier versions wrote: kept as they were, migrated, verified, read and gone on with; hashes stay."""

import lzma
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from allusr_sdk.errors import BreakError, InputError, KernelError
from allusr_sdk.governance import Governance
from allusr_sdk.ledger import maintenance, migrating, open_ledger
from allusr_sdk.ledger.backup import restore
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import Event, Noted
from tests.ledger.copies import earlier
from tests.ledger.disks import no_file_over, read_only

HOMES = Path(__file__).parent.parent / "homes"


# schema: entries and heads of its chains, as the version that wrote it printed them
WRITTEN = {
    "0001": [(732, "99d106a3a6be8b3461a560f4d7a8a3c84b68437dca18cb9885919a0d87c308b0")],
    "0002": [
        (793, "30877ec5540cda62e4b4317d57d655282c7d5015cf3435a42ebff27117eb86b6"),
        (3, "e03ff394a2fad4435358f2ad2e2132807f5488160337aee4082abebcc12bad7a"),
    ],
    "0003": [
        (794, "0bda3fb8cf566a4429c411fb44c29175695ee5909dea26b1c723d927d883fc68"),
        (4, "1e944afde25a39cec60e530970f9c54940f3aa614a3826f1442ee496fe5c5ddb"),
        (1, "1a3c7bbbbec460b6c91389ec499ea9d498873087cfefba424e2a249704246970"),
    ],
    "0004": [
        (802, "795a10383770b7e0f13b48e3100da115038b6f409fe7be19999cf3d74fdc3fe5"),
        (1, "497431fac96bf90ed1ebd79d3d4bd80c26c1ded83326627a28c8b04ee3f719e8"),
    ],
}


TABLES = ("runs", "entries", "postings", "intents")


SCHEMAS = pytest.mark.parametrize("schema", WRITTEN)


def unpack(schema, home):
    home.mkdir(exist_ok=True)
    with lzma.open(HOMES / f"schema_{schema}.db.xz") as packed, open(home / FILE, "wb") as file:
        shutil.copyfileobj(packed, file)
    return home


def rows(path, *names):
    connection = sqlite3.connect(path)
    found = [sorted(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names]
    connection.close()
    return found


def columns(path, table):
    connection = sqlite3.connect(path)
    found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    connection.close()
    return found


def test_every_schema_before_this_one_has_a_home_here():
    assert [f"{number:04}" for number in range(1, int(migrating.HEAD))] == list(WRITTEN)


@SCHEMAS
def test_it_opens_with_the_hashes_it_was_written_with(schema, tmp_path):
    with open_ledger(unpack(schema, tmp_path)) as ledger:
        reports = verify_all(ledger)
    assert all(report.ok for report in reports)
    assert [(report.entries, report.head) for report in reports[:-1]] == WRITTEN[schema]


@SCHEMAS
def test_every_kind_of_entry_in_it_can_still_be_read(schema, tmp_path):
    with open_ledger(unpack(schema, tmp_path)) as ledger:
        read = [entry for chain in ledger.chains()[:-1] for entry in chain.entries()]
    assert len(read) == sum(count for count, _ in WRITTEN[schema])
    assert {entry.kind for entry in read} <= Event.kinds.keys()


@SCHEMAS
def test_the_ledger_as_it_was_is_kept_beside_it_before_it_is_migrated(schema, tmp_path):
    before = rows(unpack(schema, tmp_path) / FILE, *TABLES)
    open_ledger(tmp_path).close()
    (kept,) = tmp_path.glob(f"ledger-schema-{schema}-*.db")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert rows(kept, "pragma_journal_mode") == [[("delete",)]]
    assert rows(kept, *TABLES) == before
    assert ("chain" in columns(kept, "runs")) == (schema > "0001")
    entered = len(WRITTEN[schema]) + 1  # the number of the chain that says it
    runs, entries, *others = rows(tmp_path / FILE, *TABLES)
    assert [row[:4] for row in runs if row[0] != entered] == [row[:4] for row in before[0]]
    assert [row for row in entries if row[0] != entered] == before[1]
    assert others == before[2:]


@SCHEMAS
def test_it_is_in_maintenance_until_every_chain_was_verified(schema, tmp_path):
    with open_ledger(unpack(schema, tmp_path)) as ledger:
        (kept,) = tmp_path.glob(f"ledger-schema-{schema}-*.db")
        why = f"the ledger was migrated from schema {schema} to {migrating.HEAD}, kept as it was in {kept.name}"
        assert maintenance.pending(ledger) == why
    chains, count = len(WRITTEN[schema]) + 1, sum(count for count, _ in WRITTEN[schema]) + 1
    with open_ledger(tmp_path) as ledger:
        assert maintenance.lead_back(ledger) == f"{why}; {chains} chains verified, {count} entries"
        assert (maintenance.pending(ledger), maintenance.lead_back(ledger)) == ("", "")
        moves = [(e.event.before, e.event.after, e.state) for e in ledger.chain("maintenance").entries()]
        assert moves == [("SAFE", "MAINTENANCE", "MAINTENANCE"), ("MAINTENANCE", "SAFE", "SAFE")]
        assert all(report.ok for report in verify_all(ledger))


def test_one_that_was_damaged_since_stays_in_maintenance(tmp_path):
    with open_ledger(unpack("0003", tmp_path)) as ledger, ledger.engine.begin() as connection:
        connection.execute(text("UPDATE entries SET payload = '{}' WHERE run = 1 AND seq = 4"))
    with open_ledger(tmp_path) as ledger:
        with pytest.raises(BreakError, match=r"run 1, entry 4 \("):
            maintenance.lead_back(ledger)
        assert maintenance.pending(ledger)


def test_a_second_migration_goes_behind_the_first(tmp_path):
    with open_ledger(unpack("0003", tmp_path)) as ledger:
        maintenance.lead_back(ledger)
    earlier(tmp_path / FILE)
    with open_ledger(tmp_path) as ledger:
        maintenance.lead_back(ledger)
        assert ledger.chain("maintenance").seq == 4
        assert all(report.ok for report in verify_all(ledger))


def test_a_restored_backup_of_an_earlier_version_is_in_maintenance_and_kept_in_itself(tmp_path):
    backup = unpack("0003", tmp_path) / FILE
    restore(backup, str(tmp_path / "home"))
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == [FILE]
    with open_ledger(tmp_path / "home") as ledger:
        assert maintenance.pending(ledger).endswith(f"kept as it was in {FILE}")


@SCHEMAS
def test_it_goes_on(schema, tmp_path, story):
    with open_ledger(unpack(schema, tmp_path)) as ledger:
        run = ledger.latest()
        run.append(Noted(ledger=story.SLEEVE, key="k", text="under a new version"), **story.stamp())
        assert story.begin(ledger).id > run.id
    with open_ledger(tmp_path) as ledger:
        assert ledger.chain("maintenance").seq == 1
        assert all(report.ok for report in verify_all(ledger))


@SCHEMAS
def test_a_damaged_one_is_not_migrated_and_left_as_it_was(schema, tmp_path):
    connection = sqlite3.connect(unpack(schema, tmp_path) / FILE)
    with connection:
        connection.execute("UPDATE entries SET payload = replace(payload, '400000', '400001') WHERE seq = 2")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    before = rows(tmp_path / FILE, "alembic_version", *TABLES)
    with pytest.raises(BreakError, match=rf"has schema {schema} and was not migrated: run 1, entry 2 \(Funded\)") as no:
        open_ledger(tmp_path)
    assert "\n" not in str(no.value)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert rows(tmp_path / FILE, "alembic_version", *TABLES) == before


@SCHEMAS
def test_a_disk_that_is_full_leaves_it_as_it_was(schema, tmp_path):
    before = rows(unpack(schema, tmp_path) / FILE, "alembic_version", *TABLES)
    size = (tmp_path / FILE).stat().st_size
    with no_file_over(size // 2), pytest.raises((KernelError, InputError)) as no:
        open_ledger(tmp_path)
    assert "\n" not in str(no.value)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".db"] == [FILE]
    assert rows(tmp_path / FILE, "alembic_version", *TABLES) == before


def test_a_disk_that_is_read_only_is_told_in_one_line(unprivileged):
    unpack("0003", unprivileged)
    with read_only(unprivileged), pytest.raises((KernelError, InputError)) as no:
        open_ledger(unprivileged)
    assert "\n" not in str(no.value)
    assert rows(unprivileged / FILE, "alembic_version") == [[("0003",)]]


def test_a_migration_that_is_cut_off_is_done_anew_and_says_so_once(tmp_path, monkeypatch):
    unpack("0003", tmp_path)
    with monkeypatch.context() as cut:
        cut.setattr(maintenance, "enter", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            open_ledger(tmp_path)
    assert rows(tmp_path / FILE, "alembic_version") == [[("0003",)]]
    with open_ledger(tmp_path) as ledger:
        assert ledger.chain("maintenance").seq == 1
        assert all(report.ok for report in verify_all(ledger))


def test_what_a_person_approved_under_an_earlier_version_is_in_force(tmp_path):
    with open_ledger(unpack("0002", tmp_path)) as ledger:
        rulebook = Governance(ledger).rulebook
    assert rulebook.stamp.startswith("2.1.0+")
    assert rulebook.integer("LQ-1.open_interest") == 600


@pytest.fixture
def on_a_server(postgres_url, tmp_path):
    """A PostgreSQL database with the schema and rows of an earlier home."""

    def make(schema):
        engine = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"))
        old = unpack(schema, tmp_path / schema) / FILE
        with engine.begin() as connection:
            migrating.upgrade(connection, schema)
            for name in TABLES:
                names = columns(old, name)
                into = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"
                found = [dict(zip(names, row, strict=True)) for row in rows(old, name)[0]]
                connection.execute(text(into), found) if found else None
            connection.execute(text("SELECT setval(pg_get_serial_sequence('runs', 'id'), (SELECT max(id) FROM runs))"))
        engine.dispose()
        return postgres_url

    return make


@SCHEMAS
def test_one_on_a_server_keeps_its_old_tables_in_a_schema_of_their_own(schema, on_a_server):
    with open_ledger(on_a_server(schema)) as ledger:
        reports = verify_all(ledger)
        assert [(report.entries, report.head) for report in reports[:-1] if report.ok] == WRITTEN[schema]
        why = maintenance.pending(ledger)
        assert why.startswith(f"the ledger was migrated from schema {schema} to ")
        with ledger.engine.connect() as connection:
            assert connection.execute(text(f"SELECT count(*) FROM {why.split()[-1]}.entries")).scalar() == sum(
                count for count, _ in WRITTEN[schema]
            )
