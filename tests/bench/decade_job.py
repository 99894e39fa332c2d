"""A synthetic account over years that is re-armed weekly: `python decade_job.py FIRST LAST A,B,... HOME`.

As `allusr backtest` of the built-in plugins does one (`run.rearm = weekly`): an account that stays SAFE measures rest.
Prints cycles, entries, fills by year, resident MB when each year ended, and the head.
"""

import gc
import json
import os
import sys
from collections import Counter
from datetime import date

from attrs import evolve

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


class Watched:
    """A market that notes what the process holds, at the end of each year that it has passed."""

    def __init__(self, source):
        self._source, self.resident, self._year = source, {}, None

    def __getattr__(self, name):
        return getattr(self._source, name)

    def steps(self, first, last):
        for step in self._source.steps(first, last):
            if self._year is not None and step.view.at.year != self._year:
                self.note(self._year)
            self._year = step.view.at.year
            yield step
        self.note(self._year)

    def note(self, year):
        with open("/proc/self/statm") as told:
            self.resident[year] = int(told.read().split()[1]) * PAGE_MB


def decade(first, last, symbols, home):
    made = plan(Options(
        plugins=None, config=None, sets=(), what_if=(), mode="backtest", market=None, daily=None,
        earnings=None, symbols=symbols, capital=None, first=first, last=last, seed=None, pace="fast",
        rearm="weekly",
    ))  # fmt: skip
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with open_ledger(home) as ledger:
        watched = Watched(made.source)
        run = simulate(evolve(made, source=watched), ledger)
        years = Counter(entry.at.year for entry in run.entries(kind="Filled"))
        return {
            "cycles": run.book.cycle, "entries": run.seq, "fills": dict(sorted(years.items())), "head": run.head,
            "resident": watched.resident,
        }  # fmt: skip


if __name__ == "__main__":
    first, last, names, home = sys.argv[1:]
    period = date.fromisoformat(first), date.fromisoformat(last)
    print(json.dumps(decade(*period, tuple(names.split(",")), home)))
