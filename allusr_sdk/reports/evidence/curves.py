"""A curve that is compared, and the one of a run's journal: equity by day, and what its written options did by week."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import numpy as np
from attrs import Factory, frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.ledger.sums import homes
from allusr_sdk.market.modelled import options_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.chains import Floats
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.counts import counted
from allusr_sdk.reports.evidence.metrics import ENDED, KEPT, TAKEN, WON
from allusr_sdk.reports.hedging import WRITTEN, Leg, is_leg, legs
from allusr_sdk.reports.periods.measures import Measures
from allusr_sdk.reports.periods.performance import curve_of
from allusr_sdk.reports.periods.period import Period
from allusr_sdk.reports.periods.reading import Reading, new_york, valued
from allusr_sdk.reports.words import multiplier

BACKTEST = "backtest"
RUN = "run"

_LIABILITY = "2100"  # of premium taken

Path = Mapping[date, float]
"""Value by rising day, dollars or an index's points."""


@frozen(kw_only=True)
class Curve:
    """A curve that is compared.

    Attributes:
        key: stable name; `name` is what a person reads.
        options: whether prices of its options were real, in words.
        note: what has to be known about it.
        written: sums of written options by ISO week, in the columns of weekly rows; empty where it has none.
        what_if: whether it did what the rules forbid.
    """

    key: str
    name: str
    path: Path
    options: str
    note: str = ""
    written: Mapping[str, Floats] = Factory(dict)
    what_if: bool = False

    @property
    def daily(self) -> Floats:
        """Its daily returns as rows; none where a value is not above zero."""
        values = np.array(list(self.path.values()), dtype=float)
        if len(values) < 2 or not (values > 0).all():
            return np.empty((0, 1))
        found: Floats = (values[1:] / values[:-1] - 1)[:, None]
        return found

    @property
    def weekly(self) -> Floats:
        """Its weeks as rows: the return, and what written options did where it has any."""
        width = ENDED + 1 if self.written else 1
        if not len(self.daily):
            return np.empty((0, width))
        days = list(self.path)
        ends = {iso_week(day): self.path[day] for day in days[1:]}
        values = np.array([self.path[days[0]], *ends.values()], dtype=float)
        rows = np.zeros((len(ends), width))
        for row, label in zip(rows, ends, strict=True):
            row[1:] = self.written.get(label, _none())[1:width]
        rows[:, 0] = values[1:] / values[:-1] - 1
        return rows


def of_run(run: Run, *, key: str = RUN, name: str = "This run", note: str = "", what_if: bool = False) -> Curve:
    """The curve of a run, from its beginning; of a run that had no evening yet an empty one."""
    reading = reading_of(run)
    return Curve(
        key=key, name=name, path=curve_of(reading), options=options_of(reading.head.market), note=note,
        written=_written(run.entries()), what_if=what_if or bool(reading.head.what_if),
    )  # fmt: skip


def reading_of(run: Run) -> Reading:
    """A run as reports read it, with its daily values and books alone: years of entries need not be held."""
    head = started(run)
    daily = list(run.entries(kind="Valued"))
    by_ledger: dict[str, list[Entry]] = {}
    for entry in daily:
        by_ledger.setdefault(entry.event.ledger, []).append(entry)
    last = max((valued(entry).day for entry in daily), default=head.last)
    first = min((valued(entry).day for entry in daily), default=head.first)
    period = Period(BACKTEST, f"{first} to {last}", first, last)
    return Reading(run, period, head, (), run.book, homes(run), {k: tuple(v) for k, v in by_ledger.items()}, {}, (),
                   {entry.seq: entry for entry in daily})  # fmt: skip


def _written(entries: Iterable[Entry]) -> dict[str, Floats]:
    """Premium kept and taken, and ends of written options, by ISO week; every week that has one of them.

    Written legs of hedges are neither: their loss is the other leg's gain, and neither is income.
    """
    found: dict[str, Floats] = {}
    hedges: set[Leg] = set()
    for entry in entries:
        if not entry.lines or not entry.event.ledger:
            continue
        hedges.update(legs(entry.event))
        if is_leg(entry.event, hedges):
            continue
        worth, one = _worth(entry), Measures()
        one.take(entry)
        key = (entry.event.ledger, entry.event.symbol)
        kept, taken = (float(one.sums.get((*key, name), 0)) for name in ("premium_kept", "premium"))
        if worth is not None or taken:
            row = found.setdefault(iso_week(new_york(entry.at)), _none())
            row[[KEPT, TAKEN, WON, ENDED]] += (kept, taken, worth is not None and worth > 0, worth is not None)
    return found


def _worth(entry: Entry) -> Decimal | None:
    """What a written option that ended here kept, in dollars; None where none did.

    The premium of one that was assigned goes into its shares' basis: it kept what is more than it was in the money by.
    """
    event, kept = entry.event, counted(entry).kept
    if any(line.account in WRITTEN for line in entry.lines):
        return Decimal(kept) / 100
    contract = contract_of(event.instrument) if isinstance(event, ev.Assigned) else None
    if not isinstance(event, ev.Assigned) or contract is None:
        return None
    premium = Decimal(sum(line.amount for line in entry.lines if line.account == _LIABILITY)) / 100
    inside = contract.intrinsic(event.settlement) * abs(event.quantity) * multiplier(event.instrument)
    return premium - inside - event.fee


def _none() -> Floats:
    return np.zeros(ENDED + 1)
