"""An honest market source and an honest broker connection; the liars beside them differ from one in one thing each."""

from attrs import evolve

from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.model.events import Filled


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
    """A broker that fills whatever it is sent, once a key."""

    def __init__(self):
        self.orders, self.fills = {}, []

    def account(self):
        return {"cash": 1_000_000}

    def quote(self, contract):
        return None

    def submit(self, order):
        if order.key not in self.orders:
            self.fill(order)
        self.orders[order.key] = order

    def fill(self, order):
        leg = order.legs[0]
        self.fills.append(Filled(
            key=order.key, execution=f"{len(self.fills)}", instrument=leg.name, quantity=leg.quantity,
            price=order.prices[0], fee=order.mid, touch=None, opening=True,
        ))  # fmt: skip

    def cancel(self, key):
        self.orders.pop(key, None)

    def executions(self, since):
        return tuple(self.fills)
