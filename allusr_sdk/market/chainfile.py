"""One chain file, CSV or Parquet, of any known vendor, as parts in order of time.

CSV files are read at once and held as columns. Parquet files whose rows are in order of time are streamed a batch at a
time, reading only the needed columns. Row numbers in errors count the header of a CSV file as row 1.
"""

import operator
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from allusr_sdk.errors import DataError
from allusr_sdk.market import text
from allusr_sdk.market.columns import whole
from allusr_sdk.market.presets import detect
from allusr_sdk.market.table import Raw, Wanted, canonical, named_symbol, needed_columns, symbols_of
from allusr_sdk.model.options import option_class

ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".parquet")
# Large enough that few steps of Python go with a batch, small enough that two of them take little room.
_BATCH = 1 << 18

Moments = NDArray[np.datetime64]


@frozen(eq=False)
class Part:
    """The canonical rows of one symbol at one moment: a date (its session's close) or an instant in UTC."""

    moment: np.datetime64
    symbol: str
    rows: pa.Table
    file: str


class ChainFile:
    """One file. Raises `DataError` when it is damaged or of no known format.

    Attributes:
        moments: the distinct moments of the file's symbols, rising; a streamed file's are under the name ``""``.
        adjusted: the roots of adjusted contracts met so far, which are left out (LQ-4).
    """

    def __init__(self, path: Path, file: str, wanted: Wanted) -> None:
        self.file, self._path, self._wanted = file, path, wanted
        self.adjusted: set[str] = set()
        parquet = path.suffix == ".parquet"
        header = self._open().schema_arrow.names if parquet else text.header(path, file)
        if not header:
            raise DataError(f"{file}: is empty")
        self._preset, self._spelled = detect(header, file)
        self._needed = needed_columns(self._preset, self._spelled, wanted)
        self._spans = self._ordered_spans() if parquet and not self._preset.newest else None
        self._held: list[Part] = []
        if self._spans is not None:
            self.moments: Mapping[str, Moments] = {"": np.unique(np.concatenate(self._spans))}
        else:
            self._held = list(split(self._parquet_rows() if parquet else self._text_rows(), file))
            symbols = dict.fromkeys(p.symbol for p in self._held)
            self.moments = {s: np.unique([p.moment for p in self._held if p.symbol == s]) for s in symbols}

    def parts(self, first: date) -> Iterator[Part]:
        """Its parts from a day on; a part may come in several pieces, one after the other."""
        start = np.datetime64(first, "D")
        for part in self._held if self._spans is None else self._stream(start):
            if part.moment >= start:
                yield part

    def seen(self) -> Mapping[str, Moments]:
        """The distinct moments of each symbol, rising; a streamed file is only read where its footer does not tell."""
        if self._spans is None:
            return self.moments
        found: dict[str, list[Moments]] = {}
        for group in range(len(self._spans)):
            for symbol, moments in self._seen_in(group, self._spans[group]):
                found.setdefault(symbol, []).append(moments)
        return {symbol: np.unique(np.concatenate(parts)) for symbol, parts in found.items()}

    def _seen_in(self, group: int, moments: Moments) -> Iterator[tuple[str, Moments]]:
        """The underlyings of a row group, each with its moments."""
        if self._preset.named_symbol:
            yield named_symbol(self.file), moments
            return
        file, name = self._open(), self._spelled[self._preset.columns["symbol"]]
        limits = file.metadata.row_group(group).column(file.schema_arrow.names.index(name)).statistics
        if limits is not None and limits.has_min_max and limits.min == limits.max:
            yield option_class(str(limits.min).strip().upper()).underlying, moments
            return
        moment = "quote_date" if "quote_date" in self._preset.columns else "quote_time"
        dated = self._spelled[self._preset.columns[moment]]
        raw = Raw(file.read_row_group(group, columns=[name, dated]), self._preset, self._spelled, self.file, int)
        symbols = symbols_of(raw, self._preset.columns)
        instants = raw.column(moment, self._preset.columns[moment]).to_numpy(zero_copy_only=False)
        codes = symbols.indices.to_numpy(zero_copy_only=False)
        for code, symbol in enumerate(symbols.dictionary.to_pylist()):
            yield symbol, np.unique(instants[codes == code])

    def _text_rows(self) -> pa.Table:
        return self._canonical(text.read(self._path, self.file, self._needed), 2)

    def _parquet_rows(self) -> pa.Table:
        file = self._open()
        if self._preset.newest:
            return self._canonical(file.read(columns=self._needed), 1)
        row, tables = 1, []
        for batch in file.iter_batches(_BATCH, columns=self._needed):
            tables.append(self._canonical(pa.Table.from_batches([batch]), row))
            row += batch.num_rows
        return pa.concat_tables(tables).unify_dictionaries().combine_chunks() if tables else pa.table({})

    def _stream(self, start: np.datetime64) -> Iterator[Part]:
        file = self._open()
        groups = [i for i, moments in enumerate(self._spans or []) if len(moments) and moments[-1] >= start]
        row = 1 + sum(file.metadata.row_group(i).num_rows for i in range(min(groups, default=0)))
        batches = (file.iter_batches(_BATCH, row_groups=[group], columns=self._needed) for group in groups)
        for raw in _ahead(self._near(chain.from_iterable(batches), row)):
            yield from split(canonical(raw, self._wanted), self.file)

    def _near(self, batches: Iterator[pa.RecordBatch], row: int) -> Iterator[Raw]:
        """The rows of each batch that may be wanted by their dates."""
        for batch in batches:
            raw = self._raw(pa.Table.from_batches([batch]), row)
            yield raw if self._wanted.dte_max is None else raw.near(self._wanted.dte_max)
            row += batch.num_rows

    def _canonical(self, rows: pa.Table, first_row: int) -> pa.Table:
        return canonical(self._raw(rows, first_row), self._wanted)

    def _raw(self, rows: pa.Table, first_row: int) -> Raw:
        return Raw(rows, self._preset, self._spelled, self.file, partial(operator.add, first_row), self.adjusted)

    def _open(self) -> pq.ParquetFile:
        try:
            file = pq.ParquetFile(self._path, memory_map=False)
            texts = [
                f.name for f in file.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)
            ]
            return pq.ParquetFile(self._path, memory_map=False, read_dictionary=texts, metadata=file.metadata)
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(f"{self.file}: not a Parquet file: {str(error).splitlines()[0]}") from None

    def _ordered_spans(self) -> list[Moments] | None:
        """The distinct moments of each row group, or None where rows are not in order of time."""
        name = "quote_date" if "quote_date" in self._preset.columns else "quote_time"
        source = self._preset.columns[name]
        file, spans, newest, row = self._open(), [], None, 1
        for group in range(file.num_row_groups):
            found = []
            for batch in file.iter_batches(_BATCH * 16, row_groups=[group], columns=[self._spelled[source]]):
                rows = pa.Table.from_batches([batch])
                raw = Raw(rows, self._preset, self._spelled, self.file, partial(operator.add, row))
                moments = raw.column(name, source).to_numpy(zero_copy_only=False)
                row += batch.num_rows
                changes = np.flatnonzero(moments[1:] != moments[:-1]) + 1
                runs = moments[np.concatenate(([0], changes))] if len(moments) else moments
                if (runs[1:] < runs[:-1]).any() or (newest is not None and len(runs) and runs[0] < newest):
                    return None
                newest = runs[-1] if len(runs) else newest
                found.append(runs)
            spans.append(np.unique(np.concatenate(found)) if found else np.array([], "datetime64[D]"))
        return spans


