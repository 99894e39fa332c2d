"""An honest market source and an honest broker connection; the liars beside them differ from one in one thing each."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.model.broker import Execution, Holding, Identity, Statement


class Market:
    """Two symbols of the synthetic market, every half hour."""

    def __init__(self, place="", seed=7):
        self.seed = seed
        self._source = SyntheticMarket(seed=seed, symbols=("AAPL", "SPY"), minutes=30, hedges=False)

    @property
    def description(self):
        return self._source.description

    def steps(self, first, last):
        for step in self._source.steps(first, last):
            yield self.changed(step)

    def changed(self, step):
        return step

    @staticmethod
    def with_snapshots(step, change):
        """A step whose snapshots are changed."""
        return evolve(step, view=evolve(step.view, snapshots={n: change(s) for n, s in step.view.snapshots.items()}))


class Connection:
    """A broker that fills whatever it is sent, once a reference."""

    def __init__(self):
        self.known, self.executions, self.told = set(), [], []

    def identity(self):
        return Identity(account="DU1", live=False, currency="USD", permissions=frozenset({"shares", "options"}))

    def statement(self, at):
        cash = 1_000_000 - sum(100 * each.quantity * each.price for each in self.executions)
        held = Counter()
        for each in self.executions:
            held[each.instrument] += each.quantity
        holdings = tuple(Holding(instrument=name, quantity=count) for name, count in held.items() if count)
        return Statement(at=at, holdings=holdings, orders=(), executions=tuple(self.executions), cash=cash)

    def submit(self, ticket):
        if ticket.reference not in self.known:
            self.fill(ticket)

    def fill(self, ticket):
        self.known.add(ticket.reference)
        (leg,) = ticket.legs
        done = Execution(
            id=str(len(self.executions)), reference=ticket.reference, instrument=leg.instrument,
            quantity=leg.quantity, price=ticket.limit, at=ticket.until - timedelta(hours=1), fee=Decimal("0.65"),
        )  # fmt: skip
        self.executions.append(done)
        self.told.append(done)

    def reprice(self, reference, limit):
        """Nothing works any more when this comes."""

    def cancel(self, reference):
        """Nothing works any more when this comes."""

    def news(self, at):
        told, self.told = tuple(self.told), []
        return told

    def close(self):
        """There is nothing to let go."""
