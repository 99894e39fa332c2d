"""A small broker process for tests: it keeps an account, works limit orders by simple rules and does what it is told.

    with Brokerage(folder, fills="never") as broker:
        connection = broker.connection()
        connection.submit(ticket)
        broker.control.fill(ticket.reference)

`Account` is the same account without process or socket. No market is behind any of it: an order is filled by the quotes
that its ticket was decided on, or by the test.
"""

from allusr_sdk.testing.brokerage.account import Account as Account
from allusr_sdk.testing.brokerage.connection import Connection as Connection
from allusr_sdk.testing.brokerage.control import Control as Control
from allusr_sdk.testing.brokerage.process import PLUGIN as PLUGIN
from allusr_sdk.testing.brokerage.process import Brokerage as Brokerage
from allusr_sdk.testing.brokerage.records import Entry as Entry
from allusr_sdk.testing.brokerage.records import Placed as Placed
from allusr_sdk.testing.brokerage.records import Rules as Rules
