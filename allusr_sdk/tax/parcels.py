"""Parcels: what was bought or written together and ends together, cut as finely as a tax year wants it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from attrs import define, field, fields, frozen

from allusr_sdk.ledger.lots import instrument_of, spread
from allusr_sdk.ledger.tax import described
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER, Contract


class Ending(StrEnum):
    """How a parcel ended; what is carried goes on in the basis or the proceeds of shares (TX-1)."""

    CLOSED = "closed"
    EXPIRED = "expired"
    SETTLED = "settled"
    CARRIED = "carried"


@frozen
class End:
    """The end of a parcel.

    Attributes:
        seq, day: the journal's entry, and the day on which it counts.
        how: what ended it.
        execution: the broker's id, where there is one.
    """

    seq: int
    day: date
    how: Ending
    execution: str = ""


@define(eq=False)
class Parcel:
    """A part of a lot with one beginning and at most one end. Dollars; fees are inside.

    Attributes:
        ledger: where it is now, or was when it ended.
        quantity: signed units; negative was written.
        amount: what it cost (owned) or brought (written).
        opened, seq: day on which it was bought or written, and the journal's entry.
        lot, purchase: lot that it is a part of, and the order that made it: shares that were bought together do not
            replace each other.
        execution: the broker's id of what opened it.
        price: gross per share at which it was bought or written.
        units: what splits made of one unit while it was open.
        moves: ledgers that it left, with the entry by which it did (FK-3).
        end, against: how it ended, and what that brought (owned) or cost (written).
        moved: losses of others that are in its basis (TX-4).
        tacked: days by which those lengthen its holding period.
        spent: whether it replaces shares that were sold at a loss.
        disallowed: what of its own loss is disallowed.
        held_from: day behind which its holding period begins (TX-7); None where that is the first one.
        long_loss: whether a loss of it is long-term, as of a call over shares held for long (TX-7).
        deferred: what of its loss waits for another year (TX-7).
    """

    ledger: str
    symbol: str
    contract: Contract | None
    quantity: int
    amount: Decimal
    opened: date
    seq: int
    lot: int
    purchase: str = ""
    execution: str = ""
    price: Decimal = ZERO
    units: int = 1
    moves: tuple[tuple[int, str], ...] = ()
    end: End | None = None
    against: Decimal = ZERO
    moved: Decimal = ZERO
    tacked: int = 0
    spent: bool = False
    disallowed: Decimal = ZERO
    held_from: date | None = None
    long_loss: bool = False
    deferred: Decimal = ZERO

    @property
    def written(self) -> bool:
        """Whether it was written rather than bought."""
        return self.quantity < 0

    @property
    def instrument(self) -> str:
        """OSI symbol, or the share's."""
        return instrument_of(self.symbol, self.contract)

    @property
    def description(self) -> str:
        """Column (a) of the forms."""
        return described(self.symbol, self.contract, self.quantity)

    @property
    def shares(self) -> int:
        """Shares that it is, or that its contracts are on; never negative."""
        return abs(self.quantity) * (MULTIPLIER if self.contract else 1)

    @property
    def since(self) -> date:
        """Day behind which its holding period begins: of the purchase, less what is tacked, or of a restart."""
        return self.held_from or self.opened - timedelta(days=self.tacked)

    @property
    def long_term(self) -> bool:
        """Whether its result is long-term; of what was written only a loss over long-held shares is (s.1234(b))."""
        if self.end is None:
            return False
        return (self.long_loss and self.result < 0) if self.written else self.end.day > long_after(self.since)

    @property
    def carried(self) -> bool:
        """Whether it ended by going on in shares, without a result of its own."""
        return self.end is not None and self.end.how is Ending.CARRIED

    @property
    def result(self) -> Decimal:
        """Gain with the losses of others in its basis; zero while it is open, and where it was carried on."""
        if self.end is None or self.carried:
            return ZERO
        bare = self.amount - self.against if self.written else self.against - self.amount
        return bare - self.moved

    @property
    def proceeds(self) -> Decimal:
        """What it brought."""
        return self.amount if self.written else self.against

    @property
    def cost(self) -> Decimal:
        """What it cost, or what closing it did, with the losses of others that were moved there."""
        return (self.against if self.written else self.amount) + self.moved

    @property
    def gain(self) -> Decimal:
        """What of the result counts: less is disallowed or waits."""
        return self.result + self.disallowed + self.deferred

    def ledger_at(self, seq: int) -> str:
        """The ledger that had it behind an entry of the journal."""
        return next((ledger for left, ledger in self.moves if left > seq), self.ledger)

    def open_after(self, seq: int) -> bool:
        """Whether it was, or came to be, open behind an entry of the journal."""
        return self.end is None or self.end.seq > seq


