"""Writing: one JSON object, or lines and tables; rich on terminals only."""

import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec


def emit(value: object) -> None:
    """Print a value (mappings, sequences, attrs objects, decimals, dates) as one JSON object."""
    print(json.dumps(msgspec.to_builtins(value, enc_hook=_plain), indent=2, ensure_ascii=False))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def money(amount: Decimal) -> str:
    """Dollars with thousands separators and cents."""
    return f"{amount:,.2f}"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """Print a table; the first `left` columns are text, the others numbers. Plain aligned columns in a pipe."""
    if sys.stdout.isatty():
        _rich_table(headers, rows, left)
        return
    widths = [max(len(row[i]) for row in (headers, *rows)) for i in range(len(headers))]
    for row in (headers, *rows):
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _rich_table(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, header in enumerate(headers):
        made.add_column(Text(header), justify="left" if i < left else "right", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    Console().print(made)


def strong(text: str) -> None:
    """Print a heading, bold on a terminal."""
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.console import Console
    from rich.text import Text

    Console().print(Text(text, style="bold"), soft_wrap=True)


def fields(pairs: Mapping[str, Any]) -> None:
    """Print names and values as two aligned columns."""
    width = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        print(f"{name.ljust(width)}  {value}")
