"""CSV files as tables of text, so that the reader of each column can name the row that is wrong."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
from attrs import define, field

from allusr_sdk.errors import DataError

EMPTY = ["", "NaN", "nan", "NAN", "null", "NULL", "None", "none", "N/A", "NA", "-"]


@define
class _HalfRows:
    """Remembers the first row that has not as many fields as the header."""

    first: tuple[int, int, int] | None = field(default=None)

    def __call__(self, row: pyarrow.csv.InvalidRow) -> str:
        if self.first is None:
            self.first = (row.number, row.actual_columns, row.expected_columns)
        return "error"


def header(path: Path, file: str) -> list[str]:
    """The column names of a CSV file, gzipped or not."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            line = bytearray()
            while not line.endswith(b"\n") and (byte := stream.read(1)):
                line += byte
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{file}: cannot be read: {_line(error)}") from None
    return line.decode("utf-8-sig", "replace").rstrip("\r\n").replace('"', "").split(",") if line.strip() else []


def read(path: Path, file: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The columns of a CSV file as text; what is empty is null.

    Raises `DataError` naming file and row (the header is row 1) when a row has fewer or more fields than the header.
    """
    half = _HalfRows()
    names = header(path, file)
    if not names:
        raise DataError(f"{file}: is empty")
    convert = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        include_columns=list(columns) if columns is not None else names,
        null_values=EMPTY,
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            return pyarrow.csv.read_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
                parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=half),
                convert_options=convert,
            )
    except (OSError, pa.ArrowInvalid) as error:
        if half.first is None:
            raise DataError(f"{file}: cannot be read: {_line(error)}") from None
        row, found, expected = half.first
        raise DataError(f"{file}, row {row}: {found} of {expected} fields; the row is cut or has too many") from None


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
