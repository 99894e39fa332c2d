"""The canonical chain table, and from one symbol's rows of one instant a `Chain`.

One row is one contract at one instant:

    ===============  ===================  ==========================================================================
    column           Arrow type           meaning
    ===============  ===================  ==========================================================================
    quote_time       timestamp[us, UTC]   when the market was so; instead of it
    quote_date       date32               the session at whose close it was so (end-of-day data)
    symbol           dictionary(string)   underlying: AAPL, SPX
    root             dictionary(string)   option root where it is not the symbol: SPXW; optional
    expiry           date32               last trading day; a Saturday or Sunday is read as the session before it
    right            dictionary(string)   C or P
    strike           double               dollars, above zero
    bid, ask         double               dollars per share; NaN unknown. Zero bids and crossed quotes stay as they are
    volume           double               contracts traded that session so far; optional, NaN unknown
    open_interest    double               contracts open after the previous session; optional, NaN unknown
    delta            double               the vendor's; optional, NaN unknown
    spot             double               the underlying in dollars; optional, NaN unknown
    ===============  ===================  ==========================================================================

Files in this form need no preset. Those of vendors are brought to it by `presets.PRESETS`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from allusr_sdk.errors import DataError
from allusr_sdk.market import columns as read
from allusr_sdk.market.presets import Preset
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.chains import Chain, Flags, Floats, Quote
from allusr_sdk.model.options import Contract, Right, option_class

_NUMBERS = ("strike", "bid", "ask", "volume", "open_interest", "delta", "spot")
# 1970 began on one; weeks are counted from Monday.
_THURSDAY, _SATURDAY = 3, 5
_WEEK = 7
_OPTIONAL_NUMBERS = frozenset({"volume", "open_interest", "delta", "spot"})


@frozen
class Wanted:
    """Which rows a reader keeps: what the caller will never decide on need not be read.

    Attributes:
        dte_max: calendar days to expiry, or None for all.
        symbols: underlyings, or None for all.
        rights: puts, calls or both.
        columns: optional columns that are read; the others stay NaN.
    """

    dte_max: int | None = None
    symbols: frozenset[str] | None = None
    rights: frozenset[Right] = frozenset(Right)
    columns: frozenset[str] = _OPTIONAL_NUMBERS


ALL = Wanted()


@frozen
class Raw:
    """Some rows of a vendor's file.

    Attributes:
        spelled: for each plain column name, the file's own spelling.
        file: relative path, for errors and for presets that find the symbol in it.
        row: turns a position into the row that a person would look for.
        adjusted: takes up the roots of adjusted contracts that are left out.
    """

    rows: pa.Table
    preset: Preset
    spelled: Mapping[str, str]
    file: str
    row: Callable[[int], int]
    adjusted: set[str] = field(factory=set)

    def has(self, source: str | None) -> bool:
        """Whether the file has a column and it was read."""
        return source is not None and source in self.spelled and self.spelled[source] in self.rows.column_names

    def filtered(self, keep: Flags) -> "Raw":
        """Some of the rows; errors go on naming them by their place in the file."""
        rows = self.rows.filter(pa.array(keep))
        return evolve(self, rows=rows, row=lambda i: self.row(int(np.flatnonzero(keep)[i])))

    def near(self, dte_max: int) -> "Raw":
        """What expires within some days and a week: a rough sieve for columns of dates, all rows where there is a text.

        An expiry on a weekend is read as the session before it, and an instant's day is New York's: neither moves a
        row by as much as a week.
        """
        moment = "quote_date" if "quote_date" in self.preset.columns else "quote_time"
        dates = [self.rows[self.spelled[self.preset.columns[name]]] for name in ("expiry", moment)]
        if any(not pa.types.is_temporal(dated.type) or dated.null_count for dated in dates):
            return self
        expiry, quoted = (read.whole(dated).cast(pa.date32()).cast(pa.int32()).to_numpy() for dated in dates)
        return self.filtered(np.abs(expiry - quoted) <= dte_max + _WEEK)

    def column(self, name: str, source: str) -> pa.Array:
        """One of its columns as the canonical column `name`."""
        values = read.whole(self.rows[self.spelled[source]])
        return self.preset.reader(name)(values, name, read.Where(self.file, self.row))


def needed_columns(preset: Preset, spelled: Mapping[str, str], wanted: Wanted) -> list[str]:
    """The file's columns that have to be read, as the file spells them."""
    pairs = [*preset.columns.items(), *(pair for side in preset.sides.values() for pair in side.items())]
    skipped = _OPTIONAL_NUMBERS - wanted.columns
    return sorted({spelled[source] for name, source in pairs if source in spelled and name not in skipped})


def canonical(raw: Raw, wanted: Wanted) -> pa.Table:
    """The wanted rows as a canonical table in one chunk; adjusted contracts are left out (LQ-4)."""
    sides = raw.preset.sides or {"": {}}
    halves = [_half(raw, wanted, {**raw.preset.columns, **columns}, right) for right, columns in sides.items()]
    return halves[0] if len(halves) == 1 else pa.concat_tables(halves).unify_dictionaries().combine_chunks()


