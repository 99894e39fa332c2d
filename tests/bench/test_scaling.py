"""What accounts cost: together in one engine, in processes of their own, on SQLite and PostgreSQL, on Ray."""

import json
import os
import shutil
import sys
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.bench.measuring import rounds
from tests.bench.parts import CPU, WALL
from tests.ledger import servers

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

ALLUSR = Path(sys.executable).with_name("allusr")
ROUNDS = rounds(3)
CORES = os.cpu_count()
CURVE = (1, 2, 5, 10, 20, 50)
WEEK = ("--from", "2026-01-05", "--to", "2026-01-09", "--capital", "100000")
THOUSAND = (
    "--accounts", "1000", "--batch", "20", "--from", "2026-01-08", "--to", "2026-01-16", "--starts", "2",
    "--over", "account.capital=100000,250000,1000000", "--over", "execution.fill=seeded,touch",
)  # fmt: skip


def crowd(tmp_path, *options):
    """The command of a crowd that has a file and a home of its own."""
    place = ("--out", tmp_path / "crowd.parquet", "--home", tmp_path / "home", "--json")
    return (ALLUSR, "crowd", *options, *place)


def heads(tmp_path):
    """The heads of the crowd that ran last, by account."""
    import pyarrow.parquet as pq

    rows = pq.read_table(tmp_path / "crowd.parquet").to_pylist()
    return {row["account"]: row["head"] for row in rows}


def _together(number):
    return f"{number} in one engine" if number > 1 else "1 alone"


def test_a_week_of_accounts_in_one_engine(figures, children, tmp_path):
    spent, alone = {number: [] for number in CURVE}, None
    children.run(*crowd(tmp_path, *WEEK, "--accounts", "1", "--workers", "0"))  # the first one compiles
    for _ in range(ROUNDS):
        for number in CURVE:
            spent[number].append(
                children.run(*crowd(tmp_path, *WEEK, "--accounts", number, "--batch", number, "--workers", "0"))
            )
            alone = alone or heads(tmp_path)[1]
            assert heads(tmp_path)[1] == alone  # the journal of the first is the same in any company
    figures.processes({_together(number): runs for number, runs in spent.items()}, group="curve")
    for number, runs in spent.items():
        seconds = [json.loads(run.out)["cpu_seconds"] / number for run in runs]
        figures.add(f"CPU an account, {_together(number)}, imports left out", seconds, "s", group="curve")
    ten = [engine.cpu / (10 * one.cpu) for engine, one in zip(spent[10], spent[1], strict=True)]
    figures.add("ten in one engine / ten processes, CPU", ten, "x", group="beside")
    space = [engine.rss / (10 * one.rss) for engine, one in zip(spent[10], spent[1], strict=True)]
    figures.add("ten in one engine / ten processes, peak memory", space, "x", group="beside")
    more = [(many.rss - few.rss) / 45 for many, few in zip(spent[50], spent[5], strict=True)]
    figures.add("memory that one more account takes", more, "MB", group="beside")
    figures.note("week", f"allusr crowd {' '.join(WEEK)} --accounts N --batch N --workers 0")


def test_ten_accounts_on_sqlite_and_on_postgresql(figures, children, tmp_path):
    places = count()
    with servers.running("-c fsync=on") as server, servers.database(server) as url:

        def sqlite():
            shutil.rmtree(tmp_path / "files", ignore_errors=True)
            return str(tmp_path / "files" / "{account}")

        def postgresql():
            number = next(places)
            with psycopg.connect(url, autocommit=True) as connection:
                for account in range(1, 11):
                    connection.execute(f"CREATE DATABASE books_{number}_a{account:02}")
            return f"{url.rpartition('/')[0]}/books_{number}_{{account}}"

        for mode in ("backtest", "paper"):
            run = (ALLUSR, "run", *WEEK, "--accounts", "10", "--together", "--mode", mode, "--no-record", "--home")
            made = {
                f"{mode}, {name}": lambda home=home, run=run: (*run, home())
                for name, home in (("SQLite", sqlite), ("PostgreSQL", postgresql))
            }
            runs = children.in_turn(made, ROUNDS, warm=False)
            figures.processes({name: runs[name] for name in made}, group="ledgers")
            ours, theirs = (runs[f"{mode}, {name}"] for name in ("PostgreSQL", "SQLite"))
            for measure in (WALL, CPU):
                pair = ([each.measure(measure) for each in of] for of in (ours, theirs))
                figures.ratio(f"PostgreSQL / SQLite, {mode}, {measure}", *pair, group="ledgers")
    figures.note("ledgers", f"allusr {' '.join(map(str, run[1:-1]))}")


def test_forty_accounts_on_processes_and_on_ray(figures, children, tmp_path):
    forty = (*WEEK, "--accounts", "40", "--batch", "10", "--workers", CORES)
    here, there = f"{CORES} processes", f"Ray, {CORES} tasks"
    both = {
        here: lambda: crowd(tmp_path, *forty),
        there: lambda: ("env", "RAY_worker_niceness=0", *crowd(tmp_path, *forty, "--ray", "local")),
    }
    found = []
    spent = {name: [] for name in both}
    for _ in range(ROUNDS):
        for name, command in both.items():
            spent[name].append(children.run(*command()))
            found.append(heads(tmp_path))
    assert all(each == found[0] for each in found)
    for name, runs in spent.items():
        figures.add(f"{name}: wall", [run.wall for run in runs], "s", group="ray")
        told = [json.loads(run.out)["cpu_seconds"] for run in runs]
        figures.add(f"{name}: CPU of the accounts", told, "s", group="ray")
    figures.ratio(
        f"{there} / {here}, wall", *([run.wall for run in spent[each]] for each in (there, here)), group="ray"
    )


def test_a_thousand_accounts_on_ray(figures, children, tmp_path):
    thousand(figures, children.run(*crowd(tmp_path, *THOUSAND, "--ray", "local", "--workers", CORES)))


def thousand(figures, run):
    """The figures of the thousand."""
    told = json.loads(run.out)
    assert (told["sums"]["accounts"], told["sums"]["failed"]) == (1000, 0)
    what = f"a thousand accounts, Ray, {CORES} tasks"
    figures.add(f"{what}: wall", [run.wall / 60], "min", group="thousand")
    figures.add(f"{what}: CPU of the accounts", [told["cpu_seconds"] / 60], "min", group="thousand")
    figures.add(f"{what}: peak memory of a worker", [told["peak_megabytes"]], "MB", group="thousand")
    figures.note("thousand", f"allusr crowd {' '.join(THOUSAND)} --ray local")
    sums = told["sums"]
    figures.note("sums", f"{sums['accounts']:,} accounts with {float(sums['capital']):,.2f} dollars held"
                 f" {float(sums['equity']):,.2f} at the end, in {sums['entries']:,} entries under {told['heads']:,}"
                 " different heads")  # fmt: skip
