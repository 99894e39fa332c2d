"""Wash sales (TX-4, TX-6): losses that are disallowed, and the purchases whose basis and holding period take them.

`broker` looks at one instrument in one account of the broker, as a 1099-B does. `taxpayer` looks at all ledgers and at
declared accounts elsewhere; a loss on shares then meets shares, calls bought, puts assigned, and puts written so deep
in the money that they will be (Rev. Rul. 85-87). Matching is share by share, the earliest acquisition first; each share
stands for one that was sold, once. Losses on options meet the same contract alone, all others are flagged.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter

from attrs import define, field, frozen

from allusr_sdk.ledger.lots import spread
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.tax.outside import Outside
from allusr_sdk.tax.parcels import End, Ending, Parcel, Parcels, by_end
from allusr_sdk.tax.terms import Terms


@frozen
class Flag:
    """Something that a person should look at: it changes no amount.

    Attributes:
        rule: as `TX-4`.
        day: New York date.
        about: the line that it concerns.
        text: what was found.
    """

    rule: str
    day: date
    about: str
    text: str


@define
class Washed:
    """What the matching found: losses moved to accounts elsewhere, dollars, and flags."""

    outside: dict[str, Decimal] = field(factory=dict)
    flags: list[Flag] = field(factory=list)


@define(eq=False)
class _Elsewhere:
    """A declared purchase in another account, with the shares of it that replace nothing yet."""

    purchase: Outside
    left: int


type _Key = tuple[str, str, *tuple[object, ...]]
"""What is replaced: of which kind, of which security, and what else tells it from others."""

type _Pool = list[tuple[date, int, Parcel | _Elsewhere]]
_day = itemgetter(0)


def wash(parcels: Parcels, terms: Terms, upto: int) -> Washed:
    """Disallow losses in place, in the order in which they were made, and move them into what replaces them.

    Losses of years after the tax year `upto` are left alone: they change nothing of it.
    """
    return _Matching(parcels, terms).run(upto)


class _Matching:
    def __init__(self, parcels: Parcels, terms: Terms) -> None:
        self._parcels, self._terms, self._found = parcels, terms, Washed()
        self._pools, self._queue = _Pools(parcels, terms), parcels.ended()

    def run(self, upto: int) -> Washed:
        for loss in self._queue:  # it grows behind the loss that is looked at, where a replacement is cut
            late = loss.end is not None and loss.end.day.year > upto
            if late or loss.symbol in self._terms.indices or loss.result >= 0:
                continue
            taken = self._matches(loss)
            rest = self._units(loss) - sum(units for _, units in taken)
            amounts = spread(-loss.result, [*(units for _, units in taken), rest])
            for (where, units), amount in zip(taken, amounts, strict=False):
                loss.disallowed += amount
                self._give(where, units, amount, _days(loss))
            if self._terms.whole and loss.contract is not None and loss.result + loss.disallowed < 0:
                self._flag(loss)
        return self._found

    def _units(self, parcel: Parcel) -> int:
        """Shares, or contracts, as splits count them today."""
        return abs(parcel.quantity) * self._parcels.later_units(parcel)

    def _matches(self, loss: Parcel) -> list[tuple[Parcel | _Elsewhere, int]]:
        """What replaces a parcel, with the units of the loss that each stands for."""
        taken: list[tuple[Parcel | _Elsewhere, int]] = []
        left = self._units(loss)
        for where, room in self._rooms(loss):
            if units := min(left, room):
                taken.append((where, units))
                left -= units
            if not left:
                break
        return taken

    def _rooms(self, loss: Parcel) -> Iterator[tuple[Parcel | _Elsewhere, int]]:
        """Purchases around a sale that can stand for it, earliest first: free, of another order, held afterwards.

        An option that became shares and those shares are one purchase, not two.
        """
        each, became = (1 if loss.contract else MULTIPLIER), dict[int, int]()
        for found in self._near(_key(loss, self._terms), loss):
            if isinstance(found, _Elsewhere):
                yield found, found.left
                continue
            for part in tuple(self._parcels.lots[found.lot]) if found.purchase != loss.purchase else ():
                if part.spent or loss.end is None or not _held_on(part, loss.end):
                    continue
                whole = self._units(part) * (each if part.contract else 1)
                known = min(became.get(part.lot, 0), whole)
                became[part.lot] = became.get(part.lot, 0) - known
                if lot := self._parcels.delivered.get(part.end.seq) if part.end and part.contract else None:
                    became[lot] = became.get(lot, 0) + whole
                yield part, whole - known

    def _near(self, key: _Key, loss: Parcel) -> Iterator[Parcel | _Elsewhere]:
        """Purchases of a key in the days around a loss, earliest first."""
        if loss.end is None:
            return iter(())
        pool, days = self._pools.of(key), timedelta(days=self._terms.days)
        first = bisect_left(pool, loss.end.day - days, key=_day)
        last = bisect_right(pool, loss.end.day + days, key=_day)
        return (found for _, _, found in pool[first:last])

    def _give(self, where: Parcel | _Elsewhere, units: int, amount: Decimal, days: int) -> None:
        """Move a loss into a purchase: into its basis, and where it became shares, into theirs."""
        if isinstance(where, _Elsewhere):
            where.left -= units
            account = where.purchase.account
            self._found.outside[account] = self._found.outside.get(account, ZERO) + amount
            return
        each = self._units(where) // abs(where.quantity)
        each *= MULTIPLIER if where.contract and days >= 0 else 1
        part = self._first(where, -(-units // each))
        part.spent = True
        if part.end is None or part.end.how is not Ending.CARRIED:
            part.moved += amount
            part.tacked += max(days, 0)
            return
        self._carry(part, amount, max(days, 0))

    def _carry(self, option: Parcel, amount: Decimal, days: int) -> None:
        """Move a loss on to the shares that an option became, or that went by it."""
        seq = option.end.seq if option.end else 0
        came = seq in self._parcels.delivered
        lots = self._parcels.lots.get(self._parcels.delivered.get(seq, 0), [])
        bearers = [p for p in lots if not p.spent] or lots
        if not came:
            bearers = [p for p in self._parcels.ended() if p.end and p.end.seq == seq and p.contract is None]
        wanted, chosen = option.shares, list[Parcel]()
        for bearer in bearers:
            each = self._units(bearer) // abs(bearer.quantity) if came else 1
            if wanted > 0:
                chosen.append(self._first(bearer, -(-wanted // each)) if came else bearer)
                wanted -= chosen[-1].shares * each
        for bearer, share in zip(chosen, spread(amount, [p.shares for p in chosen]), strict=True):
            bearer.moved += share
            bearer.spent, bearer.tacked = bearer.spent or came, bearer.tacked + (days if came else 0)

    def _first(self, parcel: Parcel, count: int) -> Parcel:
        """The first units of a parcel as one of its own; all of it where it has no more."""
        if count >= abs(parcel.quantity):
            return parcel
        first = self._parcels.cut(parcel, count)
        if first.end is not None:
            insort(self._queue, first, key=by_end)
        return first

    def _flag(self, loss: Parcel) -> None:
        """Name a loss on an option near another on the same underlying: it is flagged, not disallowed (TX-4)."""
        near = self._near(_alike(loss, self._terms), loss)
        other = next((p for p in near if isinstance(p, Parcel) and p.instrument != loss.instrument), None)
        if other is not None and loss.end is not None:
            done = "written" if other.written else "bought"
            lost = -(loss.result + loss.disallowed)
            text = f"loss of {lost:.2f}, and {other.instrument} was {done} on {other.opened}"
            self._found.flags.append(Flag("TX-4", loss.end.day, loss.instrument, text))


def _held_on(part: Parcel, end: End) -> bool:
    """Whether it went on when another ended; an expiry may be booked later than it counts."""
    return part.open_after(end.seq) and (part.end is None or part.end.day >= end.day)


def _days(loss: Parcel) -> int:
    """Days that a replacement's holding period grows by; -1 where an option replaces the same option."""
    if loss.contract is not None or loss.end is None:
        return -1
    return (loss.end.day - loss.since).days


