"""The morning of a session, 08:30 New York: what night and exchange did is booked before anything is decided.

What stood reserved behind expiries near their strike is let go; short American options whose holders exercised in the
night are assigned, by scenario or by a seeded draw on CC-4's probability; dividends whose pay day has come are paid;
then splits and adjustments of what is still held take effect, and what goes ex is receivable (LQ-6, LQ-7). Marks of a
week's end are taken back before all of it (LG-2). An ordinary morning looks at no quote and writes nothing.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from allusr_sdk.contracts.assignment import Night, overnight
from allusr_sdk.kernel.case import seniority
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.ledger.capital import off_mark
from allusr_sdk.model.calendar import Session
from allusr_sdk.model.events import (
    Adjusted,
    Assigned,
    DividendAccrued,
    DividendReceived,
    Event,
    Pinned,
    Revalued,
    SplitApplied,
)
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.nodes import Receivable
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Book, LedgerBook, Position
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, Snapshot, Split, Step

UNKNOWN_HALF_SPREAD = 0.01


def morning(session: Session) -> datetime:
    """The instant of a session's morning reconciliation, aware UTC (section 9)."""
    return session.at(8, 30).astimezone(UTC)


class SessionOpen:
    """Books mornings. Besides the journal it knows the evening before, for its quotes and official prices."""

    def __init__(self, kernel: Kernel, seed: int, *, simulated: bool = True) -> None:
        self._kernel, self._seed, self._simulated = kernel, seed, simulated
        self._evening: Step | None = None
        self.booked: tuple[Event, ...] = ()
        """What a morning that was cut short has in the journal already; it is not booked again."""

    def evening(self, step: Step) -> None:
        """Remember a session's closing step."""
        self._evening = step

    def open(self, step: Step) -> bool:
        """Book a morning; returns whether cash or positions moved, so that the venue must be built anew."""
        self._kernel.scribe.at = morning(step.view.session)
        looks = (self._unmarked, self._released, self._exercised, self._received, self._acted)
        moved = [self._book(events(step)) for events in looks]
        return any(moved)

    def go_ex(self, step: Step) -> None:
        """Book what is receivable from a morning on, once the night's assignments are known (LQ-7)."""
        self._kernel.scribe.at = morning(step.view.session)
        self._book(self._accrued(step))

    def _book(self, events: Iterator[Event]) -> bool:
        """Book events, each on the books as the one before it left them; returns whether cash or positions moved."""
        moved = False
        for event in events:
            if event not in self.booked:
                self._kernel.heard(event)
                moved = moved or not isinstance(event, Pinned | Revalued)
        return moved

    def _unmarked(self, step: Step) -> Iterator[Event]:
        for ledger in self._kernel.book.ledgers.values():
            for position in sorted(ledger.revalued):
                yield off_mark(ledger, position)

    def _released(self, step: Step) -> Iterator[Event]:
        for ledger in self._kernel.book.ledgers.values():
            for instrument in sorted(ledger.pinned):
                symbol = Contract.parse(instrument).underlying
                yield Pinned(
                    ledger=ledger.name, symbol=symbol, rule="LQ-6 CAD-10", instrument=instrument, reserved=ZERO,
                    settlement=self._close(symbol) or ZERO, why="not exercised by the morning: let go",
                )  # fmt: skip

    # --- early assignment (CC-4, LQ-6) ---

    def _exercised(self, step: Step) -> Iterator[Event]:
        if self._evening is None or not self._simulated:
            return  # a broker says itself whom it assigned
        forced = {(a.symbol, a.put) for a in step.actions if isinstance(a, EarlyExercise)}
        taken: dict[str, bool] = {}
        for position, contract in self._exercisable(step.view.session):
            close = self._close(position.symbol)
            if close is None or not contract.intrinsic(close):
                continue
            if contract.osi not in taken:
                told = (position.symbol, contract.is_put) in forced
                taken[contract.osi] = told or self._drawn(self._senior(contract), contract, step)
            if taken[contract.osi]:
                yield Assigned(
                    ledger=position.ledger, symbol=position.symbol, rule="LQ-6 CC-4", instrument=contract.osi,
                    quantity=position.quantity, settlement=close, early=True,
                    effective=self._evening.view.session.day,
                )  # fmt: skip

    def _exercisable(self, session: Session) -> Iterator[tuple[Position, Contract]]:
        """Short American options that still live; a spread's short leg is secured by exercising the long one."""
        for position in self._kernel.book.positions:
            contract = position.contract
            if contract is None or not position.short or position.hedges or contract.expiry < session.day:
                continue
            if not (contract.kind.european or contract.kind.cash_settled or contract.kind.adjusted):
                yield position, contract

    def _senior(self, contract: Contract) -> str:
        """The position that is drawn for: one draw for all ledgers that hold a contract, as it is one to the broker."""
        holders = [p.ledger for p in self._kernel.book.positions if p.contract == contract and p.short]
        return f"{seniority(holders)[0]}:{contract.osi}"

    def _drawn(self, position: str, contract: Contract, step: Step) -> bool:
        """Whether the night's draw, seeded by run, position and day, falls under CC-4's probability."""
        night = self._night(contract, step)
        if night is None:
            return False
        text = f"{self._seed}:{position}:{step.view.session.day}"
        drawn = int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64
        return drawn < overnight(night)

    def _night(self, contract: Contract, step: Step) -> Night | None:
        """The night behind us as the evening's quotes tell it; None where they do not."""
        evening, snapshot = self._evening, self._snapshot(contract.underlying)
        if evening is None or snapshot is None:
            return None
        quote = snapshot.quotes([contract])[0]
        if quote is None or not 0 <= quote.bid <= quote.ask:
            return None
        half = (snapshot.ask - snapshot.bid) / 2
        dividends = (a.amount for a in step.actions if isinstance(a, Dividend) and a.symbol == contract.underlying)
        return Night(
            put=contract.is_put, spot=snapshot.spot, strike=float(contract.strike), bid=quote.bid, ask=quote.ask,
            dividend=float(sum(dividends, ZERO)), days=(step.view.session.day - evening.view.session.day).days,
            rate=evening.view.rate, half_spread=half if half >= 0 else UNKNOWN_HALF_SPREAD,
        )  # fmt: skip

    # --- the evening before ---

    def _snapshot(self, symbol: str) -> Snapshot | None:
        """The evening's snapshot of a symbol; None where that session had none."""
        if self._evening is None:
            return None
        view = self._evening.view
        found = view.snapshots.get(symbol)
        return found if found is not None and found.at >= view.session.open else None

    def _close(self, symbol: str) -> Decimal | None:
        """The evening's official price to the cent, the last one seen where there is none."""
        for settlement in self._evening.settlements if self._evening else ():
            if settlement.symbol == symbol:
                return usd(settlement.price)
        snapshot = self._snapshot(symbol)
        return usd(price(snapshot.spot)) if snapshot is not None and snapshot.spot > 0 else None

    # --- dividends (LQ-7) ---

    def _received(self, step: Step) -> Iterator[Event]:
        """What is paid by now; a broker says itself what it has paid."""
        if not self._simulated:
            return
        for ledger in self._kernel.book.ledgers.values():
            for due in ledger.awaited:
                if (due.pay_day or due.ex_day) <= step.view.session.day:
                    yield DividendReceived(
                        ledger=ledger.name, symbol=due.symbol, rule="LQ-7", cash=due.cash, ex_day=due.ex_day
                    )

    def _accrued(self, step: Step) -> Iterator[Event]:
        """What is not awaited yet: a morning that was cut short twice is opened once more."""
        for action in (a for a in step.actions if isinstance(a, Dividend)):
            for ledger in self._kernel.book.ledgers.values():
                shares, pay_day = ledger.shares(action.symbol), self._pay_day(action)
                due = Receivable(action.symbol, step.view.session.day, usd(action.amount * shares), pay_day)
                if shares and due not in ledger.awaited:
                    yield DividendAccrued(
                        ledger=ledger.name, symbol=action.symbol, rule="LQ-7", shares=shares, per_share=action.amount,
                        cash=due.cash, pay_day=pay_day,
                    )  # fmt: skip

    def _pay_day(self, action: Dividend) -> date | None:
        """As the market tells it; where it does not, by rule in a simulation, and by the broker's payment elsewhere."""
        if action.pay_day is not None or not self._simulated:
            return action.pay_day
        return action.ex_day + timedelta(days=self._kernel.rules.integer("LQ-7.pay_days"))

    # --- corporate actions (LQ-7) ---

    def _acted(self, step: Step) -> Iterator[Event]:
        for action in (a for a in step.actions if type(a) in _ACTIONS):
            before = self._kernel.book
            for ledger in before.ledgers.values():
                yield from _ACTIONS[type(action)](action, ledger, before)


def _split(action: Split, ledger: LedgerBook, book: Book) -> Iterator[Event]:
    if any(p.symbol == action.symbol for p in ledger.positions.values()):
        yield SplitApplied(ledger=ledger.name, symbol=action.symbol, rule="LQ-7", ratio=action.ratio)


def _adjusted(action: Adjustment, ledger: LedgerBook, book: Book) -> Iterator[Event]:
    """Each contract under its root and the first digit that no earlier adjustment has left in the books."""
    taken = {p.contract.root for p in book.positions if p.contract is not None}
    for _, position in sorted(ledger.positions.items()):
        contract = position.contract
        if contract is not None and position.symbol == action.symbol and not contract.kind.adjusted:
            roots = (f"{contract.root}{digit}" for digit in range(1, 10))
            yield Adjusted(
                ledger=ledger.name, symbol=action.symbol, rule="LQ-7", instrument=contract.osi,
                root=next(root for root in roots if root not in taken), why=action.why,
            )  # fmt: skip


_ACTIONS: dict[type[Any], Callable[[Any, LedgerBook, Book], Iterator[Event]]] = {
    Split: _split,
    Adjustment: _adjusted,
}
