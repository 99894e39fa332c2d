"""Journal tail, an example observer: each event as a line of JSON in the file that ALLUSR_TAIL names."""

import json
import os
from pathlib import Path

from allusr_sdk import Event, hookimpl


@hookimpl
def allusr_event(event: Event) -> None:
    """Append one line; without ALLUSR_TAIL nothing is written."""
    if place := os.environ.get("ALLUSR_TAIL"):
        columns = {"kind": event.kind, "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule}
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps(columns | json.loads(event.payload())) + "\n")
