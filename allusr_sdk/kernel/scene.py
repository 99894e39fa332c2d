"""What a switch looks at, and the audit row of its move (KS-8)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from allusr_sdk.kernel.switches import PERMITS, known_vix
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.events import SwitchChanged
from allusr_sdk.model.intents import Halt
from allusr_sdk.model.ladders import is_ladder
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import Book, LedgerBook, Working
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook


@frozen(eq=False)
class Scene:
    """One instant's market over the books, and what the guards wish."""

    view: MarketView
    book: Book
    rules: Rulebook
    wishes: tuple[Halt, ...] = ()

    def tier(self, cause: str, ledger: str = "") -> str:
        """Where a switch stands."""
        return switches_of(self.book, ledger).get(cause, "NONE")

    def bound(self, ledger: str) -> tuple[LedgerBook, ...]:
        """The ledgers that a scope binds."""
        return bound(self.book, ledger)

    def moved(self, cause: str, after: str, **row: Any) -> Iterator[SwitchChanged]:  # noqa: ANN401 - fields of the row
        """The row of a switch that moves to a tier; none where it stands there already."""
        return moved(self.book, cause, after, **row)

    @property
    def thrown(self) -> bool:
        """Whether any switch stands, of the account or of a ledger."""
        return any((self.book.switches, *(ledger.switches for ledger in self.book.ledgers.values())))

    @property
    def week_ends(self) -> bool:
        """Whether this session is the last of its ISO week."""
        day = self.view.session.day
        return iso_week(self.view.calendar.after(day).day) != iso_week(day)

    def uncovered(self) -> tuple[str, ...]:
        """What is owed without cover, in words: short puts without their cash, calls without their shares (RULE-1)."""
        found = []
        for book in self.book.ledgers.values():
            if book.reserved > max(book.cash, ZERO):
                found.append(f"{book.name} reserves {book.reserved:,.2f} and has {book.cash:,.2f}")
            for symbol in sorted({p.symbol for p in book.positions.values()}):
                if (short := book.uncovered(symbol)) < 0:
                    found.append(f"{book.name} lacks {-short * MULTIPLIER} shares of {symbol} behind its calls")
        return tuple(found)

    def steady(self, ledger: str) -> tuple[str, ...]:
        """What stands against a reset by PE-11, in words: VIX, levels, drawdown; nothing where it may be reset."""
        limit, value = self.rules.number("KS-1.hedged"), known_vix(self.view)
        found = [] if value is not None and value < limit else [f"VIX is {value or 'unknown'}, not under {limit:g}"]
        drawdown = self.rules.number("ORD-3.drawdown")
        for book in self.bound(ledger):
            found += [f"{p.key} is at level {p.watch.level}" for p in book.positions.values() if p.watch.level >= 2]
            if (fallen := drawdown_of(book)) >= drawdown:
                found.append(f"{book.name} is {fallen:.1%} under its high")
        return tuple(found)


def switches_of(book: Book, ledger: str) -> Mapping[str, str]:
    """The switches of a ledger, or of the account where none is named."""
    return book.ledgers[ledger].switches if ledger else book.switches


def bound(book: Book, ledger: str) -> tuple[LedgerBook, ...]:
    """The ledgers that a scope binds."""
    return (book.ledgers[ledger],) if ledger else tuple(book.ledgers.values())


def moved(
    book: Book, cause: str, after: str, *, rule: str, reason: str, ledger: str = "",
    value: float | None = None, threshold: float | None = None, **audit: Any,  # noqa: ANN401 - fields of the row
) -> Iterator[SwitchChanged]:  # fmt: skip
    """The audit row of a switch that moves to a tier; none where it stands there already (KS-8)."""
    before = switches_of(book, ledger).get(cause, "NONE")
    if before == after:
        return
    yield SwitchChanged(
        ledger=ledger, rule=rule, cause=cause, before=before, after=after, value=value, threshold=threshold,
        reason=reason, cancels=sum(cancelled(w, after) for b in bound(book, ledger) for w in b.working.values()),
        **audit,
    )  # fmt: skip


def cancelled(order: Working, tier: str) -> bool:
    """Whether a tier cancels a working order: HALT every one, others what their permit would not open (KS-6)."""
    permit = PERMITS[tier]
    if not permit.closes:
        return True
    put = order.contract is not None and order.contract.is_put
    return enters(order) and not (permit.entries and (permit.puts or not put))


def enters(order: Working) -> bool:
    """Whether a working order is an entry; a hedge is the protocol's own act (PE-7)."""
    return order.opening and not order.hedges


def drawdown_of(book: LedgerBook) -> float:
    """How far a sleeve's equity lies under its high-water mark, a share of the mark (ORD-3).

    Ladders have none: bought options fall by design, and what they may cost was set apart (LL-1). What was merged has
    none either: its capital is elsewhere (FK-3).
    """
    if is_ladder(book) or book.closed:
        return 0.0
    return float(1 - book.equity / book.high_water) if book.high_water > 0 else 0.0


def reading(at: datetime, value: float) -> str:
    """A sample as the audit row names it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {value:g}"
