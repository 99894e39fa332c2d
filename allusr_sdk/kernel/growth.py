"""Growth: forks, merges and quarterly appropriations, on mornings after reconciliation (FK-1 to FK-7).

A fork is intended, paid and funded, a merge intended, sent, taken and closed, each in an entry of its own and each the
only one of its key. The books know what has begun and not ended (`Book.unfinished`): that is written first, before
anything else is decided, so a stop between any two of them leaves exactly one of each.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial

from allusr_sdk.contracts import ForkRule, Sleeve
from allusr_sdk.contracts.growth import Fork, Merge, Tree
from allusr_sdk.host import Fault, Host, drained
from allusr_sdk.host.fit import unwritable
from allusr_sdk.kernel import forking, handover, merging, reinvest
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.events import Event, ForkCapped
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.positions import Book
from allusr_sdk.rulebook import Rulebook

FORK = "fork"
"""Subject of decisions about forks of a ledger."""


def running(styles: Mapping[str, Sleeve[object]], book: Book) -> Mapping[str, Sleeve[object]]:
    """Sleeves by the ledger that they run: the run's own in the operator's order, then those of open forks by age."""
    forks = {
        name: styles[ledger.style]
        for name, ledger in book.ledgers.items()
        if ledger.style in styles and not ledger.closed and name not in styles
    }
    return {**styles, **forks}


class Growth:
    """What grows and shrinks the tree of a run's accounts.

    Attributes:
        booked: entries of a morning that was cut short; none of them is written again.
    """

    def __init__(self, scribe: Scribe, host: Host, rules: Rulebook) -> None:
        self._scribe, self._host, self._rules = scribe, host, rules
        self.booked: tuple[Event, ...] = ()

    def complete(self) -> None:
        """Write what has begun to move and did not arrive, word for word; what that brings about is written too."""
        while missing := [event for one in self._scribe.book.unfinished.values() for event in one.missing]:
            self._scribe.write(missing[0])

    def morning(self, on: date, before: date | None) -> None:
        """The morning of a session, reconciled; `before` is the session before it, None for a run's first."""
        self.complete()
        for node in tuple(self._scribe.book.nodes.values()):
            if node.closing and node.active:
                merging.advance(node, self._scribe, self.complete)
        if before is None:
            return
        reinvest.quarter(on, before, self._scribe, self._rules)
        handover.morning(on, before, self._scribe, self._host, complete=self.complete, booked=self.booked)
        if self._host.forks and iso_week(before) != iso_week(on):
            self._week(on, iso_week(before))

    # --- a week that is final ---

    def _week(self, on: date, week: str) -> None:
        for name, rule in self._host.forks.items():
            book = self._scribe.book
            tree = Tree(on, week, book.nodes, book.ledgers, self._rules)
            answer = self._host.ask(name, "decide", partial(_wishes, rule, tree))
            if isinstance(answer, Fault):
                self._scribe.fault(answer)
                continue
            held: set[str] = set()
            for wish in answer.value:
                if isinstance(wish, Merge):
                    merging.begin(wish, tree, self._host.sleeves, self._scribe)
                elif wish.ledger not in held and not self._fork(wish, week):
                    held.add(wish.ledger)

    def _fork(self, fork: Fork, week: str) -> bool:
        """Fork a ledger, or say why not; its further forks of the week wait with it."""
        if self._refused(fork) or self._capped(fork, week):
            return False
        first = forking.intended(fork, self._scribe.book, week)
        subject = f"{FORK} {first.node}"
        self._scribe.decide(fork.ledger, "", "open", fork.rule, fork.why, fork.numbers, subject=subject)
        self._scribe.write(first)
        self.complete()
        return True

    def _refused(self, fork: Fork) -> bool:
        """Whether anything stands against a fork, which is said once while it stands (FK-6)."""
        book = self._scribe.book
        ledger = book.ledgers.get(fork.ledger)
        found: tuple[Veto, ...] = (Veto("FK-1", f"there is no ledger {fork.ledger}"),)
        if ledger is not None:
            found = forking.vetoes(forking.Asked(fork, book, ledger, self._host.sleeves, self._rules))
        if found:
            name = fork.ledger if ledger is not None else ""
            self._scribe.refuse(name, "", fork.rule, found, fork.numbers, subject=FORK)
        return bool(found)

    def _capped(self, fork: Fork, week: str) -> bool:
        """Whether so many forks are active already; that is said once a ledger and week (FK-5)."""
        active = forking.active(self._scribe.book)
        if active < self._rules.integer("FK-5.max_active"):
            return False
        self._once(ForkCapped(
            ledger=fork.ledger, rule="FK-5", key=f"{fork.ledger}:{week}", active=active, amount=fork.amount,
        ))  # fmt: skip
        return True

    def _once(self, event: Event) -> None:
        if event not in self.booked:
            self._scribe.write(event)


def _wishes(rule: ForkRule[object], tree: Tree) -> tuple[Fork | Merge, ...]:
    """What a rule answers, as it is. Raises `TypeError` for what cannot be taken up."""
    found = drained(rule.decide(tree))
    for wish in found:
        if not isinstance(wish, Fork | Merge):
            raise TypeError(f"decided {type(wish).__name__}: expected Fork or Merge")
        if wrong := _odd(wish) or unwritable(wish.numbers):
            raise TypeError(f"decided a {type(wish).__name__} {wrong}")
    return found


def _odd(wish: Fork | Merge) -> str:
    """What is no text or no dollars where they belong, or an empty text."""
    words: tuple[object, ...] = (wish.rule, wish.why)
    amounts: tuple[object, ...] = ()
    if isinstance(wish, Fork):
        names, parts = zip(*wish.shares, strict=True) if wish.shares else ((), ())
        words, amounts = (*words, wish.ledger, wish.form, *names), (wish.amount, *parts)
    else:
        words = (*words, wish.node, wish.cause)
    if not all(isinstance(word, str) for word in words):
        return "whose words are no text"
    if not wish.rule.split():
        return "that names no rule"
    return "" if all(isinstance(a, Decimal) and a.is_finite() for a in amounts) else "whose amounts are no dollars"
