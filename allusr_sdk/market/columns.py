"""One source column to one canonical column, vectorised; a value that is not what it should be is named by its row."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from allusr_sdk.errors import DataError

NAMES = pa.dictionary(pa.int32(), pa.string())
INSTANT = pa.timestamp("us", tz="UTC")
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^(?i:[+-]?(nan|inf|infinity))$"
_OSI_TAIL = r"\s*\d{6}[CP]\d{8}$"
_RIGHTS = {"c": "C", "call": "C", "calls": "C", "p": "P", "put": "P", "puts": "P"}
_DAY_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d")


@frozen
class Where:
    """Names a row in an error: `row` turns a position in a column into the row a person would look for."""

    file: str
    row: Callable[[int], int]

    def error(self, position: int, problem: str) -> DataError:
        """The one line that names file and row."""
        return DataError(f"{self.file}, row {self.row(position)}: {problem}")


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A table's column in one piece; without a copy where it is in one already."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def number(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Floats; what is empty is NaN. Text that is no number is an error."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        values = column.cast(pa.float64())
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(column)
        text = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        bad = pc.invert(pc.fill_null(pc.match_substring_regex(text, _NUMBER), True))
        position = pc.index(bad, True).as_py()
        if position >= 0:
            raise where.error(position, f"{name} {column[position].as_py()!r} is not a number") from None
        values = text.cast(pa.float64())
    return pc.fill_null(values, float("nan")) if values.null_count else values


def day(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Dates, from dates, timestamps or text in one of four usual forms; an empty one is an error."""
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        values = column.cast(pa.date32())
    else:
        values = _iso_days(column)
        if values is None:
            values = _mapped(column, name, where, _parse_day, pa.date32()).dictionary_decode()
    return _complete(values, name, where)


def _iso_days(column: pa.Array) -> pa.Array | None:
    """The dates where every text is ISO's, read at once; else None."""
    coded = _coded(column)
    try:
        return pc.take(coded.dictionary.cast(pa.date32()), coded.indices)
    except pa.ArrowInvalid:
        return None


def _parse_day(text: str) -> date | None:
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(text.strip().removesuffix(" 00:00:00"), form).date()
        except ValueError:
            continue
    return None


def time(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Instants in UTC, from timestamps or ISO 8601 text; without a zone they are UTC. An empty one is an error."""
    return _complete(trade_time(column, name, where), name, where)


def trade_time(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Instants as `time` gives them, null where there is none."""
    if not pa.types.is_timestamp(column.type):
        column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        try:
            column = column.cast(INSTANT)
        except pa.ArrowInvalid:
            column = _mapped(column, name, where, _parse_time, pa.timestamp("us")).dictionary_decode()
    if column.type.tz is None:
        return pc.assume_timezone(column.cast(pa.timestamp("us")), "UTC")
    return column.cast(INSTANT, safe=False)


def _parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is None else (moment - moment.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]


def unix(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Instants in UTC from seconds since 1970."""
    seconds = _complete(pc.if_else(pc.is_finite(values := number(column, name, where)), values, None), name, where)
    return pc.multiply(seconds.cast(pa.int64(), safe=False), 1_000_000).cast(INSTANT)


def text(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Names in capitals, as a dictionary."""
    return _complete(_mapped(column, name, where, lambda t: t.strip().upper() or None, pa.string()), name, where)


def root(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Option roots, from OSI symbols (padded or not) or from roots alone."""
    coded = _coded(column)
    bare = pc.replace_substring_regex(pc.utf8_upper(pc.utf8_trim_whitespace(coded.dictionary)), _OSI_TAIL, "")
    roots = bare.dictionary_encode()
    indices = pc.take(roots.indices, coded.indices)
    return _complete(pa.DictionaryArray.from_arrays(indices, roots.dictionary), name, where)


def right(column: pa.Array, name: str, where: Where) -> pa.Array:
    """``C`` or ``P``, as a dictionary."""
    return _complete(_mapped(column, name, where, lambda t: _RIGHTS.get(t.strip().lower()), pa.string()), name, where)


def one_of[T](meanings: Mapping[str, T], column: pa.Array, name: str, where: Where) -> list[T]:
    """What each text means; one that is not in the table, or empty, is an error."""
    words: list[str] = text(column, name, where).to_pylist()
    for position, word in enumerate(words):
        if word not in meanings:
            raise where.error(position, f"{name} {word!r} is none of {', '.join(meanings)}")
    return [meanings[word] for word in words]


def _mapped(
    column: pa.Array, name: str, where: Where, parse: Callable[[str], object | None], kind: pa.DataType
) -> pa.DictionaryArray:
    """The column with each of its distinct texts parsed once."""
    coded = _coded(column)
    texts = coded.dictionary.to_pylist()
    parsed = [None if t is None else parse(t) for t in texts]
    for code, (source, value) in enumerate(zip(texts, parsed, strict=True)):
        if source is not None and value is None and (first := pc.index(coded.indices, code).as_py()) >= 0:
            raise where.error(first, f"{name} {source!r} cannot be read")
    # Distinct texts may mean one thing ("call", "C"), and a dictionary has to hold each thing once.
    distinct = {value: code for code, value in enumerate(dict.fromkeys(v for v in parsed if v is not None))}
    codes = pa.array([distinct.get(value) for value in parsed], pa.int32())
    indices = pc.take(codes, coded.indices)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(distinct), kind))


def _coded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _complete(column: pa.Array, name: str, where: Where) -> pa.Array:
    if column.null_count:
        raise where.error(pc.index(column.is_null(), True).as_py(), f"{name} is empty")
    return column
