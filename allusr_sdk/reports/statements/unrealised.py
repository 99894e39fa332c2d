"""What positions would bring at their last marks beyond what they stand at: beside the books, never in them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.ledger.sums import Holding, holdings, marks
from allusr_sdk.ledger.tax import last_day
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.reports.statements.layout import Column


@frozen
class Unrealised:
    """Dollars by ledger; a ledger with a position that has no mark is in `unmarked` instead: unknown is not zero."""

    amounts: Mapping[str, Decimal]
    unmarked: tuple[str, ...] = ()

    def of(self, columns: Sequence[Column]) -> list[Decimal | None]:
        """Dollars of each column, None where some of it is unknown."""
        missing = {key.partition(":")[0] for key in self.unmarked}
        return [
            None if missing & set(column.ledgers) else sum((self.amounts.get(n, ZERO) for n in column.ledgers), ZERO)
            for column in columns
        ]


def unrealised(run: Run, at: date | None) -> Unrealised:
    """The unrealised result at the end of a New York date; None is the journal's end."""
    known = marks(run, at or last_day(run))
    found: dict[str, Decimal] = {}
    unmarked: list[str] = []
    for each in holdings(run, at):
        mark = known.get((each.ledger, each.instrument), known.get(("", each.instrument)))
        if mark is None:
            unmarked.append(f"{each.ledger}:{each.instrument}")
        else:
            found[each.ledger] = found.get(each.ledger, ZERO) + _gain(each, mark)
    return Unrealised(found, tuple(unmarked))


def before(first: date | None) -> date | None:
    """The date with whose end a period begins; None for the run's beginning."""
    return first and first - timedelta(days=1)


def _gain(held: Holding, mark: Decimal) -> Decimal:
    unit = MULTIPLIER if contract_of(held.instrument) else 1
    return usd(mark * held.quantity * unit) - held.amount
