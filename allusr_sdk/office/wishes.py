"""What persons have told a home, as objects and in words."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from allusr_sdk.office.engine import clock

if TYPE_CHECKING:
    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.ledger.inbox import Wish
    from allusr_sdk.model.events import OperatorAsked

ACCOUNT = "account"

_DONE = {
    "halt": "halted", "pause": "paused", "resume": "resumed", "rearm": "re-armed", "audit": "audited",
    "explain": "explained",
}  # fmt: skip


def scope(ledger: str) -> str:
    """Whom a wish is for, in words."""
    return f"sleeve {ledger}" if ledger else "the account"


def done(wish: "Wish") -> str:
    """What a wish makes of its scope, as a participle."""
    return _DONE[wish.event.action]


def operator(ledger: "Ledger", run: "Run") -> dict[str, object]:
    """Halts and pauses that stand, wishes that wait, a file HALT, how often the run was restarted, maintenance."""
    from allusr_sdk.ledger import maintenance
    from allusr_sdk.ledger.home import folder_of, halt_file, spooled
    from allusr_sdk.ledger.inbox import Inbox, standing
    from allusr_sdk.model.events import Resumed

    wishes = Inbox(ledger).wishes
    where, chain = folder_of(ledger), ledger.chain("restarts")
    kept = spooled(where) if where is not None else ()
    again = [e.at for e in (chain.entries() if chain else ()) if isinstance(e.event, Resumed) and e.event.run == run.id]
    return {
        "standing": [row(wish) for wish in standing(wishes).values()],
        "waiting": [row(wish) for wish in wishes if wish.waiting],
        "files": [_word(event) for event in kept],
        "halt_file": halt_file(where) if where is not None else None,
        "maintenance": maintenance.pending(ledger) or None,
        "restarts": {"count": len(again), "last": again[-1] if again else None},
    }  # fmt: skip


def _word(event: "OperatorAsked") -> dict[str, object]:
    return {
        "action": event.action, "scope": event.ledger or ACCOUNT, "actor": event.actor, "reason": event.reason,
        "about": event.about,
    }  # fmt: skip


def row(wish: "Wish") -> dict[str, object]:
    """A wish as an object."""
    return {
        "number": wish.number, "at": wish.at, **_word(wish.event), "waiting": wish.waiting,
        "heard": [{"run": run, "instant": at} for run, at in wish.heard.items()],
        "answers": [{"run": run, "outcome": a.outcome, "why": a.why} for run, a in wish.answers.items()],
    }  # fmt: skip


def operator_lines(told: Mapping[str, object]) -> Iterator[str]:
    """The same for people, a line each."""
    for wish in told["standing"]:  # type: ignore[attr-defined]
        yield f"{_DONE[wish['action']]}: {_named(wish)} (KS-7)"
    for wish in told["waiting"]:  # type: ignore[attr-defined]
        yield f"waits for an engine: {wish['action']}{_about(wish)} of {_named(wish)}"
    for wish in told["files"]:  # type: ignore[attr-defined]
        yield f"waits as a file: {wish['action']}{_about(wish)} of {wish['scope']} by {wish['actor']}: {wish['reason']}"
    if told["halt_file"] is not None:
        yield f"a file HALT stands in the home: {told['halt_file']}"
    if told["maintenance"] is not None:
        yield f"MAINTENANCE: {told['maintenance']}; the next run verifies every chain before it goes on"
    restarts: Mapping[str, object] = told["restarts"]  # type: ignore[assignment]
    if restarts["count"]:
        yield f"restarts: {restarts['count']}, last {clock(restarts['last'])}"  # type: ignore[arg-type]


def _about(wish: Mapping[str, object]) -> str:
    return f" {wish['about']}" if wish["about"] else ""


def _named(wish: Mapping[str, object]) -> str:
    return f"{wish['scope']} by {wish['actor']} {clock(wish['at'])}: {wish['reason']}"  # type: ignore[arg-type]
