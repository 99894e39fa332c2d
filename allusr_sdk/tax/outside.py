"""Purchases in accounts that these books do not know, declared by the taxpayer for wash sales (TX-4)."""

import csv
from datetime import date
from pathlib import Path

from attrs import frozen

from allusr_sdk.errors import DataError
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.options import MULTIPLIER

COLUMNS = ("date", "account", "symbol", "quantity")


@frozen
class Outside:
    """A purchase elsewhere.

    Attributes:
        day: of the purchase.
        account: as the taxpayer calls it.
        symbol: the share, or the underlying of calls bought.
        shares: bought, or those that the calls are on.
    """

    day: date
    account: str
    symbol: str
    shares: int


def outside_purchases(file: Path) -> tuple[Outside, ...]:
    """Read a CSV file with the columns date, account, symbol (share, or OSI symbol of a call) and quantity.

    Raises:
        DataError: it cannot be read, or a line is no purchase; names the line.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as why:
        raise DataError(f"tax.outside {file}: cannot be read: {why}") from None
    return tuple(_purchase(file, number, row) for number, row in enumerate(rows, 2))


def _purchase(file: Path, number: int, row: dict[str, str]) -> Outside:
    try:
        day, account, symbol, quantity = (row[name].strip() for name in COLUMNS)
        contract = contract_of(symbol.upper())
        count = int(quantity)
        if count <= 0 or not symbol or (contract is not None and contract.is_put):
            raise ValueError("only shares and calls that were bought are asked for")
        shares = count * (MULTIPLIER if contract else 1)
        return Outside(date.fromisoformat(day), account, contract.underlying if contract else symbol.upper(), shares)
    except (KeyError, AttributeError, ValueError) as why:
        raise DataError(
            f"tax.outside {file}, line {number}: expected {', '.join(COLUMNS)}, as 2026-06-20,ira,TSLA,100: {why}"
        ) from None