def _half(raw: Raw, wanted: Wanted, names: Mapping[str, str], right: str) -> pa.Table:
    moment = "quote_date" if "quote_date" in names else "quote_time"
    out = {
        moment: _newest(raw, names) if raw.preset.newest else raw.column(moment, names[moment]),
        "expiry": _traded_last(raw.column("expiry", names["expiry"])),
    }
    # Most rows of a long history are too far from expiry: they go before their other columns are looked at.
    if wanted.dte_max is not None:
        dte = _days(out["expiry"]) - _days(out[moment])
        raw, out = _narrowed(raw, out, (dte >= 0) & (dte <= wanted.dte_max))
    out["symbol"] = symbols_of(raw, names)
    out["right"] = _constant(right, raw.rows.num_rows) if right else raw.column("right", names["right"])
    out["root"] = raw.column("root", names["root"]) if raw.has(names.get("root")) else out["symbol"]
    raw, out = _narrowed(raw, out, _standard_and_wanted(raw, out, names, wanted))
    for name in _NUMBERS:
        out[name] = raw.column(name, names[name]) if raw.has(names.get(name)) else _unknown(raw.rows.num_rows)
    return _checked(pa.table(out), raw, names)


def _traded_last(expiry: pa.Array) -> pa.Array:
    """Expiries as last trading days: until 2015 monthly options were listed for the Saturday behind theirs."""
    days = expiry.cast(pa.int32()).to_numpy(zero_copy_only=False)
    since = days + _THURSDAY
    weekend = since - since // 7 * 7 >= _SATURDAY  # numpy's division by a number is many times as fast as its remainder
    if not weekend.any():
        return expiry
    listed, which = np.unique(days[weekend], return_inverse=True)
    moved = days.copy()
    moved[weekend] = np.array([_session_before(day) for day in listed.astype("datetime64[D]").tolist()], np.int32)[
        which
    ]
    return pa.array(moved, pa.int32()).cast(pa.date32())


def _session_before(day: date) -> int:
    """Days since 1970 of the last session before a day; of the Friday where the calendar does not reach."""
    try:
        found = xnys().before(day).day
    except ValueError:
        found = day - timedelta(days=day.weekday() - 4)
    return (found - date(1970, 1, 1)).days


def _narrowed(raw: Raw, out: Mapping[str, pa.Array], keep: Flags) -> tuple[Raw, dict[str, pa.Array]]:
    """Some of the rows, of the file's columns and of those already read."""
    if keep.all():
        return raw, dict(out)
    mask = pa.array(keep)
    return raw.filtered(keep), {name: column.filter(mask) for name, column in out.items()}


def _newest(raw: Raw, names: Mapping[str, str]) -> pa.Array:
    """The instant of a file that does not state it: its newest trade."""
    newest = pc.max(raw.column("traded", names["traded"]))
    if raw.rows.num_rows and not newest.is_valid:
        raise DataError(f"{raw.file}: no {raw.spelled[names['traded']]} in any row: the snapshot's time is unknown")
    return pa.repeat(newest, raw.rows.num_rows)


def named_symbol(file: str) -> str:
    """The underlying of a file that is named by it: its name's first word."""
    return PurePath(file).name.replace("-", "_").split("_")[0].split(".")[0].upper()


def symbols_of(raw: Raw, names: Mapping[str, str]) -> pa.DictionaryArray:
    """The underlying of each row."""
    if raw.preset.named_symbol:
        return _constant(named_symbol(raw.file), raw.rows.num_rows)
    coded = raw.column("symbol", names["symbol"])
    # SPXW's underlying is SPX: what is listed under a root belongs to the root's underlying.
    underlyings = [option_class(root).underlying for root in coded.dictionary.to_pylist()]
    plain = pa.DictionaryArray.from_arrays(coded.indices, pa.array(underlyings, pa.string()))
    return plain if len(set(underlyings)) == len(underlyings) else plain.dictionary_decode().dictionary_encode()


def _constant(name: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([name]))


def _unknown(count: int) -> pa.Array:
    return pa.array(np.full(count, np.nan))


def _standard_and_wanted(raw: Raw, out: Mapping[str, pa.Array], names: Mapping[str, str], wanted: Wanted) -> Flags:
    """Contracts of a standard deliverable (LQ-4) that were asked for."""
    keep = _is_in(out["root"], lambda root: not option_class(root).adjusted)
    if not keep.all():
        raw.adjusted.update(out["root"].filter(pa.array(~keep)).unique().to_pylist())
    if raw.has(names.get("size")):
        keep &= _is_in(raw.column("size", names["size"]), lambda size: size == "REGULAR")
    if wanted.symbols is not None:
        keep &= _is_in(out["symbol"], wanted.symbols.__contains__)
    if wanted.rights != frozenset(Right):
        keep &= _is_in(out["right"], wanted.rights.__contains__)
    return keep


