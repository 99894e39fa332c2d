"""Whom `allusr advise` asks and over what, and how it prints what it hears."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from allusr_sdk.cli.output import strong, table
from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.office.engine import market
from allusr_sdk.settings import setting, settings

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.host import Host
    from allusr_sdk.host.advising import Advised
    from allusr_sdk.ledger import Run as Journaled
    from allusr_sdk.market.bars import DailyBars
    from allusr_sdk.model.events import AdviceGiven
    from allusr_sdk.office.advice import Standing

ADVISORY = "ADVISORY: no order follows from this, and no rule changes before a person approves it."
_PATIENCE = 60.0  # seconds for one answer: statistics over decades, in a process that trades nothing


@settings
class AdviceSettings:
    """[advice]"""

    plugins: tuple[str, ...] = setting(
        default=("advisor",), help="Plugins that are asked besides the run's own, as far as they are installed."
    )
    index: str = setting(default="SPY", help="Symbol of the daily bars that stand for the market.")
    headlines: str = setting(
        default="", help="CSV of date, symbol, text and perhaps a score from -1 to 1, that sentiment is read from."
    )


@frozen(kw_only=True)
class Heard:
    """What was advised on some topics, over which entry of which run; `problem` tells which plugins were not asked."""

    run: "Journaled"
    topics: tuple[str, ...]
    found: "tuple[Advised, ...]"
    problem: str = ""

    @property
    def silent(self) -> tuple[str, ...]:
        """Topics on which nobody said anything."""
        spoken = {one.topic for one in self.found}
        return tuple(topic for topic in self.topics if topic not in spoken)


def hear(
    run: "Journaled", topics: Sequence[str], told: "Config", wanted: AdviceSettings, daily: "DailyBars | None"
) -> Heard:
    """Ask every plugin of a run, and those that are wanted besides, each guarded.

    Raises:
        InputError: the file of headlines cannot be read.
        PluginError: a plugin that is wanted cannot be loaded.
    """
    from allusr_sdk.host.advising import Briefing, advised

    host, problem = _host(run, told, wanted.plugins)
    briefing = Briefing(run, told.rulebook, daily=daily, headlines=_text(wanted.headlines), index=wanted.index)
    return Heard(run=run, topics=tuple(topics), found=advised(host, topics, run, briefing), problem=problem)


def _host(journal: "Journaled", told: "Config", besides: Sequence[str]) -> "tuple[Host, str]":
    from allusr_sdk.config import Plugins, Run
    from allusr_sdk.host import Host
    from allusr_sdk.host.discovery import discover
    from allusr_sdk.layers import by_path
    from allusr_sdk.reports.beginnings import started

    own = told.plugins.use if told.origin("plugins.use") != "default" else tuple(started(journal).plugins)
    installed = {found.name for found in discover()}
    more = tuple(name for name in besides if by_path(name) or name in installed or besides != AdviceSettings().plugins)

    def loaded(names: Sequence[str]) -> "Host":
        use = Plugins(use=tuple(dict.fromkeys(names)), protocol=told.plugins.protocol)
        run = Run(seed=told.run.seed, plugin_seconds=_PATIENCE, plugin_memory=told.run.plugin_memory)
        return Host.load(evolve(told, plugins=use, run=run))

    try:
        return loaded((*own, *more)), ""
    except AllusrError as why:
        return loaded(more), f"the run's own plugins cannot be asked: {why}"


def _text(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as why:
        raise InputError(f"--headlines {file}: cannot be read: {why}") from None


# --- printing -------------------------------------------------------------------------------------------------------


def show(heard: Heard, numbers: Sequence[int | None]) -> None:
    """Print what was heard; `numbers` are those of the entries in the chain `advice`, in the same order."""
    strong(ADVISORY)
    print(f"Run {heard.run.id} behind entry #{heard.run.seq}, {market(heard.run.instant)}")
    for one, number in zip(heard.found, numbers, strict=True):
        kept = "not written" if number is None else f"advice {number}"
        print(f"\n{one.topic}, by plugin {one.author} ({kept})")
        lines = (f"failed: {one.error}",) if one.event is None else tuple(_lines(one.event))
        print("\n".join(f"  {line}" for line in lines))
    for topic in heard.silent:
        print(f"\n{topic}: no plugin that was asked says anything")
    if heard.problem:
        print(f"\n{heard.problem}")


def _lines(event: "AdviceGiven") -> Iterator[str]:
    yield from event.text.splitlines()
    if event.entries:
        newest = " ".join(f"#{seq}" for seq in event.entries[-5:])
        yield f"rests on {len(event.entries)} entries, the newest {newest}"
    if event.expected:
        yield f"to be scored: {_expects(event.expected)} ({event.model})"
        yield f"naive is:     {_expects(event.naive)} ({event.method})"
    if event.changes:
        yield f"to put it forward: `allusr advise {event.topic} --propose --by NAME`"


def _expects(numbers: Mapping[str, object]) -> str:
    """Probabilities, the likeliest first; or percent a year."""
    values = {name: float(str(value)) for name, value in numbers.items()}
    if list(values) == ["percent"]:
        return f"{values['percent']:.1f} % a year"
    return ", ".join(f"{name} {p:.1%}" for name, p in sorted(values.items(), key=lambda pair: -pair[1]))


def show_scores(found: "Sequence[Standing]", waiting: int) -> None:
    """Print a line a topic, author and measure, with the naive method beside it."""
    from allusr_sdk.office.advice.scoring import FEW

    strong(ADVISORY)
    if not found:
        print(f"no forecast has been scored yet; waiting for its outcome: {waiting}")
        return
    rows = [
        [s.topic, s.author, s.measure, "in hindsight" if s.hindsight else "ahead", s.verdict, s.method,
         f"{s.count}", f"{s.score:.4f}", f"{s.naive:.4f}"]
        for s in found
    ]  # fmt: skip
    table(["topic", "plugin", "measure", "made", "verdict", "naive is", "n", "score", "naive"], rows, left=6)
    print(f"\nWaiting for its outcome: {waiting}. Lower is better, of `hit` higher; fewer than {FEW} are few.")
    print("In hindsight: the outcome could be known when it was made; that proves nothing.")
