"""What a ladder is asked with, and the limits of its rungs, which plugins and the kernel both ask (LL-1, LL-2)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite

from attrs import define, field

from allusr_sdk.contracts.view import SleeveView
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Band, Veto
from allusr_sdk.model.ladders import GROWTH, style_of
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.rulebook import Rulebook


@define(frozen=True, eq=False)
class LadderView(SleeveView):
    """What a ladder may know of one of its ledgers at one instant: the growth ladder's, or that of the hedges (LL-4).

    It is a sleeve's view with `book` as the ladder's ledger. It has no bands and no next expiry.
    """

    triggers: Mapping[str, bool | None] = field(factory=dict)
    """What calls for hedges, over all sleeves: on, off or unknown (None); empty where nobody tells, and for growth."""

    @property
    def growth(self) -> bool:
        """Whether the ledger is the growth ladder's; else it holds hedges."""
        return style_of(self.book) == GROWTH

    @property
    def budget(self) -> Decimal:
        """Dollars that the ledger may spend: its free cash (LL-2)."""
        return self.book.free

    @property
    def rungs(self) -> tuple[Position, ...]:
        """What the ladder holds, earliest expiry first."""
        return rungs(self.book)

    @property
    def live(self) -> tuple[str, ...]:
        """Triggers that call for a hedge now."""
        return tuple(sorted(name for name, on in self.triggers.items() if on))

    @property
    def normal(self) -> bool:
        """Whether every trigger is known and off."""
        return bool(self.triggers) and all(on is False for on in self.triggers.values())


def rungs(book: LedgerBook) -> tuple[Position, ...]:
    """Options of a ladder's ledger, earliest expiry first."""
    held = [p for p in book.positions.values() if p.contract is not None]
    return tuple(sorted(held, key=lambda p: (p.contract.expiry if p.contract else date.max, p.key)))


def band(rules: Rulebook) -> Band:
    """Delta and days to expiry of a new rung, by the profile in force (LL-1)."""
    if rules.text("LL-1.profile") == "itm":
        low, high = rules.numbers("LL-1.itm_band")
        return Band("LL-1", low, high, rules.integer("LL-1.dte_min"), rules.integer("LL-1.itm_dte_max"), "calendar")
    low, high = rules.numbers("LL-1.delta_band")
    return Band("LL-1", low, high, rules.integer("LL-1.dte_min"), rules.integer("LL-1.dte_max"), "calendar")


def misfit(contract: Contract, delta: float, day: date, rules: Rulebook) -> str:
    """Why a contract is no new rung by LL-1, or an empty text: a call whose delta and days lie inside the band."""
    wanted, days = band(rules), (contract.expiry - day).days
    if contract.is_put:
        return f"{contract} is a put"
    if not wanted.low <= delta <= wanted.high:
        return f"delta {delta:.3f} is outside {wanted.low:g}-{wanted.high:g}"
    return (
        ""
        if wanted.nearest <= days <= wanted.furthest
        else f"{days} days are outside {wanted.nearest}-{wanted.furthest}"
    )


def waits(book: LedgerBook, day: date, rules: Rulebook) -> str:
    """Why no rung is added on a day, or an empty text: enough are held, or the last one is too young (LL-2)."""
    held, most = rungs(book), rules.integer("LL-2.rungs")
    if any(order.opening for order in book.working.values()):
        return "a rung is being bought"
    if len(held) >= most:
        return f"all {most} rungs are held"
    newest = max((p.opened.astimezone(NEW_YORK).date() for p in held), default=None)
    if newest is None:
        return ""
    due = newest + timedelta(days=rules.integer("LL-2.days_between"))
    return f"the last rung was bought on {newest}, the next one is due on {due}" if day < due else ""


def crowded(contract: Contract, cost: Decimal, book: LedgerBook, rules: Rulebook) -> str:
    """Why a rung would crowd its expiry, or an empty text (LL-2).

    Shares of the ladder's cost are asked of ladders of as many rungs as can meet them at equal cost; the first ones
    only have expiries of their own. A contract that is held is no second rung.
    """
    held, share = rungs(book), rules.money("LL-2.expiry_share")
    same = [p for p in held if p.contract is not None and p.contract.expiry == contract.expiry]
    if any(p.contract == contract for p in same):
        return f"{contract} is a rung already"
    if (len(held) + 1) * share < 1:
        return f"the expiry {contract.expiry} has a rung already" if same else ""
    whole = cost + sum((p.amount for p in held), ZERO)
    part = cost + sum((p.amount for p in same), ZERO)
    return f"{part / whole:.0%} of the ladder's cost would expire on {contract.expiry}" if part > share * whole else ""


def illiquid(quote: Quote, rules: Rulebook) -> Sequence[Veto]:
    """Every limit that a long-dated contract misses; LQ-1's do not bind it, equality passes, unknown fails (LL-2)."""
    if not quote.sound:
        return (Veto("KS-11", "no sound two-sided quote", {"bid": quote.bid, "ask": quote.ask}),)
    widest, least = rules.number("LL-2.spread"), rules.number("LL-2.open_interest")
    spread, interest = round(quote.spread, 9), quote.open_interest
    found = []
    if not spread <= widest:
        found.append(Veto("LL-2", f"spread {spread:.2%} > {widest:.2%}", {"spread": spread}))
    if not least <= interest < float("inf"):
        shown = f"{interest:,.0f}" if isfinite(interest) else "unknown"
        found.append(Veto("LL-2", f"open interest {shown} < {least:,.0f}", {"open interest": interest}))
    return tuple(found)


def span(day: date, rules: Rulebook) -> tuple[date, date]:
    """The first and the last expiry into which a hedge is rolled (LL-4)."""
    return _months_on(day, rules.integer("LL-4.months_min")), _months_on(day, rules.integer("LL-4.months_max"))


def misplaced(contract: Contract, spot: float, day: date, rules: Rulebook) -> str:
    """Why no hedge is rolled into a contract, or an empty text: a put within LL-4's distance and time."""
    low, high = rules.numbers("LL-4.otm_band")
    out = 1 - float(contract.strike) / spot if spot > 0 else float("nan")
    if not contract.is_put:
        return f"{contract} is no put"
    if not round(low, 9) <= round(out, 9) <= round(high, 9):
        return f"{contract} lies {out:.1%} out of the money, not {low:.0%} to {high:.0%}"
    near, far = span(day, rules)
    return "" if near <= contract.expiry <= far else f"{contract.expiry} is not between {near} and {far}"


def _months_on(day: date, months: int) -> date:
    """The same day some months later, the month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    return min(first + timedelta(days=day.day - 1), _next(first) - timedelta(days=1))


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
