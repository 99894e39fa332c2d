"""A second process: takes the lease of the ledger it is given, appends as it is told, and says so line by line."""

import sys
from datetime import UTC, datetime

from allusr_sdk.errors import AllusrError
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Noted

STAMP = {"at": datetime(2026, 2, 12, 16, tzinfo=UTC), "cycle": 1, "state": "SAFE", "rulebook": "rb"}


def main(target: str, name: str) -> None:
    with open_ledger(target, create=False) as ledger, ledger.lease(name) as lease:
        run = ledger.latest()
        assert run is not None
        print(f"holds {lease.epoch}", flush=True)
        for line in sys.stdin:
            try:
                print(
                    f"wrote {run.append(Noted(ledger='gen_acc', key='k', text=line.strip()), **STAMP).seq}", flush=True
                )
            except AllusrError as why:
                print(f"refused {why}", flush=True)


try:
    main(*sys.argv[1:])
except AllusrError as why:
    print(f"refused {why}", flush=True)
    sys.exit(why.exit_code)
