"""Forks, transfers and merges, phase by phase."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.capital import off_mark
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lots import instrument_of
from allusr_sdk.model.events import (
    DividendReceived,
    Expired,
    MergeTaken,
    Share,
    TransferTaken,
)
from allusr_sdk.model.money import usd
from tests.ledger.lives.life import Life

D = Decimal
PICK = st.integers(0, 50)
COUNT = st.integers(1, 3)


class Moving(Life):
    """Accounts that fork, transfer and merge."""

    @rule(pick=PICK, amount=st.integers(100, 40_000), full=st.booleans())
    def forks(self, pick, amount, full):
        book = self.open(pick)
        node = self.book.nodes[book.node]
        if node.form == "MINI" or book.free < amount or len(self.book.nodes) > 5:
            return
        self.count += 1
        name, half = f"a{self.count}", D(amount) / 2
        shares = tuple(Share(ledger=f"{name}.{s}", style=s, amount=half) for s in ("gen_acc", "com_acc"))
        more = {"form": "FULL" if full else "MINI", "parent": node.id, "generation": node.generation + 1}
        self.tell(self.user.mini(name, str(amount), ledger=book.name, shares=shares, **more))

    @rule(pick=PICK, other=PICK, part=st.integers(1, 4), budget=st.booleans())
    def transfers_cash(self, pick, other, part, budget):
        book, to = self.open(pick, trading=False), self.open(other).name
        most = min(book.free, book.leap_budget) if budget else book.free
        if (amount := usd(max(most, D(0)) / part)) and to != book.name:
            paid = "leaps" if budget else ""
            self.tell(self.user.transfer(book.name, to, str(amount), key=self.key(), budget=paid))

    @rule(pick=PICK, other=PICK, count=COUNT, new=st.booleans())
    def transfers_in_kind(self, pick, other, count, new):
        book, position = self.held(pick, lambda p: p.quantity > 0)
        to = f"{book.node}.ladder" if book and new else self.open(other).name
        if not book or to == book.name or self.book.ledgers.get(to, book).closed:
            return
        spare = book.uncovered(position.symbol) * 100 if position.contract is None else position.quantity
        if (units := min(position.quantity, spare, count if position.contract else 77 * count)) > 0:
            name = instrument_of(position.symbol, position.contract)
            event = self.user.transfer(book.name, to, key=self.key(), lots=in_kind(book, {name: units}))
            if position.key not in book.revalued:
                self.tell(event)

    @rule(pick=PICK)
    def is_to_be_merged(self, pick):
        nodes = [n for n in self.book.nodes.values() if n.parent and n.active and not n.closing]
        parents = {n.parent for n in self.book.nodes.values() if n.active}
        if due := [n for n in nodes if n.id not in parents and set(n.ledgers) <= set(self.book.ledgers)]:
            node = due[pick % len(due)]
            self.tell(self.user.merge(node.id, ledger=node.ledgers[0], key=f"merge:{node.id}"))

    @rule(pick=PICK)
    def runs_off(self, pick):
        """What a ledger that is to be merged owes ends, what it is owed is paid, its marks are taken back."""
        due = [b for b in self.book.ledgers.values() if b.closing and not b.closed]
        for book in due[pick % len(due) :][:1] if due else ():
            for key in book.revalued:
                self.tell(off_mark(book, key))
            for symbol, cash in book.receivable.items():
                self.tell(DividendReceived(ledger=book.name, symbol=symbol, cash=cash))
            for p in (p for p in book.positions.values() if p.short):
                about = {"ledger": book.name, "symbol": p.symbol, "instrument": p.contract.osi}
                self.tell(Expired(**about, quantity=p.quantity, settlement=D("1.00")))

    @rule(pick=PICK)
    def gives_all(self, pick):
        """A ledger that is to be merged gives what it has, or is told why it cannot yet."""
        due = [b for b in self.book.ledgers.values() if b.closing and not b.closed]
        if not due:
            return
        book = due[pick % len(due)]
        apart = book.tax_reserve or book.contracts_budget or book.leap_budget or book.set_aside
        marked = book.revalued.keys() & book.positions.keys()
        ready = not (book.receivable or apart or marked)
        event = self.user.gift(book.name, book.node)
        short = any(lot.quantity < 0 for lot in book.lots)
        away = any(book.name in (each.source, each.ledger) for each in self._taken())
        empty = not (book.cash or book.lots or book.base)
        if ready and not (short or away or empty):
            self.tell(event)
            return
        before = self.book
        with pytest.raises(KernelError):
            self.user.tell(event)
        assert self.book == before

    def _taken(self):
        missing = (event for one in self.book.unfinished.values() for event in one.missing)
        return [event for event in missing if isinstance(event, MergeTaken | TransferTaken)]

    @rule(pick=PICK, marked=st.booleans())
    def comes_to_its_end(self, pick, marked):
        """A merge from its first phase to its last, of an account that can be merged at all."""
        self.is_to_be_merged(pick=pick)
        self.starts_again_after_a_stop()
        for name in [b.name for b in self.book.ledgers.values() if b.closing and not b.closed]:
            self.runs_off(pick=0)
            if marked:
                self.is_marked(pick=pick, price=D("33.33"))
            due = [b.name for b in self.book.ledgers.values() if b.closing and not b.closed]
            self.gives_all(pick=due.index(name) if name in due else 0)
            self.runs_off(pick=1)
        self.starts_again_after_a_stop()

    @rule()
    def starts_again_after_a_stop(self):
        """Whatever is missing is written, in order."""
        while missing := [event for one in self.book.unfinished.values() for event in one.missing]:
            self.tell(missing[0])

    @precondition(lambda self: self.flying())
    @rule(pick=PICK)
    def goes_on(self, pick):
        """The next phase of something that is under way; the same once more is refused."""
        due = [one for one in self.book.unfinished.values() if one.missing]
        event = due[pick % len(due)].missing[0]
        self.tell(event)
        before = self.book
        with pytest.raises(KernelError):
            self.user.tell(event)
        assert self.book == before
