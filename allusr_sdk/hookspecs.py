"""The hooks: wiring between the host and plugins. Behaviour lives in the classes that the first hooks contribute.

A plugin is a module (or object) that marks functions with `hookimpl`. It names only the arguments that it uses. All
answers are collected in the order in which the operator named the plugins; no hook stops at a first answer, and no
implementation may wrap another.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import overload

import pluggy
from attrs import field, frozen

from allusr_sdk import _deprecations
from allusr_sdk.contracts import ForkRule, LadderManager, RiskProtocol, Sleeve
from allusr_sdk.contracts.broker import Broker
from allusr_sdk.model.events import Event
from allusr_sdk.model.intents import Halt, Intent, Veto
from allusr_sdk.model.views import EarningsDate, MarketSource, MarketView
from allusr_sdk.scenarios import Scenario

PROJECT = "allusr"
hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker(PROJECT)
_implements = pluggy.HookimplMarker(PROJECT)


@overload
def hookimpl[F: Callable[..., object]](function: F) -> F: ...
@overload
def hookimpl[F: Callable[..., object]](*, specname: str = ...) -> Callable[[F], F]: ...
def hookimpl(function: Callable[..., object] | None = None, **options: str | bool) -> object:
    """Mark a function as an implementation of the hook of its name; it keeps its type.

    Args:
        function: the implementation. It takes those of the hook's arguments that it uses, by their names.
        specname: the hook, where the function is called otherwise.

    What else pluggy's marker takes (wrappers, a place in the order) is taken, for the host to refuse by name.
    """
    if function is None:
        return lambda given: hookimpl(given, **options)
    named = str(options.get("specname") or getattr(function, "__name__", ""))
    if (today := _deprecations.hook(named)) != named:
        options["specname"] = today
    return _implements(function, **options)  # type: ignore[arg-type]


@frozen
class Section:
    """A plugin's part of a report: a heading and plain text."""

    title: str
    text: str


@frozen(kw_only=True)
class Forecast:
    """What an advice expects, told so that it can be scored once it is known.

    Attributes:
        outcome: what tells it. `week-type`: the account's final primary label of the ISO week `about`. `move`: whether
            the closes of `instrument` move by more than `threshold` percent, either way, over the `sessions` after the
            day `about`: `large` or `small`. `volatility`: their realised volatility over these, percent a year.
        about: ISO week, or day at whose close the sessions begin.
        expected: probability of each outcome, all above 0 and 1 together; of `volatility` one number, `percent`.
        naive: the same as a naive method expects it, without which no score says anything.
        model, method: how `expected` and `naive` were made, in a few words.
    """

    outcome: str
    about: str
    expected: Mapping[str, float]
    naive: Mapping[str, float]
    model: str
    method: str
    instrument: str = ""
    sessions: int = 0
    threshold: float = 0.0


@frozen
class Advice:
    """A suggestion in words. It has no order fields: acting on it takes a human's approval.

    Attributes:
        topic: what it is about.
        text: the advice, for a person.
        about: the time that it speaks of: an ISO week or a day.
        confidence: 0 to 1; None where there is none to tell.
        numbers: what it rests on, by name, each with its unit in the text.
        entries: numbers of the journal's entries that it rests on.
        changes: values of rules that it suggests, by key, as TOML. A person may have them proposed and approve them.
        forecast: what it expects, to be scored later.
    """

    topic: str
    text: str
    about: str = field(default="", kw_only=True)
    confidence: float | None = field(default=None, kw_only=True)
    numbers: Mapping[str, float] = field(factory=dict, kw_only=True)
    entries: tuple[int, ...] = field(default=(), kw_only=True)
    changes: Mapping[str, str] = field(factory=dict, kw_only=True)
    forecast: Forecast | None = field(default=None, kw_only=True)


# --- contribute: asked once; an error refuses the run ---------------------------------------------------------------


@hookspec
def allusr_sleeves() -> Sequence[type[Sleeve[object]]]:  # type: ignore[empty-body]
    """Sleeve classes that the plugin brings.

    Each is built with its table [sleeves.NAME]. A name that another plugin brings too is an error.
    """


