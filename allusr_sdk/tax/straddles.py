"""Covered calls as straddles (TX-7): calls of a few days are never qualified (s.1092(c)(4)), so three things follow.

Shares that were not held for more than a year when a call was written over them begin their holding period anew when
it ends. A loss on a call over shares that were is long-term. A loss on a call waits for as long as the shares under it
show an unrecognised gain at the end of a year (s.1092(a)(1)): it is looked at again each year, and counts when the
shares are gone or their gain is.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from attrs import define, field, frozen

from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.tax.parcels import Ending, Parcel, Parcels, long_after

QUALIFIED_DAYS = 30
"""A call with no more days to its expiry when it is granted is never qualified (s.1092(c)(4)(B)(ii))."""


@define(eq=False)
class Cover:
    """A call that was written over shares, and the parcels of shares under it."""

    call: Parcel
    shares: list[Parcel]


@frozen
class Deferral:
    """One year of one loss, as Part II of Form 6781 asks for it; dollars.

    Attributes:
        year: tax year.
        call: the call that made the loss.
        loss: what is looked at in that year: the loss, or what of it earlier years left.
        unrecognised: gain of the shares at the year's end that stands against it.
        carried: whether it comes from an earlier year.
    """

    year: int
    call: Parcel
    loss: Decimal
    unrecognised: Decimal
    carried: bool

    @property
    def deferred(self) -> Decimal:
        """What waits for the next year."""
        return min(self.loss, self.unrecognised)

    @property
    def recognised(self) -> Decimal:
        """What counts in the year."""
        return self.loss - self.deferred


def covers(parcels: Parcels, indices: frozenset[str]) -> tuple[Cover, ...]:
    """Which shares each short call of thirty days or less lay over; parcels of shares are cut to fit.

    Shares of the call's own ledger back it (RULE-1), the oldest that back no other call first.
    """
    groups: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        if parcel.symbol not in indices and (parcel.contract is None or _short_call(parcel)):
            groups.setdefault(parcel.symbol, []).append(parcel)
    found = [cover for group in groups.values() for cover in _Covering(parcels, group).run()]
    return tuple(sorted(found, key=lambda c: c.call.seq))


def _short_call(parcel: Parcel) -> bool:
    contract = parcel.contract
    return contract is not None and parcel.written and not contract.is_put and not contract.kind.adjusted


class _Covering:
    """One symbol, followed from call to call."""

    def __init__(self, parcels: Parcels, group: list[Parcel]) -> None:
        self._parcels = parcels
        self._coming = deque(sorted((p for p in group if p.contract is None), key=lambda p: p.seq))
        self._calls = sorted((p for p in group if p.contract is not None), key=lambda p: p.seq)
        self._shares: list[Parcel] = []
        self._busy: list[Cover] = []
        self._over: dict[int, list[Cover]] = {}

    def run(self) -> Iterator[Cover]:
        for call in self._calls:
            self._turn(call.seq)
            cover = Cover(call, self._under(call))
            self._busy.append(cover)
            for part in cover.shares:
                self._over.setdefault(id(part), []).append(cover)
            days = (call.contract.expiry - call.opened).days if call.contract else 0
            if cover.shares and days <= QUALIFIED_DAYS:
                yield cover

    def _turn(self, seq: int) -> None:
        """Let go what has ended before an entry, and take what was bought."""
        self._busy = [c for c in self._busy if c.call.open_after(seq)]
        while self._coming and self._coming[0].seq < seq:
            insort(self._shares, self._coming.popleft(), key=_age)
        self._shares = [p for p in self._shares if p.open_after(seq)]

    def _under(self, call: Parcel) -> list[Parcel]:
        taken = {id(p) for cover in self._busy for p in cover.shares}
        wanted, chosen = call.shares * self._parcels.later_units(call), list[Parcel]()
        for part in tuple(self._shares):
            if wanted > 0 and id(part) not in taken and part.ledger_at(call.seq) == call.ledger_at(call.seq):
                each = self._parcels.later_units(part)
                chosen.append(self._first(part, -(-wanted // each)))
                wanted -= chosen[-1].shares * each
        return chosen

    def _first(self, part: Parcel, count: int) -> Parcel:
        if count >= part.quantity:
            return part
        first = self._parcels.cut(part, count)
        insort(self._shares, first, key=_age)
        self._over[id(first)] = list(self._over.get(id(part), []))
        for cover in self._over[id(first)]:
            cover.shares.append(first)
        return first


def _age(parcel: Parcel) -> tuple[date, int]:
    return (parcel.opened, parcel.seq)


def restart(found: Iterable[Cover]) -> None:
    """Begin the holding period of shares anew where calls ended over them, and name losses that are long-term."""
    for cover in found:
        call = cover.call
        long_held = [p for p in cover.shares if call.opened > long_after(p.since)]
        call.long_loss = bool(long_held)
        if call.end is None:
            continue
        for part in cover.shares:
            if not any(part is p for p in long_held):
                part.held_from = call.end.day


def deferrals(
    found: Iterable[Cover], upto: int, marks: Mapping[int, Mapping[str, Decimal]], unknown: list[str]
) -> tuple[Deferral, ...]:
    """Losses on covered calls year by year up to a tax year; what waits at the end of one is `carried` in the next.

    The gain of a share stands against losses once, the oldest first. Where a share has no mark at a year's end, its
    gain is unknown: the whole loss waits, and `unknown` says so.

    Args:
        found: calls and what they lay over, by age.
        upto: last tax year.
        marks: value per share at the end of each year, by instrument.
        unknown: takes a line for each share without a mark.
    """
    made = [c for c in found if c.call.end is not None and c.call.end.how is not Ending.CARRIED]
    losses = [c for c in made if c.call.result + c.call.disallowed < 0]
    if not losses:
        return ()
    rows: list[Deferral] = []
    waiting: list[tuple[Cover, Decimal]] = []
    for year in range(min(_year(c.call) for c in losses), upto + 1):
        new = [(c, -(c.call.result + c.call.disallowed)) for c in losses if _year(c.call) == year]
        stands = _Unrecognised(year, marks.get(year, {}), unknown)
        mine = [Deferral(year, c.call, loss, stands.against(c, loss), carried=True) for c, loss in waiting]
        mine += [Deferral(year, c.call, loss, stands.against(c, loss), carried=False) for c, loss in new]
        waiting = [
            (cover, row.deferred) for (cover, _), row in zip([*waiting, *new], mine, strict=True) if row.deferred
        ]
        rows += (row for row in mine if row.deferred or row.carried)
    return tuple(rows)


def _year(parcel: Parcel) -> int:
    return parcel.end.day.year if parcel.end else 0


@define
class _Unrecognised:
    """Gains at the end of a year that no loss has met yet."""

    year: int
    marks: Mapping[str, Decimal]
    unknown: list[str]
    used: dict[int, Decimal] = field(factory=dict)

    def against(self, cover: Cover, loss: Decimal) -> Decimal:
        """The gain that stands against a loss; as much as it needs is used up."""
        open_then = [p for p in cover.shares if p.end is None or p.end.day.year > self.year]
        if any(p.symbol not in self.marks for p in open_then):
            text = f"{cover.call.symbol} has no mark at the end of {self.year}: losses on calls over it wait (TX-7)"
            self.unknown += [] if text in self.unknown else [text]
            return loss
        gains = [(p, max(self._gain(p) - self.used.get(id(p), ZERO), ZERO)) for p in open_then]
        need = loss
        for part, gain in gains:
            take = min(gain, need)
            self.used[id(part)] = self.used.get(id(part), ZERO) + take
            need -= take
        return sum((gain for _, gain in gains), ZERO)

    def _gain(self, part: Parcel) -> Decimal:
        return usd(self.marks[part.symbol] * part.quantity) - part.amount - part.moved