class _Pools:
    """What can replace something, by what it replaces, earliest first; made when a first loss on a security is met."""

    def __init__(self, parcels: Parcels, terms: Terms) -> None:
        self._terms, self._made = terms, dict[str, dict[_Key, _Pool]]()
        self._purchases: dict[str, list[Parcel]] = {}
        for lot in parcels.lots.values():
            self._purchases.setdefault(terms.securities(lot[0].symbol), []).append(lot[0])

    def of(self, key: _Key) -> _Pool:
        """Purchases that meet losses of a key."""
        security = key[1]
        if security not in self._made:
            self._made[security] = self._make(security)
        return self._made[security].get(key, [])

    def _make(self, security: str) -> dict[_Key, _Pool]:
        pools: dict[_Key, _Pool] = {}
        for parcel in self._purchases.get(security, ()):
            for key in _replaces(parcel, self._terms):
                pools.setdefault(key, []).append((parcel.opened, parcel.seq, parcel))
        for purchase in self._terms.outside if self._terms.whole else ():
            if self._terms.securities(purchase.symbol) == security:
                pool = pools.setdefault(("shares", security, ""), [])
                pool.append((purchase.day, 0, _Elsewhere(purchase, purchase.shares)))
        for pool in pools.values():
            pool.sort(key=itemgetter(0, 1))
        return pools


def _replaces(parcel: Parcel, terms: Terms) -> Iterator[_Key]:
    """What losses a purchase can meet."""
    if parcel.symbol in terms.indices:
        return
    yield _key(parcel, terms)
    if parcel.contract is None or not terms.whole:
        return
    yield _alike(parcel, terms)
    call = not parcel.contract.is_put and not parcel.written
    deep = parcel.contract.is_put and parcel.written and parcel.price >= terms.deep * parcel.contract.strike
    if call or deep:
        yield ("shares", terms.securities(parcel.symbol), "")


def _key(parcel: Parcel, terms: Terms) -> _Key:
    account, security = "" if terms.whole else terms.account(parcel.ledger), terms.securities(parcel.symbol)
    if parcel.contract is None:
        return ("shares", security, account)
    return ("option", security, parcel.instrument, parcel.written, account)


def _alike(parcel: Parcel, terms: Terms) -> _Key:
    """Options of one kind on one security."""
    right = parcel.contract.right if parcel.contract else None
    return ("alike", terms.securities(parcel.symbol), right, parcel.written)