@hookspec
def allusr_protocols() -> Sequence[type[RiskProtocol[object]]]:  # type: ignore[empty-body]
    """Protocol classes that the plugin brings.

    One is used, built with the table [protocol]; `plugins.protocol` names it where several are loaded.
    """


@hookspec
def allusr_ladders() -> Sequence[type[LadderManager[object]]]:  # type: ignore[empty-body]
    """Ladder classes that the plugin brings, each built with its table [ladders.NAME]."""


@hookspec
def allusr_forks() -> Sequence[type[ForkRule[object]]]:  # type: ignore[empty-body]
    """Fork rule classes that the plugin brings, each built with its table [forks.NAME]."""


@hookspec
def allusr_markets() -> Mapping[str, Callable[[str, int], MarketSource]]:  # type: ignore[empty-body]
    """Market sources by kind, as `--market KIND:REST` names them.

    Each is made by calling it with the text after the colon and the run's seed.
    """


@hookspec
def allusr_brokers() -> Mapping[str, Callable[[], Broker]]:  # type: ignore[empty-body]
    """Makers of broker connections by name, called without arguments.

    A run asks for one by `[broker] use` or `--broker NAME`. It reaches one account, and connects when it is first
    asked something.
    """


@hookspec
def allusr_scenarios() -> Mapping[str, Callable[[], Scenario]]:  # type: ignore[empty-body]
    """Makers of scenarios by name, called without arguments, as `--scenario NAME` runs them."""


# --- inform: asked once a session; an error leaves that plugin's facts unknown ---------------------------------------


@hookspec
def allusr_earnings(symbols: Sequence[str], day: date) -> Sequence[EarningsDate]:  # type: ignore[empty-body]
    """Report dates as a calendar knows them on a day, beside those of the market's own calendar (CC-3).

    Args:
        symbols: underlyings that the run reads.
        day: the session; nothing that became known after it may be told.

    A symbol of which nobody knows a date counts as one that reports. A raising implementation knows nothing that day.
    """


# --- guard: all are asked, every reason is kept; an error counts as a no --------------------------------------------


@hookspec
def allusr_screen(intent: Intent, view: MarketView) -> Veto | None:
    """Object to an intent before it becomes an order.

    Args:
        intent: what a plugin asked for.
        view: the market at that instant.

    Return a `Veto`, or None to let it pass. A raising implementation vetoes, and its plugin keeps the account SAFE.
    """


@hookspec
def allusr_halt(view: MarketView) -> Halt | None:
    """Ask for a safer state, once a cycle.

    Args:
        view: the market at that instant.

    Return a `Halt`, or None. A raising implementation asks for SAFE.
    """


# --- observe: read only; three errors in a row detach the observer --------------------------------------------------


@hookspec
def allusr_event(event: Event) -> None:
    """See an event after the ledger has committed it.

    Args:
        event: what was journaled. New kinds may come; skip those that are not known.
    """


@hookspec
def allusr_report(period: str, ledger: object) -> Section | None:
    """Add a section to a report.

    Args:
        period: the ISO week, month or quarter that the report covers.
        ledger: the journal and its queries, read only.

    A raising implementation leaves its error in place of its section.
    """


@hookspec
def allusr_advise(topic: str, ledger: object) -> Advice | None:
    """Suggest something, in words.

    Args:
        topic: what advice is asked for: anomalies, regime, week-type, volatility, ladder, or a topic of your own.
        ledger: the journal and its queries, read only, with daily bars, VIX, headlines and the rules' values as they
            were known at the journal's last instant.

    Shown with its author's name as advisory, and written in the home's chain `advice`; None says nothing on a topic. A
    raising implementation is left out, and its error told.
    """


@hookspec
def allusr_commands(cli: object) -> None:
    """Add commands to `allusr`.

    Args:
        cli: the typer application; add a command or group of your own to it.

    Asked when a word is typed that the plugin's distribution names in the entry-point group ``allusr.commands.v1``
    (``word = "module"``), and of that plugin alone. A raising implementation ends that command with one line.
    """
