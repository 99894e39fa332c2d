"""The wheel that the sleeves turn: puts from CASH, calls on shares, recovery calls under the basis (CAD-9, CC-5)."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import partial

from attrs import evolve, frozen

from allusr_sdk.contracts.selection import Pick, Search, choose, choose_each
from allusr_sdk.contracts.view import SleeveView
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.intents import Band, Intent, Skip
from allusr_sdk.model.options import Right
from allusr_sdk.model.positions import LedgerBook, Wheel
from allusr_sdk.rulebook import Rulebook


@frozen
class Wish:
    """A contract that a sleeve would write: `told` makes the intent of the one that is picked, or of why none is."""

    search: Search
    told: Callable[[Pick | Skip], Intent]


def sleeve_band(rules: Rulebook, key: str, low: float, high: float, *, days: tuple[int, int], unit: str) -> Band:
    """The band of a sleeve: the rule's delta bounds, tightened by `low` and `high`; `key` as in ``CAD-8.gen_band``."""
    first, last = rules.band(key)
    return Band("CAD-8", max(low, first), min(high, last), *days, unit, _reach(rules))


def recovery_band(rules: Rulebook) -> Band:
    """The band of calls on shares under water (CAD-9)."""
    return _weekly_band(rules, "CAD-9.recovery_band")


def reentry_band(rules: Rulebook) -> Band:
    """The band of puts that bring called shares back to the compounding sleeve (CAD-9)."""
    return _weekly_band(rules, "CAD-9.reentry_band")


def _weekly_band(rules: Rulebook, key: str) -> Band:
    days = rules.integer("CAD-6.dte_min"), rules.integer("CAD-6.dte_max")
    return Band("CAD-9", *rules.band(key), *days, "calendar", _reach(rules))


def _reach(rules: Rulebook) -> float:
    return 0.0 if rules.flag("CAD-8.strict") else rules.number("CAD-8.fallback")


def under_water(view: SleeveView, symbol: str) -> bool:
    """Whether shares trade under their adjusted basis and the sleeve is not near its high-water mark (CAD-9)."""
    basis, snapshot = view.basis(symbol), view.fresh(symbol)
    if basis is None or snapshot is None or not view.book.shares(symbol) > 0:
        return False
    near = view.book.equity >= view.book.high_water * (1 - view.rules.money("CAD-9.near_high"))
    return snapshot.spot < float(basis) and not near


def due(view: SleeveView, symbol: str, *, pods: bool = False) -> Right | Skip:
    """What the wheel lets be written now, or why nothing (CAD-9): a call on uncovered shares, a put from CASH.

    With `CAD-9.csp_while_long` a put goes beside shares once they are covered. Of several `pods` each starts from its
    own cash, so what another one sold in this session stops none (LQ-3).
    """
    if view.book.uncovered(symbol) > 0:
        return Right.CALL
    state, puts = view.wheel(symbol), _puts(view.book, symbol)
    beside = state in (Wheel.STOCK, Wheel.SHORT_CALL) and not puts and view.rules.flag("CAD-9.csp_while_long")
    another = pods and state is Wheel.SHORT_PUT and all(day == view.session.day for day in puts)
    if state is Wheel.CASH or beside or another:
        return barred(view, symbol) or Right.PUT
    return view.skip(symbol, "CAD-9", f"{symbol} is in {state}: nothing new until it ends")


def barred(view: SleeveView, symbol: str) -> Skip | None:
    """Why no put may be sold on a symbol: the sleeve has pivoted (ORD-3) or called shares are not settled (CC-5)."""
    if view.pivoted:
        return view.skip(symbol, "ORD-3", "PIVOT: no new puts, covered calls only, until the sleeve is near its high")
    called = view.book.called.get(symbol)
    if called is None:
        return None
    settled = view.calendar.after(called, view.rules.integer("CC-5.settle_sessions")).day
    if view.session.day > settled:
        return None
    why = f"called away on {called}, settled on {settled}: a put at the first entry session after that"
    return view.skip(symbol, "CC-5", why)


def write(view: SleeveView, symbol: str, expiry: date, band: Band, rule: str) -> Intent:
    """What is due, from one expiry and band; a reason where neither a put nor a call is possible."""
    (intent,) = granted(view, [wish(view, symbol, expiry, band, rule)])
    return intent


