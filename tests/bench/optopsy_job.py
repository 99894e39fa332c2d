"""The weekly put by optopsy, in an environment of its own: `python optopsy_job.py FOLDER whole|near`.

whole  optopsy's own loader over its own cache, `FOLDER/optopsy`, which has the columns that it requires and all rows
near   the same columns of the rows that expire within seven days, picked by pyarrow before optopsy sees them

Prints the puts sold, the versions, and the equity at the end.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["OPTOPSY_DATA_DIR"] = str(Path(sys.argv[1]) / "optopsy")

import optopsy
import pandas as pd


def near(folder):
    """What no part of optopsy does: the file is read for the rows that can matter."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    away = pc.field("expiration").cast("int64") - pc.field("quote_date").cast("int64")
    chains = ds.dataset(folder / "optopsy" / "cache" / "options")
    return optopsy.options_data(chains.to_table(filter=away <= 7 * 86_400_000_000).to_pandas())


def weekly(data):
    """Each week's first session: the put of the expiry nearest five days, three to seven, nearest 0.30 delta."""
    days = pd.Series(data["quote_date"].unique()).sort_values()
    first = days.groupby(days.dt.to_period("W")).min()
    dates = pd.DataFrame({"underlying_symbol": "SPX", "quote_date": first.to_numpy()})
    return optopsy.simulate(
        data, optopsy.short_puts, capital=1_000_000, max_positions=1, selector=nearest, max_entry_dte=7, exit_dte=0,
        leg1_delta=optopsy.TargetRange(target=0.30, min=0.25, max=0.35), entry_dates=dates, min_bid_ask=0.01,
        slippage="spread", commission=0.65,
    )  # fmt: skip


def nearest(candidates):
    away = (candidates["dte_entry"] - 5).abs()
    return candidates.loc[away.where(candidates["dte_entry"] >= 3, 99).idxmin()]


def main(folder, rows):
    result = weekly(near(folder) if rows == "near" else optopsy.load_cached_options("SPX"))
    log = result.trade_log
    days = (log[name].dt.date.astype(str) for name in ("entry_date", "expiration"))
    used = {name: version(name) for name in ("optopsy", "pandas", "numpy", "pyarrow")}
    return {"sold": list(zip(*days, strict=True)), "equity": float(log["equity"].iloc[-1]), "versions": used}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
