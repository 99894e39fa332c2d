"""A small vocabulary for capital that moves between ledgers: a user with three sleeves, forks and merges by name."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import (
    CashBooked,
    Filled,
    ForkIntended,
    Funded,
    Marked,
    MergeIntended,
    MergeSent,
    Reinvested,
    RunStarted,
    Share,
    TransferSent,
    Valued,
)

D = Decimal
START = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
PUT, CALL, HEDGE = "AAPL  260213P00270000", "AAPL  260220C00280000", "SPXW  260821P05400000"
ROOT = {"gen_acc": D("120000"), "rev_acc": D("90000"), "com_acc": D("90000")}


class User:
    """A run, and short forms of what is told in it; each entry is a minute after the one before."""

    def __init__(self, ledger, *, batch=False):
        head = RunStarted(
            mode="backtest", market="synthetic", first=date(2026, 1, 5), last=date(2029, 12, 31), seed=7,
            capital=sum(ROOT.values()), settings="s", rulebook="1.0/abc",
        )  # fmt: skip
        self.ledger, self.at, self.lines = ledger, START, 0
        self.run = ledger.start_run(head, START, batch=batch)
        for name, amount in ROOT.items():
            self.tell(Funded(ledger=name, amount=amount, rule="CAD-12"))

    def tell(self, *events):
        """Append events; the entry of the last one."""
        for event in events:
            self.at += timedelta(minutes=1)
            entry = self.run.append(event, at=self.at, cycle=1, state="MONITORING", rulebook="1.0/abc")
        return entry

    def on(self, year, month, day):
        """Go on at ten in the morning of a day."""
        self.at = datetime(year, month, day, 15, 0, tzinfo=UTC)
        return self

    def book(self, name):
        return self.run.book.ledgers[name]

    def earn(self, name, amount):
        """Realise dollars without a trade: interest, or charges where they are negative."""
        self.lines += 1
        self.tell(CashBooked(ledger=name, rule="RECON B14", line=f"L{self.lines}", what="interest", amount=D(amount)))

    def filled(self, name, instrument, quantity, price, *, opening=True, cause=""):
        contract = contract_of(instrument)
        symbol = contract.underlying if contract else instrument
        return Filled(
            ledger=name, symbol=symbol, key="k", execution=f"e{self.run.seq}", instrument=instrument, touch=None,
            quantity=quantity, price=D(price), fee=D("0.70"), opening=opening, cause=cause,
        )  # fmt: skip

    def fill(self, *what, **more):
        return self.tell(self.filled(*what, **more))

    def mark(self, name, instrument, price):
        self.tell(Marked(ledger=name, symbol=instrument[:6].strip(), position=f"{name}:{instrument}", mark=D(price)))

    def valued(self, name):
        """A ledger's day as it stands."""
        book = self.book(name)
        return Valued(
            ledger=name, day=self.at.date(), cash=book.cash, equity=book.equity, realised=book.realised,
            unrealised=D("0.00"), reserved=book.reserved, at_touch=book.equity,
        )  # fmt: skip

    @staticmethod
    def mini(node="m1", amount="100000", *, ledger="gen_acc", **more):
        """The first phase of a mini."""
        half = D(amount) / 2
        shares = tuple(Share(ledger=f"{node}.{style}", style=style, amount=half) for style in ("gen_acc", "com_acc"))
        about = {
            "ledger": ledger, "rule": "FK-2", "key": f"{ledger}:{node}", "node": node, "form": "MINI", "parent": "root",
            "root": "root", "generation": 1, "amount": D(amount), "week": "2026-W02", "shares": shares,
        }  # fmt: skip
        return ForkIntended(**about | more)

    def fork(self, node="m1", **more):
        """A mini with all its phases, out of what its parent earned."""
        self.earn(more.get("ledger", "gen_acc"), "100000")
        first = self.mini(node, **more)
        self.tell(first)
        self.finish()
        return first

    def finish(self):
        """Write whatever is missing, as one does after a stop."""
        while missing := [each for one in self.run.book.unfinished.values() for each in one.missing]:
            self.tell(missing[0])

    @staticmethod
    def merge(node="m1", target="com_acc", **more):
        about = {"ledger": f"{node}.gen_acc", "rule": "FK-3", "key": f"merge:{node}", "node": node, "target": target}
        return MergeIntended(**about | {"cause": "3x", "equity": D("300000")} | more)

    def gift(self, name, node="m1", target="com_acc", **more):
        """All that a ledger of a merged account has."""
        book = self.book(name)
        about = {"key": f"merge:{node}", "node": node, "target": target, "cash": book.cash, "lots": in_kind(book)}
        return MergeSent(ledger=name, rule="FK-3", **about | more)

    @staticmethod
    def transfer(source="rev_acc", to="llms", amount="0", *, key="t1", lots=(), budget=""):
        about = {"ledger": source, "rule": "LL-2", "key": key, "to": to, "amount": D(amount)}
        return TransferSent(**about, lots=lots, budget=budget)

    @staticmethod
    def reinvest(name="rev_acc", quarter="2026-Q1", *parts):
        reserve, contracts, leaps = (D(part) for part in parts or ("3000", "5250", "1750"))
        gain = reserve + contracts + leaps
        about = {"reserve": reserve, "contracts": contracts, "leaps": leaps}
        return Reinvested(ledger=name, rule="FK-7", quarter=quarter, gain=gain, **about)

    @property
    def cash(self):
        """Dollars of all ledgers."""
        return sum(book.cash for book in self.run.book.ledgers.values())

    def sound(self):
        """Whether balances, books and hashes agree, and the fold of what is written is the one that wrote it."""
        again = self.ledger.run(self.run.id)
        faults = out_of_balance(balances(self.run), self.run.book)
        return faults == () and verify(self.run).ok and (again.book, again.head) == (self.run.book, self.run.head)


def accounts(entry):
    """Cents by account of an entry."""
    found = {}
    for line in entry.lines:
        found[line.account] = found.get(line.account, 0) + line.amount
    return found


def otherwise(event, **changes):
    """An event that says something else."""
    return evolve(event, **changes)
