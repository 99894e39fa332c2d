"""Com-Acc, the compounding sleeve: shares of the Mag-7 and 20-25 delta calls on them (CAD-6, CAD-9)."""

from collections.abc import Iterable, Iterator
from functools import partial

from allusr_com_acc import purchases
from allusr_sdk import Band, Intent, Right, Rulebook, Shares, Skip, Sleeve, SleeveView, Wheel, hookimpl, wheel
from allusr_sdk.settings import setting, settings


@settings
class ComSettings:
    """Settings of Com-Acc; every bound is the rulebook's, so a setting can only tighten it."""

    symbols: tuple[str, ...] = setting(
        default=("AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "TSLA", "META"),
        help="Shares to hold, in order of preference.",
    )
    delta_low: float = setting(
        default=0.20, ge=0.20, le=0.25, up_to="delta_high", help="Lowest absolute delta of a call to write."
    )
    delta_high: float = setting(default=0.25, ge=0.20, le=0.25, help="Highest absolute delta of a call to write.")


class ComAcc(Sleeve[ComSettings]):
    """Buys its shares in weekly tranches, writes calls on them, and comes back by puts when called away.

    After `CAD-9.reentry_cycles` such puts without assignment it buys the shares. With `CAD-9.com_seed` = csp its first
    shares come in the same way.
    """

    name = "com_acc"
    deploys = "equity"
    warmup = 20  # the first purchases take four weeks

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """Calls on its shares, and puts to come back to a symbol."""
        s = self.settings
        days = (rules.integer("CAD-6.dte_min"), rules.integer("CAD-6.dte_max"))
        calls = wheel.sleeve_band(rules, "CAD-8.com_band", s.delta_low, s.delta_high, days=days, unit="calendar")
        return (calls, wheel.reentry_band(rules))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """Each fresh symbol on the week's first session: shares, a call, a put, or why not."""
        first = view.week[0].day
        early = "" if view.session.day == first else f"only on the week's first session, which was {first}"
        fresh = [s for s in self.symbols if view.fresh(s)]
        if shut := view.shut({"CAD-6": early}):
            return [view.skip(symbol, *shut) for symbol in fresh]
        return wheel.granted(view, self._act(fresh, view)) if fresh else ()

    def _act(self, fresh: list[str], view: SleeveView) -> Iterator[Intent | wheel.Wish]:
        tranche = purchases.tranche(view)
        wanted = [] if view.pivoted else [s for s in fresh if self._buys(s, tranche, view)]
        bought = purchases.purchases(wanted, self.symbols, tranche, view)
        for symbol in fresh:
            yield from purchases.counted(symbol, view)
            wish = bought.get(symbol)
            if isinstance(wish, Shares):
                yield wish
            if view.wheel(symbol) is not Wheel.CASH or (self._by_puts(symbol, view) and not isinstance(wish, Shares)):
                yield self._write(symbol, view)
            elif not isinstance(wish, Shares):
                yield wish or wheel.barred(view, symbol) or view.skip(symbol, "CAD-9", purchases.OVER)
        if not view.pivoted:
            yield from purchases.notes(tranche, bought.values(), view)

    def _by_puts(self, symbol: str, view: SleeveView) -> bool:
        """Whether the symbol comes in by puts: back after it was called away, or from the start by `com_seed`."""
        return symbol in view.book.called or view.rules.text("CAD-9.com_seed") == "csp"

    def _buys(self, symbol: str, tranche: purchases.Tranche | None, view: SleeveView) -> bool:
        """Whether shares are bought now: in a tranche, or after enough puts that ended without assignment."""
        if not self._by_puts(symbol, view):
            return tranche is not None
        enough = purchases.unassigned(symbol, view) >= view.rules.integer("CAD-9.reentry_cycles")
        return enough and view.wheel(symbol) is Wheel.CASH

    def _write(self, symbol: str, view: SleeveView) -> Intent | wheel.Wish:
        right, (calls, puts) = wheel.due(view, symbol), view.bands
        if isinstance(right, Skip):
            return right
        if right is Right.PUT and view.book.shares(symbol):
            return view.skip(symbol, "CAD-9", f"every hundred of {symbol} is covered, and puts only bring shares back")
        band, key = (calls, "CAD-6.dte_target") if right is Right.CALL else (puts, "CAD-9.reentry_dte")
        expiry = wheel.nearest(view, symbol, view.rules.integer(key), band)
        if expiry is None:
            return view.skip(symbol, "CAD-6", f"no expiry {band.nearest} to {band.furthest} days out is listed")
        sold = partial(wheel.sold, symbol=symbol, rule="CAD-6")
        return wheel.Wish(wheel.search(view, symbol, expiry, right, band), sold)


@hookimpl
def allusr_sleeves() -> list[type[Sleeve[ComSettings]]]:
    """The sleeve that this distribution brings."""
    return [ComAcc]
