"""An order, as a client writes it on the wire."""

from ib_async import LimitOrder

from tests.ibkr.asked import words
from tests.ibkr.flows import option
from tests.ibkr.wire import PUT


def place(wire, number=1, reference="au-1", side="SELL", lots=2, limit=4.00):
    """A plain order for the put, as ib_async sends it."""
    order = LimitOrder(side, lots, limit, orderRef=reference, account="DU1", tif="DAY")
    wire.ask(*words("placeOrder", number, option(PUT), order))
