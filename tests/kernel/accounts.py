"""An account in words: a journal in memory, and what a broker would state of it, changed as a test says."""

from datetime import UTC, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.kernel.reconcile import Ours, compare
from allusr_sdk.kernel.shadow import named
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.broker import CashLine, Execution, Holding, OpenOrder, Statement, reference
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Filled, Funded, IntentRecorded, OrderChanged, RunStarted
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import Contract
from tests.builders import AT, FRIDAY, RULES, THURSDAY, contract

PUT, CALL = contract(100), contract(110, right="C")
CLOSES = {"AAPL": Decimal("99"), "MSFT": Decimal("400"), "SPY": Decimal("500")}


class Account:
    """Books of some ledgers with a hundred thousand dollars each, written and folded as a run's are."""

    def __init__(self, *ledgers, cash="100000"):
        self.ledger = open_ledger("sqlite://")
        head = RunStarted(
            mode="paper", market="by hand", first=THURSDAY, last=FRIDAY, seed=7, capital=Decimal(cash), settings="",
            rulebook=RULES.stamp,
        )  # fmt: skip
        self.run = self.ledger.start_run(head, AT - timedelta(days=1), batch=True)
        self.at, self.closes, self.cancels = AT, dict(CLOSES), {}
        for name in ledgers or ("gen_acc",):
            self.write(Funded(ledger=name, amount=Decimal(cash), rule="CAD-12"), at=AT - timedelta(days=1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ledger.close()

    # --- our side ---

    @property
    def book(self):
        return self.run.book

    def write(self, event, *, at=None):
        self.run.append(event, at=at or self.at, cycle=0, state=self.book.state, rulebook=RULES.stamp)

    def order(self, what, quantity, *, key="k1", ledger="gen_acc", opening=True, worst="1.00", at=None, **more):
        """Journal an order: one leg, or several as (instrument, quantity) pairs."""
        legs = what if isinstance(what, tuple) else ((name(what), quantity),)
        symbol = contract_of(legs[0][0]).underlying if contract_of(legs[0][0]) else legs[0][0]
        self.write(IntentRecorded(
            ledger=ledger, symbol=symbol, rule="CAD-4", key=key, action="sell", legs=legs, limit=Decimal(worst),
            mid=Decimal(worst), worst=Decimal(worst), opening=opening, **{"cause": "entry", **more},
        ), at=at)  # fmt: skip
        return key

    def fill(
        self, what, quantity, price="1.00", *, key="k1", id="x1", ledger="gen_acc", opening=True, fee="0.70", **more
    ):
        """Book an execution, under an order that is journaled where there is none yet."""
        if key not in self.run.intents:
            self.order(what, quantity, key=key, ledger=ledger, opening=opening)
        found = contract_of(name(what))
        self.write(Filled(
            ledger=ledger, symbol=found.underlying if found else what, rule="CAD-4", key=key, execution=id,
            instrument=name(what), quantity=quantity, price=Decimal(price), fee=Decimal(fee), touch=None,
            opening=opening, **{"cause": "entry", **more},
        ))  # fmt: skip

    def hold(self, what, quantity, price="1.00", *, id=None, **more):
        """Hold something that was traded and told of long ago."""
        id = id or f"old-{name(what)}-{more.get('ledger', '')}"
        self.fill(what, quantity, price, id=id, key=f"key-{id}", **more)

    def end(self, key="k1", status="canceled", ledger="gen_acc"):
        self.write(OrderChanged(ledger=ledger, key=key, status=status))

    def later(self, day, clock="10:00"):
        self.at = xnys().session(day).at(*map(int, clock.split(":"))).astimezone(UTC)

    # --- their side ---

    def states(self, **changes):
        """What a broker states that agrees with the books, changed."""
        held, lots = {}, [lot for book in self.book.ledgers.values() for lot in book.lots]
        for lot in lots:
            key = lot.contract.osi if lot.contract else lot.symbol
            held[key] = held.get(key, 0) + lot.quantity
        working = [w for book in self.book.ledgers.values() for w in book.working.values()]
        made = Statement(
            at=self.at,
            holdings=tuple(Holding(instrument=k, quantity=q) for k, q in sorted(held.items()) if q),
            orders=tuple(opened(w.key, w.contract or w.symbol, w.quantity) for w in working),
            executions=(), cash=self.cash,
        )  # fmt: skip
        return evolve(made, **changes)

    @property
    def cash(self):
        return sum(book.cash for book in self.book.ledgers.values())

    @property
    def ours(self):
        run = self.run
        return Ours(
            book=run.book, intents=run.intents, fills=run.fills, lines=run.lines, closes=self.closes,
            dividends=run.dividends, cancels=self.cancels,
        )  # fmt: skip

    # --- both ---

    def finds(self, **changes):
        """What is found in a statement that agrees but for the changes."""
        return self.compare(self.states(**changes))

    def compare(self, theirs):
        return compare(self.ours, theirs, RULES)

    def mend(self, theirs, rounds=3):
        """Book what mends itself, as often as something does; returns what is found after it."""
        for _ in range(rounds):
            found = self.compare(theirs)
            if not any(f.mends for f in found):
                return found
            for finding in found:
                for event in finding.mends:
                    self.write(event, at=theirs.at)
        return self.compare(theirs)


def name(what):
    return what.osi if isinstance(what, Contract) else what


def codes(found):
    return [(f.code, f.action) for f in found]


def only(found):
    """The single finding."""
    assert len(found) == 1, found
    return found[0]


def opened(key, what, left, *, number="17", ours=True):
    ref = reference(key) if ours else key
    return OpenOrder(number=number, reference=ref, instrument=name(what), left=left, limit=Decimal("1.00"))


def told(what, quantity, price="1.00", *, id="x1", key="k1", at=AT, fee="0.70", **more):
    """An execution of ours as the broker tells it; one without a key is nobody's."""
    return Execution(
        id=id, reference=reference(key) if key else "", instrument=name(what), quantity=quantity,
        price=Decimal(price), at=at, fee=None if fee is None else Decimal(fee), **more,
    )  # fmt: skip


def paid(*executions):
    """What executions do to cash."""
    return sum((
        -usd(e.price * e.quantity * (100 if contract_of(named(e.instrument)) else 1)) - (e.fee or 0) for e in executions
    ), Decimal("0.00"))  # fmt: skip


def holding(what, quantity, basis=None):
    return Holding(instrument=name(what), quantity=quantity, basis=None if basis is None else Decimal(basis))


def line(amount, kind="dividend", symbol="AAPL", *, id="l1", on=None):
    return CashLine(id=id, kind=kind, amount=Decimal(amount), on=on or AT.astimezone(NEW_YORK).date(), symbol=symbol)
