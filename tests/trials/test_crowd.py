"""Many accounts: how they are dealt to engines, and that what stands in their file is what they came to."""

from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from attrs import evolve

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.trials import crowd
from allusr_sdk.trials.crowd import Row, Sums, added, dealt, read, write
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.space import axis

MONDAYS = (date(2026, 1, 5), date(2026, 1, 12))


def row(account: int, equity: str = "100100.25") -> Row:
    return Row(
        account=account, engine=1, first=MONDAYS[0], last=MONDAYS[1], said="", capital=Decimal("100000.00"),
        equity=Decimal(equity), cash=Decimal("90000.10"), premium_kept=Decimal("-1.50"), sold=2, refused=3,
        state="SAFE", entries=10, head=f"{account:064}",
    )  # fmt: skip


def test_values_go_round_account_by_account_and_first_days_engine_by_engine() -> None:
    engines = dealt(7, [axis("a=1,2"), axis("b=x,y")], MONDAYS, 3)
    assert [[member.number for member in engine] for engine in engines] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [{member.first for member in engine} for engine in engines] == [{MONDAYS[0]}, {MONDAYS[1]}, {MONDAYS[0]}]
    said = [member.pairs for engine in engines for member in engine]
    assert said[:5] == [("a=1", "b=x"), ("a=2", "b=x"), ("a=1", "b=y"), ("a=2", "b=y"), ("a=1", "b=x")]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ((0, [], (), 1), "--accounts 0: give a number from 1 to 100,000"),
        ((1, [], (), 0), "--batch 0: give 1 or more"),
        ((1, [axis("a=1:3")], (), 1), "--over a: accounts go round its values"),
    ],
)
def test_what_cannot_be_dealt_is_refused(asked, line) -> None:
    with pytest.raises(InputError, match=line):
        dealt(*asked)


def test_a_file_holds_each_account_once_and_sums_to_the_cent(tmp_path) -> None:
    rows = {3: row(3, "0.01"), 1: row(1), 2: Failed("it was lost")}
    write(tmp_path / "crowd.parquet", rows, {"market": "synthetic"})
    assert read(tmp_path / "crowd.parquet") == added(rows) == Sums(
        accounts=2, failed=1, capital=Decimal("200000.00"), equity=Decimal("100100.26"), cash=Decimal("180000.20"),
        entries=20,
    )  # fmt: skip
    table = pq.read_table(tmp_path / "crowd.parquet")
    assert table["account"].to_pylist() == [1, 2, 3]
    assert table["failed"].to_pylist() == [None, "it was lost", None]
    assert table.schema.metadata[b"market"] == b"synthetic"


def test_a_file_that_does_not_sum_to_its_accounts_is_a_break(tmp_path, monkeypatch) -> None:
    table = crowd._table
    monkeypatch.setattr(crowd, "_table", lambda rows: table({1: evolve(rows[1], equity=Decimal("100100.24"))}))
    with pytest.raises(BreakError, match="write it anew"):
        write(tmp_path / "crowd.parquet", {1: row(1)}, {})


def test_no_account_at_its_end_sums_to_nothing(tmp_path) -> None:
    write(tmp_path / "crowd.parquet", {1: Failed("it was lost")}, {})
    assert read(tmp_path / "crowd.parquet") == Sums(failed=1)
