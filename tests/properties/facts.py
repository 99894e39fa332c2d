"""What the rules look at, worked out again from the market alone: deltas, liquidity, earnings time, sides of orders."""

from datetime import timedelta
from decimal import Decimal
from math import erf, exp, isfinite, log, sqrt

from allusr_sdk.model.calendar import NEW_YORK, xnys
from tests.properties.weather import EXEMPT, RATE, contract_of, ending


def normal(x):
    return (1 + erf(x / sqrt(2))) / 2


def model(put, spot, strike, years, volatility):
    """Value and delta by Black, Scholes and Merton."""
    spread = volatility * sqrt(years)
    d1 = (log(spot / strike) + RATE * years) / spread + spread / 2
    call = spot * normal(d1) - strike * exp(-RATE * years) * normal(d1 - spread)
    return (call - spot + strike * exp(-RATE * years), normal(d1) - 1) if put else (call, normal(d1))


def own_delta(quote, view):
    """Delta from the mid by bisection of the volatility (CAD-8)."""
    contract, spot = quote.contract, view.snapshots[quote.contract.underlying].spot
    years = (ending(contract.expiry) - quote.at).total_seconds() / 31_536_000
    low, high = 0.001, 5.0
    for _ in range(50):
        middle = (low + high) / 2
        value, delta = model(contract.is_put, spot, float(contract.strike), years, middle)
        low, high = (middle, high) if value < float(quote.mid) else (low, middle)
    return delta


def sound(quote):
    return quote is not None and 0 < quote.bid < quote.ask and isfinite(quote.ask)


def quote_of(name, view):
    """The quote of an option's name at this instant; None where there is none."""
    contract = contract_of(name)
    snapshot = view.snapshots[contract.underlying]
    return snapshot.quotes([contract])[0] if snapshot.at == view.at else None


def illiquid(quote, quantity, delta, view):
    """What of LQ-1 a contract misses at a size."""
    volumes = [v for v in view.snapshots[quote.contract.underlying].volumes(quote.contract) if v == v]
    average = sum(volumes) / len(volumes) if volumes else 0
    if quote.open_interest < 500:
        yield f"LQ-1 open interest {quote.open_interest}"
    if not volumes or max(volumes) < 100:
        yield f"LQ-1 volume {volumes}"
    if (quote.ask - quote.bid) / ((quote.ask + quote.bid) / 2) > 0.05 + 1e-9:
        yield f"LQ-1 spread of {quote.bid} x {quote.ask}"
    if quantity > 0.10 * average + 1e-9:
        yield f"LQ-1 {quantity} contracts of ADV {average}"
    if 100 * quantity * abs(delta) > 0.001 * 50_000_000 + 1e-6:
        yield f"LQ-1 {quantity} contracts of delta {delta} against the share's volume"


def earnings_time(symbol, expiry, view):
    """CC-3: a report in the ISO week, or up to the expiry, estimated ones three days around; or an old calendar."""
    if symbol in EXEMPT:
        return False
    today, reports = view.session.day, view.earnings.get(symbol, ())
    if not reports or (today - max(r.as_of for r in reports)).days >= 7:
        return True
    monday = today - timedelta(days=today.weekday())
    for report in reports:
        slack = timedelta(days=0 if report.confirmed else 3)
        days = [report.day + timedelta(days=n) for n in range(-slack.days, slack.days + 1)]
        if any(monday <= day <= monday + timedelta(days=6) or today <= day <= expiry for day in days):
            return True
    return False


def local(at):
    return at.astimezone(NEW_YORK)


def sessions_left(day, expiry):
    return len(xnys().between(day + timedelta(days=1), expiry)) if expiry > day else 0


def hedge(intent):
    return intent.opening and intent.cause.startswith("hedge")


def entering(intent):
    return intent.opening and not hedge(intent)


def group(intent):
    return intent.parent or intent.key


def siblings(intent, life):
    """Contracts or shares of the slices of the same decision that were journaled before this one."""
    sent = (e for _, e in life.shadow.sent if group(e) == group(intent))
    return sum(abs(e.legs[0][1]) for e in sent)


def exact(value):
    return Decimal(str(value))
