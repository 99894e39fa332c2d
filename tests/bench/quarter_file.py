"""A quarter of the ten-year file that an engine with an object a contract can hold: `python quarter_file.py FROM TO`.

Puts of the last 63 sessions that expire within seven days, with strikes within six percent of the spot.
"""

import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

SESSIONS, DAYS, WIDTH = 63, 7, 0.06


def write(source, folder):
    """The rows, in order, and the daily bars of the whole file."""
    chains = ds.dataset(source / "chains")
    first = sorted(pc.unique(chains.to_table(columns=["quote_date"])["quote_date"]).to_pylist())[-SESSIONS]
    left = pc.field("expiry").cast("int32") - pc.field("quote_date").cast("int32")
    near = pc.abs(pc.field("strike") / pc.field("spot") - 1.0) <= WIDTH
    chosen = (pc.field("quote_date") >= pa.scalar(first)) & (pc.field("right") == "P") & (left <= DAYS) & near
    shutil.copytree(source / "daily", folder / "daily", dirs_exist_ok=True)
    (folder / "chains").mkdir(parents=True, exist_ok=True)
    pq.write_table(chains.to_table(filter=chosen), folder / "half_made.parquet")
    (folder / "half_made.parquet").rename(folder / "chains" / "spx.parquet")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
