"""What a contract has on a day and keeps through the session: kind, noise, liquidity levels."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from attrs import fields, frozen
from numpy.typing import NDArray

from allusr_sdk.market.synthetic import liquidity, listing, surface
from allusr_sdk.market.synthetic.history import History
from allusr_sdk.market.synthetic.noise import bells, keys, number, salts, scramble
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.model.chains import Flags, Floats

_SALTS = salts(1, 2, 3)


@frozen(eq=False)
class Listed:
    """Contracts by row, with what does not change within their session."""

    rows: liquidity.Rows
    volume_base: Floats
    spread_base: Floats
    open_interest: Floats

    def of(self, rows: NDArray[np.intp]) -> "Listed":
        """Some of the contracts."""
        picked = liquidity.Rows(*(getattr(self.rows, field.name)[rows] for field in fields(liquidity.Rows)))
        return Listed(picked, self.volume_base[rows], self.spread_base[rows], self.open_interest[rows])


def dress(profile: Profile, rows: liquidity.Rows, previous: float, shares: int, wide: Floats) -> Listed:
    """Contracts with their levels, where a share of the first day is `shares` of today and spreads are so `wide`."""
    return Listed(
        rows,
        liquidity.volume_base(profile, rows) * shares,
        liquidity.spread_base(profile, rows) * wide,
        liquidity.open_interest(profile, rows, previous) * shares,
    )


def contracts(
    profile: Profile,
    history: History,
    seed: int,
    *,
    ends: Sequence[tuple[date, int]],
    place: NDArray[np.intp],
    strike: Floats,
    put: Flags,
    fresh: Flags,
) -> liquidity.Rows:
    """Contracts on their sessions; `place` gives each row its expiry and its session's row out of `ends`."""
    days = [history.days[row] for _, row in ends]
    column = history.column[profile.symbol]
    origin = scramble(seed) ^ number(profile.symbol)
    ordinals = np.array([expiry.toordinal() for expiry, _ in ends], np.int64)[place]
    contract = keys(origin, ordinals, np.rint(strike * 1000).astype(np.int64), put.astype(np.int64))
    moves = [_move(history, expiry, row, column) for expiry, row in ends]
    today = keys(origin ^ 1, contract.view(np.int64), np.array([day.toordinal() for day in days], np.int64)[place])
    traded, held, width = bells(np.stack((today, contract, today)) ^ _SALTS)
    return liquidity.Rows(
        strike=strike,
        put=put,
        days=np.array([float((end[0] - day).days) for end, day in zip(ends, days, strict=True)])[place],
        weekly=np.array([listing.is_weekly(expiry) for expiry, _ in ends], bool)[place],
        monthly=np.array([listing.is_standard(profile, expiry) for expiry, _ in ends], bool)[place],
        move=np.array(moves)[place],
        traded=traded,
        held=held,
        width=width,
        fresh=fresh,
    )


def _move(history: History, expiry: date, row: int, column: int) -> float:
    """Expected move to expiry at a session's open."""
    vol, variance = float(history.vol_open[row, column]), float(history.variance_open[row])
    return surface.expected_move(vol, variance, history.days[row], expiry)
