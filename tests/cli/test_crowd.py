"""`allusr crowd`: a row an account, each with the journal of a run alone, on processes as on Ray."""

import json

import pyarrow.parquet as pq
import pytest

from allusr_sdk.ledger import open_ledger

RULES = ("--plugins", "com_acc,protocol", "--symbols", "SPY")
DAYS = ("--from", "2026-01-05", "--to", "2026-01-05")


@pytest.fixture
def crowd(allusr, tmp_path):
    """A crowd in this process, and its rows."""

    def call(*options, out="crowd.parquet"):
        done = allusr("crowd", *RULES, "--out", tmp_path / out, "--home", tmp_path / "home", *options)
        file = tmp_path / out
        return done, pq.read_table(file).to_pylist() if file.exists() else []

    return call


def test_each_account_has_its_row_with_the_journal_that_a_run_alone_has(crowd, allusr, tmp_path):
    over = ("--over", "account.capital=100000,2000000", "--batch", "2", "--workers", "0", "--json")
    done, rows = crowd(*DAYS, "--accounts", "3", *over)
    told = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert [(row["account"], row["engine"], int(row["capital"])) for row in rows] == [
        (1, 1, 100_000), (2, 1, 2_000_000), (3, 2, 100_000),
    ]  # fmt: skip
    assert (told["sums"]["accounts"], told["sums"]["capital"], told["heads"]) == (3, "2200000.00", 3)
    assert sum(row["equity"] for row in rows) == pytest.approx(float(told["sums"]["equity"]))
    alone = tmp_path / "alone"
    same = ("--set", "execution.seed=2", "--capital", "2000000")
    assert allusr("run", *RULES, *DAYS, *same, "--home", alone).code == 0
    with open_ledger(alone, create=False) as ledger:
        assert ledger.latest().head == rows[1]["head"]
    assert not (tmp_path / "home").exists()


def test_an_account_that_cannot_be_has_a_row_that_says_why_and_the_code_is_one(crowd):
    done, rows = crowd(*DAYS, "--accounts", "2", "--over", "account.capital=100000,0", "--workers", "0")
    assert done.code == 1
    assert rows[0]["failed"] is None
    assert "account.capital" in rows[1]["failed"]
    assert "did not come to its end: " in done.out


def test_engines_begin_on_the_first_sessions_of_weeks(crowd):
    period = ("--from", "2026-01-16", "--to", "2026-01-20")
    done, rows = crowd(*period, "--accounts", "2", "--batch", "1", "--starts", "2", "--workers", "0")
    assert done.code == 0
    assert [str(row["first"]) for row in rows] == ["2026-01-16", "2026-01-20"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--starts", "2"), "--starts 2: give --from and --to"),
        ((*DAYS, "--starts", "2"), "--starts 2: from 2026-01-05 to 2026-01-05 there are 1 weeks"),
    ],
)
def test_weeks_that_there_are_not_are_refused(crowd, options, line):
    done, _ = crowd(*options)
    assert (done.code, done.err) == (2, f"error: {line}\n")


@pytest.mark.long
def test_processes_and_a_cluster_of_this_machine_write_the_same_file(crowd, tmp_path):
    for out, where in {"here": ("--workers", "2"), "ray": ("--ray", "local", "--workers", "2")}.items():
        done, rows = crowd(*DAYS, "--accounts", "4", "--batch", "2", *where, out=out)
        assert (done.code, len(rows)) == (0, 4)
    assert (tmp_path / "here").read_bytes() == (tmp_path / "ray").read_bytes()
