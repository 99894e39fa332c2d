"""Folders of daily bars made by the tests: a seeded walk of prices, VIX, splits."""

import zipfile
from datetime import date

import numpy as np

from allusr_sdk.model.calendar import xnys

BEFORE, FIRST, LAST = date(2008, 12, 1), date(2009, 1, 2), date(2009, 12, 31)
HEADER = "Date,Open,High,Low,Close,Volume\n"


def walk(seed=1, start=100.0, daily=0.02, first=FIRST, last=LAST, volume=5e7):
    """Rows of (day, open, high, low, close, volume) by session."""
    draws, close, rows = np.random.default_rng(seed), start, []
    for session in xnys().between(first, last):
        opened = close * np.exp(daily / 2 * draws.standard_normal())
        close = opened * np.exp(daily * draws.standard_normal())
        reach = np.exp(np.abs(daily / 2 * draws.standard_normal(2)))
        prices = (opened, max(opened, close) * reach[0], min(opened, close) / reach[1], close)
        rows.append((session.day, *(round(float(price), 2) for price in prices), int(volume)))
    return rows


def vix(first=BEFORE, last=LAST, level=25.0):
    """Rows of an index that opens where it closed and moves every day."""
    rows, close = [], level
    for i, session in enumerate(xnys().between(first, last)):
        opened, close = close, round(level + (i % 7) - 3, 2)
        rows.append((session.day, opened, max(opened, close) + 1, min(opened, close) - 1, close, 0))
    return rows


def csv(folder, **symbols):
    """A folder of CSV bars, rows by symbol; VIX is among them unless it is given."""
    folder.mkdir(parents=True, exist_ok=True)
    for symbol, rows in ({"VIX": vix()} | symbols).items():
        text = "".join(",".join(map(str, row)) + "\n" for row in rows)
        (folder / f"{symbol}.csv").write_text(HEADER + text)
    return folder


def lean(root, *, maps=None, factors=None, **tickers):
    """LEAN's layout with VIX.csv in its root; `maps` and `factors` are rows by symbol."""
    csv(root)
    for ticker, rows in tickers.items():
        path = root / f"equity/usa/daily/{ticker}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(
            f"{day:%Y%m%d} 00:00,{','.join(str(round(p * 10000)) for p in prices)},{volume}\n"
            for day, *prices, volume in rows
        )
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{ticker}.csv", text)
    for kind, files in (("map_files", maps or {}), ("factor_files", factors or {})):
        for symbol, lines in files.items():
            path = root / f"equity/usa/{kind}/{symbol}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines))
    return root
