"""Noise that belongs to a contract and a day, found without walking: counter-based, equal on every machine."""

import numpy as np
from numpy.typing import NDArray

from allusr_sdk.model.chains import Floats

Keys = NDArray[np.uint64]
_MASK = (1 << 64) - 1


def number(text: str) -> int:
    """A stable 64-bit number of a short name."""
    return int.from_bytes(text.encode().ljust(8, b"\0")[:8], "big")


def scramble(value: int) -> int:
    """SplitMix64's finaliser on one number. Source: Steele, Lea, Flood, OOPSLA 2014."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def keys(origin: int, *columns: NDArray[np.int64]) -> Keys:
    """One key a row from integer columns; `origin` separates seeds, symbols and purposes."""
    key = np.full(len(columns[0]), scramble(origin), np.uint64)
    for column in columns:
        key = _scrambled(key ^ column.astype(np.uint64))
    return key


def _scrambled(x: Keys) -> Keys:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def salts(*numbers: int) -> Keys:
    """What makes other numbers of the same keys, a row for each number."""
    return np.array([[scramble(number)] for number in numbers], np.uint64)


def bells(key: Keys) -> Floats:
    """Bell-shaped numbers of mean 0 and variance 1 within +-3.47: sums of four 16-bit uniforms, so exact arithmetic."""
    x = _scrambled(key)
    low = np.uint64(0xFFFF)
    total = (x & low) + ((x >> np.uint64(16)) & low) + ((x >> np.uint64(32)) & low) + (x >> np.uint64(48))
    uniform: Floats = total.astype(np.float64) / 65536.0
    return (uniform - 2.0) * 1.7320508075688772
