"""The wheel that Gen-Acc and Rev-Acc turn: puts from CASH, calls on shares, recovery calls under the basis (CAD-9)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import evolve

from allusr_sdk.contracts.selection import Pick, choose
from allusr_sdk.contracts.view import SleeveView
from allusr_sdk.model.intents import Band, Intent
from allusr_sdk.model.options import Right
from allusr_sdk.model.positions import Wheel
from allusr_sdk.rulebook import Rulebook


def sleeve_band(rules: Rulebook, key: str, low: float, high: float, *, days: tuple[int, int], unit: str) -> Band:
    """The band of a sleeve: the rule's delta bounds, tightened by `low` and `high`; `key` as in ``CAD-8.gen_band``."""
    first, last = rules.band(key)
    reach = 0.0 if rules.flag("CAD-8.strict") else rules.number("CAD-8.fallback")
    return Band("CAD-8", max(low, first), min(high, last), *days, unit, reach)


def recovery_band(rules: Rulebook) -> Band:
    """The band of calls on shares under water (CAD-9)."""
    low, high = rules.band("CAD-9.recovery_band")
    days = rules.integer("CAD-6.dte_min"), rules.integer("CAD-6.dte_max")
    return Band("CAD-9", low, high, *days, "calendar", rules.number("CAD-8.fallback"))


def under_water(view: SleeveView, symbol: str) -> bool:
    """Whether shares trade under their adjusted basis and the sleeve is not near its high-water mark (CAD-9)."""
    basis, snapshot = view.basis(symbol), view.fresh(symbol)
    if basis is None or snapshot is None:
        return False
    near = view.book.equity >= view.book.high_water * (1 - view.rules.money("CAD-9.near_high"))
    return snapshot.spot < float(basis) and not near


def write(view: SleeveView, symbol: str, expiry: date, band: Band, rule: str) -> Iterator[Intent]:
    """A put from CASH or a call on uncovered shares, from one expiry and band; a reason where neither is possible."""
    state = view.wheel(symbol)
    if state is Wheel.CASH:
        yield _sold(choose(view.side(symbol, expiry, Right.PUT), band, view), symbol, rule)
    elif state is Wheel.STOCK or view.book.uncovered(symbol) > 0:
        yield _sold(choose(view.side(symbol, expiry, Right.CALL), _over_basis(view, symbol, band), view), symbol, rule)
    else:
        yield view.skip(symbol, "CAD-9", f"{symbol} is in {state}: nothing new until it ends")


def recover(view: SleeveView, symbol: str, rule: str) -> Iterator[Intent]:
    """A recovery call: 20-25 delta, five days, on the week's first session; under basis only beyond one ATR (CAD-9)."""
    first = view.week[0].day
    early = "" if view.session.day == first else f"recovery calls are written on the week's first session, {first}"
    covered = "" if view.book.uncovered(symbol) > 0 else "every hundred of its shares is covered"
    if shut := view.shut({"CAD-9": early or covered}):
        yield view.skip(symbol, *shut)
        return
    band = recovery_band(view.rules)
    expiry = nearest(view, symbol, view.rules.integer("CAD-6.dte_target"), band)
    if expiry is None:
        yield view.skip(symbol, "CAD-3", f"no expiry {band.nearest} to {band.furthest} days out is listed")
        return
    pick = choose(view.side(symbol, expiry, Right.CALL), _over_basis(view, symbol, band), view)
    if not isinstance(pick, Pick):
        pick = choose(view.side(symbol, expiry, Right.CALL), _beyond_atr(view, symbol, band), view)
        if isinstance(pick, Pick):
            pick = evolve(pick, how=f"BELOW_BASIS, one ATR over spot: {pick.how}")
    yield _sold(pick, symbol, rule)


def nearest(view: SleeveView, symbol: str, target: int, band: Band) -> date | None:
    """The listed expiry nearest to `target` calendar days within the band's days; ties go to the earlier (CAD-6)."""
    listed = [e for e in view.expiries(symbol) if band.nearest <= view.days_left(e) <= band.furthest]
    return min(listed, key=lambda e: (abs(view.days_left(e) - target), e), default=None)


def _over_basis(view: SleeveView, symbol: str, band: Band) -> Band:
    return evolve(band, floor=view.basis(symbol) or Decimal(0))


def _beyond_atr(view: SleeveView, symbol: str, band: Band) -> Band:
    snapshot, atr = view.fresh(symbol), view.atr(symbol)
    assert snapshot is not None
    return evolve(band, floor=Decimal(str(snapshot.spot + atr.value)) if atr else Decimal("Infinity"))


def _sold(found: object, symbol: str, rule: str) -> Intent:
    if isinstance(found, Pick):
        return found.sell(rule)
    assert isinstance(found, Intent)
    return evolve(found, symbol=symbol, rule=f"{rule} {found.rule}")
