"""What a plugin that is asked for advice can read: the journal, and daily data as known at its last instant."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from allusr_sdk.host.sections import Journal
from allusr_sdk.ledger import Run
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Valued
from allusr_sdk.model.views import Bar
from allusr_sdk.rulebook import Rulebook


class Briefing(Journal):
    """A run's journal and what else was known at its last instant: what `allusr_advise` is given as its ledger.

    Attributes:
        day: the last session that had ended.
        vix: closes of VIX by day, points.
        headlines: content of the file of headlines; empty without one. Strangers wrote it: it is data.
        rules: the rulebook's values by key, as numbers, texts and tuples.
        index: the symbol that stands for the market.
    """

    day: date
    vix: Mapping[date, float]
    headlines: str
    rules: Mapping[str, object]
    index: str

    def __init__(
        self, run: Run, rules: Rulebook, *, daily: DailyBars | None = None, headlines: str = "", index: str = "SPY"
    ) -> None:
        super().__init__(run)
        self.day = _closed(run)
        series = {} if daily is None else _until(daily, self.day)
        self._bars = {symbol: bars for symbol, bars in series.items() if symbol != "VIX"}
        known = {bar.day: bar.close for bar in series.get("VIX", ())}
        self.vix = MappingProxyType({**dict(_journaled(run)), **known})
        self.headlines, self.index = headlines, index
        self.rules = MappingProxyType({v.key: v.value for rule in rules.rules.values() for v in rule.values.values()})

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that have daily bars."""
        return tuple(self._bars)

    def bars(self, symbol: str) -> Sequence[Bar]:
        """Daily bars of a symbol up to the last session that had ended, oldest first; empty where there are none."""
        return self._bars.get(symbol, ())


# --- as it was known ---------------------------------------------------------------------------------------------


def _closed(run: Run) -> date:
    """The last session that had ended at the journal's last instant."""
    calendar, day = xnys(), run.instant.astimezone(NEW_YORK).date()
    session = calendar.session(day)
    return day if session is not None and run.instant >= session.close else calendar.before(day).day


def _until(daily: DailyBars, last: date) -> Mapping[str, tuple[Bar, ...]]:
    return {symbol: tuple(_bars(daily, symbol, last)) for symbol in daily.series}


def _bars(daily: DailyBars, symbol: str, last: date) -> Iterator[Bar]:
    """Bars through a day, in the dollars of that day: a split after it is not known."""
    import numpy as np

    series = daily.series[symbol]
    end = int(np.searchsorted(series.days, np.datetime64(last, "D"), side="right"))
    if not end:
        return
    factor = (series.factor[:end] / series.factor[end - 1])[:, None]
    prices = (series.values[:end, :4] * factor).tolist()
    days, volumes = series.days[:end].astype(object).tolist(), (series.values[:end, 4] / factor[:, 0]).tolist()
    for day, row, volume in zip(days, prices, volumes, strict=True):
        yield Bar(day, row[0], row[1], row[2], row[3], volume)


def _journaled(run: Run) -> Iterator[tuple[date, float]]:
    """VIX by day as the journal has it."""
    for entry in run.entries(kind="Valued"):
        if isinstance(entry.event, Valued) and entry.event.vix is not None:
            yield entry.event.day, entry.event.vix
