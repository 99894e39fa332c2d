"""The home's chain `maintenance`: into MAINTENANCE with a migration, back to SAFE once every chain was verified.

It is the home that was changed and not a run, whose journal must come out as it would have without. So the state and
the why stand in a chain of their own, entered in the very transaction of the migration: no process can die between.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.entry import GENESIS, digest, payload_text, utc_text
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.ledger.tables import entries, runs
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import StateChanged

CHAIN = "maintenance"
MAINTENANCE, SAFE = "MAINTENANCE", "SAFE"
_RULE = "RULE-0"


def enter(connection: Connection, why: str, at: datetime) -> None:
    """Journal SAFE -> MAINTENANCE in the transaction of a connection."""
    last = connection.execute(select(runs.c.id, runs.c.entries, runs.c.head).where(runs.c.chain == CHAIN)).first()
    row = _row(StateChanged(rule=_RULE, before=SAFE, after=MAINTENANCE, cause=why), at, *(last[1:] if last else ()))
    end = {"entries": row["seq"], "head": row["hash"]}
    if last is None:
        new = insert(runs).values(started=row["at"], chain=CHAIN, **end).returning(runs.c.id)
        number = connection.execute(new).scalar()
    else:
        number = last.id
        connection.execute(update(runs).where(runs.c.id == number).values(**end))
    connection.execute(insert(entries).values(run=number, **row))


def pending(ledger: Ledger) -> str:
    """Why a home is in MAINTENANCE; empty where it is not."""
    return _why(ledger.chain(CHAIN))


def lead_back(ledger: Ledger) -> str:
    """Verify every chain of a home that is in MAINTENANCE and journal its way back to SAFE.

    Returns:
        What was done, as one line; empty where the home was in no maintenance.

    Raises:
        BreakError: a chain does not verify; the home stays where it is.
    """
    chain = ledger.chain(CHAIN)
    why = _why(chain)
    if chain is None or not why:
        return ""
    reports = verify_all(ledger)
    for report in reports:
        report.require()
    found = f"{len(reports)} chains verified, {sum(report.entries for report in reports):,} entries"
    event = StateChanged(rule=_RULE, before=MAINTENANCE, after=SAFE, cause=found)
    chain.append(event, at=clocks.now(), cycle=0, state=SAFE, rulebook="")
    return f"{why}; {found}"


def _why(chain: Run | None) -> str:
    if chain is None or chain.book.state != MAINTENANCE:
        return ""
    *_, last = (entry.event.cause for entry in chain.entries() if isinstance(entry.event, StateChanged))
    return last


def _row(event: StateChanged, at: datetime, seq: int = 0, head: str = GENESIS) -> dict[str, Any]:
    """The row of an entry behind entry `seq`, without the number of its chain."""
    row = {
        "seq": seq + 1, "at": utc_text(at), "cycle": 0, "state": event.after, "kind": event.kind,
        "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule, "rulebook": "",
        "payload": payload_text(event), "prev_hash": head,
    }  # fmt: skip
    return row | {"hash": digest(row, ())}
