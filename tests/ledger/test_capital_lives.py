"""Whatever lives a user's ledgers lead: by forks, merges and transfers nothing is lost, doubled or realised (LG-3).

Between any two phases of what moves, anything else may happen; what is in flight belongs to the user all the same.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.capital import appropriated, at_mark, off_mark
from allusr_sdk.ledger.chart import CHART
from allusr_sdk.ledger.corporate import split_contract
from allusr_sdk.ledger.journal import open_ledger
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lots import contract_of, instrument_of
from allusr_sdk.ledger.queries import Balance, out_of_balance
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.events import (
    Assigned,
    BudgetSpent,
    Corrected,
    DividendAccrued,
    DividendPaid,
    DividendReceived,
    Expired,
    ForkFunded,
    ForkPaid,
    Marked,
    MergeTaken,
    Share,
    SplitApplied,
    TransferTaken,
)
from allusr_sdk.model.money import usd
from allusr_sdk.reports.statements import balance_sheet, cash_flow, income_statement
from allusr_sdk.tax.held import open_lots
from tests.ledger.capital_words import User

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
MOVES = frozenset({"ForkPaid", "ForkFunded", "MergeSent", "MergeTaken", "TransferSent", "TransferTaken", "NodeClosed"})


class Estate:
    """What a user has in all ledgers and in flight: cash, and units and dollars of each lot by day and execution."""

    def __init__(self, book):
        missing = [event for one in book.unfinished.values() for event in one.missing]
        unpaid = {event.node for event in missing if isinstance(event, ForkPaid)}
        paid = [e.amount for e in missing if isinstance(e, ForkFunded) and e.node not in unpaid]
        taken = [e for e in missing if isinstance(e, MergeTaken | TransferTaken)]
        flying = [e.cash if isinstance(e, MergeTaken) else e.amount for e in taken]
        self.cash = sum((*(b.cash for b in book.ledgers.values()), *paid, *flying), D(0))
        self.units, self.dollars = Counter(), Counter()
        for lot in (*(x for b in book.ledgers.values() for x in in_kind(b)), *(x for e in taken for x in e.lots)):
            name = lot.instrument, lot.opened, lot.execution
            self.units[name] += lot.quantity
            self.dollars[name] += lot.amount

    def __eq__(self, other):
        return (self.cash, self.units, self.dollars) == (other.cash, other.units, other.dollars)

    def __hash__(self):
        raise TypeError


def summed(lots):
    """Units and dollars by ledger, instrument and day."""
    found = {}
    for *name, quantity, amount in lots:
        units, dollars = found.get(tuple(name), (0, D(0)))
        found[tuple(name)] = (units + quantity, dollars + amount)
    return found


class Lives(RuleBasedStateMachine):
    """A user whose ledgers trade, and whose accounts fork, transfer, reinvest and merge."""

    def __init__(self):
        super().__init__()
        self.ledger = open_ledger("sqlite://")
        self.user = User(self.ledger, batch=True)
        self.balances, self.count, self.quarter = Counter(), 0, 2026 * 4
        self.fills, self.splits = [], []
        for entry in self.user.run.entries():
            self._post(entry)

    def teardown(self):
        user = self.user
        user.finish()
        assert user.sound()
        dividends = sum(amount for (_, account), amount in self.balances.items() if account in ("4200", "4300", "5200"))
        realised = sum(book.realised for book in self.book.ledgers.values())
        assert sum(d.gain for d in disposals(user.run)) - D(dividends) / 100 == realised
        self._stated()
        self.ledger.close()

    def _stated(self):
        """Statements and open lots, asked of the postings, say what the fold of all entries says."""
        run, past = self.user.run, (self.user.at - timedelta(days=3)).date()
        for sheet in (balance_sheet(run), balance_sheet(run, past)):
            rows = {row.key: row.amounts for row in sheet.rows}
            sums = zip(rows["liabilities"], rows["equity"], strict=True)
            assert rows["assets"] == tuple(owed + own for owed, own in sums)
        sheet, income, flow = balance_sheet(run), income_statement(run), cash_flow(run)
        assert (sheet.amount("in_flight"), flow.amount("transfers")) == (0, 0)
        for name, book in self.book.ledgers.items():
            assert (sheet.amount("cash", name), income.amount("realised", name)) == (book.cash, book.realised)
            assert flow.amount("change", name) == book.cash
        assert "other" not in {row.key for row in flow.rows}
        later = (income_statement(run, None, past), income_statement(run, past + timedelta(days=1)))
        assert sum(part.amount("realised") for part in later) == income.amount("realised")
        folded = [(b.name, lot.instrument, lot.opened, lot.quantity, lot.amount)
                  for b in self.book.ledgers.values() for lot in in_kind(b)]  # fmt: skip
        asked = [(p.ledger, p.instrument, p.opened, p.quantity, p.amount) for p in open_lots(run)]
        if any(True for _ in run.entries(kind="Corrected")):  # a part that moved bears it, where the books realise it
            asked, folded = ([(*name, units, D(0)) for *name, units, _ in lots] for lots in (asked, folded))
        assert summed(asked) == summed(folded)

    # --- what every step does ---

    @property
    def book(self):
        return self.user.run.book

    def _post(self, entry):
        for line in entry.lines:
            self.balances[line.ledger, line.account] += line.amount

    def tell(self, event):
        """Append an event, and look at what it may not have touched."""
        before = self.book
        self.user.at += timedelta(hours=7)
        entry = self.user.tell(event)
        self._post(entry)
        after = self.book
        if event.kind in MOVES | {"ForkIntended", "MergeIntended"}:
            assert Estate(after) == Estate(before)
            assert self._results(after) == self._results(before)
        else:
            others = {name for name, each in after.ledgers.items() if not each.closed} - {event.ledger}
            assert {n: self._has(after, n) for n in others} == {n: self._has(before, n) for n in others}
        return entry

    @staticmethod
    def _results(book):
        return {name: each.realised for name, each in book.ledgers.items() if each.realised}

    @staticmethod
    def _has(book, name):
        mine = book.ledgers[name]
        return mine.cash, mine.lots, mine.positions, mine.base, mine.realised, mine.high_water, mine.own_equity

    def open(self, pick, *, trading=True):
        """An open ledger; one that trades belongs to no account that is to be merged."""
        names = [n for n, b in self.book.ledgers.items() if not b.closed and not (trading and b.closing)]
        return self.user.book(names[pick % len(names)])

    def held(self, pick, wanted):
        """A position of an open ledger that is wanted, or None."""
        found = [
            (book, p) for book in self.book.ledgers.values() for _, p in sorted(book.positions.items()) if wanted(p)
        ]
        return found[pick % len(found)] if found else (None, None)

    def flying(self):
        return any(one.missing for one in self.book.unfinished.values())

    def key(self):
        self.count += 1
        return f"n{self.count}"

    def fill(self, book, instrument, quantity, price, *, opening):
        event = self.user.filled(book.name, instrument, quantity, price, opening=opening)
        self.tell(event)
        self.fills.append(event)

    @initialize(forked=st.booleans())
    def begins(self, forked):
        if forked:
            self.forks(pick=0, amount=30_000, full=False)
            self.starts_again_after_a_stop()
            self.fill(self.user.book("a1.com_acc"), "AAPL", 250, D("40.00"), opening=True)

    # --- trades ---

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

    # --- what moves ---

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
        away = any(each.source == book.name for each in self._taken())
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

    # --- what always holds ---

    @invariant()
    def books_balance_in_every_ledger_and_between_them(self):
        found = [Balance(n, a, CHART[a], usd(D(amount) / 100)) for (n, a), amount in self.balances.items()]
        assert out_of_balance(found, self.book) == ()

    @invariant()
    def what_is_set_apart_is_never_free(self):
        for book in self.book.ledgers.values():
            apart = book.tax_reserve + book.set_aside
            assert book.free == book.cash - apart - book.reserved
            assert book.surplus == book.equity - apart - book.base

    @invariant()
    def every_lot_is_in_its_place_and_oldest_first(self):
        for book in self.book.ledgers.values():
            by_name = {}
            for lot in book.lots:
                by_name.setdefault(instrument_of(lot.symbol, lot.contract), []).append(lot.opened)
            assert all(days == sorted(days) for days in by_name.values())
            assert not (book.closed and book.lots)


BOUNDS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_no_life_of_accounts_loses_or_doubles_a_lot_a_share_or_a_cent():
    run_state_machine_as_test(Lives, settings=settings(max_examples=6, stateful_step_count=30, **BOUNDS))


@pytest.mark.long
def test_no_long_life_of_accounts_does_either():
    run_state_machine_as_test(Lives, settings=settings(max_examples=300, stateful_step_count=120, **BOUNDS))
