"""Probability of early assignment over the coming night (CC-4)."""

from math import exp, tanh

from attrs import frozen


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
