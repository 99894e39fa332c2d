"""Our own Greeks of one contract, from the mid of its quote (PE-6, CC-6)."""

from math import exp, isfinite
from typing import Any

from attrs import frozen

from allusr_sdk.market import pricing
from allusr_sdk.market.implied import of_prices
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.views import MarketView

NAN = float("nan")


@frozen
class Greeks:
    """What a contract's mid says: volatility a year, signed delta, and the probability of ending in the money.

    `probability` is N(d2) for calls and N(-d2) for puts. Where the mid holds no time value the volatility is NaN and
    the option is as good as the share: delta 1 or -1, probability 1.
    """

    volatility: float = NAN
    delta: float = NAN
    probability: float = NAN


def own(quote: Quote, market: MarketView) -> Greeks:
    """Greeks of a quote at this instant; all NaN where quote or share price are not sound or no time is left (RULE-0).

    Source: Black-Scholes-Merton as CAD-8 says, `allusr_sdk.market.pricing`.
    """
    contract, snapshot = quote.contract, market.fresh(quote.contract.underlying)
    if snapshot is None or not quote.sound or not 0 < snapshot.spot < float("inf"):
        return Greeks()
    left = pricing.years(quote.at, pricing.expiry_close(contract.expiry, market.calendar))
    if left <= 0:
        return Greeks()
    terms: dict[str, Any] = {
        "put": contract.is_put,
        "spot": snapshot.spot,
        "strike": float(contract.strike),
        "years": left,
        "rate": market.rate,
        "dividend_yield": snapshot.dividend_yield,
    }
    found = of_prices(float(quote.mid), **terms)
    if not isfinite(found.volatility):
        carry = float(contract.strike) * (1 - exp(-market.rate * left))
        return _at_parity(quote, snapshot.spot, carry)
    return Greeks(float(found.volatility), float(found.delta), float(found.probability))


def _at_parity(quote: Quote, spot: float, carry: float) -> Greeks:
    """A mid without a volatility: within a cent and the strike's carry of intrinsic it holds no time value."""
    contract = quote.contract
    intrinsic = (float(contract.strike) - spot) * (1 if contract.is_put else -1)
    if not intrinsic > 0 or float(quote.mid) > intrinsic + carry + 0.01:
        return Greeks()
    return Greeks(NAN, -1.0 if contract.is_put else 1.0, 1.0)
