"""The rules of growth as whole cents and exact shares; every value is the rulebook's."""

from decimal import Decimal
from typing import Self

import numpy as np
from attrs import frozen

from allusr_sdk.model.money import cents, share_out
from allusr_sdk.montecarlo.layout import Ints
from allusr_sdk.rulebook import Rulebook


@frozen
class Share:
    """An exact share, as a fraction of whole numbers."""

    over: int
    under: int

    @classmethod
    def of(cls, value: Decimal) -> Self:
        """The share that a rule names."""
        return cls(*value.as_integer_ratio())

    def part(self, amounts: Ints) -> Ints:
        """The part of amounts in cents that is the first of two by largest remainder: halves are rounded up."""
        found: Ints = (2 * amounts * self.over + self.under) // (2 * self.under)
        return found


@frozen(kw_only=True)
class Terms:
    """What growth goes by; amounts in cents.

    Attributes:
        split: capital's weights among the three sleeves (CAD-12).
        mini, mini_shares: what a mini takes, and what of it each of its two ledgers begins with (FK-2).
        full, full_shares: the same of a full account and its three sleeves (FK-4).
        merged_at: equity at which a mini is merged; `years` after which it is in any case (FK-3).
        most: forks that may be active at once (FK-5).
        level: highest level of a position with which its ledger may fork (FK-6).
        reserve, contracts: shares of a quarter's net gain, and of the rest of it (FK-7).
        rung: weeks of the longest life that a new rung has (LL-1): a ladder that was watched for less is not known.
        tax: share of an account's net realised gains that ought to be set apart (TX-8).
    """

    split: tuple[int, ...]
    mini: int
    mini_shares: tuple[int, ...]
    full: int
    full_shares: tuple[int, ...]
    merged_at: int
    years: int
    most: int
    level: int
    reserve: Share
    contracts: Share
    tax: Share
    rung: int

    @classmethod
    def of(cls, rules: Rulebook) -> Self:
        """The terms of a rulebook. Raises `RuleError` where it lacks a value of growth."""
        split = tuple(int(weight) for weight in rules.numbers("CAD-12.split"))
        mini, full, own = rules.money("FK-2.step"), rules.money("FK-4.step"), rules.money("FK-2.gen_share")
        return cls(
            split=split, mini=cents(mini), mini_shares=shared(mini, (own, 1 - own)), full=cents(full),
            full_shares=shared(full, split), merged_at=int(rules.money("FK-3.multiple") * cents(mini)),
            years=rules.integer("FK-3.years"), most=rules.integer("FK-5.max_active"),
            level=rules.integer("FK-6.max_level"), reserve=Share.of(rules.money("FK-7.reserve")),
            contracts=Share.of(rules.money("FK-7.contracts")), tax=Share.of(rules.money("TX-8.reserve")),
            rung=rules.integer("LL-1.dte_max") // 7,
        )  # fmt: skip

    def opening(self, capital: Decimal) -> Ints:
        """What each sleeve of a first account begins with, cents (CAD-12)."""
        return np.array(shared(capital, self.split), dtype=np.int64)


def shared(amount: Decimal, weights: tuple[Decimal | int, ...]) -> tuple[int, ...]:
    """Dollars in cents by weight, by largest remainder (CAD-12)."""
    return tuple(cents(part) for part in share_out(amount, weights))


def parted(totals: Ints, weights: Ints) -> Ints:
    """Cents of each column by the column's weights, by largest remainder, ties to the earlier: CAD-12 in columns.

    Args:
        totals: one a column, 0 or more.
        weights: parts x columns, 0 or more, their sums above 0.

    Returns:
        Parts x columns, which sum to `totals`.
    """
    sums = weights.sum(axis=0)
    parts = totals // sums * weights + np.where(sums < _EXACT, totals % sums * weights // sums, 0)
    rest = np.where(sums < _EXACT, totals % sums * weights % sums, 0)
    ranks = np.argsort(np.argsort(-rest, axis=0, kind="stable"), axis=0, kind="stable")
    found: Ints = parts + (ranks < totals - parts.sum(axis=0))
    for column in np.flatnonzero(sums >= _EXACT):
        shares = share_out(Decimal(int(totals[column])) / 100, [int(weight) for weight in weights[:, column]])
        found[:, column] = [cents(share) for share in shares]
    return found


_EXACT = 3_000_000_000  # the largest sum of weights whose square is a whole number of 64 bits
