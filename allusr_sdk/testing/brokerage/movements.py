"""`Movements`: cash, holdings and the executions that moved them, together or not at all."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from attrs import Factory, define, evolve

from allusr_sdk.errors import InputError, KernelError
from allusr_sdk.model.broker import CashLine, Execution, Report
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.testing.brokerage.records import News, Rules, contract

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE = date(1969, 12, 31)


@define(kw_only=True)
class Movements:
    """What happened to an account. Every change of holdings is an execution, told or not.

    Attributes:
        opened: dollars that it began with.
        hidden: ids of executions that nobody is told of, as of a transfer or a booking overnight.
        unexplained: dollars that came or went without any line.
        now: the latest instant that it was told; `before` is the last day told before that of `now`.
        out: what has happened and was not taken over yet, oldest first.
    """

    name: str = "DU1"
    opened: Decimal = Decimal("1000000.00")
    rules: Rules = Factory(Rules)
    cash: Decimal = Decimal("1000000.00")
    holdings: dict[str, int] = Factory(dict)
    executions: list[Execution] = Factory(list)
    hidden: set[str] = Factory(set)
    lines: list[CashLine] = Factory(list)
    unexplained: Decimal = Decimal("0.00")
    now: datetime = EPOCH
    before: date = BEFORE
    count: int = 0
    out: list[News] = Factory(list)

    def numbered(self) -> int:
        """The next number: of orders, executions and lines together."""
        self.count += 1
        return self.count

    def move(
        self, instrument: str, quantity: int, price: Decimal, *, reference: str = "", free: bool = True,
        told: bool = True,
    ) -> Execution:  # fmt: skip
        """Book an execution: holdings and cash at once. A `free` one costs no fee; one that is not `told` is hidden."""
        kind = contract(instrument)
        fee = Decimal("0.00") if free else usd(abs(quantity) * (self.rules.option if kind else self.rules.share))
        execution = Execution(
            id=f"{self.name}.{self.numbered():06d}.01", reference=reference, instrument=instrument, quantity=quantity,
            price=price, at=self.now, fee=fee,
        )  # fmt: skip
        self._keep(execution, told)
        self._hold(instrument, quantity)
        self.cash += effect(execution)
        return execution

    def correct(
        self, execution: str, *, price: Decimal | None = None, fee: Decimal | None = None, settles: date | None = None
    ) -> Execution:
        """Tell an execution otherwise: a new one that names it, and the difference in cash.

        Raises:
            InputError: it is not known, or was corrected already.
        """
        old = next((each for each in self.effective() if each.id == execution), None)
        if old is None:
            raise InputError(f"execution {execution}: not known, or corrected already: name the newest id of it")
        head, _, version = old.id.rpartition(".")
        new = evolve(
            old, id=f"{head}.{int(version) + 1:02d}", corrects=old.id, at=self.now, settles=settles or old.settles,
            price=old.price if price is None else price, fee=old.fee if fee is None else fee,
        )  # fmt: skip
        self._keep(new, told=True)
        self.cash += effect(new) - effect(old)
        return new

    def late(self, execution: str) -> None:
        """Tell an execution that was hidden, or one once more. Raises `InputError` where it is not known."""
        found = next((each for each in self.executions if each.id == execution), None)
        if found is None:
            raise InputError(f"execution {execution}: not known")
        self.hidden.discard(execution)
        self.out.append(News(execution=found))

    def line(self, kind: str, amount: Decimal, symbol: str = "") -> CashLine:
        """A dividend, interest or fee: dollars, signed."""
        line = CashLine(
            id=f"{self.name}.L{self.numbered():06d}", kind=kind, amount=usd(amount), on=self.now.date(), symbol=symbol
        )
        self.lines.append(line)
        self.cash += line.amount
        return line

    def shift(self, amount: Decimal) -> None:
        """Cash that no line explains."""
        self.unexplained += usd(amount)
        self.cash += usd(amount)

    def effective(self) -> list[Execution]:
        """Executions without those that a correction replaced, oldest first."""
        replaced = {each.corrects for each in self.executions}
        return [each for each in self.executions if each.id not in replaced]

    def check(self) -> None:
        """Cash and holdings are what the movements add up to. Raises `KernelError` where they are not."""
        told = self.opened + self.unexplained + sum(line.amount for line in self.lines)
        cash = told + sum(effect(each) for each in self.effective())
        held = _summed(self.effective())
        if cash != self.cash or held != self.holdings:
            raise KernelError(f"account {self.name}: {self.cash} and {self.holdings}; movements say {cash} and {held}")

    def report(
        self, reference: str, status: str, *, limit: Decimal | None = None, reason: str = "", at: datetime | None = None
    ) -> None:
        """Tell of an order, now or as of another instant."""
        told = Report(reference=reference, status=status, at=at or self.now, limit=limit, reason=reason)
        self.out.append(News(report=told))

    def _keep(self, execution: Execution, told: bool) -> None:
        self.executions.append(execution)
        if told:
            self.out.append(News(execution=execution))
        else:
            self.hidden.add(execution.id)

    def _hold(self, instrument: str, quantity: int) -> None:
        held = self.holdings.pop(instrument, 0) + quantity
        if held:
            self.holdings[instrument] = held


def effect(execution: Execution) -> Decimal:
    """What an execution does to cash, dollars."""
    units = execution.quantity * (MULTIPLIER if contract(execution.instrument) else 1)
    return usd(-units * execution.price) - (execution.fee or Decimal(0))


def _summed(executions: Iterable[Execution]) -> dict[str, int]:
    held: dict[str, int] = {}
    for each in executions:
        held[each.instrument] = held.get(each.instrument, 0) + each.quantity
    return {name: quantity for name, quantity in held.items() if quantity}
