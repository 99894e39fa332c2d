"""Paths as a Parquet file: a row a path and year, for whoever wants to look at all of them."""

from pathlib import Path

import numpy as np

from allusr_sdk.market.modelled import options_of
from allusr_sdk.montecarlo.layout import Ints
from allusr_sdk.montecarlo.paths import Simulated
from allusr_sdk.montecarlo.summary import growth

_CENTS = ("made", "kept", "realised", "tax")


def write_parquet(found: Simulated, out: Path) -> None:
    """Write paths to a file: dollars as whole cents, and in the file's metadata what they were drawn from.

    Columns: path, year (1 is the first), equity and own (without tax reserve) at its end, made, kept, realised, tax,
    minis and fulls that began in it, and of the whole path cagr, lowest, merged, capped (0 or 1), first_fork (a
    morning's date, or null).

    Raises:
        OSError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    grown = found.grown
    years, paths = grown.made.shape
    ends = {"equity": grown.equity[1:], "own": grown.own[1:]} | {name: getattr(grown, name) for name in _CENTS}
    columns: dict[str, object] = {
        "path": np.tile(np.arange(paths), years), "year": np.repeat(np.arange(1, years + 1), paths),
        **{name: _flat(values) for name, values in ends.items()},
        "minis": _flat(grown.begun[0]), "fulls": _flat(grown.begun[1]), "cagr": np.tile(growth(found), years),
        "lowest": np.tile(grown.lowest, years), "merged": np.tile(grown.merged, years),
        "capped": np.tile((grown.capped > 0).astype(np.int8), years),
        "first_fork": [found.calendar.days[k] if k >= 0 else None for k in grown.first.tolist()] * years,
    }  # fmt: skip
    about = {"market": found.source.market, "options": options_of(found.source.market), "seed": str(found.asked.seed)}
    pq.write_table(pa.table(columns).replace_schema_metadata(about), out)


def _flat(values: Ints) -> Ints:
    found: Ints = values.reshape(-1)
    return found
