"""Listed option contracts: OSI symbols, rights and the classes whose mechanics differ from equity options."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from string import digits

from attrs import evolve, field, frozen

from allusr_sdk.model.money import usd

MULTIPLIER = 100


class Right(StrEnum):
    """The right that an option gives its holder."""

    PUT = "P"
    CALL = "C"


@frozen
class OptionClass:
    """Mechanics of one option root.

    `morning` classes settle on an opening print (the SPX root), which no closing price replaces. Of an `adjusted` root,
    one that ends in a digit, the deliverable is unknown: nothing of it is opened, what is held is closed (LQ-7).
    """

    root: str
    underlying: str
    cash_settled: bool = False
    european: bool = False
    morning: bool = False
    adjusted: bool = False


_INDEX_CLASSES = {
    c.root: c
    for c in (
        OptionClass("SPX", "SPX", cash_settled=True, european=True, morning=True),
        OptionClass("SPXW", "SPX", cash_settled=True, european=True),
        OptionClass("XSP", "XSP", cash_settled=True, european=True),
        OptionClass("VIX", "VIX", cash_settled=True, european=True, morning=True),
        OptionClass("VIXW", "VIX", cash_settled=True, european=True, morning=True),
    )
}


@lru_cache(maxsize=4096)
def option_class(root: str) -> OptionClass:
    """The class of a root: an index class, an adjusted one (``XYZ1``), or American options on the root itself."""
    if root[-1:].isdigit():
        return OptionClass(root, root.rstrip(digits), adjusted=True)
    return _INDEX_CLASSES.get(root) or OptionClass(root, root)


# OSI symbols have two digits of the year; the calendar begins in 1990 and ends in 2045.
_OSI_CENTURY = "900000"
_OSI = re.compile(r"([A-Z][A-Z0-9.]{0,5}?)\s*(\d{6})([CP])(\d{8})")


@frozen(order=True, cache_hash=True)
class Contract:
    """A listed option of 100 shares. `strike` is in dollars."""

    root: str
    expiry: date
    right: Right
    strike: Decimal = field(converter=Decimal)

    @classmethod
    def parse(cls, osi: str, adjusted: bool = False) -> "Contract":
        """Read an OSI symbol, padded or not (LQ-4).

        Args:
            adjusted: whether a root that ends in a digit is read too, as books must that still hold such a contract.

        Raises:
            ValueError: an adjusted root that was not asked for, or other text.
        """
        match = _OSI.fullmatch(osi.strip())
        if match is None:
            raise ValueError(f"{osi!r} is not an OSI option symbol")
        root, ymd, right, strike = match.groups()
        if root[-1].isdigit() and not adjusted:
            raise ValueError(f"{osi!r}: root {root} ends in a digit, so its deliverable is adjusted (LQ-4)")
        century = "19" if ymd >= _OSI_CENTURY else "20"
        return cls(root, date.fromisoformat(f"{century}{ymd}"), Right(right), Decimal(int(strike)) / 1000)

    @cached_property
    def osi(self) -> str:
        """The 21-character OSI symbol, e.g. ``AAPL  260213P00270000`` (LQ-4)."""
        return f"{self.root:<6}{self.expiry:%y%m%d}{self.right}{int(self.strike * 1000):08d}"

    @property
    def kind(self) -> OptionClass:
        """The class's mechanics: settlement and exercise style."""
        return option_class(self.root)

    @property
    def underlying(self) -> str:
        """Symbol of the underlying share, fund or index."""
        return self.kind.underlying

    @property
    def is_put(self) -> bool:
        """Whether the contract is a put."""
        return self.right is Right.PUT

    @property
    def notional(self) -> Decimal:
        """Strike x 100: the cash that one short put needs, in dollars."""
        return self.strike * MULTIPLIER

    def after_split(self, ratio: int) -> "Contract":
        """The contract that `ratio` new shares for each old one make of it: strike / ratio in whole cents (LQ-7)."""
        return evolve(self, strike=usd(self.strike / ratio))

    def intrinsic(self, spot: Decimal) -> Decimal:
        """Intrinsic value per share at `spot`, in dollars, never negative."""
        gap = self.strike - spot if self.is_put else spot - self.strike
        return max(gap, Decimal(0))

    def __str__(self) -> str:
        day = f"{self.expiry.day} {self.expiry:%b}"
        right = "put" if self.is_put else "call"
        return f"{self.root} {day} {self.strike.normalize():f} {right}"
