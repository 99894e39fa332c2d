"""Week types: the records of a period's weeks, and why each has its type (WK-3, WK-4)."""

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.reports.periods.reading import Reading
from allusr_sdk.reports.periods.values import Cell, Column, Row, Table

ACCOUNT = "account"
_COLUMNS = (
    Column("week", "Week"), Column("ledger", "Ledger"), Column("primary", "Type"), Column("others", "And also"),
    Column("status", "Status"), Column("premium", "Premium taken", "usd"), Column("realised", "Realised", "usd"),
    Column("unrealised", "Unrealised change", "usd"), Column("assigned", "Assigned", "count"),
    Column("rolled", "Rolled", "count"), Column("vix", "Highest VIX", "number"),
)  # fmt: skip


def records(read: Reading, *, sleeves: bool) -> Table:
    """The newest record of each week that begins or ends in the period: the account's, and its sleeves'."""
    labels = {iso_week(read.period.first), *(iso_week(e.at.date()) for e in read.entries)}
    mine = sorted(
        (key for key in read.weeks if key[0] in labels and (sleeves or not key[1])),
        key=lambda key: (key[0], bool(key[1])),
    )
    about = ("The gravest of a week's labels is its type. Numbers count what took effect in the week: an assignment "
             "that is told on Monday belongs to Friday.")  # fmt: skip
    rows = tuple(_row(read.weeks[key]) for key in mine)
    return Table("weeks", "Week type", about, _COLUMNS, rows, "No week was typed yet: a week's type is cut at its end.")


def _row(entry: Entry) -> Row:
    event, own = entry.event, (entry.seq,)
    assert isinstance(event, ev.WeekTyped)
    return Row((
        Cell(event.week), Cell(event.ledger or ACCOUNT), Cell(said(event.primary), (*own, *event.sources)),
        Cell(", ".join(map(said, event.labels[1:]))), Cell(event.status.lower(), own), Cell(event.premium, own),
        Cell(event.realised, own), Cell(event.unrealised, own), Cell(event.assignments, own), Cell(event.rolls, own),
        Cell(event.max_vix, own),
    ))  # fmt: skip


def said(label: str) -> str:
    """``CALM_INCOME`` as a person reads it: ``Calm-Income``."""
    return "-".join(word.capitalize() for word in label.split("_"))
