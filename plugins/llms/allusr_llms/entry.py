"""A new rung: when, of what, and how many contracts (LL-1, LL-2)."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_DOWN, Decimal

from allusr_sdk import Intent, LadderView, Pick, Right, Rung, choose, ladders

HUNDRED = Decimal(100)
LEAST = Decimal("0.015")
"""The least that a long call of LL-1's delta can cost, a share of the underlying: what is dearer is not looked at."""


def entry(view: LadderView, symbols: tuple[str, ...]) -> Intent:
    """The next rung, or why there is none now."""
    day, rules = view.session.day, view.rules
    if why := ladders.waits(view.book, day, rules):
        return view.skip("", "LL-2", why)
    fresh = [s for s in symbols if view.fresh(s)]
    if not fresh:
        return view.skip("", "RULE-0", "no underlying of the ladder has a market at this instant")
    near = [s for s in _by_need(fresh, view) if _price(s, view) * LEAST * HUNDRED <= view.budget]
    missed: dict[str, str] = {}
    for symbol in near:
        for pick in _picks(symbol, view, missed):
            cost = _cost(pick, view)
            if why := _unfit(pick, cost, view):
                missed[symbol] = why
                continue
            return _rung(pick, cost, view)
    why = "no underlying has a rung that fits" if missed else "the budget buys no contract of any underlying yet"
    return view.skip("", "LL-1 LL-2", why, **missed)


def _by_need(symbols: list[str], view: LadderView) -> list[str]:
    """Underlyings with the fewest rungs first, then in the order of the settings."""
    held = [rung.symbol for rung in view.rungs]
    return sorted(symbols, key=held.count)


def _price(symbol: str, view: LadderView) -> Decimal:
    snapshot = view.fresh(symbol)
    spot = snapshot.spot if snapshot is not None else float("nan")
    return Decimal(str(spot)) if 0 < spot < float("inf") else Decimal("Infinity")


def _picks(symbol: str, view: LadderView, missed: dict[str, str]) -> Iterator[Pick]:
    """A contract of each expiry in the band; why a symbol has none goes to `missed`."""
    band = ladders.band(view.rules)
    for expiry in _expiries(symbol, view):
        found = choose(view.side(symbol, expiry, Right.CALL), band, view)
        if isinstance(found, Pick):
            yield found
        else:
            missed[symbol] = found.why
    if symbol not in missed:
        missed.setdefault(symbol, f"no expiry {band.nearest} to {band.furthest} days out is listed")


def _expiries(symbol: str, view: LadderView) -> list[date]:
    """Expiries in the band, those that no rung has first, then the longest (LL-2)."""
    band = ladders.band(view.rules)
    listed = [e for e in view.expiries(symbol) if band.nearest <= view.days_left(e) <= band.furthest]
    taken = {rung.contract.expiry for rung in view.rungs if rung.contract is not None}
    return sorted(listed, key=lambda e: (e in taken, -e.toordinal()))


def _cost(pick: Pick, view: LadderView) -> Decimal:
    """Dollars of one contract at the ask, fees included: more than its order can come to."""
    return Decimal(str(pick.quote.ask)) * HUNDRED + view.rules.money("FEE-1.option")


def _unfit(pick: Pick, cost: Decimal, view: LadderView) -> str:
    """What keeps a contract from being the next rung, or an empty text."""
    if vetoes := ladders.illiquid(pick.quote, view.rules):
        return "; ".join(veto.why for veto in vetoes)
    if cost > view.budget:
        return f"one contract costs {cost:,.0f}, more than the budget"
    return ladders.crowded(pick.quote.contract, cost * _lots(cost, view), view.book, view.rules)


def _lots(cost: Decimal, view: LadderView) -> int:
    """Contracts of a rung: the budget's equal part for each rung that is missing, at least one."""
    missing = max(1, view.rules.integer("LL-2.rungs") - len(view.rungs))
    return max(1, int((view.budget / missing / cost).to_integral_value(ROUND_DOWN)))


def _rung(pick: Pick, cost: Decimal, view: LadderView) -> Rung:
    contract, lots = pick.quote.contract, _lots(cost, view)
    why = f"rung {len(view.rungs) + 1} of {view.rules.integer('LL-2.rungs')}: {pick.how}"
    numbers = {**pick.numbers, "budget": f"{view.budget:.2f}", "days": view.days_left(contract.expiry)}
    return Rung(contract.underlying, "LL-1 LL-2", why, numbers, quote=pick.quote, delta=pick.delta, lots=lots)
