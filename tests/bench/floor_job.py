"""The columnar floor of the ten-year replay: a pyarrow scan and a numpy pick, no product around it.

`python floor_job.py FOLDER` prints the contracts that the same rule picks: on each week's first session the put of the
expiry nearest 5 days (3 to 7) whose delta, the file's own, is nearest 0.30 within 0.25 to 0.35.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds


def picks(folder):
    columns = ["quote_date", "expiry", "right", "strike", "bid", "ask", "delta", "open_interest", "volume"]
    away = pc.field("expiry").cast("int32") - pc.field("quote_date").cast("int32")
    near = (away >= 3) & (away <= 7) & (pc.field("right") == "P")
    table = ds.dataset(folder / "chains").to_table(columns=columns, filter=near)
    day = table["quote_date"].to_numpy().astype("datetime64[D]")
    expiry = table["expiry"].to_numpy().astype("datetime64[D]")
    delta = np.abs(table["delta"].to_numpy())
    strike, bid, ask = (table[name].to_numpy() for name in ("strike", "bid", "ask"))
    starts = np.concatenate(([0], np.flatnonzero(day[1:] != day[:-1]) + 1, [len(day)]))
    weeks = ((day[starts[:-1]].astype(int) + 3) // 7).tolist()
    sold, week = [], None
    for start, end, now in zip(starts[:-1], starts[1:], weeks, strict=True):
        if now == week:
            continue
        week = now
        left = (expiry[start:end] - day[start]).astype(int)
        rows = start + np.flatnonzero(left == min(set(left.tolist()), key=lambda n: (abs(n - 5), n)))
        inside = rows[(delta[rows] >= 0.25) & (delta[rows] <= 0.35)]
        if len(inside):
            row = inside[np.argmin(np.abs(delta[inside] - 0.30))]
            sold.append((str(day[row]), str(expiry[row]), *(float(column[row]) for column in (strike, bid, ask))))
    return sold


if __name__ == "__main__":
    print(json.dumps({"sold": picks(Path(sys.argv[1]))}))
