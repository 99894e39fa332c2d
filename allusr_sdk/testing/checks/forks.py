"""Checks of fork rules: an answer for trees of every size, nothing twice, and no more than was earned."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.contracts.growth import Fork, Merge, Tree
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.nodes import ROOT, Node
from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.testing.checks.asks import asked
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.questions import grown
from allusr_sdk.testing.checks.reasons import told, words
from allusr_sdk.testing.checks.trial import Trial

_DAY = date(2026, 3, 30)
_STYLES = ("gen_acc", "rev_acc", "com_acc", "forked")
_BASES = (0, 1, 100_000, 1_000_000, 5_000_000)
_GAINS = ("-1", "-0.5", "0", "0.2", "1", "10")
_AGES = (0, 20, 365, 1096, 3650)


def decided(trial: Trial) -> int:
    """Trees from nothing to millions, from a total loss to ten times the capital, with minis of every age."""
    known, text = Rulebook.default().rules, words(trial.subject.cls)
    seen = 0
    for tree in _trees():
        for wish in _asked(trial, tree):
            seen += 1
            strange = [rule for rule in wish.rule.split() if rule not in known and not told(rule, text)]
            if strange or not wish.rule.split():
                raise Broken(
                    f"{(*strange, 'an empty rule')[0]} is no rule of the rulebook, nor in its docstring or README"
                )
            if isinstance(wish, Fork):
                _sound(wish)
    return seen


def once(trial: Trial) -> int:
    """Asked again over the books as its own answers left them, it asks for nothing more."""
    seen = 0
    for tree in _trees():
        wishes = _asked(trial, tree)
        seen += len(wishes)
        if wishes and (again := _asked(trial, _after(tree, wishes))):
            raise Broken(f"asked again once {_short(wishes[0])} was done, it asks for {_short(again[0])} too")
    return seen


def earned(trial: Trial) -> int:
    """What it takes from a ledger is together no more than that ledger's surplus."""
    seen = 0
    for tree in _trees():
        wishes = _asked(trial, tree)
        seen += len(wishes)
        forks = [wish for wish in wishes if isinstance(wish, Fork)]
        for name in {fork.ledger for fork in forks}:
            taken = sum((fork.amount for fork in forks if fork.ledger == name), ZERO)
            surplus = tree.ledgers[name].surplus if name in tree.ledgers else ZERO
            if taken > surplus:
                raise Broken(f"it takes {taken:,.2f} from {name}, whose surplus is {surplus:,.2f}")
    return seen


def _asked(trial: Trial, tree: Tree) -> Sequence[Fork | Merge]:
    ask = asked(trial.fresh(), "decide", (tree,))
    if ask.raised:
        books = ", ".join(f"{b.name} with base {b.base:,} and equity {b.equity:,}" for b in tree.ledgers.values())
        raise Broken(f"over {books} it raised {ask.raised}")
    found = ask.answer if isinstance(ask.answer, tuple) else ()
    if odd := [wish for wish in found if not isinstance(wish, Fork | Merge)]:
        raise Broken(f"it answers with a {type(odd[0]).__name__}, which is neither a Fork nor a Merge")
    return found


def _sound(fork: Fork) -> None:
    parts = [amount for _, amount in fork.shares]
    if sum(parts, ZERO) != fork.amount or any(usd(part) != part or part <= 0 for part in parts):
        raise Broken(f"{_short(fork)} is shared out as {', '.join(map(str, parts)) or 'nothing'}, not to the cent")


def _short(wish: Fork | Merge) -> str:
    if isinstance(wish, Merge):
        return f"the merge of {wish.node}"
    return f"a {wish.form} fork of {wish.ledger} with {wish.amount:,}"


# --- trees ---


def _trees() -> Iterator[Tree]:
    for base in _BASES:
        for gain in _GAINS:
            yield grown({name: _book(name, base, gain) for name in _STYLES}, _DAY)
    for age in _AGES:
        for gain in _GAINS:
            yield _with_a_mini(gain, _DAY - timedelta(days=age))


def _book(name: str, base: int, gain: str, node: str = ROOT, style: str = "") -> LedgerBook:
    cash = base * (1 + Decimal(gain))
    return evolve(
        LedgerBook(name=name),
        base=Decimal(base),
        cash=cash,
        high_water=max(cash, Decimal(base)),
        node=node,
        style=style,
    )


def _with_a_mini(gain: str, since: date) -> Tree:
    own = {name: _book(name, 1_000_000, "0") for name in _STYLES}
    minis = {f"m1.{style}": _book(f"m1.{style}", 50_000, gain, "m1", style) for style in ("gen_acc", "com_acc")}
    return grown({**own, **minis}, _DAY, _node("m1", "MINI", since, Decimal(100_000), tuple(minis)))


def _node(name: str, form: str, since: date, amount: Decimal, ledgers: tuple[str, ...]) -> Node:
    return Node(
        id=name, parent=ROOT, root=ROOT, form=form, generation=1, funded_at=since, amount=amount, stamp="",
        week=iso_week(since), ledgers=ledgers,
    )  # fmt: skip


def _after(tree: Tree, wishes: Sequence[Fork | Merge]) -> Tree:
    """The tree once everything that was asked for is done."""
    ledgers, nodes = dict(tree.ledgers), dict(tree.nodes)
    for number, wish in enumerate(wishes, 10):
        if isinstance(wish, Merge):
            nodes[wish.node] = evolve(nodes[wish.node], closing=wish.cause)
            continue
        ledgers[wish.ledger] = evolve(ledgers[wish.ledger], cash=ledgers[wish.ledger].cash - wish.amount)
        id = f"{wish.form[:1].lower()}{number}"
        new = [LedgerBook(name=f"{id}.{s}", base=part, cash=part, node=id, style=s) for s, part in wish.shares]
        ledgers |= {book.name: book for book in new}
        nodes[id] = _node(id, wish.form, tree.on, wish.amount, tuple(book.name for book in new))
    return evolve(tree, ledgers=ledgers, nodes=nodes)


CHECKS_OF_BOOKS: tuple[Check, ...] = (
    Check(
        501, ("fork",), "it has a reasoned answer for books of every size",
        "A ledger that is forked or merged without a reason, or a rule that fails at a loss, moves whole accounts.",
        "Name a rule in every Fork and Merge; divide by nothing that can be zero; share out to the cent.",
        decided,
    ),
    Check(
        502, ("fork",), "asked again once it is done, it asks for nothing more",
        "A run that was stopped between two forks asks again when it starts, and must not fork twice for one gain.",
        "Decide on the surplus as it stands, all that is due at once; leave accounts alone that are closing.",
        once,
    ),
    Check(
        503, ("fork",), "it takes no more than the surplus, so that the base stays",
        "Capital that was contributed to a ledger is what its contracts are secured with (FK-1).",
        "Take at most LedgerBook.surplus from a ledger, all of its forks together.",
        earned,
    ),
)  # fmt: skip
