"""A user whose ledgers live: events are told, and whatever they may not have touched is looked at."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from hypothesis.stateful import RuleBasedStateMachine, invariant

from allusr_sdk.ledger.chart import CHART
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lots import instrument_of
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.queries import Balance, out_of_balance
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.money import usd
from allusr_sdk.reports.statements import balance_sheet, cash_flow, income_statement
from allusr_sdk.tax.held import open_lots
from tests.ledger.capital_words import User
from tests.ledger.lives.estate import Estate, summed

D = Decimal
MOVES = frozenset({"ForkPaid", "ForkFunded", "MergeSent", "MergeTaken", "TransferSent", "TransferTaken", "NodeClosed"})


class Life(RuleBasedStateMachine):
    """A user's ledgers, what is asked of them after every event, and what always holds."""

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
