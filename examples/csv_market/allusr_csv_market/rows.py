"""The file's rows as values; what cannot be read is refused with its line."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from attrs import frozen

from allusr_sdk import Contract, Right
from allusr_sdk.errors import DataError

COLUMNS = ("at", "symbol", "spot", "vix", "expiry", "right", "strike", "bid", "ask", "volume", "open_interest")
_NEW_YORK, _UTC = ZoneInfo("America/New_York"), ZoneInfo("UTC")


@frozen
class Row:
    """One line: the underlying and VIX at an instant (UTC), and one contract's quote where it names one.

    `numbers` are bid, ask, volume and open interest; an empty cell is NaN, which is unknown and never zero.
    """

    at: datetime
    symbol: str
    spot: float
    vix: float
    contract: Contract | None
    numbers: tuple[float, float, float, float]


def read(path: Path) -> tuple[Row, ...]:
    """All rows by time. Raises `DataError` naming file and line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(sorted(_rows(csv.DictReader(file), path.name), key=lambda row: row.at))
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read: {error.strerror}") from None


def _rows(table: "csv.DictReader[str]", name: str) -> Iterator[Row]:
    if missing := [column for column in COLUMNS if column not in (table.fieldnames or ())]:
        raise DataError(f"{name}: no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    for cells in table:
        try:
            yield _row(cells)
        except (ValueError, InvalidOperation) as error:
            raise DataError(f"{name}, line {table.line_num}: {error}") from None


def _row(cells: dict[str, str]) -> Row:
    bid, ask, volume, interest = (_number(cells[c]) for c in ("bid", "ask", "volume", "open_interest"))
    contract = None
    if cells["expiry"]:
        right = Right(cells["right"])
        contract = Contract(cells["symbol"], date.fromisoformat(cells["expiry"]), right, Decimal(cells["strike"]))
    at = datetime.fromisoformat(cells["at"]).replace(tzinfo=_NEW_YORK).astimezone(_UTC)
    return Row(
        at, cells["symbol"], _number(cells["spot"]), _number(cells["vix"]), contract, (bid, ask, volume, interest)
    )


def _number(text: str) -> float:
    return float(text) if text else float("nan")
