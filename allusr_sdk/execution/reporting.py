"""Reports that the engine writes into the home's folder: at a period's end, and again once its end is final."""

import logging
import os
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

from allusr_sdk.errors import InputError
from allusr_sdk.host import Host
from allusr_sdk.ledger.copies import PRIVATE_FILE, PRIVATE_FOLDER
from allusr_sdk.ledger.home import folder_of
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.starts import monday
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.views import MarketView
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.periods.forms import FORMATS
from allusr_sdk.reports.periods.period import KINDS, MONTH, QUARTER, WEEK, Period, period_of

FOLDER = "reports"
AUTO = ("auto",)
_LOG = logging.getLogger("allusr.reports")


class Reports:
    """Writes a week's report at its cut, a month's and a quarter's in the evening of their last session.

    Each is written again when the next session has made it final. What cannot be written is logged: no report keeps an
    account from trading. Nothing of them is in the journal, so that a run is the same with them and without.
    """

    def __init__(self, host: Host, run: Run) -> None:
        self._host, self._run = host, run
        wanted = host.config.reports.write
        on = wanted == "on" or (wanted == "auto" and started(run).mode != "backtest")
        self._formats = _chosen(host.config.reports.formats)
        unknown = set(self._formats) - set(FORMATS)
        if on and unknown:
            raise InputError(f"reports.formats: {', '.join(sorted(unknown))}: known are {', '.join(FORMATS)}")
        home = folder_of(run.ledger) if on else None
        self._folder = home / FOLDER if home else None

    def evening(self, view: MarketView) -> None:
        """After a session's end: the periods that end with it, and the months and quarters that ended before it."""
        if self._folder is None:
            return
        day, calendar = view.session.day, view.calendar
        after, before = calendar.after(day).day, calendar.before(day).day
        for period in (*_turned(day, after, KINDS), *_turned(before, day, (MONTH, QUARTER))):
            if period.last >= started(self._run).first:
                self._write(period)

    def final(self, week: str) -> None:
        """A week whose type is final."""
        if self._folder is not None:
            self._write(period_of(WEEK, monday(week).astimezone(NEW_YORK).date() + timedelta(days=1)))

    def _write(self, period: Period) -> None:
        from allusr_sdk.host.sections import sections
        from allusr_sdk.reports.periods.benchmarks import beside_of
        from allusr_sdk.reports.periods.build import facts_of
        from allusr_sdk.reports.periods.rendering import rendered

        self._run.flush()  # what the database refuses is for the run to know, and not to be caught below
        config = self._host.config
        folder = Path(config.market.daily) if config.market.daily else None
        try:
            facts = facts_of(
                self._run, period, beside=beside_of(folder, config.rulebook.number("RATE-1.rate")),
                sections=sections(self._host, period.label, self._run),
            )  # fmt: skip
        except Exception as why:  # whatever goes wrong here: trading goes on
            _LOG.warning("the report of %s %s was not made: %s", period.kind, period.label, why)
            return
        for form in self._formats:
            try:
                if form == "html":
                    self._script()
                self._put(f"{facts.name}.{form}", rendered(facts, form, beside=True))
            except Exception as why:  # whatever a library or the disk says
                _LOG.warning("%s.%s was not written: %s", facts.name, form, why)

    def _script(self) -> None:
        """plotly's script beside the pages, once."""
        from allusr_sdk.reports.periods.interactive import SCRIPT, script

        assert self._folder is not None
        text, place = script().encode(), self._folder / SCRIPT
        if not place.exists() or place.stat().st_size != len(text):
            self._put(SCRIPT, text)

    def _put(self, name: str, content: bytes) -> None:
        """A file whole or not at all."""
        assert self._folder is not None
        self._folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        made = self._folder / f".{name}"
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
            file.write(content)
        made.replace(self._folder / name)


def _chosen(formats: tuple[str, ...]) -> tuple[str, ...]:
    if formats != AUTO:
        return formats
    return ("html", "json") if find_spec("plotly") else ("json",)


def _turned(day: date, following: date, kinds: tuple[str, ...]) -> Iterator[Period]:
    """Periods of a session that the following one is not in."""
    for kind in kinds:
        period = period_of(kind, day)
        if not period.holds(following):
            yield period
