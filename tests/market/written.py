"""Chain files, as vendors write them."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from allusr_sdk.market.bars import DailyBars
from allusr_sdk.market.facts import Facts

THU, FRI = date(2026, 2, 12), date(2026, 2, 13)


def only(steps):
    """The decision steps."""
    return [step for step in steps if not step.closing]


def bars(close, tmp_path):
    place = tmp_path / "daily"
    place.mkdir()
    (place / "XYZ_2026.csv").write_text(f"Date,Open,High,Low,Close\n2026-02-12,{close},{close},{close},{close}\n")
    return Facts(DailyBars.load(place))


YAHOO = (
    "contractSymbol,lastTradeDate,strike,bid,ask,volume,openInterest,optionType,expirationDate,"
    "underlyingPrice,contractSize,days_to_expire\n"
)
FREE = {
    "contract_id": pa.string(), "symbol": pa.string(), "expiration": pa.date32(), "strike": pa.float64(),
    "type": pa.string(), "bid": pa.float64(), "ask": pa.float64(), "last": pa.float64(), "volume": pa.int64(),
    "open_interest": pa.int64(), "date": pa.date32(), "implied_volatility": pa.float64(), "delta": pa.float64(),
}  # fmt: skip


def free_set(path, days, *, strikes=(99.0, 100.0), group=3, text_days=False, expiry=date(2026, 2, 20)):
    rows = [
        ("XYZ", "XYZ", expiry, strike, right, 1.0, 1.1, 1.0, i + 1, 600, day, 0.2, -0.4)
        for i, day in enumerate(days)
        for strike in strikes
        for right in ("put", "call")
    ]
    table = pa.table({n: pa.array(c, k) for (n, k), c in zip(FREE.items(), zip(*rows, strict=True), strict=True)})
    for name in ("date", "expiration") if text_days else ():
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.string()))
    pq.write_table(table, path, row_group_size=group)
