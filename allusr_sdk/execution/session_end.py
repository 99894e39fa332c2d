"""After a close: expiries settled by the venue and booked from its events, marks, values, books against venue."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from nautilus_trader.model.events import OrderFilled

from allusr_sdk.errors import BreakError
from allusr_sdk.execution.recorded import EVENING, REST, Noting, ends_week, rest, unnoted
from allusr_sdk.execution.reporting import Reports
from allusr_sdk.execution.venue import Venue
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.states import State
from allusr_sdk.kernel.switches import known_vix
from allusr_sdk.ledger.capital import at_mark
from allusr_sdk.ledger.journal import Run
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.events import (
    Assigned,
    Event,
    Exercised,
    Expired,
    Marked,
    Pinned,
    Unsettled,
    Valued,
)
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.model.views import MarketView, Step
from allusr_sdk.reports.weeks import typed

if TYPE_CHECKING:
    from allusr_sdk.execution.brokered import BrokerVenue

CLOSE, OPEN, WORTHLESS, CASH = "PHYSICAL_CLOSE", "PHYSICAL_OPEN", "OTM", "CASH"

# The weekly report is cut this long after the close (CAD-7, section 5).
CUT = timedelta(minutes=30)


class SessionEnd:
    """Takes a session from its last instant to SAFE."""

    def __init__(self, kernel: Kernel, run: Run, noting: Noting = unnoted) -> None:
        self._kernel, self._run, self._noting = kernel, run, noting
        self._reports = Reports(kernel.host, run)
        self._prices: Mapping[str, Decimal] = {}
        self._delivered: dict[str, int] = {}

    def close(self, step: Step, venue: "Venue | BrokerVenue", compare: Callable[[datetime], None]) -> None:
        """Settle, mark, value and compare; raises `BreakError` where books and venue disagree."""
        view, kernel, ends = step.view, self._kernel, ends_week(step.view)
        with self._noting(EVENING):
            kernel.close_session(view)
        self._settle(step, venue)
        self._mark(view)
        if kernel.machine.state is State.CLOSING:
            kernel.machine.do("closed")
        compare(view.at)
        if ends:
            self._revalue()
        for ledger in kernel.book.ledgers.values():
            if not ledger.closed:
                kernel.heard(_valued(ledger, view))
        with self._noting(REST):
            rest(kernel, view)
        if ends:
            kernel.scribe.at = reported(view)
            self.type_week(iso_week(view.session.day), status="PROVISIONAL")
        self._reports.evening(view)

    def type_week(self, week: str, *, status: str) -> None:
        """Journal the type of a week in every ledger and the account (WK-4)."""
        for event in typed(self._run, week, status=status):
            self._kernel.heard(event)
        if status == "FINAL":
            self._reports.final(week)

    # --- expiries ---

    def _settle(self, step: Step, venue: "Venue | BrokerVenue") -> None:
        # Official prices have cents; what vendors' bars have beyond is noise that must not put an option in the money.
        self._prices = {s.symbol: usd(s.price) for s in step.settlements}
        self._delivered = {}
        due: dict[str, Contract] = {}
        for position, contract in self._ending(step.view):
            known = contract.expiry >= step.view.session.day and contract.underlying in self._prices
            if known and not (contract.kind.morning or contract.kind.adjusted):
                due[contract.osi] = contract
            else:
                self._kernel.heard(_unsettled(position, contract))
        if due:
            underlyings = {c.underlying for c in due.values()}
            venue.settle(step.view, {s: p for s, p in self._prices.items() if s in underlyings}, list(due.values()))
        if any(self._delivered.values()):
            raise BreakError(f"B10 assignment: shares delivered do not fit the options that ended: {self._delivered}")

    def _ending(self, view: MarketView) -> Iterator[tuple[Position, Contract]]:
        """Positions without a session left: on an expiry that is no session, the one before it is the last."""
        for position in self._kernel.book.positions:
            contract = position.contract
            if contract is None or position.key in self._kernel.book.unsettled:
                continue
            if view.calendar.sessions_left(view.session.day, contract.expiry) <= 0:
                yield position, contract

    def settled(self, fill: OrderFilled, tag: str) -> None:
        """Book what the venue settled: its fill says how an option ended, and which shares moved."""
        name, outcome = fill.instrument_id.symbol.value, tag.split("_", 2)[-1]
        sign = 1 if fill.is_buy else -1
        if outcome == OPEN:
            self._delivered[name] = self._delivered.get(name, 0) - sign * int(fill.last_qty)
            return
        for position in [p for p in self._kernel.book.positions if p.contract and _same(p.contract, name)]:
            contract = position.contract
            assert contract is not None
            self._kernel.heard(self._ended(position, contract, outcome, fill))
            if outcome == WORTHLESS:
                self._pin(position, contract)
            if outcome == CLOSE:
                shares = position.quantity * (-1 if contract.is_put else 1) * position.multiplier
                self._delivered[contract.underlying] = self._delivered.get(contract.underlying, 0) + shares

    def _ended(self, position: Position, contract: Contract, outcome: str, fill: OrderFilled) -> Event:
        name, symbol, settlement = position.ledger, position.symbol, self._prices[contract.underlying]
        if outcome == WORTHLESS:
            return Expired(
                ledger=name, symbol=symbol, rule="LQ-6", instrument=contract.osi, quantity=position.quantity,
                settlement=settlement,
            )  # fmt: skip
        return (Assigned if position.short else Exercised)(
            ledger=name, symbol=symbol, rule="LQ-6", instrument=contract.osi, quantity=position.quantity,
            settlement=settlement, cash=price(fill.last_px.as_decimal()) if outcome == CASH else None,
        )  # fmt: skip

    def _pin(self, position: Position, contract: Contract) -> None:
        """Keep what stands behind a short that ended so near its strike that its holder may still exercise."""
        settlement, band = self._prices[contract.underlying], Decimal(str(self._kernel.rules.number("CAD-10.pin")))
        near = abs(settlement - contract.strike) <= band * contract.strike
        if not (near and position.short) or contract.kind.cash_settled:
            return
        self._kernel.heard(Pinned(
            ledger=position.ledger, symbol=position.symbol, rule="LQ-6 CAD-10", instrument=contract.osi,
            reserved=usd(contract.notional * -position.quantity) if contract.is_put else ZERO, settlement=settlement,
            why=f"UNKNOWN until morning: its holder may exercise until 17:30, within {band:.1%} of the strike",
        ))  # fmt: skip

    # --- marks and values ---

    def _mark(self, view: MarketView) -> None:
        for position in self._kernel.book.positions:
            mark = _mark(position, view)
            if mark is not None and mark != position.mark:
                self._kernel.heard(Marked(
                    ledger=position.ledger, symbol=position.symbol, rule="LG-3", position=position.key, mark=mark,
                ))  # fmt: skip

    def _revalue(self) -> None:
        """Put what is held at its mark in the books, until the next week begins (LG-2). No mark, no value (RULE-0)."""
        for ledger in self._kernel.book.ledgers.values():
            for key, position in sorted(ledger.positions.items()):
                if position.mark is None or key in ledger.revalued:
                    continue
                event = at_mark(ledger, key, position.mark)
                if event.amount:
                    self._kernel.heard(event)


def reported(view: MarketView) -> datetime:
    """Half an hour after a session's close, when reports are cut and the evening is audited; aware UTC."""
    return max(view.at, (view.session.close + CUT).astimezone(UTC))