def _days(column: pa.Array) -> NDArray[np.int32]:
    """Days since 1970; an instant's day is the New York one."""
    if pa.types.is_timestamp(column.type):
        column = pc.local_timestamp(column.cast(pa.timestamp("us", tz="America/New_York")))
    days: NDArray[np.int32] = column.cast(pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False)
    return days


def _is_in(coded: pa.DictionaryArray, accept: Callable[[str], bool]) -> Flags:
    flags = np.array([accept(name) for name in coded.dictionary.to_pylist()], bool)
    chosen: Flags = flags[coded.indices.to_numpy(zero_copy_only=False)]
    return chosen


def _checked(table: pa.Table, raw: Raw, names: Mapping[str, str]) -> pa.Table:
    """The table once every strike is one, with what is obviously unknown as NaN."""
    strike = table["strike"].to_numpy()
    bad = np.flatnonzero(~((strike > 0) & np.isfinite(strike)))
    if len(bad):
        where = read.Where(raw.file, raw.row)
        raise where.error(int(bad[0]), f"strike {strike[bad[0]]} is not a price above zero")
    columns: dict[str, Floats] = {name: table[name].to_numpy() for name in ("bid", "ask", "volume", "open_interest")}
    known = {name: np.where(values >= 0, values, np.nan) for name, values in columns.items()}
    if raw.preset.newest and table.num_rows:
        known["volume"] = _volume_today(table, raw, names)
    delta, spot = table["delta"].to_numpy(), table["spot"].to_numpy()
    known["delta"] = np.where((delta != 0) & (np.abs(delta) <= 1), delta, np.nan)
    known["spot"] = np.where((spot > 0) & np.isfinite(spot), spot, np.nan)
    for name, values in known.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def _volume_today(table: pa.Table, raw: Raw, names: Mapping[str, str]) -> Floats:
    """A volume is that of the day of the last trade: of a row last traded on an earlier day, today's is zero."""
    volume: Floats = table["volume"].to_numpy()
    traded = _days(pc.fill_null(raw.column("traded", names["traded"]), table["quote_time"][0]))
    earlier = traded < _days(read.whole(table["quote_time"]))
    return np.where(earlier & (volume >= 0), 0.0, volume)


def to_chain(rows: pa.Table, at: datetime, spot: float) -> Chain:
    """A chain from canonical rows of one symbol and one instant, without copying its numbers.

    Args:
        spot: the underlying's price then; the rows' own, where they have one, is the caller's to read.
    """
    columns = {name: rows[name].to_numpy() for name in _NUMBERS}
    del columns["spot"]
    roots, codes = _roots(read.whole(rows["root"]))
    puts = _is_in(read.whole(rows["right"]), lambda name: name == "P")
    return Chain(
        symbol=rows["symbol"][0].as_py(),
        at=at,
        spot=spot,
        roots=roots,
        root=codes,
        expiry=rows["expiry"].to_numpy().astype("datetime64[D]", copy=False),
        put=puts,
        **columns,
    )


class Rows:
    """One symbol's canonical rows of one instant, looked into without making a chain."""

    def __init__(self, rows: pa.Table, at: datetime) -> None:
        self._rows, self._at = rows, at
        self._strike, self._expiry = rows["strike"].to_numpy(), rows["expiry"].to_numpy()
        self._furthest: date = self._expiry.max().item()

    def quote(self, contract: Contract) -> Quote | None:
        """A contract's quote, None where it is not listed."""
        row = self._row(contract)
        if row is None:
            return None
        numbers = (self._value(name, row) for name in ("bid", "ask", "volume", "open_interest", "delta"))
        return Quote(contract, self._at, *numbers)

    def volume(self, contract: Contract) -> float | None:
        """A contract's volume, None where it is not listed."""
        row = self._row(contract)
        return None if row is None else self._value("volume", row)

    def _row(self, contract: Contract) -> int | None:
        if contract.expiry > self._furthest:
            return None
        struck = self._strike == float(contract.strike)
        for row in (struck & (self._expiry == np.datetime64(contract.expiry, "D"))).nonzero()[0].tolist():
            if self._value("right", row) == contract.right and self._value("root", row) == contract.root:
                return int(row)
        return None

    def _value(self, name: str, row: int) -> Any:  # noqa: ANN401 - Arrow's scalars are of the column's type
        return self._rows[name][row].as_py()


def _roots(coded: pa.DictionaryArray) -> tuple[tuple[str, ...], NDArray[np.int8]]:
    names = coded.dictionary.to_pylist()
    codes = coded.indices.to_numpy()
    used, small = (np.arange(len(names)), codes) if len(names) <= 8 else np.unique(codes, return_inverse=True)
    return tuple(names[i] for i in used), small.astype(np.int8)
