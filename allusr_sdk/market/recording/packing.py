"""Columns of chains as bytes: prices and counts as whole numbers of their smallest step, their bytes sorted by weight.

Exact: what comes back has the same bits. A column that is not on a grid is kept as it is.
"""

import numpy as np
from numpy.typing import NDArray

from allusr_sdk.market.recording.frames import Column
from allusr_sdk.model.chains import Floats

Numbers = NDArray[np.generic]

STATIC = ("root", "expiry", "strike", "put")
QUOTED = ("bid", "ask", "volume", "open_interest", "delta")

_PLAIN = {"root": "int8", "expiry": "datetime64[D]", "put": "bool"}
_STEPS = (1, 100, 1000, 10_000)
_UNKNOWN, _MINUS_ZERO = -(2**31), -(2**31) + 1


def packed(name: str, column: Numbers) -> Column:
    """A column of a chain by its name, packed."""
    if name in _PLAIN:
        return _sorted(_PLAIN[name], np.ascontiguousarray(column, _PLAIN[name]))
    numbers = np.ascontiguousarray(column, np.float64)
    for step in _STEPS:
        whole = _whole(numbers, step)
        if whole is not None:
            return _sorted(str(step), whole)
    return _sorted("float64", numbers)


def unpacked(column: Column) -> Numbers:
    """A column as it was."""
    kind = column.form if not column.form.isdigit() else "int32"
    width = np.dtype(kind).itemsize
    numbers = np.frombuffer(column.data, np.uint8).reshape(width, -1).T.copy().view(kind)[:, 0]
    return numbers if kind == column.form else _fractions(numbers.astype(np.int64), int(column.form))


def _whole(numbers: Floats, step: int) -> NDArray[np.int32] | None:
    """The numbers as multiples of 1 / step; None unless that gives each of them back, bit by bit."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.round(numbers * step)
    known = np.isfinite(scaled) & (np.abs(scaled) < 2**31 - 2)
    marks = np.where(np.isnan(numbers), _UNKNOWN, np.where((numbers == 0) & np.signbit(numbers), _MINUS_ZERO, 0))
    whole = np.where(marks != 0, marks, np.where(known, scaled, 0)).astype(np.int32)
    same = _fractions(whole.astype(np.int64), step).view(np.int64) == numbers.view(np.int64)
    return whole if bool((same | np.isnan(numbers)).all()) else None


def _fractions(whole: NDArray[np.int64], step: int) -> Floats:
    numbers: Floats = whole / step
    numbers[whole == _UNKNOWN] = np.nan
    numbers[whole == _MINUS_ZERO] = -0.0
    return numbers


def _sorted(form: str, numbers: Numbers) -> Column:
    """First bytes together, then second ones: what changes little compresses well."""
    width = numbers.dtype.itemsize
    return Column(form, numbers.view(np.uint8).reshape(-1, width).T.tobytes())