def _same(contract: Contract, name: str) -> bool:
    return contract.osi.replace(" ", "") == name


def _unsettled(position: Position, contract: Contract) -> Unsettled:
    reserved = contract.notional * -position.quantity if contract.is_put and position.short else ZERO
    opening = f"{contract.root} settles on an opening print that the data lacks"
    missing = f"no closing price of {contract.underlying} for {contract.expiry} in the data"
    if contract.kind.adjusted:
        missing = f"what {contract.root} delivers was adjusted, and no price is known for it"
    return Unsettled(
        ledger=position.ledger, symbol=position.symbol, rule="RULE-0", instrument=contract.osi,
        quantity=position.quantity, reserved=usd(reserved),
        why=f"{opening if contract.kind.morning else missing}: give one with --daily, or close by hand",
    )  # fmt: skip


def _mark(position: Position, view: MarketView) -> Decimal | None:
    """Mid of the session's last quote; None where this session has none (the mark before stays)."""
    snapshot = view.snapshots.get(position.symbol)
    if snapshot is None or snapshot.at < view.session.open.astimezone(snapshot.at.tzinfo):
        return None
    if position.contract is None:
        return price(snapshot.spot) if snapshot.spot > 0 else None
    quote = snapshot.quotes([position.contract])[0]
    if quote is None or not quote.ask > 0 or quote.bid != quote.bid:
        return None
    return price((quote.bid + quote.ask) / 2)


def _valued(ledger: LedgerBook, view: MarketView) -> Valued:
    unrealised = sum((_gain(p) for p in ledger.positions.values()), ZERO)
    return Valued(
        ledger=ledger.name, rule="LG-3", day=view.session.day, cash=ledger.cash, equity=usd(ledger.equity),
        realised=ledger.realised, unrealised=usd(unrealised), reserved=usd(ledger.reserved),
        at_touch=usd(ledger.equity - ledger.improvement), vix=known_vix(view),
    )  # fmt: skip


def _gain(position: Position) -> Decimal:
    """Unrealised result of a position in dollars: value less basis, or premium less the cost to buy back."""
    return position.value + position.amount if position.short else position.value - position.amount
