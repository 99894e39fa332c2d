"""A simulated TWS: IBKR's text protocol at server version 178, in a process of its own, with a hand for the test.

    with Tws(folder, symbols="SPY", fills="never") as tws:
        await ib.connectAsync("127.0.0.1", tws.port, clientId=7)
        ...                                     # place an order whose orderRef is "au-1"
        tws.control.fill("au-1", 3)             # three of its lots are filled at its limit
        tws.control.step()                      # the market's next snapshot
        assert not tws.control.violations()

Time stands until the control moves it, or goes at a pace (`speed=60`). Without `market` the synthetic market is shown;
`market="none"` shows what `control.quote` says, `market="chains:DIR"` a folder of chains. `control.turn(...)` sets
how it behaves (`Manners`), `control.fault(Fault(...))` what goes wrong with messages. What it does not do is in
docs/how-to/tws-simulator.md.
"""

from allusr_sdk.testing.tws.control import Control as Control
from allusr_sdk.testing.tws.deeds import Seen as Seen
from allusr_sdk.testing.tws.faults import Fault as Fault
from allusr_sdk.testing.tws.process import Tws as Tws
from allusr_sdk.testing.tws.records import Fill as Fill
from allusr_sdk.testing.tws.records import Manners as Manners
from allusr_sdk.testing.tws.records import Order as Order
from allusr_sdk.testing.tws.records import Violation as Violation
