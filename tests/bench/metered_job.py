"""`allusr` with a stopwatch at each border: `python metered_job.py FILE run ...` writes CPU seconds by territory.

A border is a function through which control passes from one territory to another; time inside belongs to the territory
entered last. What is entered through no border is the kernel and its execution.
"""

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

KERNEL, NAUTILUS, MARKET, PLUGINS, PRICING, LEDGER = "kernel", "nautilus", "market", "plugins", "pricing", "ledger"


class Meter:
    """CPU seconds by territory, and how often each was entered."""

    def __init__(self):
        self.spent, self.entered = defaultdict(float), defaultdict(int)
        self._inside, self._since = ["start and report"], 0.0

    def cross(self):
        now = time.process_time()
        self.spent[self._inside[-1]] += now - self._since
        self._since = now

    def around(self, territory, function):
        def inside(*arguments, **named):
            self.cross()
            self._inside.append(territory)
            self.entered[territory] += 1
            try:
                return function(*arguments, **named)
            finally:
                self.cross()
                self._inside.pop()

        return inside

    def method(self, territory, owner, *names):
        for name in names:
            setattr(owner, name, self.around(territory, getattr(owner, name)))

    def called(self, territory, owner, name):
        """A field that holds a function: calling it crosses the border."""
        setattr(owner, name, property(lambda this: self.around(territory, this.__dict__[name])))

    def walked(self, territory, steps):
        step = self.around(territory, lambda: next(steps, None))
        while (made := step()) is not None:
            yield made


def install(meter):
    from allusr_sdk.contracts import selection
    from allusr_sdk.execution import run
    from allusr_sdk.execution.desk import Desk
    from allusr_sdk.execution.venue import Venue
    from allusr_sdk.host import Host
    from allusr_sdk.ledger.journal import Run
    from allusr_sdk.market.synthetic import SyntheticMarket
    from allusr_sdk.model.views import Snapshot

    meter.method(KERNEL, run, "simulate")
    meter.method(NAUTILUS, Venue, "_run", "build", "dispose")
    meter.method(NAUTILUS, Desk, "submit_order", "modify_order", "cancel_order", "_register", "_show")
    meter.method(KERNEL, Desk, "on_data", "on_order_event", "_pulse")
    meter.method(PLUGINS, Host, "ask", "screen", "halt", "event")
    meter.method(LEDGER, Run, "append", "flush")
    meter.method(PRICING, selection.pricing, "implied", "delta", "implied_volatility", "price")
    steps = SyntheticMarket.steps
    SyntheticMarket.steps = lambda self, first, last: meter.walked(MARKET, iter(steps(self, first, last)))
    Snapshot.chain = property(meter.around(MARKET, Snapshot.chain.fget))
    meter.called(MARKET, Snapshot, "quotes")
    meter.called(MARKET, Snapshot, "volumes")


def main(report, arguments):
    from allusr_sdk.cli.entry import invoke

    meter = Meter()
    install(meter)
    code = invoke(arguments)
    meter.cross()
    report.write_text(json.dumps({"seconds": meter.spent, "entered": meter.entered}))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
