"""Balances at a day, open lots and a tax year of a ledger of a million postings, beside a bare sum over its rows."""

import gc
import os
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.queries import balances
from allusr_sdk.ledger.verify import verify
from allusr_sdk.reports.statements import balance_sheet
from allusr_sdk.tax.held import open_lots
from allusr_sdk.tax.terms import Terms
from allusr_sdk.tax.year import report
from tests.bench.million import FIRST, WEEKS, Maker
from tests.ledger import servers

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

POSTINGS, ROUNDS = int(os.environ.get("ALLUSR_BENCH_POSTINGS", "1000000")), 5
LAST = FIRST + timedelta(weeks=WEEKS - 1)
PAST, YEAR = date(LAST.year - 2, 3, 1), LAST.year
SUM, SHEET = "SELECT SUM(amount)", "balance sheet at a day"
MOST = 2.0
"""Seconds that a question may take; a balance sheet has no goal of its own."""


@contextmanager
def on_sqlite(folder):
    """The ledger, its home, and the CPU seconds of who works on a question: this process alone."""
    with open_ledger(folder / "million") as ledger:
        yield ledger, folder / "million", time.process_time


@contextmanager
def on_postgresql(folder):
    """The same on a server, whose processes work too."""
    with servers.running() as server, servers.database(server) as url, open_ledger(url) as ledger:
        first = int((Path(server.datadir) / "postmaster.pid").read_text().split()[0])
        yield ledger, url, lambda: time.process_time() + of_server(first)


def of_server(first):
    """CPU seconds of a server's first process and of its children, those that have ended included."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(place.parent.name), place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended in between
        user, system, *ended = (int(value) for value in rest[11:15])
        if pid == first or int(rest[1]) == first:
            ticks += user + system + (sum(ended) if pid == first else 0)
    return ticks / os.sysconf("SC_CLK_TCK")


def summed(run):
    """The bare sum: every posting of the run is looked at once."""
    with run.ledger.engine.connect() as connection:
        return connection.execute(text("SELECT SUM(amount) FROM postings WHERE run = :run"), {"run": run.id}).scalar()


QUESTIONS = {
    SUM: summed,
    "balances at a day": lambda run: balances(run, PAST),
    SHEET: lambda run: balance_sheet(run, PAST),
    "open lots": open_lots,
    "a tax year": lambda run: report(run, YEAR, Terms()).chosen.lines,
}
ALLUSR = Path(sys.executable).with_name("allusr")
COMMANDS = {
    "allusr ledger balances": ("ledger", "balances", "--at", PAST),
    "allusr ledger lots": ("ledger", "lots"),
    "allusr ledger tax": ("ledger", "tax", YEAR),
}


@pytest.fixture
def collector():
    """Python's collector as `allusr` sets it, with what pytest brought out of its sight."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def measured(run, clock):
    """Wall and CPU seconds by question, in turn; a first round is thrown away."""
    spent = {name: [] for name in QUESTIONS}
    for number in range(ROUNDS + 1):
        for name, ask in QUESTIONS.items():
            wall, cpu = time.perf_counter(), clock()
            ask(run)
            taken = (time.perf_counter() - wall, clock() - cpu)
            if number:
                spent[name].append(taken)
    return spent


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize(("name", "place"), [("SQLite", on_sqlite), ("PostgreSQL", on_postgresql)])
def test_questions_to_a_million_postings(name, place, figures, children, tmp_path):
    with place(tmp_path) as (ledger, home, clock):
        made = Maker(ledger).make(POSTINGS)
        run = ledger.run(made.run)
        if name == "PostgreSQL":
            with ledger.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        assert len(open_lots(run)) == made.open
        assert summed(run) == 0
        spent = measured(run, clock)
        runs = children.in_turn({what: (ALLUSR, *rest, "--home", home) for what, rest in COMMANDS.items()}, ROUNDS)
    for what, number in (("postings", f"{made.postings:,}"), ("open", made.open), ("year", YEAR)):
        figures.note(what, str(number))
    bare = [wall for wall, _ in spent[SUM]]
    for what, taken in spent.items():
        walls = [wall for wall, _ in taken]
        goal = {} if what in (SUM, SHEET) else {"most": MOST}
        figures.add(what, walls, "s", measure="wall", group=name, **goal)
        figures.add(what, [cpu for _, cpu in taken], "s", measure="CPU", group=name)
        if what != SUM:
            figures.ratio(f"{what} / {SUM}, wall", walls, bare, group=name)
    figures.processes({f"{what}, whole command": taken for what, taken in runs.items() if what in COMMANDS}, group=name)


def test_what_the_maker_writes_is_a_journal(tmp_path):
    with open_ledger(tmp_path / "small") as ledger:
        run = ledger.run(Maker(ledger).make(60 * WEEKS).run)
        assert verify(run).ok
        folded = [(b.name, lot.quantity, lot.amount) for b in run.book.ledgers.values() for lot in b.lots]
        assert sorted((p.ledger, p.quantity, p.amount) for p in open_lots(run)) == sorted(folded)
