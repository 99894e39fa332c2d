"""Recording a run: whose views they are, which steps it sees, and which entries the kernel wrote by itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from typing import TYPE_CHECKING

from attrs import asdict

from allusr_sdk.config import Config
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.exits import thaw
from allusr_sdk.ledger.journal import Run
from allusr_sdk.market.recording import Head, Recorder
from allusr_sdk.model.events import RunStarted
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook

if TYPE_CHECKING:
    from allusr_sdk.execution.plan import Plan

Noting = Callable[[str], AbstractContextManager[None]]
"""Notes as its name what the kernel writes by itself while it is entered."""

_TYPED = ("plugins", "account", "run", "market", "execution")
_PLACES = frozenset({"path", "daily", "earnings"})

CYCLE, EVENING, REST = "cycle", "evening", "rest"


def unnoted(what: str) -> AbstractContextManager[None]:
    """Of a run that is not recorded nothing is noted."""
    return nullcontext()


def recorded(plan: "Plan", run: Run, recorder: Recorder | None, behind: date | None = None) -> Noting:
    """Begin the recording of a run that has just started; returns how its passes are noted.

    Where a run is taken up again `behind` is the last session that it does not live through again.
    """
    if recorder is None:
        return unnoted
    recorder.begin(run.id, head_of(plan.host.config, run), behind=behind)

    @contextmanager
    def noting(what: str) -> Iterator[None]:
        before = run.seq
        yield
        recorder.passed(what, before, run.seq)

    return noting


def rest(kernel: Kernel, view: MarketView) -> None:
    """What ends with a session that is reconciled: at its week's end freezes, then switches and the pass."""
    if ends_week(view):
        thaw(kernel.book.ledgers.values(), kernel.scribe)
    kernel.reconciled()


def ends_week(view: MarketView) -> bool:
    """Whether a session is the last of its ISO week."""
    day = view.session.day
    return view.calendar.after(day).day.isocalendar()[:2] != day.isocalendar()[:2]


def head_of(config: Config, run: Run) -> Head:
    """What a replay must know of a run beside its views and its journal."""
    first = next(run.entries(kind=RunStarted.__name__))
    event = first.event
    assert isinstance(event, RunStarted)
    return Head(
        first=first.hash, market=event.market, settings=event.settings, rulebook=event.rulebook,
        plugins=dict(event.plugins), tables=tables_of(config), rules=overridden(config.rulebook),
    )  # fmt: skip


def tables_of(config: Config) -> dict[str, object]:
    """The effective configuration as `allusr.toml` would say it: no rules, no places of data, secrets by reference."""
    typed: dict[str, dict[str, object]] = {name: asdict(getattr(config, name)) for name in _TYPED}
    typed["market"] = {k: v for k, v in typed["market"].items() if k not in _PLACES}
    plain = {name: _plain(getattr(config, name)) for name in ("protocol", "sleeves", "ladders", "forks")}
    return {**typed, **plain}


def _plain(table: object) -> object:
    return {str(k): _plain(v) for k, v in table.items()} if isinstance(table, Mapping) else table


def overridden(rules: Rulebook) -> dict[str, object]:
    """What a rulebook says otherwise than the packaged one, by key."""
    packaged = Rulebook.default()
    every: Mapping[str, object] = {v.key: v.value for rule in rules.rules.values() for v in rule.values.values()}
    return {key: value for key, value in every.items() if value != packaged.value(key).value}