@define
class Parcels:
    """All parcels of a taxpayer, by lot and in the order in which parts of a lot ended, what is open last.

    Attributes:
        lots: parcels by lot.
        delivered: lot of the shares that an assignment or exercise brought, by its entry.
        splits: entry, day, symbol and ratio of each split, once.
    """

    lots: dict[int, list[Parcel]] = field(factory=dict)
    delivered: dict[int, int] = field(factory=dict)
    splits: list[tuple[int, date, str, int]] = field(factory=list)

    def __iter__(self) -> Iterator[Parcel]:
        return (parcel for lot in self.lots.values() for parcel in lot)

    def ended(self) -> list[Parcel]:
        """What ended, in order."""
        return sorted((parcel for parcel in self if parcel.end is not None), key=by_end)

    def copied(self) -> "Parcels":
        """The same, to be worked on apart."""
        lots = {lot: [copied(parcel) for parcel in parts] for lot, parts in self.lots.items()}
        return Parcels(lots, dict(self.delivered), list(self.splits))

    def add(self, parcel: Parcel) -> Parcel:
        """Take a new lot."""
        self.lots[parcel.lot] = [parcel]
        return parcel

    def cut(self, parcel: Parcel, units: int) -> Parcel:
        """Cut the first `units` (unsigned) off a parcel: they are returned, the rest stays what it was."""
        sign, rest = (-1 if parcel.written else 1), abs(parcel.quantity) - units
        first = copied(parcel)
        first.quantity, parcel.quantity = sign * units, sign * rest
        for name in ("amount", "against", "moved", "disallowed", "deferred"):
            mine, other = spread(getattr(parcel, name), [units, rest])
            setattr(first, name, mine)
            setattr(parcel, name, other)
        parts = self.lots[parcel.lot]
        parts.insert(_place(parts, parcel), first)
        return first

    def later_units(self, parcel: Parcel) -> int:
        """What splits after a parcel's end made of one of its units: to count shares of different days alike."""
        after = parcel.end.seq if parcel.end else None
        made = 1
        for seq, _, symbol, ratio in self.splits:
            made *= ratio if after is not None and seq > after and symbol == parcel.symbol else 1
        return made

    def units_at(self, parcel: Parcel, seq: int) -> int:
        """Unsigned units that a parcel was behind an earlier entry, before later splits."""
        until, made = parcel.end.seq if parcel.end else None, 1
        for split, _, symbol, ratio in self.splits:
            made *= ratio if symbol == parcel.symbol and split > seq and (until is None or split < until) else 1
        return abs(parcel.quantity) // made


_VALUES = attrgetter(*(f.name for f in fields(Parcel)))


def copied(parcel: Parcel) -> Parcel:
    """A parcel of the same values; there are many, and the standard library's copy is slow with slots."""
    return Parcel(*_VALUES(parcel))


def by_end(parcel: Parcel) -> tuple[int, int]:
    """Order in which parcels ended."""
    return (parcel.end.seq if parcel.end else 0, parcel.lot)


def long_after(held_from: date) -> date:
    """The last day on which what is held since a day is still short-term."""
    try:
        return held_from.replace(year=held_from.year + 1)
    except ValueError:
        return date(held_from.year + 1, 2, 28)


def _place(parts: Sequence[Parcel], parcel: Parcel) -> int:
    return next(i for i, part in enumerate(parts) if part is parcel)


def total(parcels: Iterable[Parcel], name: str = "gain") -> Decimal:
    """A sum over parcels, dollars."""
    return sum((getattr(parcel, name) for parcel in parcels), ZERO)
