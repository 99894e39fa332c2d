"""One underlying in one session: its chain, quotes and volumes at any instant, as pure functions of what was drawn."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
from attrs import Factory, define, evolve, fields, frozen
from numpy.typing import NDArray

from allusr_sdk.market import pricing
from allusr_sdk.market.synthetic import liquidity, listing, surface
from allusr_sdk.market.synthetic.dressing import Listed, contracts, dress
from allusr_sdk.market.synthetic.history import History
from allusr_sdk.market.synthetic.ondemand import ChainOnDemand, SnapshotOnDemand
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.market.synthetic.units import SAME, Units
from allusr_sdk.model.calendar import Session, xnys
from allusr_sdk.model.chains import Chain, Days, Flags, Floats, Quote
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Snapshot

_SESSIONS_KEPT = 20
_ADJUSTED_SPREAD = 3.0
_MILL = 0.001
_HALF_SPREAD, _NAN = 0.01, float("nan")
CLOSING = timedelta(minutes=15)
"""How long after the close the closing step comes."""


@frozen(eq=False)
class Day:
    """A contract over the instants of a session."""

    bid: Sequence[float]
    ask: Sequence[float]
    volume: Sequence[float]
    open_interest: float
    delta: Sequence[float]


@frozen(eq=False)
class Sheet:
    """The contracts listed in a session, by row: all puts, then all calls, in equal order.

    Attributes:
        which: place of the expiry among the session's.
        first: strikes in shares of the market's first day; `strike` is as listed today.
        adjusted: contracts older than an adjustment (LQ-7).
    """

    which: NDArray[np.intp]
    first: Floats
    strike: Floats
    put: Flags
    fresh: Flags
    adjusted: Flags

    def of(self, right: Right) -> NDArray[np.intp]:
        """The rows of a right."""
        puts, calls = np.split(np.arange(len(self.put)), 2)
        return puts if right is Right.PUT else calls

    def place(self, first: float, put: bool, adjusted: bool) -> NDArray[np.intp]:
        """The row of a contract in a sheet of one expiry."""
        same = (self.put == put) & (self.adjusted == adjusted) & (np.abs(self.first - first) < _MILL)
        return np.flatnonzero(same)


@define(eq=False, slots=False)
class Board:
    """The options of one symbol in one session. Instants count its marks, the closing step comes last.

    Attributes:
        units: what splits made of a share since the market's first day, in whose shares history and tape are.
        before: row of the last session before an adjustment, whose contracts are non-standard since.
        only: the one expiry that a part of a board has.
    """

    profile: Profile
    history: History
    row: int
    session: Session
    tape: surface.Tape
    seed: int
    rate: float
    units: Units = SAME
    before: int | None = None
    only: date | None = None
    _ladders: dict[tuple[date, int], listing.Ladder] = Factory(dict)
    _days: dict[Contract, Day | None] = Factory(dict)
    _pasts: dict[Contract, tuple[float, ...]] = Factory(dict)
    _due: dict[int, surface.Tenor] = Factory(dict)
    _dressed: dict[bytes, Listed] = Factory(dict)
    _parts: dict[date, Self] = Factory(dict)

    @cached_property
    def expiries(self) -> tuple[date, ...]:
        """Expiries listed today."""
        return (self.only,) if self.only else listing.expiries(self.profile, self.session.day)

    def part(self, expiry: date) -> Self:
        """The board of one listed expiry: who asks for one has no use for the contracts of all the others."""
        if expiry == self.only:
            return self
        if expiry not in self._parts:
            self._parts[expiry] = evolve(self, only=expiry, due={}, dressed={}, parts={})
        return self._parts[expiry]

    @cached_property
    def expiry_column(self) -> Days:
        """The expiry of each row of the sheet."""
        column: Days = np.array(self.expiries, "datetime64[D]")[self.sheet.which]
        return column

    @property
    def roots(self) -> tuple[str, ...]:
        """Option roots, the one of adjusted contracts last."""
        return (self.profile.root,) if self.before is None else (self.profile.root, self._odd)

    def snapshot(self, instant: int, at: datetime) -> Snapshot:
        """The underlying at an instant; an index has a level and no market."""
        return SnapshotOnDemand.of(self, instant, at)

    def chain(self, instant: int, at: datetime) -> Chain:
        """Every listed contract, quoted where somebody looks: all puts, then all calls, by expiry and strike."""
        return ChainOnDemand.of(self, instant, at)

    def spot(self, instant: int) -> float:
        """Dollars a share at an instant."""
        return self.shown[instant][2]

    def numbers(self, instant: int, rows: NDArray[np.intp] | None) -> dict[str, Floats]:
        """Quotes, volumes, open interest and deltas of some rows of the sheet, or of all."""
        sheet = self.sheet
        picked = np.arange(len(sheet.put)) if rows is None else rows
        # A put and its call have one value in the model: of whole chains only puts are worked out.
        valued = sheet.of(Right.PUT) if rows is None else rows
        worth = surface.values(self.profile, self._tenor(sheet.which[valued], instant), sheet.first[valued], self.rate)
        if rows is None:
            worth = surface.Values(*(np.tile(column, 2) for column in _columns(worth)))
        listed = self._picked(picked)
        bid, ask, delta = self._sides(listed, sheet.strike[picked], worth, self._spots[instant])
        so_far = self._low[instant], self._high[instant], self._gone[instant]
        volume = liquidity.volume(listed.volume_base, listed.rows, *so_far)
        return {"bid": bid, "ask": ask, "volume": volume, "open_interest": listed.open_interest, "delta": delta}

    def quotes(self, instant: int, at: datetime, contracts: Sequence[Contract]) -> tuple[Quote | None, ...]:
        """The chain's numbers for some contracts; None where one is not listed."""
        return tuple(self._quote(instant, at, contract) for contract in contracts)

    def volumes(self, instant: int, contract: Contract) -> tuple[float, ...]:
        """Daily volumes over at most 20 sessions since the contract was listed, this session's so far last."""
        today, strike = self._day(contract), self._first(contract)
        if today is None or strike is None:
            return ()
        if contract not in self._pasts:
            earlier = range(max(self.row - _SESSIONS_KEPT + 1, 1), self.row)
            # What was listed once stays listed, so the sessions since are found by halving.
            since = bisect_left(earlier, True, key=partial(self._was_listed, contract.expiry, strike))
            self._pasts[contract] = tuple(self._past_volumes(contract, strike, earlier[since:]))
        return (*self._pasts[contract], today.volume[instant])

    def _quote(self, instant: int, at: datetime, contract: Contract) -> Quote | None:
        day = self._day(contract)
        if day is None:
            return None
        return Quote(
            contract, at, day.bid[instant], day.ask[instant], day.volume[instant], day.open_interest, day.delta[instant]
        )

    def _day(self, contract: Contract) -> Day | None:
        """A contract over the whole session, worked out once: who holds it asks at every mark."""
        known = self._days.get(contract)
        if known is None and contract not in self._days:
            strike = self._first(contract)
            if strike is not None:
                known = self.part(contract.expiry)._work_out(contract, strike)
            self._days[contract] = known
        return known

    def _work_out(self, contract: Contract, first: float) -> Day:
        listed = self._listed.of(self.sheet.place(first, contract.is_put, contract.kind.adjusted))
        worth = surface.values(self.profile, self._term(0), listed.rows.strike, self.rate)
        bid, ask, delta = self._sides(listed, np.array([float(contract.strike)]), worth, self._spots)
        volume = liquidity.volume(listed.volume_base, listed.rows, self._low, self._high, self._gone)
        return Day(bid.tolist(), ask.tolist(), volume.tolist(), float(listed.open_interest[0]), delta.tolist())

    def _first(self, contract: Contract) -> float | None:
        """A contract's strike in shares of the market's first day, None where it is not listed."""
        if contract.root not in self.roots or contract.expiry not in self.expiries:
            return None
        row = self._since(contract.root)
        if contract.root == self._odd and self.history.days[row] < listing.listed_since(self.profile, contract.expiry):
            return None
        ladder, strike = self._ladder(contract.expiry, row), float(contract.strike)
        if not self.units.ratios:
            return strike if listing.holds(ladder, strike) else None
        known = listing.strikes(ladder)
        found = known[np.abs(self.units.strike(known) - strike) < _MILL]
        return float(found[0]) if len(found) else None

    def _since(self, root: str) -> int:
        """The row whose ladder a root has: adjusted contracts get no new strikes."""
        return self.row if self.before is None or root != self._odd else self.before

    @property
    def _odd(self) -> str:
        return f"{self.profile.root}1"

    def _was_listed(self, expiry: date, strike: float, row: int) -> bool:
        if self.history.days[row] < listing.listed_since(self.profile, expiry):
            return False
        return listing.holds(self._ladder(expiry, row), strike)

    def _past_volumes(self, contract: Contract, first: float, rows: Sequence[int]) -> list[float]:
        count = len(rows)
        if not count:
            return []
        strike, put = np.full(count, first), np.full(count, contract.is_put)
        ends = [(contract.expiry, row) for row in rows]
        traded = self._contracts(ends, np.arange(count), strike, put, np.zeros(count, bool))
        base = liquidity.volume_base(self.profile, traded) * self.units.count
        column = self.history.column[self.profile.symbol]
        low, high = self.history.low[rows, column], self.history.high[rows, column]
        return liquidity.volume(base, traded, low, high, np.ones(count)).tolist()  # type: ignore[no-any-return]

    def _ladder(self, expiry: date, row: int) -> listing.Ladder:
        if (expiry, row) not in self._ladders:
            self._ladders[expiry, row] = listing.rungs(self.profile, self.history, expiry, row)
        return self._ladders[expiry, row]

    @cached_property
    def sheet(self) -> Sheet:
        """What is listed; adjusted contracts after the others of their right."""
        parts = [self._part(place, expiry, self.row) for place, expiry in enumerate(self.expiries)]
        if self.before is not None:
            day = self.history.days[self.before]
            old = [e for e in self.expiries if listing.listed_since(self.profile, e) <= day]
            parts += [self._part(self.expiries.index(e), e, self.before, adjusted=True) for e in old]
        which, first, fresh, adjusted = (np.tile(np.concatenate(column), 2) for column in zip(*parts, strict=True))
        put = np.repeat([True, False], len(first) // 2)
        return Sheet(which, first, self.units.strike(first), put, fresh, adjusted)

    def _part(
        self, place: int, expiry: date, row: int, adjusted: bool = False
    ) -> tuple[NDArray[np.intp], Floats, Flags, Flags]:
        """One expiry's rows of the sheet."""
        ladder = self._ladder(expiry, row)
        strikes = listing.strikes(ladder)
        new = np.zeros(len(strikes), bool) if adjusted else listing.fresh(ladder, strikes)
        return np.full(len(strikes), place), strikes, new, np.full(len(strikes), adjusted)

    @cached_property
    def _listed(self) -> Listed:
        """What the rows of the sheet keep through the session."""
        sheet, ends = self.sheet, [(expiry, self.row) for expiry in self.expiries]
        rows = self._contracts(ends, sheet.which, sheet.first, sheet.put, sheet.fresh)
        previous = float(self.history.close[self.row - 1, self.history.column[self.profile.symbol]])
        wide = np.where(sheet.adjusted, _ADJUSTED_SPREAD, 1.0)
        return dress(self.profile, rows, previous, self.units.count, wide)

    def _picked(self, rows: NDArray[np.intp]) -> Listed:
        """Some rows of that, picked once."""
        key = rows.tobytes()
        if key not in self._dressed:
            self._dressed[key] = self._listed.of(rows)
        return self._dressed[key]

    def _contracts(
        self, ends: Sequence[tuple[date, int]], place: NDArray[np.intp], strike: Floats, put: Flags, fresh: Flags
    ) -> liquidity.Rows:
        rows: dict[str, Any] = {"ends": ends, "place": place, "strike": strike, "put": put, "fresh": fresh}
        return contracts(self.profile, self.history, self.seed, **rows)

    def _tenor(self, which: NDArray[np.intp], instant: int) -> surface.Tenor:
        """What values need at an instant, for one expiry in all rows or row by row."""
        if len(which) and (which == which[0]).all():
            return surface.Tenor(*(column[instant] for column in _columns(self._term(int(which[0])))))
        return surface.Tenor(*(column[which, instant] for column in _columns(self._tenors)))

    def _term(self, place: int) -> surface.Tenor:
        """Of one expiry, by instant."""
        if place not in self._due:
            terms = self._terms((self.expiries[place],))
            self._due[place] = surface.Tenor(*(column[0] for column in _columns(terms)))
        return self._due[place]

    @cached_property
    def _tenors(self) -> surface.Tenor:
        """Of all expiries, (expiries, instants)."""
        return self._terms(self.expiries)

    def _terms(self, expiries: Sequence[date]) -> surface.Tenor:
        left = [pricing.years(self.session.open, pricing.expiry_close(expiry, xnys())) for expiry in expiries]
        years = np.array(left)[:, None] - self._since_open
        return surface.tenors(
            self.profile, self.tape, day=self.session.day, expiries=expiries, years=years, rate=self.rate
        )

    @cached_property
    def _since_open(self) -> Floats:
        """Years since the open by instant."""
        length, closing = (self.session.close - self.session.open).total_seconds(), CLOSING.total_seconds()
        marks = np.linspace(0.0, length, len(self.tape.spots) - 1)
        return np.append(marks, length + closing) / pricing.SECONDS_A_YEAR

    def _sides(
        self, listed: Listed, strike: Floats, worth: surface.Values, spot: Floats | float
    ) -> tuple[Floats, Floats, Floats]:
        """Bid, ask and delta: calls by parity, and no American option below what exercising it is worth."""
        put = listed.rows.put
        value = np.where(put, worth.put, worth.put + worth.call_above) / self.units.count
        exercised = 0.0 if self.profile.index else np.maximum(np.where(put, strike - spot, spot - strike), 0.0)
        bid, ask = liquidity.two_sides(self.profile, np.maximum(value, exercised), listed.spread_base)
        return bid, ask, np.round(np.where(put, worth.put_delta, worth.put_delta + 1.0), 4)

    @cached_property
    def _spots(self) -> Floats:
        return self.units.dollars(self.tape.spots)

    @cached_property
    def shown(self) -> list[tuple[float, float, float]]:
        """Bid, ask and last by instant."""
        half = _NAN if self.profile.index else _HALF_SPREAD
        sides = (np.round(self._spots - half, 2), np.round(self._spots + half, 2), self._spots)
        return list(zip(*(side.tolist() for side in sides), strict=True))

    @cached_property
    def dividend_yield(self) -> float:
        return 4 * self.profile.dividend / float(self.tape.spots[0])

    @cached_property
    def _low(self) -> Floats:
        return np.minimum.accumulate(self.tape.spots)

    @cached_property
    def _high(self) -> Floats:
        return np.maximum.accumulate(self.tape.spots)

    @cached_property
    def _gone(self) -> Floats:
        """Share of the session gone by instant."""
        return np.append(np.linspace(0.0, 1.0, len(self.tape.spots) - 1), 1.0)


def _columns(value: surface.Tenor | surface.Values) -> tuple[Floats, ...]:
    return tuple(getattr(value, field.name) for field in fields(type(value)))
