"""A home by hand, as an engine would have written it: a put of AAPL sold, MSFT refused twice, an order that works."""

from datetime import UTC, date, datetime
from decimal import Decimal

from allusr_sdk.governance import Governance
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Decided, Funded, RulesProposed, RunStarted
from allusr_sdk.rulebook import Rulebook
from tests.reports.journals import PUT, order

STAMP = Rulebook.default().stamp
WORKS = "MSFT  260213P00400000"


def at(text):
    """``12 10:05`` of February 2026, New York."""
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(":")
    return datetime(2026, 2, int(day), int(hour), int(minute), tzinfo=NEW_YORK)


def refused(why, symbol="MSFT", rule="LQ-1", verdict="refuse"):
    return Decided(ledger="gen_acc", symbol=symbol, rule=rule, verdict=verdict, why=why)


ROWS = (
    ("11 9:30", Funded(ledger="gen_acc", rule="CAD-12", amount=Decimal("400000"))),
    ("12 10:05", refused("open interest 115 < 500")),
    ("12 10:05", *order("k1", PUT, -3, [("1.70", -3)])),
    ("12 10:10", refused("open interest 116 < 500; LQ-2 spread 0.2 > 0.1")),
    ("12 10:15", refused("nothing wanted", symbol="SPY", rule="CAD-9", verdict="skip")),
    ("12 10:20", *order("k2", WORKS, -2, [])),
)


def write(folder, rows=ROWS):
    """A home with one run of these rows; returns the folder."""
    head = RunStarted(
        mode="paper", market="by hand", first=date(2026, 2, 11), last=date(2026, 2, 13), seed=7,
        capital=Decimal("400000"), settings="", rulebook=STAMP, plugins={"gen_acc": "1"},
    )  # fmt: skip
    with open_ledger(folder) as ledger:
        run = ledger.start_run(head, at("11 9:30"))
        append(run, rows)
    return folder


def append(run, rows):
    """Write rows of ``(time, event, ...)`` behind a run."""
    for when, *events in rows:
        for event in events:
            run.append(event, at=at(when), cycle=1, state="MONITORING", rulebook=STAMP)


def propose(home, cap):
    """A proposal of another cap of a symbol, in a home's ledger."""
    before = Rulebook.default()
    wishes = {"CAD-10.symbol_cap": cap}
    with open_ledger(home) as ledger:
        return Governance(ledger).propose(
            RulesProposed(
                rule="RULE-3", changes=wishes, author="Ada", reason="less in one name", base=before.stamp,
                hash=before.adopted(wishes).hash, period="a week", old={"equity": "1.00"}, new={"equity": "2.00"},
            ),
            datetime(2026, 2, 12, 17, 0, tzinfo=UTC),
        )  # fmt: skip
