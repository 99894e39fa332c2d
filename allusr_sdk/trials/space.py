"""What is tried: settings with their values, combined as a grid or drawn at random."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from math import prod

import numpy as np
from attrs import frozen

from allusr_sdk.errors import InputError

MOST = 100_000
"""Variants of one sweep, and values of one axis."""

_PLACES = 4  # significant digits of a number that is drawn between two ends
_SEED = "run.seed"


@frozen(kw_only=True)
class Axis:
    """A setting and what it is given.

    Attributes:
        key: as `--set` takes it, or as `--what-if` does where it `loosens`.
        values: as TOML or plain text; none where numbers are drawn from `low` to `high`.
    """

    key: str
    values: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    loosens: bool = False

    @property
    def name(self) -> str:
        """What a person reads above its values."""
        return named(self.key)

    @property
    def ranged(self) -> tuple[Decimal, Decimal] | None:
        """Between what numbers are drawn; None where values are listed."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def drawn(self, draw: np.random.Generator) -> str:
        """A value at random: one of those listed, or a number between the ends, whole where both are."""
        if self.ranged is None:
            return self.values[int(draw.integers(len(self.values)))]
        low, high = self.ranged
        if low == low.to_integral() and high == high.to_integral():
            return str(int(draw.integers(int(low), int(high) + 1)))
        digits = _PLACES - 1 - max(abs(low), abs(high)).adjusted()
        return f"{float(low) + float(high - low) * draw.random():.{max(digits, 0)}f}"


@frozen(kw_only=True)
class Variant:
    """One combination; `values` in the order of the axes."""

    number: int
    values: tuple[str, ...]


@frozen(kw_only=True)
class Space:
    """All that a sweep tries.

    Attributes:
        draws: how many variants are drawn at random; None for the whole grid.
        seed: of the draws.
    """

    axes: tuple[Axis, ...]
    draws: int | None = None
    seed: int = 7

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Every combination, numbered from 1; equal spaces give equal ones."""
        return tuple(Variant(number=i, values=v) for i, v in enumerate(self._combinations(), 1))

    def pairs(self, variant: Variant, *, loosening: bool = False) -> tuple[str, ...]:
        """What a variant says as `--set` takes it; with `loosening`, as `--what-if` does."""
        told = zip(self.axes, variant.values, strict=True)
        return tuple(f"{axis.key}={value}" for axis, value in told if axis.loosens is loosening)

    def _combinations(self) -> Iterator[tuple[str, ...]]:
        if any(axis.ranged for axis in self.axes):
            yield from self._drawn(self.draws or 0)
            return
        shape = [len(axis.values) for axis in self.axes]
        for place in self._places(prod(shape)):
            where = np.unravel_index(int(place), shape)
            yield tuple(axis.values[int(i)] for axis, i in zip(self.axes, where, strict=True))

    def _places(self, count: int) -> Sequence[int]:
        if self.draws is None or self.draws >= count:
            return range(count)
        chosen = np.random.default_rng(self.seed).choice(count, self.draws, replace=False)
        return [int(place) for place in np.sort(chosen)]

    def _drawn(self, count: int) -> Iterator[tuple[str, ...]]:
        """Each variant of a generator of its own: the first ten of twenty are those of ten."""
        for child in np.random.SeedSequence(self.seed).spawn(count):
            draw = np.random.default_rng(child)
            yield tuple(axis.drawn(draw) for axis in self.axes)


def space(over: Sequence[str], loosening: Sequence[str] = (), *, draws: int | None, seed: int) -> Space:
    """A space as the command line says it.

    Args:
        over: `K=a,b,c`, `K=low:high:step`, or with draws `K=low:high`.
        loosening: the same of fixed rules, as what-if.
        draws: variants at random; None for the grid.
        seed: of the draws.

    Raises:
        InputError: nothing to try, a setting twice, values that cannot be read, or more variants than `MOST`.
    """
    axes = (*(axis(text) for text in over), *(axis(text, loosens=True) for text in loosening))
    if not axes:
        raise InputError("a sweep needs something to try: give --over K=V.., as --over sleeves.gen_acc.dte_max=0,1")
    if twice := [key for key, count in Counter(axis.key for axis in axes).items() if count > 1]:
        raise InputError(f"--over {twice[0]}: is given twice: give all of its values at once")
    if draws is not None and not 1 <= draws <= MOST:
        raise InputError(f"--random {draws}: give a number of variants from 1 to {MOST:,}")
    if draws is None:
        _gridded(axes)
    return Space(axes=axes, draws=draws, seed=seed)


def named(key: str) -> str:
    """A key without the table that says nothing."""
    return key.removeprefix("sleeves.").removeprefix("rules.")


def axis(text: str, *, loosens: bool = False) -> Axis:
    """An axis from `K=V..`. Raises `InputError` for other text."""
    option = "--over-what-if" if loosens else "--over"
    key, said = (text.partition("=")[i].strip() for i in (0, 2))
    if not key or not said:
        raise InputError(f"{option} {text}: expected setting=a,b,c or setting=low:high:step")
    if key == _SEED:
        raise InputError(f"{option} {_SEED}: several seeds are --seeds N, from --seed on")
    ends = _numbers(said.split(":")) if ":" in said else None
    if ends is None:
        return Axis(key=key, values=_listed(said, f"{option} {key}"), loosens=loosens)
    if len(ends) == 2 and ends[0] < ends[1]:
        return Axis(key=key, low=ends[0], high=ends[1], loosens=loosens)
    return Axis(key=key, values=_stepped(ends, f"{option} {text}"), loosens=loosens)


def _gridded(axes: Sequence[Axis]) -> None:
    if ranged := next((axis for axis in axes if axis.ranged), None):
        raise InputError(f"--over {ranged.key}={ranged.low}:{ranged.high}: a grid needs a step, as low:high:step")
    if (count := prod(len(axis.values) for axis in axes)) > MOST:
        raise InputError(f"the grid has {count:,} variants, more than {MOST:,}: give --random N, or fewer values")


def _stepped(ends: Sequence[Decimal], where: str) -> tuple[str, ...]:
    low, high, step = (*ends, Decimal(0))[:3]
    if len(ends) != 3 or step <= 0 or high < low or (high - low) / step >= MOST:
        raise InputError(f"{where}: expected low:high:step, from the lower end to the higher by a step above zero")
    return tuple(str(low + step * i) for i in range(int((high - low) / step) + 1))


def _numbers(parts: Sequence[str]) -> list[Decimal] | None:
    """Ends and step of a range; None for what is none, as a time of day."""
    try:
        found = [Decimal(part) for part in parts]
    except InvalidOperation:
        return None
    clock = len(parts) == 2 and all(len(part) == 2 and part.isdigit() for part in parts)
    return None if clock or not all(number.is_finite() for number in found) else found


def _listed(text: str, where: str) -> tuple[str, ...]:
    """Values between commas; those in brackets or quotes hold a value together."""
    found, depth, quote = [""], 0, ""
    for mark in text:
        quote = ("" if mark == quote else quote) if quote else (mark if mark in "\"'" else "")
        depth += 0 if quote else (mark in "[{") - (mark in "]}")
        if mark == "," and not depth and not quote:
            found.append("")
        else:
            found[-1] += mark
    values = tuple(part.strip() for part in found)
    if not all(values) or len(set(values)) < len(values):
        raise InputError(f"{where}={text}: expected values between commas, each once")
    return values
