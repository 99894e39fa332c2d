"""Checks of observers: they hear everything, change nothing, and are not missed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from attrs import frozen

from allusr_sdk.errors import AllusrError
from allusr_sdk.host import Host
from allusr_sdk.model.events import Event
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.company import Company
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial
from allusr_sdk.testing.checks.views import deep

if TYPE_CHECKING:
    from allusr_sdk.testing.played import Played


@frozen(kw_only=True)
class Unheard(Event):
    """An event of a later release, which no observer knows."""

    what: str = "of a kind that is not known"


del Event.kinds[Unheard.__name__]  # no journal can have one


def loads(trial: Trial) -> int:
    """The host registers its hooks: names and arguments are those of the specification."""
    try:
        Host.of(trial.subject.made)
    except AllusrError as error:
        raise Broken(str(error)) from None
    return 1


def _played(trial: Trial, *plugins: object) -> "Played":
    from allusr_sdk.testing.sandbox import Sandbox

    return Sandbox(trial.lab.tape(trial.market), Company, *plugins, seed=trial.lab.seed).run()


def hears(trial: Trial) -> int:
    """Every event of a scenario, and one of a kind of a later release, raises nothing and stays as it is."""
    tell = cast("Callable[..., object]", getattr(trial.subject.made, "allusr_event"))  # noqa: B009 - found by its hook
    events = [*_played(trial).events(), Unheard()]
    for event in events:
        before = deep(event)
        try:
            tell(event=event)
        except Exception as error:
            raise Broken(
                f"{event.kind} of {event.symbol or 'the account'} made it raise {type(error).__name__}: {error}"
            ) from None
        if deep(event) != before:
            raise Broken(f"it changed the {event.kind} that it was told")
    return len(events)


def silent(trial: Trial) -> int:
    """The journal with it is the journal without it."""
    without, watched = (
        [(e.at, e.event) for e in p.entries[1:]] for p in (_played(trial), _played(trial, trial.subject.made))
    )
    for one, other in zip(without, watched, strict=False):
        if one != other:
            raise Broken(f"with it the journal has {str(other[1])[:160]} instead of {str(one[1])[:160]}")
    if len(without) != len(watched):
        raise Broken(f"with it the journal has {len(watched)} entries instead of {len(without)}")
    return len(without)


CHECKS_OF_OBSERVERS: tuple[Check, ...] = (
    Check(
        101, ("observer",), "its hooks are those of the specification",
        "A hook with a misspelt name or argument is never called, and nobody notices that nothing is told.",
        "Name the function allusr_event, mark it with hookimpl, and take event alone.",
        loads,
    ),
    Check(
        501, ("observer",), "no event makes it raise, not even one of a later release, and none is changed",
        "Three errors running detach an observer, in the very hour in which somebody should have been told.",
        "Look at event.kind first and pass over what you do not know; copy event.numbers before changing it.",
        hears, ("crash",),
    ),
    Check(
        601, ("observer",), "the journal is the same with and without it",
        "Whoever watches must not move what is watched.",
        "Tell the outside; touch no object of the SDK and no module's state.",
        silent, ("calm",),
    ),
)  # fmt: skip
