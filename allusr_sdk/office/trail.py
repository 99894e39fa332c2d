"""The audit trail of a home: who told it what and when, what came of it, approvals, restarts, and who used a screen.

It is read from the home's own chains, each of which is a hash chain as a run's journal is.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger import Ledger, open_ledger
from allusr_sdk.ledger.behind import put_behind
from allusr_sdk.ledger.home import locked
from allusr_sdk.model import events as ev
from allusr_sdk.office.places import place, shown
from allusr_sdk.office.wishes import ACCOUNT

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

CONSOLE = "console"
CHAINS = ("operator", "rules", "arming", "restarts", "maintenance", "lots", CONSOLE)
"""The home's chains that a trail is read from."""

_ENGINE = "engine"
_LOCK = 3.0  # seconds


@frozen(kw_only=True)
class Act:
    """One entry of a home's chain, as a person reads it.

    Attributes:
        chain, number: where it stands; each chain counts its own entries.
        at: aware UTC, by the wall clock of who wrote it.
        actor: a person's name, `engine`, `file` or `watchdog`.
        action: one word or two; `scope` is ``account``, a ledger, or empty where it concerns the home.
        outcome: asked, done, heard, obeyed or refused.
        text: what and why.
        about: number of the entry of the same chain that it answers, as a wish or a proposal; None else.
    """

    chain: str
    number: int
    at: datetime
    actor: str
    action: str
    scope: str
    outcome: str
    text: str
    about: int | None = None


def trail(home: str, *, limit: int = 200) -> tuple[Act, ...]:
    """The newest that happened to a home, newest first. Raises `InputError` where there is no ledger."""
    with open_ledger(place(home), create=False) as ledger:
        return of_ledger(ledger, limit=limit)


def of_ledger(ledger: Ledger, *, limit: int = 200) -> tuple[Act, ...]:
    """The same over an open ledger."""
    every = [found for name in CHAINS for found in _of_chain(ledger, name)]
    newest = sorted(every, key=lambda found: (found.at, found.chain, found.number), reverse=True)
    return tuple(newest[:limit])


def note(home: str, event: ev.ConsoleUsed) -> int:
    """Write who used a screen, behind the newest entry of the home's chain `console`; returns its number.

    Raises:
        InputError: there is no ledger.
        KernelError: a process that hangs holds the database, or it refused.
    """
    with open_ledger(place(home), create=False) as ledger:
        if locked(ledger, _LOCK):
            raise KernelError(f"the ledger in {shown(home)} is held by a process that hangs: nothing can be noted")
        return put_behind(ledger, CONSOLE, event)


# --- a line an entry -----------------------------------------------------------------------------------------------

type _Said = tuple[str, str, str, str, int | None]  # actor, action, outcome, text, about


def _of_chain(ledger: Ledger, name: str) -> Iterator[Act]:
    chain = ledger.chain(name)
    told: dict[int, ev.Event] = {}
    for entry in chain.entries() if chain is not None else ():
        say = _LINES.get(type(entry.event))
        if say is None:
            continue
        told[entry.seq] = entry.event
        actor, action, outcome, text, about = say(entry.event, told)
        yield Act(
            chain=name, number=entry.seq, at=entry.at, actor=actor, action=action, scope=_scope(entry, told, about),
            outcome=outcome, text=text, about=about,
        )  # fmt: skip


def _scope(entry: "Entry", told: Mapping[int, ev.Event], about: int | None) -> str:
    first = told.get(about) if about is not None else None
    for event in (entry.event, first):
        if isinstance(event, ev.OperatorAsked | ev.OperatorAnswered | ev.OperatorHeard | ev.ConsoleUsed):
            return event.ledger or ACCOUNT
    return ""


def _wish(told: Mapping[int, ev.Event], number: int) -> str:
    first = told.get(number)
    return first.action if isinstance(first, ev.OperatorAsked) else "wish"


def _asked(event: ev.OperatorAsked, told: Mapping[int, ev.Event]) -> _Said:
    about = f"{event.about}: " if event.about else ""
    return event.actor, event.action, "asked", f"{about}{event.reason}", None


def _heard(event: ev.OperatorHeard, told: Mapping[int, ev.Event]) -> _Said:
    text = f"by run {event.run} at {event.instant:%Y-%m-%d %H:%M:%S} UTC of its market"
    return _ENGINE, _wish(told, event.wish), "heard", text, event.wish


def _answered(event: ev.OperatorAnswered, told: Mapping[int, ev.Event]) -> _Said:
    return _ENGINE, _wish(told, event.wish), event.outcome, event.why or f"by run {event.run}", event.wish


def _proposed(event: ev.RulesProposed, told: Mapping[int, ev.Event]) -> _Said:
    wishes = ", ".join(f"{key} = {value}" for key, value in event.changes.items())
    return event.author, "propose", "asked", f"{wishes}: {event.reason}", None


def _approved(event: ev.RulesApproved, told: Mapping[int, ev.Event]) -> _Said:
    text = f"rulebook {event.stamp} is in force: {event.reason}"
    return event.approver, "approve", "done", text, event.proposal


def _armed(event: ev.Armed, told: Mapping[int, ev.Event]) -> _Said:
    kind = "live" if event.live else "paper"
    return event.actor, "arm", "done", f"{event.broker}, {kind} account {event.account}: {event.reason}", None


def _disarmed(event: ev.Disarmed, told: Mapping[int, ev.Event]) -> _Said:
    return event.actor, "disarm", "done", event.reason, None


def _resumed(event: ev.Resumed, told: Mapping[int, ev.Event]) -> _Said:
    how = event.adopted or (f"lived through again from {event.evening}" if event.evening else "from its beginning")
    return _ENGINE, "restart", "done", f"run {event.run} behind entry #{event.seq}: {how}", None


def _moved(event: ev.StateChanged, told: Mapping[int, ev.Event]) -> _Said:
    return _ENGINE, "maintenance", "done", f"{event.before} to {event.after}: {event.cause}", None


def _chosen(event: ev.LotsChosen, told: Mapping[int, ev.Event]) -> _Said:
    lots = ", ".join(f"{picked.units} of {picked.lot}" for picked in event.lots)
    return event.actor, "choose lots", "done", f"sale {event.sale} ends {lots}: {event.reason}", None


def _used(event: ev.ConsoleUsed, told: Mapping[int, ev.Event]) -> _Said:
    text = "; ".join(part for part in (event.why, f"from {event.origin}" if event.origin else "") if part)
    return event.actor, event.action, event.outcome, text, None


_LINES: Mapping[type[ev.Event], Callable[..., _Said]] = {
    ev.OperatorAsked: _asked, ev.OperatorHeard: _heard, ev.OperatorAnswered: _answered, ev.RulesProposed: _proposed,
    ev.RulesApproved: _approved, ev.Armed: _armed, ev.Disarmed: _disarmed, ev.Resumed: _resumed,
    ev.StateChanged: _moved, ev.LotsChosen: _chosen, ev.ConsoleUsed: _used,
}  # fmt: skip
