"""Appends without end to a home's ledger and says the number of each entry once it is written; checkpoints are many."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Filled, Funded, IntentRecorded, Noted, RunStarted

PUT = "AAPL  260213P00270000"
STAMP = {"at": datetime(2026, 2, 12, 15, tzinfo=UTC), "cycle": 1, "state": "ORDERING", "rulebook": "rb"}


def events():
    """A put sold and bought back, again and again, and notes of many lengths."""
    cost = Decimal("1.00")
    for i in count():
        leg = {"ledger": "gen_acc", "symbol": "AAPL", "rule": "CAD-4", "key": f"k{i}"}
        yield IntentRecorded(
            **leg, action="open", legs=((PUT, -1),), limit=cost, mid=cost, worst=cost, reserve=cost, opening=True
        )
        for quantity in (-1, 1):
            yield Filled(
                **leg, execution=f"{quantity}", instrument=PUT, quantity=quantity, price=cost, fee=Decimal("0.70"),
                touch=None, opening=quantity < 0,
            )  # fmt: skip
        yield Noted(ledger="gen_acc", key="k", text="x" * (i * 37 % 9000))


with open_ledger(sys.argv[1]) as ledger:
    head = RunStarted(
        mode="paper", market="m", first=date(2026, 2, 12), last=date(2026, 2, 12), seed=7, capital=Decimal("100000.00"),
        settings="s", rulebook="rb", plugins={},
    )  # fmt: skip
    run = ledger.start_run(head, STAMP["at"])
    run.append(Funded(ledger="gen_acc", amount=Decimal("100000.00"), rule="CAD-12"), **STAMP)
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {int(sys.argv[2])}")
    for event in events():
        print(run.append(event, **STAMP).seq, flush=True)
