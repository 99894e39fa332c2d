"""Trades, and what companies and marks do to what is held."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from allusr_sdk.ledger.capital import appropriated, at_mark, off_mark
from allusr_sdk.ledger.corporate import split_contract
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.events import (
    Assigned,
    BudgetSpent,
    Corrected,
    DividendAccrued,
    DividendPaid,
    DividendReceived,
    Expired,
    Marked,
    SplitApplied,
)
from allusr_sdk.model.money import usd
from tests.ledger.lives.life import Life

D = Decimal
SYMBOLS = ("AAPL", "MSFT")
PUTS = {"AAPL": "AAPL  291221P00270000", "MSFT": "MSFT  291221P00400000"}
CALLS = {"AAPL": "AAPL  291221C00280000", "MSFT": "MSFT  291221C00420000"}
HEDGES = {"AAPL": "SPXW  291221P05400000", "MSFT": "SPXW  291221P05800000"}
PICK = st.integers(0, 50)
SYMBOL = st.sampled_from(SYMBOLS)
COUNT = st.integers(1, 3)
PRICE = st.decimals("0.05", "60", places=2)
MONEY = st.decimals("0.01", "40000", places=2)


class Trading(Life):
    """Ledgers that trade."""

    def fill(self, book, instrument, quantity, price, *, opening):
        event = self.user.filled(book.name, instrument, quantity, price, opening=opening)
        self.tell(event)
        self.fills.append(event)

    @rule(pick=PICK, symbol=SYMBOL, count=COUNT, price=PRICE)
    def writes_a_put(self, pick, symbol, count, price):
        book, put = self.open(pick), self._now(PUTS[symbol])
        if book.free >= contract_of(put).notional * count:
            self.fill(book, put, -count, price, opening=True)

    @rule(pick=PICK, symbol=SYMBOL, count=COUNT, price=PRICE)
    def buys_shares(self, pick, symbol, count, price):
        book = self.open(pick)
        if book.free >= price * 100 * count + 1:
            self.fill(book, symbol, 100 * count, price, opening=True)

    @rule(pick=PICK, symbol=SYMBOL, price=PRICE)
    def writes_a_call(self, pick, symbol, price):
        book = self.open(pick)
        if book.uncovered(symbol) >= 1:
            self.fill(book, self._now(CALLS[symbol]), -1, price, opening=True)

    @rule(pick=PICK, symbol=SYMBOL, count=COUNT, price=PRICE)
    def buys_a_hedge(self, pick, symbol, count, price):
        book = self.open(pick)
        if book.free >= price * 100 * count + 1:
            self.fill(book, HEDGES[symbol], count, price, opening=True)

    @rule(pick=PICK, count=COUNT, price=PRICE)
    def closes(self, pick, count, price):
        book, position = self.held(pick, lambda p: p.contract is not None)
        if book and not book.closed:
            part = min(count, abs(position.quantity)) * (1 if position.short else -1)
            self.fill(book, position.contract.osi, part, price, opening=False)

    @rule(pick=PICK, count=COUNT, price=PRICE)
    def sells_shares(self, pick, count, price):
        book, position = self.held(pick, lambda p: p.contract is None)
        spare = book.uncovered(position.symbol) if book else 0
        if spare > 0:
            self.fill(book, position.symbol, -37 * min(count, spare), price, opening=False)

    @rule(pick=PICK, assigned=st.booleans())
    def ends(self, pick, assigned):
        book, position = self.held(pick, lambda p: p.short)
        if not book:
            return
        name = position.contract.osi
        about = {"ledger": book.name, "symbol": position.symbol, "instrument": name, "quantity": -1}
        if assigned and (position.contract.is_put or book.shares(position.symbol) >= 100):
            self.tell(Assigned(**about, settlement=D("1.00"), early=True))
        else:
            self.tell(Expired(**about, settlement=D("1.00")))

    @precondition(lambda self: self.fills)
    @rule(pick=PICK, amount=st.decimals("-3", "3", places=2))
    def is_corrected(self, pick, amount):
        fill = self.fills[pick % len(self.fills)]
        now = self.user.run.fill(fill.execution)
        if amount and not self.flying():
            self.tell(Corrected(
                ledger=fill.ledger, symbol=fill.symbol, rule="RECON B08", key=fill.key, corrects=now.execution,
                execution=now.execution, instrument=fill.instrument, amount=amount, fee=D("0.00"),
            ))  # fmt: skip

    # --- what companies do ---

    def _now(self, instrument):
        """A contract under the strike that splits have given it."""
        contract = contract_of(instrument)
        for symbol in self.splits:
            contract = split_contract(contract, 2) if symbol == contract.underlying else contract
        return contract.osi

    @precondition(lambda self: not self.flying() and len(self.splits) < 2)
    @rule(symbol=SYMBOL)
    def splits_in_two(self, symbol):
        self.splits.append(symbol)
        for name, book in self.book.ledgers.items():
            if any(lot.symbol == symbol for lot in book.lots):
                self.tell(SplitApplied(ledger=name, symbol=symbol, rule="LQ-7", ratio=2))

    @rule(pick=PICK, price=PRICE, later=st.booleans())
    def pays_a_dividend(self, pick, price, later):
        book, position = self.held(pick, lambda p: p.contract is None)
        if book:
            kind = DividendAccrued if later else DividendPaid
            shares, cash = position.quantity, usd(price * position.quantity)
            self.tell(kind(ledger=book.name, symbol=position.symbol, shares=shares, per_share=price, cash=cash))

    @rule(pick=PICK)
    def is_paid_a_dividend(self, pick):
        due = [(b.name, s, cash) for b in self.book.ledgers.values() for s, cash in b.receivable.items()]
        if due:
            name, symbol, cash = due[pick % len(due)]
            self.tell(DividendReceived(ledger=name, symbol=symbol, cash=cash))

    # --- marks, gains, appropriations ---

    @rule(pick=PICK, price=PRICE)
    def is_marked(self, pick, price):
        book, position = self.held(pick, lambda p: True)
        if book:
            self.tell(Marked(ledger=book.name, symbol=position.symbol, position=position.key, mark=price))

    @rule(pick=PICK, price=PRICE)
    def stands_at_a_mark_or_no_more(self, pick, price):
        book, position = self.held(pick, lambda p: True)
        if book and position.key in book.revalued:
            self.tell(off_mark(book, position.key))
        elif book:
            self.tell(at_mark(book, position.key, price))

    @rule(pick=PICK, amount=MONEY)
    def earns(self, pick, amount):
        book = self.open(pick)
        before = self.user.run.seq
        self.user.earn(book.name, amount)
        for entry in self.user.run.entries(after=before):
            self._post(entry)

    @rule(pick=PICK, gain=MONEY)
    def reinvests(self, pick, gain):
        book = self.open(pick)
        if self.book.nodes[book.node].form == "MINI":
            return
        self.quarter += 1
        label = f"{self.quarter // 4}-Q{self.quarter % 4 + 1}"
        parts = appropriated(gain, D("0.30"), D("0.75"))
        if sum(parts) == gain:
            self.tell(self.user.reinvest(book.name, label, *parts))

    @rule(pick=PICK, part=st.integers(1, 3))
    def spends_a_budget(self, pick, part):
        book = self.open(pick)
        if amount := usd(book.contracts_budget / part):
            self.tell(BudgetSpent(ledger=book.name, key=self.key(), budget="contracts", amount=amount))
