"""The chain files of several vendors, each as a table from canonical columns to theirs.

A header is compared without case, outer blanks and brackets. A preset fits a file when all its needed columns
are there; the first that fits is taken.
"""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
from attrs import field, frozen

from allusr_sdk.errors import DataError
from allusr_sdk.market import columns as read

Reader = Callable[[pa.Array, str, read.Where], pa.Array]

# The reader of each canonical column, unless a preset names another.
READERS: Mapping[str, Reader] = {
    "quote_time": read.time,
    "quote_date": read.day,
    "symbol": read.text,
    "root": read.root,
    "expiry": read.day,
    "right": read.right,
    "strike": read.number,
    "bid": read.number,
    "ask": read.number,
    "volume": read.number,
    "open_interest": read.number,
    "delta": read.number,
    "spot": read.number,
    "traded": read.trade_time,
    "size": read.text,
}
OPTIONAL = frozenset({"root", "volume", "open_interest", "delta", "spot", "size"})


@frozen
class Preset:
    """How one vendor's file becomes the canonical table.

    Attributes:
        columns: canonical name to the vendor's column name.
        readers: other readers than the usual ones.
        sides: for files with a call and a put in one row, the columns of each right.
        named_symbol: whether the symbol is the file name's first word.
        newest: whether the snapshot's instant is the newest `traded` of the file.
    """

    name: str
    columns: Mapping[str, str]
    readers: Mapping[str, Reader] = field(factory=dict)
    sides: Mapping[str, Mapping[str, str]] = field(factory=dict)
    named_symbol: bool = False
    newest: bool = False

    @property
    def needed(self) -> frozenset[str]:
        """The vendor's columns without which a file is not of this preset."""
        own = {source for name, source in self.columns.items() if name not in OPTIONAL}
        return frozenset(own.union(*(set(side.values()) - _LUXURIES for side in self.sides.values())))

    def reader(self, name: str) -> Reader:
        """How the canonical column is read."""
        return self.readers.get(name) or READERS[name]


_LUXURIES = {"c_volume", "p_volume", "c_delta", "p_delta"}
_SAME = ("symbol", "root", "expiry", "right", "strike", "bid", "ask", "volume", "open_interest", "delta", "spot")


PRESETS = (
    Preset("canonical", {"quote_time": "quote_time"} | {name: name for name in _SAME}),
    Preset("canonical", {"quote_date": "quote_date"} | {name: name for name in _SAME}),
    Preset(
        "yfinance",
        {
            "traded": "lasttradedate",
            "root": "contractsymbol",
            "symbol": "contractsymbol",
            "expiry": "expirationdate",
            "right": "optiontype",
            "strike": "strike",
            "bid": "bid",
            "ask": "ask",
            "volume": "volume",
            "open_interest": "openinterest",
            "spot": "underlyingprice",
            "size": "contractsize",
        },
        readers={"symbol": read.root},
        newest=True,
    ),
    Preset(
        "Cboe",
        {
            "quote_date": "quotedate",
            "symbol": "underlying",
            "root": "optionroot",
            "expiry": "expiration",
            "right": "type",
            "strike": "strike",
            "bid": "bid",
            "ask": "ask",
            "volume": "volume",
            "open_interest": "openinterest",
            "delta": "delta",
            "spot": "underlying_last",
        },
    ),
    # One row a contract and day since 2008 for SPY, QQQ and IWM. It has no spot: the daily bars' close is taken.
    Preset(
        "free SPY/QQQ/IWM set",
        {
            "quote_date": "date",
            "symbol": "symbol",
            "expiry": "expiration",
            "right": "type",
            "strike": "strike",
            "bid": "bid",
            "ask": "ask",
            "volume": "volume",
            "open_interest": "open_interest",
            "delta": "delta",
        },
    ),
    Preset(
        "OptionsDX",
        {
            "quote_time": "quote_unixtime",
            "expiry": "expire_date",
            "strike": "strike",
            "spot": "underlying_last",
        },
        readers={"quote_time": read.unix},
        sides={
            "C": {"bid": "c_bid", "ask": "c_ask", "volume": "c_volume", "delta": "c_delta"},
            "P": {"bid": "p_bid", "ask": "p_ask", "volume": "p_volume", "delta": "p_delta"},
        },
        named_symbol=True,
    ),
)


def detect(header: Sequence[str], file: str) -> tuple[Preset, dict[str, str]]:
    """The preset of a file and, for each of its plain column names, the name as the file spells it.

    Raises `DataError` with the nearest preset and the columns that it lacks.
    """
    spelled = {plain(name): name for name in header}
    for preset in PRESETS:
        if preset.needed <= spelled.keys():
            return preset, spelled
    nearest = min(PRESETS, key=lambda p: len(p.needed - spelled.keys()) / len(p.needed))
    missing = ", ".join(sorted(nearest.needed - spelled.keys()))
    raise DataError(f"{file}: not a known chain format; nearest is {nearest.name}, which also needs: {missing}")


def plain(name: str) -> str:
    """A column name as presets spell it."""
    return name.strip().lstrip("\ufeff").strip("[]\"' ").lower()
