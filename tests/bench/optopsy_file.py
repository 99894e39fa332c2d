"""The chain file as optopsy's own cache keeps one: `python optopsy_file.py FOLDER` writes `FOLDER/optopsy`."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

COLUMNS = {
    "symbol": "underlying_symbol", "right": "option_type", "expiry": "expiration", "quote_date": "quote_date",
    "strike": "strike", "bid": "bid", "ask": "ask", "delta": "delta", "volume": "volume",
    "open_interest": "open_interest",
}  # fmt: skip
DATES = ("expiration", "quote_date")


def made(batch):
    """A batch under optopsy's names, with its flags and instants."""
    table = pa.Table.from_batches([batch]).rename_columns(list(COLUMNS.values()))
    flags = pc.utf8_lower(table["option_type"])
    table = table.set_column(table.schema.get_field_index("option_type"), "option_type", flags)
    for name in DATES:
        table = table.set_column(table.schema.get_field_index(name), name, table[name].cast("timestamp[us]"))
    return table


def write(folder):
    """Batch by batch, under another name until it is whole."""
    place = folder / "optopsy" / "cache" / "options" / "SPX.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    half_made, writer = place.with_suffix(".half"), None
    for batch in ds.dataset(folder / "chains").to_batches(columns=list(COLUMNS), batch_size=1_000_000):
        table = made(batch)
        writer = writer or pq.ParquetWriter(half_made, table.schema)
        writer.write_table(table)
    writer.close()
    half_made.rename(place)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
