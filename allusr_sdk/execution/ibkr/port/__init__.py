"""The port to TWS or its gateway: the only part that imports IBKR's library, and the only one with an asyncio loop."""

from allusr_sdk.execution.ibkr.port.port import Port as Port
from allusr_sdk.execution.ibkr.port.subscriptions import Subscription as Subscription