def wish(view: SleeveView, symbol: str, expiry: date, band: Band, rule: str) -> Wish | Skip:
    """What `write` writes, before a contract was picked: of several wishes `granted` makes intents at once."""
    right = due(view, symbol)
    if isinstance(right, Skip):
        return right
    return Wish(search(view, symbol, expiry, right, band), partial(sold, symbol=symbol, rule=rule))


def granted(view: SleeveView, wanted: Iterable[Intent | Wish]) -> list[Intent]:
    """A sleeve's intents in their order, with what comes of its wishes; the contracts of all are picked in one pass."""
    known = list(wanted)
    found = iter(choose_each([each.search for each in known if isinstance(each, Wish)], view))
    return [each.told(next(found)) if isinstance(each, Wish) else each for each in known]


def pick(view: SleeveView, symbol: str, expiry: date, right: Right, band: Band, *, nth: int = 0) -> Pick | Skip:
    """The contract of one expiry by CAD-8; calls at or over the adjusted basis of the shares, `nth` as in `choose`."""
    (found,) = choose_each([search(view, symbol, expiry, right, band, nth=nth)], view)
    return found


def search(view: SleeveView, symbol: str, expiry: date, right: Right, band: Band, *, nth: int = 0) -> Search:
    """What `pick` searches."""
    within = band if right is Right.PUT else evolve(band, floor=view.basis(symbol) or Decimal(0))
    return Search(view.side(symbol, expiry, right), within, nth)


def recover(view: SleeveView, symbol: str, rule: str) -> Intent:
    """A recovery call: 20-25 delta, five days, on the week's first session; under basis only beyond one ATR (CAD-9)."""
    first = view.week[0].day
    early = "" if view.session.day == first else f"recovery calls are written on the week's first session, {first}"
    covered = "" if view.book.uncovered(symbol) > 0 else "every hundred of its shares is covered"
    if shut := view.shut({"CAD-9": early or covered}):
        return view.skip(symbol, *shut)
    band = recovery_band(view.rules)
    expiry = nearest(view, symbol, view.rules.integer("CAD-6.dte_target"), band)
    if expiry is None:
        return view.skip(symbol, "CAD-3", f"no expiry {band.nearest} to {band.furthest} days out is listed")
    within = evolve(band, floor=_recovery_floor(view, symbol))
    return sold(_flagged(choose(view.side(symbol, expiry, Right.CALL), within, view), view, symbol), symbol, rule)


def nearest(view: SleeveView, symbol: str, target: int, band: Band) -> date | None:
    """The listed expiry nearest to `target` calendar days within the band's days; ties go to the earlier (CAD-6)."""
    listed = [e for e in view.expiries(symbol) if band.nearest <= view.days_left(e) <= band.furthest]
    return min(listed, key=lambda e: (abs(view.days_left(e) - target), e), default=None)


def sold(found: Pick | Skip, symbol: str, rule: str) -> Intent:
    """The intent to write what was picked, resting on `rule`, or the refusal with `rule` named."""
    return found.sell(rule) if isinstance(found, Pick) else evolve(found, symbol=symbol, rule=f"{rule} {found.rule}")


def _puts(book: LedgerBook, symbol: str) -> list[date | None]:
    """The day on which each short put of a symbol was sold, working ones included."""
    held = [(p.contract, p.opened) for p in book.positions.values() if p.symbol == symbol and p.short and not p.hedges]
    working = [(w.contract, w.sent) for w in book.working.values() if w.symbol == symbol and w.opening and not w.hedges]
    puts = [at for contract, at in (*held, *working) if contract is not None and contract.is_put]
    return [at.astimezone(NEW_YORK).date() if at else None for at in puts]


def _recovery_floor(view: SleeveView, symbol: str) -> Decimal:
    """The adjusted basis, or an ATR over spot where that is lower; the basis while the ATR is unknown."""
    snapshot, atr, basis = view.fresh(symbol), view.atr(symbol), view.basis(symbol)
    assert snapshot is not None
    assert basis is not None
    return min(basis, Decimal(str(snapshot.spot + atr.value))) if atr else basis


def _flagged(found: Pick | Skip, view: SleeveView, symbol: str) -> Pick | Skip:
    basis, atr = view.basis(symbol), view.atr(symbol)
    if not isinstance(found, Pick) or basis is None or found.quote.contract.strike >= basis:
        return found
    numbers = {**found.numbers, "basis": f"{basis:.4f}", "atr": atr.value if atr else None}
    return evolve(found, how=f"BELOW_BASIS, one ATR over spot: {found.how}", numbers=numbers)
