"""Small lists, CSV or Parquet, with named columns: report dates and dividends."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from allusr_sdk.errors import DataError
from allusr_sdk.market import columns, text
from allusr_sdk.market.presets import plain


def read(path: Path, what: str, needed: Sequence[str]) -> tuple[Mapping[str, pa.Array], columns.Where]:
    """The columns of a list by their plain names, and how to name a row of it in an error.

    Raises `DataError` where the file cannot be read or lacks a needed column; `what` says in it what was expected.
    """
    parquet = path.suffix == ".parquet"
    table = _parquet(path) if parquet else text.read(path, path.name)
    found = {plain(name): columns.whole(table[name]) for name in table.column_names}
    missing = [name for name in needed if name not in found]
    if missing:
        raise DataError(f"{path.name}: not {what}: no column {', '.join(missing)}")
    return found, columns.Where(path.name, lambda i: i + (1 if parquet else 2))


def _parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{path.name}: cannot be read: {str(error).splitlines()[0]}") from None
