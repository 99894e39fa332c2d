"""`allusr halt`, `pause`, `resume`, `rearm`: what a person tells a home, whether its engine runs, hangs or is down."""

from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json, place
from allusr_sdk.errors import InputError, StateRefusal

if TYPE_CHECKING:
    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.ledger.inbox import Wish
    from allusr_sdk.model.events import OperatorAsked
    from allusr_sdk.model.positions import Book

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who: a person's name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for the engine's answer.")
]
Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="account, or a sleeve by its name.")]

_LOCK = 3.0  # seconds after which the database counts as held by a process that does not let go
_UNDEPLOYED = "undeployed"


def halt(by: By, reason: Reason, wait: Wait = 10.0, home: Home = HOME, as_json: Json = False) -> None:
    """Stop everything: working orders are cancelled, positions held, nothing is opened or closed (KS-6, KS-7).

    The halt stands before an engine knows of it. One that hangs or is down is halted before it decides anything more.
    """
    _tell("halt", "account", by, reason, wait, home, as_json=as_json)


def pause(scope: Scope, by: By, reason: Reason, wait: Wait = 10.0, home: Home = HOME, as_json: Json = False) -> None:
    """Stop an account or a sleeve from opening anything; protective closes go on (KS-6)."""
    _tell("pause", scope, by, reason, wait, home, as_json=as_json)


def resume(scope: Scope, by: By, reason: Reason, wait: Wait = 10.0, home: Home = HOME, as_json: Json = False) -> None:
    """End a pause, after the checks of KS-7. A halt wants `rearm`."""
    _tell("resume", scope, by, reason, wait, home, as_json=as_json)


def rearm(
    by: By, reason: Reason, scope: Scope = "account", wait: Wait = 10.0, home: Home = HOME, as_json: Json = False
) -> None:
    """Lead back from a halt: reconciled, checked for risk, in a person's name (KS-7). Exit 3 where it is refused."""
    _tell("rearm", scope, by, reason, wait, home, as_json=as_json)


def _tell(action: str, scope: str, by: str, reason: str, wait: float, home: str, *, as_json: bool) -> None:
    from allusr_sdk.cli.answers import answered, report
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.inbox import Inbox
    from allusr_sdk.model.events import OperatorAsked

    actor, why = " ".join(by.split()), " ".join(reason.split())
    if not actor or not why:
        raise InputError(f"KS-7: {action} needs a person's name (--by) and a reason (--reason)")
    with open_ledger(place(home), create=False) as ledger:
        run = ledger.latest()
        asked = OperatorAsked(ledger=_ledger(scope, run), rule="KS-7", action=action, actor=actor, reason=why)
        if hangs(ledger):
            report(kept(ledger, asked), ledger, home, again=False, as_json=as_json)
            return
        inbox = Inbox(ledger)
        inbox.collect()
        if needless := _needless(asked, ledger, run):
            _say(needless, as_json=as_json)
            return
        before = inbox.asked(asked)
        wish = answered(inbox, before or inbox.ask(asked), home, wait)
        report(wish, ledger, home, again=before is not None, as_json=as_json)


# --- before it is written ------------------------------------------------------------------------------------------


def _ledger(scope: str, run: "Run | None") -> str:
    """The ledger that a scope names, empty for the account. Raises `InputError` for one that is not there."""
    from allusr_sdk.settings import nearest

    if scope.lower() == "account":
        return ""
    known = [name for name in run.book.ledgers if name != _UNDEPLOYED] if run else []
    if scope not in known:
        raise InputError(f"KS-7: {scope} is no sleeve of this home; {nearest(scope, ('account', *known))}")
    return scope


def _needless(asked: "OperatorAsked", ledger: "Ledger", run: "Run | None") -> str:
    """Why there is nothing to lift. Raises `StateRefusal` where something else has to be lifted first."""
    from allusr_sdk.cli.engine import scope
    from allusr_sdk.ledger.home import folder_of, halt_file
    from allusr_sdk.ledger.inbox import LIFTS, Inbox, standing

    if asked.action not in LIFTS:
        return ""
    where = folder_of(ledger)
    if not asked.ledger and where is not None and (text := halt_file(where)) is not None:
        raise StateRefusal(f"KS-7: {asked.action} refused: a file HALT stands in the home ({text}): remove it first")
    stands = standing(Inbox(ledger).wishes).get(asked.ledger)
    tiers = _tiers(run.book, asked.ledger) if run else {}
    if asked.action == "resume":
        if (stands and stands.event.action == "halt") or tiers.get("USER") == "HALT":
            raise StateRefusal(f"KS-7: resume refused: {scope(asked.ledger)} is halted, not paused: use `allusr rearm`")
        return "" if stands or "USER" in tiers else f"{scope(asked.ledger)} is not paused"
    return "" if stands or tiers else f"nothing of {scope(asked.ledger)} is halted"


def _tiers(book: "Book", ledger: str) -> dict[str, str]:
    """The switches of a scope that are thrown, by cause."""
    switches = book.ledgers[ledger].switches if ledger else book.switches
    return {cause: tier for cause, tier in switches.items() if tier != "NONE"}


def hangs(ledger: "Ledger") -> bool:
    """Whether a process that hangs, as one that was stopped, holds the database of a home that is a folder."""
    from allusr_sdk.ledger.home import locked

    return locked(ledger, _LOCK)


def kept(ledger: "Ledger", asked: "OperatorAsked") -> "Wish":
    """A wish kept as a file; its number is 0."""
    from allusr_sdk.ledger import clocks
    from allusr_sdk.ledger.home import folder_of, spool
    from allusr_sdk.ledger.inbox import Wish

    folder = folder_of(ledger)
    assert folder is not None, "no other database can be held"
    return Wish(0, clocks.now(), spool(folder, asked), {}, {})


def _say(text: str, *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit

    if as_json:
        emit({"text": text})
    else:
        print(text)
