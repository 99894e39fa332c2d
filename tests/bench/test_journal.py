"""Journal entries a second at one commit an event with full sync, beside SQLAlchemy Core with the same rows."""

import time
from contextlib import contextmanager, nullcontext
from itertools import count, islice

import pytest
from sqlalchemy import insert, text

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.engines import writing
from allusr_sdk.ledger.storage import Buffer
from allusr_sdk.ledger.tables import entries, intents, postings
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Decided
from tests.ledger import servers
from tests.ledger.conftest import Story

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROUNDS, EACH = 40, 100
CORE, OURS, LEASED = "SQLAlchemy Core", "append", "append under a lease"
TABLES = ((entries, "entries"), (postings, "postings"), (intents, "intents"))


def events():
    """What a trade writes: a decision, an intent, a fill that opens and one that closes; the books stay small."""
    for number in count():
        key = f"k{number}"
        yield Decided(
            ledger=Story.SLEEVE, symbol="AAPL", rule="PE-2", verdict="hold", why="level 0", numbers={"m": 1.4}
        )
        yield Story.intent(key, (Story.PUT, -2), reserve="54000.00")
        yield Story.fill(Story.PUT, -2, "1.69", opening=True, key=key)
        yield Story.fill(Story.PUT, 2, "1.19", opening=False, key=key)


def rows_of(number, amount):
    """The very rows that `append` writes for the events, under the number of another run."""
    with open_ledger("sqlite://") as memory:
        run = Story.begin(memory)
        found = []
        for event in islice(events(), amount):
            entry = run.append(event, **Story.stamp())
            buffer = Buffer()
            columns = {name: getattr(event, name) for name in ("kind", "ledger", "symbol", "rule")}
            row = {
                "seq": entry.seq, "at": "2026-02-12T15:00:00.000000Z", "cycle": 1, "state": entry.state, **columns,
                "rulebook": entry.rulebook, "payload": event.payload().decode(), "prev_hash": entry.prev_hash,
                "hash": entry.hash,
            }  # fmt: skip
            buffer.add(row, entry.lines, event)
            found.append({name: [{"run": number, **r} for r in getattr(buffer, name)] for _, name in TABLES})
    return found


class Core:
    """The same rows through SQLAlchemy Core: no books, no hash, no end of a chain."""

    def __init__(self, ledger):
        self._engine = writing(ledger.engine)
        self._rows = iter(rows_of(Story.begin(ledger).id, (ROUNDS + 1) * EACH))

    def write(self):
        """One transaction; its seconds."""
        rows, start = next(self._rows), time.perf_counter()
        with self._engine.begin() as connection:
            for table, name in TABLES:
                if rows[name]:
                    connection.execute(insert(table), rows[name])
        return time.perf_counter() - start


class Ours:
    """`Run.append`."""

    def __init__(self, ledger):
        self._run, self._events = Story.begin(ledger), events()

    def write(self):
        """One entry; its seconds."""
        event, start = next(self._events), time.perf_counter()
        self._run.append(event, **Story.stamp())
        return time.perf_counter() - start


@contextmanager
def on_sqlite(folder):
    with open_ledger(folder / "journal") as ledger:
        with ledger.engine.connect() as connection:
            settings = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
        assert settings == ["wal", 2]
        yield ledger


@contextmanager
def on_postgresql(folder):
    with servers.running("-c fsync=on") as server, servers.database(server) as url, open_ledger(url) as ledger:
        with ledger.engine.connect() as connection:
            settings = [connection.execute(text(f"SHOW {name}")).scalar() for name in ("fsync", "synchronous_commit")]
        assert settings == ["on", "on"]
        yield ledger


@pytest.mark.parametrize(("name", "place"), [("SQLite", on_sqlite), ("PostgreSQL", on_postgresql)])
def test_entries_a_second(name, place, figures, tmp_path):
    with place(tmp_path) as ledger:
        spent = measured(ledger)
        same_journals(ledger)
    bare = spent[CORE]
    for what, taken in spent.items():
        figures.add(f"{what}: entries a second", rates(taken), "/s", group=name)
        for share in (50, 99):
            figures.add(f"{what}: p{share} of all entries", [at(share, taken)], "ms", group=name)
    for what in (OURS, LEASED):
        figures.ratio(f"{what} / {CORE}, entries a second", rates(spent[what]), rates(bare), group=name, least=0.7)
        figures.add(f"{what} / {CORE}, p99", [at(99, spent[what]) / at(99, bare)], "x", group=name, most=2.0)
    figures.note("entries", f"{ROUNDS * EACH:,}")


def rates(rounds):
    """Entries a second, round by round."""
    return [EACH / sum(taken) for taken in rounds]


def at(share, rounds):
    """A percentile over the entries of all rounds, in milliseconds."""
    seconds = sorted(taken for each in rounds for taken in each)
    return seconds[min(len(seconds) * share // 100, len(seconds) - 1)] * 1e3


def same_journals(ledger):
    """Three runs with the same entries, hash for hash; that of Core has no end in its row, so only ours verify."""
    bare, *ours = (ledger.run(info.id) for info in ledger.runs())
    assert all(verify(run).ok for run in ours)
    assert {run.head for run in (bare, *ours)} == {bare.head}


def measured(ledger):
    """Seconds of every entry by contender and round; a first round is thrown away."""
    contenders = {CORE: Core(ledger), OURS: Ours(ledger), LEASED: Ours(ledger)}
    spent = {what: [] for what in contenders}
    for number in range(ROUNDS + 1):
        turn = number % len(contenders)
        order = [*contenders][turn:] + [*contenders][:turn]
        for what in order:
            with ledger.lease() if what == LEASED else nullcontext():
                taken = [contenders[what].write() for _ in range(EACH)]
            if number:
                spent[what].append(taken)
    return spent
