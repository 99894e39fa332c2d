"""Interactive Brokers: a connection to TWS or its gateway as the engine's `Broker` (docs/adr/0010).

`port` is the only part that knows IBKR's library; `link` and `errors` say what its codes mean, `contracts` names
instruments, `orders` and `executions` keep what was heard, and `broker` answers the engine.
"""

from allusr_sdk.execution.ibkr.broker import IbkrBroker as IbkrBroker
