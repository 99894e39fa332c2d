"""`Control`: a test's hand on a broker process. What it does is done when the call returns."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from allusr_sdk.model.broker import CashLine, Execution, Identity, Statement
from allusr_sdk.testing.brokerage.line import TIMEOUT, Line
from allusr_sdk.testing.brokerage.records import Entry, Placed, Rules

Executions = tuple[Execution, ...]
NOTHING = Decimal("0.00")


class Control:
    """Moves the account and its manners; every method raises `InputError` for what cannot be done.

    Args:
        place: file in which the process writes its ports.
        timeout: seconds that a question waits before `BrokerSilent` is raised.
    """

    def __init__(self, place: Path | str, timeout: float = TIMEOUT) -> None:
        self._line = Line(Path(place), "control", timeout)

    # --- orders ---

    def play(self, rules: Rules) -> None:
        """Orders fill and cost by these rules from now on."""
        self._do("play", rules=rules)

    def fill(self, reference: str, quantity: int | None = None, price: Decimal | None = None) -> Executions:
        """Fill a working order: all that it misses at its limit, or so many lots, or at another price."""
        return self._line.ask(Executions, "fill", reference=reference, quantity=quantity, price=price)

    def reject_next(self, reason: str = "rejected by the test") -> None:
        """The next order is rejected."""
        self._behave(reject=reason)

    def refuse_cancels(self, times: int = 1) -> None:
        """So many cancels are refused; their orders go on."""
        self._behave(refuse=times)

    def race(self) -> None:
        """The next cancel meets a fill of the whole order."""
        self._behave(race=True)

    def lose(self, reference: str) -> None:
        """A working order is gone, and nobody is told."""
        self._do("lose", reference=reference)

    def lose_next_order(self) -> None:
        """The next order is answered as if it were taken, and is not."""
        self._behave(lose_order=True)

    def lose_next_ack(self, *, hang: bool = False) -> None:
        """The next order is taken and its question unanswered: the connection ends, or is left to time out."""
        self._behave(lose_ack="hang" if hang else "cut")

    def hold_acks(self) -> None:
        """Orders are taken, and nobody is told that they were."""
        self._behave(hold_acks=True)

    def release_acks(self) -> None:
        """Tell what `hold_acks` kept back."""
        self._do("release_acks")

    # --- news ---

    def hold_news(self, *, hide: bool = False) -> None:
        """News are kept back; with `hide`, executions are missing in statements as well."""
        self._behave(hold=True, hide=hide)

    def release_news(self, *order: int) -> None:
        """Tell what was kept back: what stands at these places, from 0, first, and the rest behind it."""
        self._do("release_news", order=order)

    def duplicate_next(self, times: int = 1) -> None:
        """The next executions are told twice."""
        self._behave(duplicate=times)

    def late(self, execution: str) -> None:
        """Tell an execution that was hidden, or one once more."""
        self._do("late", execution=execution)

    def correct(
        self, execution: str, *, price: Decimal | None = None, fee: Decimal | None = None, settles: date | None = None
    ) -> Execution:
        """Tell an execution otherwise, by its newest id; the new one is given back."""
        return self._line.ask(Execution, "correct", execution=execution, price=price, fee=fee, settles=settles)

    # --- the night ---

    def assign(
        self, instrument: str, count: int | None = None, *, spot: Decimal | None = None, with_executions: bool = True
    ) -> Executions:
        """Short contracts are assigned, all or so many; without executions only holdings and cash tell of it."""
        given = {"instrument": instrument, "count": count, "spot": spot, "with_executions": with_executions}
        return self._line.ask(Executions, "assign", **given)

    def exercise(
        self, instrument: str, count: int | None = None, *, spot: Decimal | None = None, with_executions: bool = True
    ) -> Executions:
        """Long contracts are exercised; as `assign`."""
        given = {"instrument": instrument, "count": count, "spot": spot, "with_executions": with_executions}
        return self._line.ask(Executions, "exercise", **given)

    def expire(self, instrument: str, *, with_executions: bool = True) -> Execution:
        """All that is held of a contract ends at zero."""
        return self._line.ask(Execution, "expire", instrument=instrument, with_executions=with_executions)

    def settle(self, day: date, prices: Mapping[str, Decimal], *, with_executions: bool = True) -> Executions:
        """All contracts that expire on a day end by the official prices of their underlyings."""
        return self._line.ask(Executions, "settle", day=day, prices=prices, with_executions=with_executions)

    def split(self, symbol: str, ratio: int) -> None:
        """Each share and contract becomes `ratio` of them."""
        self._do("split", symbol=symbol, ratio=ratio)

    def become(self, instrument: str, into: str) -> None:
        """A holding turns into another: an adjusted contract."""
        self._do("become", instrument=instrument, into=into)

    def dividend(self, symbol: str, per_share: Decimal) -> CashLine:
        """Cash for each share that is held."""
        return self._line.ask(CashLine, "dividend", symbol=symbol, per_share=per_share)

    def line(self, kind: str, amount: Decimal, symbol: str = "") -> CashLine:
        """A `dividend`, `interest` or `fee` in dollars, signed."""
        return self._line.ask(CashLine, "line", kind=kind, amount=amount, symbol=symbol)

    # --- what nobody here ordered ---

    def foreign_order(self, instrument: str, quantity: int, limit: Decimal, reference: str = "") -> str:
        """Somebody else's order rests; gives the broker's number of it."""
        given = {"instrument": instrument, "quantity": quantity, "limit": limit, "reference": reference}
        return self._line.ask(str, "foreign_order", **given)

    def foreign_position(self, instrument: str, quantity: int, price: Decimal = NOTHING) -> None:
        """Something comes in or leaves without an execution; with a price, against cash."""
        self._do("foreign_position", instrument=instrument, quantity=quantity, price=price)

    def shift(self, amount: Decimal) -> None:
        """Cash comes or goes that nothing explains, dollars."""
        self._do("shift", amount=amount)

    def value(self, nav: Decimal | None) -> None:
        """What is told as net value, dollars."""
        self._do("value", nav=nav)

    def basis(self, instrument: str, basis: Decimal | None) -> None:
        """What is told as the basis of a holding, dollars."""
        self._do("basis", instrument=instrument, basis=basis)

    def pass_as(self, identity: Identity) -> None:
        """The connection reaches another account, as far as it says."""
        self._do("pass_as", given=identity)

    # --- later ---

    def plan(self, at: datetime, deed: str, **given: object) -> None:
        """Do something when an engine has come to an instant, as `plan(night, "settle", day=friday, prices=...)`.

        A deed is a method that moves the account, by its name; one that cannot be done is `failed` in the journal.
        """
        self._do("plan", at=at, deed=deed, give=given)

    def gone(self, since: datetime, until: datetime) -> None:
        """Engines are cut off, unanswered, from one instant of their market to another."""
        self._behave(gone=(since, until))

    # --- the process ---

    def silent(self, on: bool = True) -> None:
        """Engines are connected and not answered, nor is anything done for them."""
        self._behave(silent=on)

    def down(self) -> None:
        """Engines are cut off, and refused."""
        self._do("down")

    def up(self) -> None:
        """Engines may connect again."""
        self._do("up")

    def stop(self) -> None:
        """The process ends; its state stays."""
        self._do("stop")

    def close(self) -> None:
        """Let the control's own connection go."""
        self._line.close()

    # --- what can be seen ---

    def advance(self, at: datetime) -> None:
        """Tell the account an instant, as an engine's question would."""
        self._do("advance", at=at)

    def look(self) -> Statement:
        """The account at the last instant that it was told; nothing is confirmed or counted by it."""
        return self._line.ask(Statement, "look")

    def orders(self) -> tuple[Placed, ...]:
        """Every order that was ever taken, with what became of it."""
        return self._line.ask(tuple[Placed, ...], "orders")

    def journal(self) -> tuple[Entry, ...]:
        """Everything that was asked for and done, oldest first."""
        return self._line.ask(tuple[Entry, ...], "entries")

    def submits(self, reference: str = "") -> int:
        """How often engines handed an order in: any, or one of a reference."""
        asked = [entry for entry in self.journal() if (entry.who, entry.verb) == ("engine", "submit")]
        return sum(reference in ("", entry.reference) for entry in asked)

    def _behave(self, **manners: object) -> None:
        self._do("behave", change=manners, names=tuple(manners))

    def _do(self, verb: str, **given: object) -> None:
        self._line.ask(type(None), verb, **given)
