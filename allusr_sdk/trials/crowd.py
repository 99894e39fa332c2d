"""Many simulated accounts: how they are dealt to engines, a row each of what became of them, and their sums."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import asdict, fields, frozen

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.space import Axis

if TYPE_CHECKING:
    import pyarrow as pa

    from allusr_sdk.ledger import Run

MOST = 100_000
"""Accounts of one crowd."""


@frozen(kw_only=True)
class Member:
    """One account: its number, which is the seed of its fills, its first day, and what it is set to, as `--set` has it.

    `first` is None where all begin as the market does.
    """

    number: int
    first: date | None
    pairs: tuple[str, ...]


@frozen(kw_only=True)
class Row:
    """What became of an account. Amounts are dollars, counts contracts, refusals symbols times days."""

    account: int
    engine: int
    first: date
    last: date
    said: str
    capital: Decimal
    equity: Decimal
    cash: Decimal
    premium_kept: Decimal
    sold: int
    refused: int
    state: str
    entries: int
    head: str


@frozen(kw_only=True)
class Engine:
    """What became of an engine's accounts, and what they took: CPU seconds, and the process's peak in megabytes."""

    rows: tuple[Row | Failed, ...]
    seconds: float
    megabytes: float


@frozen(kw_only=True)
class Sums:
    """Sums over the accounts that came to their end; `failed` counts the others."""

    accounts: int = 0
    failed: int = 0
    capital: Decimal = Decimal(0)
    equity: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)
    entries: int = 0


def dealt(count: int, axes: Sequence[Axis], starts: Sequence[date], batch: int) -> tuple[tuple[Member, ...], ...]:
    """So many accounts by engines of `batch`; values go round account by account, first days engine by engine.

    Raises:
        InputError: too few or too many accounts, no account an engine, or an axis that is no list of values.
    """
    if not 1 <= count <= MOST:
        raise InputError(f"--accounts {count}: give a number from 1 to {MOST:,}")
    if batch < 1:
        raise InputError(f"--batch {batch}: give 1 or more")
    if ranged := next((axis for axis in axes if axis.ranged), None):
        raise InputError(f"--over {ranged.key}: accounts go round its values: give a list, or low:high:step")
    numbers = range(1, count + 1)
    return tuple(
        tuple(
            Member(number=n, first=starts[place % len(starts)] if starts else None, pairs=tuple(_pairs(n - 1, axes)))
            for n in numbers[begin : begin + batch]
        )
        for place, begin in enumerate(range(0, count, batch))
    )  # fmt: skip


def _pairs(place: int, axes: Sequence[Axis]) -> Iterator[str]:
    """As an odometer turns, so that every combination occurs."""
    for axis in axes:
        place, at = divmod(place, len(axis.values))
        yield f"{axis.key}={axis.values[at]}"


def row_of(run: "Run", member: Member, engine: int) -> Row:
    """A run that has come to its end, verified. Raises `BreakError` where journal, hashes or balances disagree."""
    from allusr_sdk.ledger.verify import verify
    from allusr_sdk.reports.facts import of_run

    verify(run).require()
    facts = of_run(run)
    total = facts.total
    return Row(
        account=member.number, engine=engine, first=facts.first, last=facts.last, said=" ".join(member.pairs),
        capital=facts.capital, equity=total.equity, cash=total.cash, premium_kept=total.premium_kept, sold=total.sold,
        refused=total.refused, state=facts.state, entries=facts.entries, head=facts.head,
    )  # fmt: skip


def added(rows: Mapping[int, Row | Failed]) -> Sums:
    """The sums of rows by account."""
    ended = [row for row in rows.values() if isinstance(row, Row)]
    return Sums(
        accounts=len(ended), failed=len(rows) - len(ended), capital=sum((row.capital for row in ended), Decimal(0)),
        equity=sum((row.equity for row in ended), Decimal(0)), cash=sum((row.cash for row in ended), Decimal(0)),
        entries=sum(row.entries for row in ended),
    )  # fmt: skip


def write(file: Path, rows: Mapping[int, Row | Failed], said: Mapping[str, str]) -> None:
    """Write a row an account as Parquet, whole or not at all, and read it back.

    Raises:
        InputError: the file cannot be written.
        BreakError: what was read back does not sum to the rows.
    """
    import pyarrow.parquet as pq

    fresh = file.with_name(f"{file.name}.new")
    try:
        pq.write_table(_table(rows).replace_schema_metadata(dict(said)), fresh)
        fresh.replace(file)
    except OSError as error:
        raise InputError(f"--out {file}: cannot be written: {error.strerror}") from None
    if (stands := read(file)) != (wanted := added(rows)):
        raise BreakError(f"{file}: sums to {stands}, and the accounts to {wanted}: write it anew")


def read(file: Path) -> Sums:
    """The sums of a file's rows."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    ended = table.filter(pc.is_valid(table["head"]))
    found = {name: pc.sum(ended[name]).as_py() or 0 for name in ("capital", "equity", "cash", "entries")}
    return Sums(
        accounts=pc.count_distinct(ended["account"]).as_py(), failed=len(table) - len(ended),
        capital=Decimal(found["capital"]), equity=Decimal(found["equity"]), cash=Decimal(found["cash"]),
        entries=found["entries"],
    )  # fmt: skip


def _table(rows: Mapping[int, Row | Failed]) -> "pa.Table":
    import pyarrow as pa

    kinds = {"int": pa.int64(), "date": pa.date32(), "str": pa.string(), "Decimal": pa.decimal128(18, 2)}
    columns = [pa.field(field.name, kinds[cast("type", field.type).__name__]) for field in fields(Row)]
    told = [
        {**asdict(row), "failed": None} if isinstance(row, Row) else {"account": number, "failed": str(row)}
        for number, row in sorted(rows.items())
    ]
    return pa.Table.from_pylist(told, schema=pa.schema([*columns, pa.field("failed", pa.string())]))
