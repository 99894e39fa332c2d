"""One comparison of books and broker while it goes on: what every look at it shares (RECON)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import define, field

from allusr_sdk.kernel.breaks import Ours
from allusr_sdk.kernel.shadow import Shadow
from allusr_sdk.kernel.trades import Trade, trades
from allusr_sdk.model.broker import Execution, Statement
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import Book
from allusr_sdk.rulebook import Rulebook

SENIORITY = ("gen_acc", "rev_acc", "com_acc")


@define
class Case:
    """Both sides, the rules, and the books as they stand with what was found so far booked.

    Attributes:
        trades: executions of ours as the broker tells them now.
        settled: instruments that a break was found for already, so that none is found twice.
        filled: keys of orders with executions that are yet to be booked.
        stray: executions under our prefix whose order nobody here knows.
    """

    ours: Ours
    theirs: Statement
    rules: Rulebook
    shadow: Shadow = field(init=False)
    trades: tuple[Trade, ...] = field(init=False)
    settled: set[str] = field(factory=set)
    filled: set[str] = field(factory=set)
    stray: list[Trade] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.shadow = Shadow(self.ours.book, self.day)
        self.trades = trades(self.theirs.executions)

    @property
    def day(self) -> date:
        """The statement's New York day."""
        return self.theirs.at.astimezone(NEW_YORK).date()

    def over(self, day: date) -> bool:
        """Whether the last session up to a day has closed."""
        calendar, today = xnys(), self.day
        if day < today:
            return True
        session = calendar.session(today)
        return calendar.sessions_left(today, day) <= 0 and (session is None or self.theirs.at >= session.close)

    @property
    def tolerance(self) -> Decimal:
        """Dollars of cash that nobody asks about (section 9)."""
        nav = abs(self.ours.book.equity if self.theirs.nav is None else self.theirs.nav)
        return max(self.rules.money("RECON.cash"), nav * self.rules.money("RECON.cash_share"))

    def explained(self, code: str, subject: str) -> str:
        """What a person explained of a break, as the broker told it then; empty where nobody has."""
        return self.ours.book.explained.get((code, subject), "")

    def dollars(self, code: str, subject: str) -> Decimal:
        """A difference in dollars that was explained."""
        told = self.explained(code, subject)
        return Decimal(told.replace(",", "")) if told else ZERO

    def foreign(self, instrument: str) -> int:
        """Units of a foreign holding that a person explained."""
        return explained(self.ours.book, instrument)


def explained(book: Book, instrument: str) -> int:
    """Units of a foreign holding that a person explained (B01)."""
    return int(book.explained.get(("B01", instrument)) or 0)


def seniority(ledgers: Iterable[str]) -> list[str]:
    """Ledgers in the order that ties go by: Gen, Rev, Com, then the others as they come, forks by age (CAD-13)."""
    return sorted(ledgers, key=lambda name: SENIORITY.index(name) if name in SENIORITY else len(SENIORITY))


def foreign_to_us(execution: Execution) -> str:
    """Where an execution of somebody else comes from, in words."""
    return f"an order of another client, {execution.reference}" if execution.reference else "no order"


def signed(amount: Decimal) -> str:
    """Dollars with their sign."""
    return f"{amount if amount else ZERO:+,.2f}"
