"""Com-Acc, the compounding sleeve: shares of the Mag-7 and 20-25 delta calls on them (CAD-6, CAD-9)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from attrs import evolve

from allusr_sdk import (
    Band,
    Intent,
    Note,
    Rulebook,
    Shares,
    Skip,
    Sleeve,
    SleeveView,
    Wheel,
    hookimpl,
    wheel,
)
from allusr_sdk.settings import setting, settings

LOT = 100


@settings
class ComSettings:
    """Settings of Com-Acc; every bound is the rulebook's, so a setting can only tighten it."""

    symbols: tuple[str, ...] = setting(
        default=("AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "TSLA", "META"),
        help="Shares to hold, in order of preference.",
    )
    delta_low: float = setting(default=0.20, ge=0.20, le=0.25, help="Lowest absolute delta of a call to write.")
    delta_high: float = setting(default=0.25, ge=0.20, le=0.25, help="Highest absolute delta of a call to write.")
    tranches: int = setting(default=4, ge=4, le=52, unit="weeks", help="Weeks over which the first shares are bought.")


class ComAcc(Sleeve[ComSettings]):
    """Buys its shares in weekly tranches, writes calls on them, and comes back by puts when called away."""

    name = "com_acc"
    deploys = "equity"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """Calls on its shares, and puts to come back to a symbol."""
        s = self.settings
        days = (rules.integer("CAD-6.dte_min"), rules.integer("CAD-6.dte_max"))
        calls = wheel.sleeve_band(rules, "CAD-8.com_band", s.delta_low, s.delta_high, days=days, unit="calendar")
        low, high = rules.band("CAD-9.reentry_band")
        return (calls, evolve(calls, rule="CAD-9", low=low, high=high))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """Each fresh symbol on the week's first session: shares of this week's tranche, a call, a put, or why not."""
        first = view.week[0].day
        early = "" if view.session.day == first else f"only on the week's first session, which was {first}"
        symbols = [s for s in self.symbols if view.fresh(s)]
        if shut := view.shut({"CAD-6": early}):
            yield from (view.skip(symbol, *shut) for symbol in symbols)
        elif symbols:
            yield from self._tranche(symbols, view)
            for symbol in symbols:
                yield from self._write(symbol, view)

    def _write(self, symbol: str, view: SleeveView) -> Iterator[Intent]:
        calls, puts = view.bands
        state = view.wheel(symbol)
        if view.book.shares(symbol) and not view.book.notes.get(f"held {symbol}"):
            yield Note(symbol, "CAD-9", key=f"held {symbol}", text="1")
        expiry = wheel.nearest(view, symbol, view.rules.integer("CAD-6.dte_target"), calls)
        if state is Wheel.CASH and not view.book.notes.get(f"held {symbol}"):
            yield view.skip(symbol, "CAD-9", "no shares yet: bought by tranches first")
        elif expiry is None:
            yield view.skip(symbol, "CAD-6", f"no expiry {calls.nearest} to {calls.furthest} days out is listed")
        else:
            yield from wheel.write(view, symbol, expiry, puts if state is Wheel.CASH else calls, "CAD-6")

    # --- the first shares ---

    def _tranche(self, symbols: list[str], view: SleeveView) -> Iterator[Intent]:
        """Hundreds of shares up to this week's part of the deployable capital, least exposed symbols first."""
        week, done = view.session.day.isocalendar(), int(view.book.notes.get("tranches", "0"))
        today = f"{week.year}-W{week.week:02d}"
        begun = view.book.notes.get("tranche week") == today
        if done >= self.settings.tranches and not begun:
            return
        done += 0 if begun else 1
        equity = view.book.equity * view.rules.money("CAD-10.deploy_max")
        spent = sum((view.book.exposure(s) for s in self.symbols), Decimal(0))
        budget = equity * done / self.settings.tranches - spent
        yield from self._purchases(symbols, budget, done, view)
        if not begun:
            yield Note("", "CAD-9", key="tranches", text=str(done))
            yield Note("", "CAD-9", key="tranche week", text=today)

    def _purchases(self, symbols: list[str], budget: Decimal, tranche: int, view: SleeveView) -> Iterator[Intent]:
        cap = max(view.rules.money("CAD-10.symbol_cap"), Decimal(1) / len(self.symbols)) * view.book.equity
        for symbol in sorted(symbols, key=lambda s: (view.book.exposure(s), self.symbols.index(s))):
            snapshot = view.fresh(symbol)
            assert snapshot is not None
            if not snapshot.ask > 0:
                yield Skip(symbol, "RULE-0", "no ask for the shares", verdict="refuse")
                continue
            cost = LOT * Decimal(str(snapshot.ask)) * (1 + view.rules.money("ORD-1.slippage"))
            room = min(budget, cap - view.book.exposure(symbol))
            if cost > room:
                why = f"tranche {tranche}: 100 shares need {cost:,.0f}, {room:,.0f} left"
                yield view.skip(symbol, "CAD-9 CAD-10", why)
                continue
            budget -= cost
            why = f"tranche {tranche} of {self.settings.tranches}: 100 shares"
            yield Shares(symbol, "CAD-9", why, {"budget_left": str(budget)}, quantity=LOT)


@hookimpl
def allusr_sleeves() -> list[type[Sleeve]]:
    """The sleeve that this distribution brings."""
    return [ComAcc]
