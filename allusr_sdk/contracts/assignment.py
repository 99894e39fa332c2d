"""Probability of early assignment: over the coming night, and before expiry (CC-4).

All values are the market's own mids; no rule of the early-exercise estimate needs a model value of an American option.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from math import exp, tanh

from attrs import evolve, frozen

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.views import MarketView


@frozen
class Night:
    """One short option on the eve of a night; dollars per share.

    Attributes:
        dividend: cash dividend whose ex-date is the next session, 0 where there is none.
        days: calendar days to the next session.
        rate: risk-free rate a year; `half_spread`: half the share's spread.
    """

    put: bool
    spot: float
    strike: float
    bid: float
    ask: float
    dividend: float = 0.0
    days: int = 1
    rate: float = 0.04
    half_spread: float = 0.01


def overnight(night: Night) -> float:
    """Probability that the holder exercises tonight, by CC-4's logistic of the gain over its threshold.

    Zero out of the money. An upper estimate: half of the exercises that pay are missed (Pool, Stoll, Whaley, SSRN
    972613).
    """
    intrinsic = max(night.strike - night.spot, 0.0) if night.put else max(night.spot - night.strike, 0.0)
    if intrinsic <= 0:
        return 0.0
    mid = (night.bid + night.ask) / 2
    extrinsic = max(mid - intrinsic, 0.0)
    at_parity = intrinsic - night.bid - 0.02
    depth = min(1.0, intrinsic / (0.05 * night.spot))
    if night.put:
        interest = night.strike * (exp(night.rate * night.days / 365) - 1) - extrinsic
        gain, threshold, scale, most = max(interest, at_parity) - night.dividend, 0.01, 0.03, 0.95 * depth
    elif night.dividend > 0:
        gain, threshold = night.dividend - extrinsic, 0.01 + night.half_spread
        scale, most = max(0.02, 0.10 * night.dividend), 0.95
    else:
        gain, threshold, scale, most = at_parity, 0.0, 0.03, 0.50 * depth
    return most * (1 + tanh((gain - threshold) / scale / 2)) / 2


def nights(quote: Quote, market: MarketView) -> Iterator[Night]:
    """Every night from this session to the option's expiry, at today's prices (CC-4); none without a fresh share price.

    A dividend belongs to the night before the session of its ex-date, the last at which shares still earn it.
    """
    contract = quote.contract
    snapshot = market.fresh(contract.underlying)
    if snapshot is None:
        return
    half = (snapshot.ask - snapshot.bid) / 2
    known = {"half_spread": half} if 0 <= half < float("inf") else {}
    for day, following in pairwise(s.day for s in market.calendar.between(market.session.day, contract.expiry)):
        yield Night(
            put=contract.is_put, spot=snapshot.spot, strike=float(contract.strike), bid=quote.bid, ask=quote.ask,
            dividend=_dividend(contract.underlying, day, following, market), days=(following - day).days,
            rate=market.rate, **known,
        )  # fmt: skip


def before_expiry(quote: Quote, market: MarketView) -> float:
    """Probability that a short option is assigned on any night before its expiry, 1 - prod(1 - p) (CC-4).

    NaN while the quote is not sound or the share has no fresh price; European options are never assigned early.
    """
    snapshot = market.fresh(quote.contract.underlying)
    if quote.contract.kind.european:
        return 0.0
    if not quote.sound or snapshot is None or not 0 < snapshot.spot < float("inf"):
        return float("nan")
    return _on_any(nights(quote, market))


def most_before_expiry(quote: Quote, market: MarketView, *, spot: float, time_value: float) -> float:
    """The most that `before_expiry` can say of an option in this session while the share is no further in the money
    than at `spot` (dollars), and its sound bid holds `time_value` dollars a share or more over what exercising gives.

    The chance of a night falls with time value and the share's spread, and rises with the depth in the money.
    """
    bid = abs(float(quote.contract.strike) - spot) + time_value
    return _on_any(evolve(n, spot=spot, bid=bid, ask=bid, half_spread=0.0) for n in nights(quote, market))


def _on_any(nights: Iterable[Night]) -> float:
    survives = 1.0
    for night in nights:
        survives *= 1 - overnight(night)
    return 1 - survives


def _dividend(symbol: str, day: date, following: date, market: MarketView) -> float:
    return float(sum(d.amount for d in market.dividends.get(symbol, ()) if day < d.ex_day <= following))
