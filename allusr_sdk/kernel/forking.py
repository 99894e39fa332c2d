"""What a fork needs before capital leaves its ledger, and how it is named: pure functions (FK-1 to FK-6).

`GUARDS` is a table: all are asked and every veto is kept. The cap of FK-5 is not among them, for it is an event.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from attrs import frozen

from allusr_sdk.contracts import Sleeve
from allusr_sdk.contracts.growth import Fork
from allusr_sdk.kernel.states import OUTSIDE
from allusr_sdk.model.events import ForkIntended, Share
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.nodes import Node
from allusr_sdk.model.positions import TIERS, Book, LedgerBook
from allusr_sdk.rulebook import Rulebook

PREFIXES = {"MINI": "m", "FULL": "f"}
"""How the ids of an account of each form begin."""


@frozen(eq=False)
class Asked:
    """A fork that is asked for, over the books as they stand.

    Attributes:
        fork: what is wished.
        book: all books; `ledger` those that are to fund it.
        styles: the sleeves of the run by name.
    """

    fork: Fork
    book: Book
    ledger: LedgerBook
    styles: Mapping[str, Sleeve[object]]
    rules: Rulebook


Guard = Callable[[Asked], Iterable[Veto]]


def whole(asked: Asked) -> Iterator[Veto]:
    """Form and shares are such that an account can begin with them, to the cent."""
    fork = asked.fork
    parts = [amount for _, amount in fork.shares]
    if fork.form not in PREFIXES:
        yield Veto("FK-4", f"{fork.form} is no form: it is one of {', '.join(PREFIXES)}")
    if any(usd(part) != part or part <= 0 for part in (fork.amount, *parts)) or sum(parts, ZERO) != fork.amount:
        yield Veto("FK-2", f"shares of {' + '.join(map(str, parts)) or 'nothing'} are not {fork.amount} to the cent")
    names = [style for style, _ in fork.shares]
    if unknown := [name for name in names if name not in asked.styles]:
        yield Veto("FK-2", f"no sleeve {', '.join(unknown)} runs")
    if len(set(names)) < len(names):
        yield Veto("FK-2", "a sleeve has two shares")


def parental(asked: Asked) -> Iterator[Veto]:
    """Minis do not fork, and neither does what is to be merged (FK-2, FK-3)."""
    node = asked.book.nodes.get(asked.ledger.node)
    if node is not None and node.form == "MINI":
        yield Veto("FK-2", f"{node.id} is a mini account: it does not fork")
    if asked.ledger.closing or asked.ledger.closed:
        yield Veto("FK-3", f"{asked.ledger.node} is merged: {asked.ledger.closing or 'it is archived'}")


def earned(asked: Asked) -> Iterator[Veto]:
    """The surplus covers it, so that the base stays; what has no mark yet leaves it unknown (FK-1, RULE-0)."""
    surplus, amount = asked.ledger.surplus, asked.fork.amount
    if new := unmarked(asked.ledger):
        yield Veto("FK-1", f"{new} has no mark yet: the surplus is not known")
    if amount > surplus:
        numbers = {"surplus": str(surplus), "base": str(asked.ledger.base)}
        yield Veto("FK-1", f"{amount:,.2f} > surplus {surplus:,.2f}", numbers)


def calm(asked: Asked) -> Iterator[Veto]:
    """Nothing stands at level 2, no switch is hedged or graver, and nobody has to look at the sleeve (FK-6)."""
    ledger, most = asked.ledger, asked.rules.integer("FK-6.max_level")
    level = max((p.watch.level for p in ledger.positions.values() if not p.hedges), default=0)
    if level > most:
        yield Veto("FK-6", f"a position stands at level {level}", {"level": level})
    gravest = max(asked.book.tiers(ledger.name), key=TIERS.index, default="NONE")
    if TIERS.index(gravest) >= TIERS.index("HEDGED"):
        yield Veto("FK-6", f"a switch stands at {gravest}", {"tier": gravest})
    if ledger.quarantined:
        yield Veto("FK-6", f"the sleeve is quarantined: {ledger.quarantined}")


def agreed(asked: Asked) -> Iterator[Veto]:
    """Books and broker agree: no break is open and nothing waits for its price (FK-6)."""
    if asked.book.state in OUTSIDE:
        yield Veto("FK-6", f"state {asked.book.state}: books and broker are not reconciled")
    if asked.book.breaks:
        names = ", ".join(" ".join(filter(None, found.name)) for found in asked.book.breaks.values())
        yield Veto("FK-6", f"breaks are open: {names}")
    if waiting := sorted(asked.book.unsettled & asked.ledger.positions.keys()):
        yield Veto("FK-6", f"{waiting[0]} has expired without a price")


def paid(asked: Asked) -> Iterator[Veto]:
    """It is paid out of cash that secures nothing and is set apart for nothing; nothing is closed for it (FK-2)."""
    free, amount = spare(asked.ledger), asked.fork.amount
    if amount > free:
        yield Veto("FK-2", f"free cash {free:,.2f} < {amount:,.2f}: it waits for expiries", {"free": str(free)})


def unmarked(ledger: LedgerBook) -> str:
    """A position that was never marked, as shares that the night's assignment brought; empty where there is none."""
    return next((key for key, position in sorted(ledger.positions.items()) if position.mark is None), "")


def spare(ledger: LedgerBook) -> Decimal:
    """Cash that may leave a ledger, dollars: over collateral, tax reserve and LEAP budget (RULE-1, TX-8)."""
    return ledger.free - ledger.leap_budget


GUARDS: tuple[Guard, ...] = (whole, parental, earned, calm, agreed, paid)


def vetoes(asked: Asked) -> tuple[Veto, ...]:
    """Every objection to a fork, the cap aside."""
    return tuple(veto for guard in GUARDS for veto in guard(asked))


def active(book: Book) -> int:
    """Forks that are not archived, minis and full ones (FK-5)."""
    return sum(node.active for node in book.nodes.values() if node.form in PREFIXES)


def intended(fork: Fork, book: Book, week: str) -> ForkIntended:
    """The first entry of a fork, under a key that only it has: ledger, week and count (FK-6)."""
    above = book.nodes[book.ledgers[fork.ledger].node]
    number = 1 + sum(node.form == fork.form for node in book.nodes.values())
    node = f"{PREFIXES[fork.form]}{number}"
    count = 1 + sum(one.parent == above.id and one.week == week for one in book.nodes.values())
    shares = tuple(Share(ledger=f"{node}.{style}", style=style, amount=part) for style, part in fork.shares)
    return ForkIntended(
        ledger=fork.ledger, rule=fork.rule, key=f"{fork.ledger}:{week}:{count}", node=node, form=fork.form,
        amount=fork.amount, week=week, parent=above.id, root=above.root, generation=above.generation + 1,
        shares=shares,
    )  # fmt: skip


def heirs(book: Book, node: Node, styles: Mapping[str, Sleeve[object]]) -> tuple[str, ...]:
    """The root's ledgers that could take a merged account: those in which gains work (FK-3, CAD-10)."""
    return tuple(
        name
        for name, ledger in book.ledgers.items()
        if ledger.node == node.root
        and (sleeve := styles.get(ledger.style or name)) is not None
        and sleeve.deploys == "equity"
    )
