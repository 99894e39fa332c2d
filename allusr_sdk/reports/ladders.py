"""The ladders of a run: what each may spend, what its rungs cost and are worth (LL-2 to LL-4)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.ladders import GROWTH, is_ladder, style_of
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import Book, LedgerBook, Position


@frozen(kw_only=True)
class RungFacts:
    """One rung: `cost` with fees and `value` at the last mark in dollars, `bought` a New York date."""

    contract: str
    text: str
    quantity: int
    bought: date
    expiry: date
    cost: Decimal
    value: Decimal
    mark: Decimal | None


@frozen(kw_only=True)
class LadderFacts:
    """One ladder. `budget` is its free cash, `realised` what it gained since it began; dollars."""

    ledger: str
    growth: bool
    budget: Decimal
    cost: Decimal
    value: Decimal
    realised: Decimal
    rungs: tuple[RungFacts, ...]


def ladders(book: Book) -> tuple[LadderFacts, ...]:
    """The ladders of all accounts that are open."""
    return tuple(_ladder(ledger) for ledger in book.ledgers.values() if is_ladder(ledger) and not ledger.closed)


def _ladder(ledger: LedgerBook) -> LadderFacts:
    rungs = tuple(sorted(map(_rung, ledger.positions.values()), key=lambda rung: (rung.expiry, rung.contract)))
    return LadderFacts(
        ledger=ledger.name, growth=style_of(ledger) == GROWTH, budget=usd(ledger.free),
        cost=usd(sum((rung.cost for rung in rungs), ZERO)), value=usd(sum((rung.value for rung in rungs), ZERO)),
        realised=usd(ledger.realised), rungs=rungs,
    )  # fmt: skip


def _rung(held: Position) -> RungFacts:
    contract, bought = held.contract, held.opened.astimezone(NEW_YORK).date()
    cost = held.amount if held.quantity > 0 else -held.amount
    return RungFacts(
        contract=contract.osi if contract else held.symbol, text=_text(held),
        quantity=held.quantity, bought=bought, expiry=contract.expiry if contract else bought, cost=usd(cost),
        value=usd(held.value), mark=held.mark,
    )  # fmt: skip


def _text(held: Position) -> str:
    """The contract with its year, which short names leave out."""
    if held.contract is None:
        return f"{held.symbol} shares"
    side = "put" if held.contract.is_put else "call"
    return f"{held.contract.root} {held.contract.expiry:%-d %b %Y} {held.contract.strike.normalize():f} {side}"


def ladder_lines(found: tuple[LadderFacts, ...]) -> Iterator[str]:
    """A line a ladder, and one under it for each rung."""
    for ladder in found:
        what = "growth ladder" if ladder.growth else "hedge ladder"
        sums = f"cost {ladder.cost:,.2f}, worth {ladder.value:,.2f}, budget {ladder.budget:,.2f}"
        yield f"{what} {ladder.ledger}: {len(ladder.rungs)} rungs, {sums}, realised {ladder.realised:,.2f}"
        for rung in ladder.rungs:
            yield (
                f"  {rung.quantity} x {rung.text}, bought {rung.bought}: cost {rung.cost:,.2f}, worth {rung.value:,.2f}"
            )
