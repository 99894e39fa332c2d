"""A journal by hand: events at New York times, written into a ledger in memory."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Funded, RunStarted
from allusr_sdk.rulebook import Rulebook

STAMP = Rulebook.default().stamp


def at(text):
    """``12 10:05`` of February 2026, New York."""
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(":")
    return datetime(2026, 2, int(day), int(hour), int(minute), tzinfo=NEW_YORK)


@pytest.fixture
def journal():
    """Write ``(time, event, ...)`` rows after a funded head and return the run."""
    ledger = open_ledger("sqlite://")

    def write(*rows, what_if=None, base="400000"):
        head = RunStarted(
            mode="backtest", market="by hand", first=date(2026, 2, 11), last=date(2026, 2, 13), seed=7,
            capital=Decimal(base), settings="", rulebook=STAMP, plugins={"gen_acc": "1"}, what_if=what_if or {},
        )  # fmt: skip
        run = ledger.start_run(head, at("11 9:30"))
        funded = Funded(ledger="gen_acc", rule="CAD-12", amount=Decimal(base))
        for i, (when, *events) in enumerate([("11 9:30", funded), *rows]):
            for event in events:
                run.append(event, at=at(when), cycle=i, state="MONITORING", rulebook=STAMP)
        return run

    yield write
    ledger.close()
