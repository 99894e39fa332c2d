"""Counts and amounts by ledger and symbol, each with the entries that make it up: one pass over a period."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from attrs import define, field

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.chart import REALISED
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.outstanding import HEDGE
from allusr_sdk.reports.counts import counted
from allusr_sdk.reports.hedging import Leg
from allusr_sdk.reports.periods.values import Cell
from allusr_sdk.reports.words import multiplier

Key = tuple[str, str, str]

AMOUNTS = {
    "premium": "Premium taken", "premium_kept": "Premium kept", "fees": "Fees", "hedge_cost": "Cost of hedges",
    "dividends": "Dividends", "realised": "Realised",
}  # fmt: skip
COUNTS = {
    "sold": "Sold", "closed": "Closed", "rolled": "Rolled", "expired": "Expired", "assigned": "Assigned",
    "exercised": "Exercised", "shares_bought": "Shares bought", "shares_sold": "Shares sold",
    "hedged": "Hedges bought", "released": "Hedges sold", "rungs": "Rungs bought", "rungs_sold": "Rungs sold",
}  # fmt: skip


@define
class Measures:
    """Sums by ledger, symbol and measure. An account of the chart is a measure, too: what it realised.

    What `hedges` wrote keeps no premium.
    """

    hedges: Collection[Leg] = ()
    sums: dict[Key, Decimal] = field(factory=dict)
    under: dict[Key, list[int]] = field(factory=dict)

    def take(self, entry: Entry) -> None:
        """Add an entry."""
        for name, value in _measured(entry, self.hedges).items():
            if value:
                key = (entry.event.ledger, entry.event.symbol, name)
                self.sums[key] = self.sums.get(key, ZERO) + value
                self.under.setdefault(key, []).append(entry.seq)

    def cell(self, name: str, *, ledger: str | None = None, symbol: str | None = None) -> Cell:
        """A measure of a ledger, of a symbol, or of all of them."""
        keys = [k for k in self.sums if k[2] == name and ledger in (None, k[0]) and symbol in (None, k[1])]
        value = sum((self.sums[key] for key in keys), ZERO)
        return Cell(int(value) if name in COUNTS else usd(value), tuple(s for key in keys for s in self.under[key]))

    def symbols(self) -> tuple[str, ...]:
        """Underlyings that have a measure."""
        return tuple(sorted({symbol for _, symbol, _ in self.sums if symbol}))

    def ledgers(self) -> tuple[str, ...]:
        """Ledgers that have a measure."""
        return tuple(sorted({ledger for ledger, _, _ in self.sums}))


def measured(entries: Iterable[Entry], hedges: Collection[Leg]) -> Measures:
    """The measures of some entries, where `hedges` had written some options."""
    found = Measures(hedges)
    for entry in entries:
        if entry.event.ledger:
            found.take(entry)
    return found


def _measured(entry: Entry, hedges: Collection[Leg]) -> Mapping[str, Decimal]:
    count = counted(entry, hedges)
    found = {name: Decimal(value) for name, value in count.numbers.items()} | count.amounts
    found |= {"premium": _premium(entry.event), "fees": _fee(entry.event), "premium_kept": Decimal(count.kept) / 100}
    for line in entry.lines:
        if line.account in REALISED:
            for name in ("realised", line.account):
                found[name] = found.get(name, ZERO) - Decimal(line.amount) / 100
    return found


def _premium(event: ev.Event) -> Decimal:
    """Gross premium of a written option that is no leg of a hedge."""
    if not isinstance(event, ev.Filled) or event.cause.startswith(HEDGE):
        return ZERO
    written = event.opening and event.quantity < 0 and contract_of(event.instrument) is not None
    return -event.price * event.quantity * multiplier(event.instrument) if written else ZERO


def _fee(event: ev.Event) -> Decimal:
    """What a trade, an assignment, a correction or the broker's line costs."""
    if isinstance(event, ev.CashBooked):
        return -event.amount if event.what == "fee" else ZERO
    return event.fee if isinstance(event, ev.Filled | ev.Assigned | ev.Exercised | ev.Corrected) else ZERO
