"""A synthetic account whose operator looks once a week: `python decade_job.py FIRST LAST A,B,... HOME`.

As `allusr run` of the built-in plugins, and each week at 09:31 of its first session a person re-arms what stopped
(KS-7): nobody leaves an account SAFE for ten years, and one that rests measures nothing. Prints cycles, entries, fills
by year, and the head.
"""

import gc
import json
import sys
from collections import Counter
from datetime import date

from attrs import evolve

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.calendar import UTC, iso_week, xnys

SCOPES = ("", "gen_acc", "rev_acc", "com_acc")


def looks(first, last):
    """The first session of each week, 09:31 New York, for the account and each sleeve."""
    weeks = {iso_week(session.day): session for session in reversed(xnys().between(first, last))}
    for session in weeks.values():
        at = session.at(9, 31).astimezone(UTC)
        for ledger in SCOPES:
            yield Command(at=at, action="rearm", ledger=ledger, actor="Ada", reason="looked at the week's report")


def decade(first, last, symbols, home):
    made = plan(Options(
        plugins=None, config=None, sets=(), what_if=(), mode="backtest", market=None, daily=None, earnings=None,
        symbols=symbols, capital=None, first=first, last=last, seed=None, pace="fast",
    ))  # fmt: skip
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with open_ledger(home) as ledger:
        run = simulate(evolve(made, commands=tuple(looks(first, last))), ledger)
        years = Counter(entry.at.year for entry in run.entries(kind="Filled"))
        return {"cycles": run.book.cycle, "entries": run.seq, "fills": dict(sorted(years.items())), "head": run.head}


if __name__ == "__main__":
    first, last, names, home = sys.argv[1:]
    period = date.fromisoformat(first), date.fromisoformat(last)
    print(json.dumps(decade(*period, tuple(names.split(",")), home)))
