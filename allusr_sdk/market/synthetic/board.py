"""One underlying in one session: its chain, quotes and volumes at any instant, as pure functions of what was drawn."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from attrs import Factory, define, fields, frozen
from numpy.typing import NDArray

from allusr_sdk.market import pricing
from allusr_sdk.market.synthetic import liquidity, listing, surface
from allusr_sdk.market.synthetic.dressing import Listed, dress
from allusr_sdk.market.synthetic.history import History
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.model.calendar import Session, xnys
from allusr_sdk.model.chains import Chain, Flags, Floats, Quote
from allusr_sdk.model.options import Contract

_SESSIONS_KEPT = 20
CLOSING = timedelta(minutes=15)
"""How long after the close the closing step comes."""


@frozen(eq=False)
class Day:
    """A contract over the instants of a session."""

    bid: Floats
    ask: Floats
    volume: Floats
    open_interest: float
    delta: Floats


@define(eq=False, slots=False)
class Board:
    """The options of one symbol in one session. Instants count its marks, the closing step comes last."""

    profile: Profile
    history: History
    row: int
    session: Session
    tape: surface.Tape
    seed: int
    rate: float
    _ladders: dict[date, Sequence[listing.Rung]] = Factory(dict)
    _days: dict[Contract, Day | None] = Factory(dict)
    _pasts: dict[Contract, tuple[float, ...]] = Factory(dict)

    @cached_property
    def expiries(self) -> tuple[date, ...]:
        """Expiries listed today."""
        return listing.expiries(self.profile, self.session.day)

    def chain(self, instant: int, at: datetime) -> Chain:
        """Every listed contract: all puts, then all calls, by expiry and strike."""
        which, listed = self._all
        count = len(which)
        tenor = surface.Tenor(*(getattr(self._tenors, f.name)[which, instant] for f in fields(surface.Tenor)))
        worth = surface.values(self.profile, tenor, listed.rows.strike[:count], self.rate)
        worth = surface.Values(*(np.tile(getattr(worth, f.name), 2) for f in fields(surface.Values)))
        spot = float(self.tape.spots[instant])
        bid, ask, delta = self._sides(listed, worth, spot)
        return Chain(
            symbol=self.profile.symbol,
            at=at,
            spot=spot,
            roots=(self.profile.symbol,),
            root=np.zeros(2 * count, np.int8),
            expiry=np.tile(np.array(self.expiries, "datetime64[D]")[which], 2),
            strike=listed.rows.strike,
            put=listed.rows.put,
            bid=bid,
            ask=ask,
            volume=self._volume(listed, self._low[instant], self._high[instant], self._gone[instant]),
            open_interest=listed.open_interest,
            delta=delta,
        )

    def quotes(self, instant: int, at: datetime, contracts: Sequence[Contract]) -> tuple[Quote | None, ...]:
        """The chain's numbers for some contracts; None where one is not listed."""
        return tuple(self._quote(instant, at, contract) for contract in contracts)

    def volumes(self, instant: int, contract: Contract) -> tuple[float, ...]:
        """Daily volumes over at most 20 sessions since the contract was listed, this session's so far last."""
        today = self._day(contract)
        if today is None:
            return ()
        if contract not in self._pasts:
            earlier = range(max(self.row - _SESSIONS_KEPT + 1, 1), self.row)
            rows = [row for row in earlier if self._was_listed(contract, row)]
            self._pasts[contract] = tuple(self._past_volumes(contract, rows))
        return (*self._pasts[contract], float(today.volume[instant]))

    def _quote(self, instant: int, at: datetime, contract: Contract) -> Quote | None:
        day = self._day(contract)
        if day is None:
            return None
        numbers = (day.bid[instant], day.ask[instant], day.volume[instant], day.open_interest, day.delta[instant])
        return Quote(contract, at, *map(float, numbers))

    def _day(self, contract: Contract) -> Day | None:
        """A contract over the whole session, worked out once: who holds it asks at every mark."""
        if contract not in self._days:
            self._days[contract] = self._work_out(contract) if self._is_listed(contract) else None
        return self._days[contract]

    def _work_out(self, contract: Contract) -> Day:
        strike, put = np.array([float(contract.strike)]), np.array([contract.is_put])
        new = listing.fresh(self._ladder(contract.expiry), strike)
        listed = self._dress([(contract.expiry, self.row)], np.zeros(1, np.intp), strike, put, new)
        terms = self._terms((contract.expiry,))
        tenor = surface.Tenor(*(getattr(terms, f.name)[0] for f in fields(surface.Tenor)))
        worth = surface.values(self.profile, tenor, strike, self.rate)
        bid, ask, delta = self._sides(listed, worth, self.tape.spots)
        volume = self._volume(listed, self._low, self._high, self._gone)
        return Day(bid, ask, volume, float(listed.open_interest[0]), delta)

    def _is_listed(self, contract: Contract) -> bool:
        listed = contract.root == self.profile.symbol and contract.expiry in self.expiries
        return listed and listing.holds(self._ladder(contract.expiry), float(contract.strike))

    def _was_listed(self, contract: Contract, row: int) -> bool:
        if self.history.days[row] < listing.listed_since(self.profile, contract.expiry):
            return False
        return listing.holds(listing.rungs(self.profile, self.history, contract.expiry, row), float(contract.strike))

    def _past_volumes(self, contract: Contract, rows: Sequence[int]) -> list[float]:
        count = len(rows)
        if not count:
            return []
        strike, put = np.full(count, float(contract.strike)), np.full(count, contract.is_put)
        ends = [(contract.expiry, row) for row in rows]
        listed = self._dress(ends, np.arange(count), strike, put, np.zeros(count, bool))
        column = self.history.column[self.profile.symbol]
        low, high = self.history.low[rows, column], self.history.high[rows, column]
        return self._volume(listed, low, high, np.ones(count)).tolist()  # type: ignore[no-any-return]

    def _ladder(self, expiry: date) -> Sequence[listing.Rung]:
        if expiry not in self._ladders:
            self._ladders[expiry] = listing.rungs(self.profile, self.history, expiry, self.row)
        return self._ladders[expiry]

    @cached_property
    def _all(self) -> tuple[NDArray[np.intp], Listed]:
        """Which expiry each strike belongs to; puts and then calls of those strikes."""
        ladders = [listing.strikes(self._ladder(expiry)) for expiry in self.expiries]
        fresh = [listing.fresh(self._ladder(e), ladder) for e, ladder in zip(self.expiries, ladders, strict=True)]
        which = np.repeat(np.arange(len(ladders)), [len(ladder) for ladder in ladders])
        put = np.repeat([True, False], len(which))
        ends = [(expiry, self.row) for expiry in self.expiries]
        strike, new = np.tile(np.concatenate(ladders), 2), np.tile(np.concatenate(fresh), 2)
        return which, self._dress(ends, np.tile(which, 2), strike, put, new)

    def _dress(
        self, ends: Sequence[tuple[date, int]], place: NDArray[np.intp], strike: Floats, put: Flags, fresh: Flags
    ) -> Listed:
        rows: dict[str, Any] = {"ends": ends, "place": place, "strike": strike, "put": put, "fresh": fresh}
        return dress(self.profile, self.history, self.seed, **rows)

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
        marks = np.linspace(0.0, length, len(self.tape.prices))
        return np.append(marks, length + closing) / pricing.SECONDS_A_YEAR

    def _sides(self, listed: Listed, worth: surface.Values, spot: Floats | float) -> tuple[Floats, Floats, Floats]:
        """Bid, ask and delta: calls by parity, and no option below what exercising it is worth."""
        put, strike = listed.rows.put, listed.rows.strike
        value = np.where(put, worth.put, worth.put + worth.call_above)
        exercised = np.where(put, strike - spot, spot - strike)
        bid, ask = liquidity.two_sides(self.profile, np.maximum(value, np.maximum(exercised, 0.0)), listed.spread_base)
        return bid, ask, np.round(np.where(put, worth.put_delta, worth.put_delta + 1.0), 4)

    def _volume(self, listed: Listed, low: Floats, high: Floats, gone: Floats) -> Floats:
        return liquidity.volume(listed.volume_base, listed.rows, low, high, gone)

    @cached_property
    def _low(self) -> Floats:
        return np.minimum.accumulate(self.tape.spots)

    @cached_property
    def _high(self) -> Floats:
        return np.maximum.accumulate(self.tape.spots)

    @cached_property
    def _gone(self) -> Floats:
        """Share of the session gone by instant."""
        return np.append(np.linspace(0.0, 1.0, len(self.tape.prices)), 1.0)
