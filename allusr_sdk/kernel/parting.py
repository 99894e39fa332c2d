"""Contracts that end at one broker account, parted among the ledgers that hold them (CAD-13)."""

from collections.abc import Mapping
from decimal import Decimal

from allusr_sdk.kernel.case import seniority
from allusr_sdk.model.money import share_out


def parted(count: int, parts: Mapping[str, int]) -> dict[str, int]:
    """How many of `count` contracts each ledger has: pro rata, by largest remainder, then Gen, Rev, Com, forks by age.

    Args:
        count: contracts, at most as many as all ledgers hold together.
        parts: what each ledger holds, by name in the order in which they began, of one sign; the sign does not matter.
    """
    names = seniority(parts)
    sizes = [abs(parts[name]) for name in names]
    dealt = share_out(Decimal(count) / 100, sizes) if count else [Decimal(0)] * len(sizes)
    return {name: int(part * 100) for name, part in zip(names, dealt, strict=True)}
