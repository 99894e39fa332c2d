"""The reports of a run: which weeks, months and quarters there are, their facts, and these in each form."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.periods.benchmarks import beside_of
from allusr_sdk.reports.periods.build import facts_of
from allusr_sdk.reports.periods.interactive import described
from allusr_sdk.reports.periods.period import KINDS, period_of
from allusr_sdk.reports.periods.rendering import rendered
from allusr_sdk.reports.periods.values import Added, PeriodFacts

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.ledger import Run

__all__ = ["KINDS", "PeriodFacts", "Told", "described", "facts", "rendered", "told"]


@frozen
class Told:
    """A period that a run has entries of; `first` and `last` are New York dates, both included."""

    kind: str
    label: str
    first: date
    last: date
    over: bool
    """Whether the run goes beyond it."""


def told(run: "Run") -> tuple[Told, ...]:
    """Every week, month and quarter that a run reaches into, the newest of each kind first."""
    return tuple(found for kind in KINDS for found in _of_kind(run, kind))


def facts(run: "Run", kind: str, at: date | None = None, *, config: "Config | None" = None, daily: str | None = None
) -> PeriodFacts:  # fmt: skip
    """The facts of a week, a month or a quarter of a run.

    Args:
        run: the journal.
        kind: week, month or quarter.
        at: a day of it; the run's last one if left out.
        config: as it is told now: its plugins add sections. Without it no plugin is asked, nor are there benchmarks.
        daily: folder of daily bars for benchmarks, before that of the configuration.

    Raises:
        InputError: no such kind or folder, or a period outside of the run.
    """
    last = _last(run)
    period = period_of(kind, at or last)
    if period.first > last:
        raise InputError(f"--at {at}: run {run.id} ends on {last}: choose a day of it")
    first = started(run).first
    if period.last < first:
        raise InputError(f"--at {at}: run {run.id} begins on {first}: choose a day of it")
    if config is None:
        return facts_of(run, period)
    folder = _folder(daily or config.market.daily)
    return facts_of(
        run, period, beside=beside_of(folder, config.rulebook.number("RATE-1.rate")),
        sections=_sections(run, period.label, config),
    )  # fmt: skip


def _of_kind(run: "Run", kind: str) -> Iterator[Told]:
    first, end = started(run).first, _last(run)
    day = end
    while day >= first:
        period = period_of(kind, day)
        yield Told(kind, period.label, period.first, period.last, period.last < end)
        day = period.first - timedelta(days=1)


def _last(run: "Run") -> date:
    return run.instant.astimezone(NEW_YORK).date()


def _folder(text: str) -> Path | None:
    if text and not Path(text).is_dir():
        raise InputError(f"--daily {text}: no such folder")
    return Path(text) if text else None


def _sections(run: "Run", label: str, config: "Config") -> tuple[Added, ...]:
    """What the run's plugins add, as they are installed now; one that cannot be loaded is told instead."""
    from allusr_sdk.config import Plugins
    from allusr_sdk.host import Host
    from allusr_sdk.host.sections import sections

    chosen = config.plugins.use if config.origin("plugins.use") != "default" else tuple(started(run).plugins)
    try:
        host = Host.load(evolve(config, plugins=Plugins(use=chosen, protocol=config.plugins.protocol)))
    except AllusrError as why:
        text = f"The run's plugins cannot be asked for their sections: {why}"
        return (Added("allusr", "Sections of plugins", text, failed=True),)
    return sections(host, label, run)