def _ahead[T](items: Iterator[T]) -> Iterator[T]:
    """The items, each made in a second thread while the one before is in use; decoding Parquet needs no Python lock."""
    with ThreadPoolExecutor(1, "chains") as worker:
        upcoming = worker.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = worker.submit(next, items, None)
            yield item


def split(rows: pa.Table, file: str) -> Iterator[Part]:
    """The parts of a canonical table, by rising moment."""
    if not rows.num_rows:
        return
    moments = rows["quote_date" if "quote_date" in rows.column_names else "quote_time"].to_numpy()
    coded = whole(rows["symbol"])
    codes = coded.indices.to_numpy()
    starts = _starts(moments, codes)
    keys = list(zip(moments[starts].tolist(), codes[starts].tolist(), strict=True))
    if (moments[starts[1:]] < moments[starts[:-1]]).any() or len(set(keys)) < len(keys):
        order = np.lexsort((codes, moments))
        rows, moments, codes = rows.take(pa.array(order)).combine_chunks(), moments[order], codes[order]
        starts = _starts(moments, codes)
    names = coded.dictionary.to_pylist()
    for start, end in zip(starts, [*starts[1:], len(codes)], strict=True):
        yield Part(moments[start], names[codes[start]], rows.slice(start, end - start), file)


def _starts(moments: Moments, codes: NDArray[np.int32]) -> NDArray[np.intp]:
    """Where runs of equal moment and symbol begin."""
    changed = (moments[1:] != moments[:-1]) | (codes[1:] != codes[:-1])
    return np.concatenate(([0], np.flatnonzero(changed) + 1))
