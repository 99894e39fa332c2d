"""Giving a home a person's word, whether its engine runs, hangs or is down, and what came of it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.office.engine import clock, engine, market
from allusr_sdk.office.places import place
from allusr_sdk.office.status import working
from allusr_sdk.office.wishes import done, row, scope

if TYPE_CHECKING:
    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.ledger.inbox import Inbox, Wish
    from allusr_sdk.model.events import OperatorAsked
    from allusr_sdk.model.positions import Book

_LOOK = 0.2  # seconds between two looks for an answer
_LOCK = 3.0  # seconds after which the database counts as held by a process that does not let go
_UNDEPLOYED = "undeployed"


@frozen(kw_only=True)
class Told:
    """What came of a wish.

    Attributes:
        needless: why there was nothing to lift, and nothing was written; empty else.
        wish: the wish as an object (`allusr_sdk.office.wishes.row`), None where it was needless.
        again: whether it stood or waited already.
        engine: how the engine is.
        working: orders that still work, by the journal.
        refused: why a run refused it; empty else.
        lines: all of it for people.
    """

    needless: str = ""
    wish: Mapping[str, object] | None = None
    again: bool = False
    engine: Mapping[str, object] | None = None
    working: Sequence[Mapping[str, object]] = ()
    refused: str = ""
    lines: tuple[str, ...] = ()


def tell(home: str, action: str, scope: str, *, by: str, reason: str, wait: float = 10.0) -> Told:
    """Write a person's wish down and wait for the engine's answer; one that stands already is not written again.

    Args:
        home: a folder or a database's URL.
        action: halt, pause, resume or rearm.
        scope: ``account``, or a sleeve by its name.
        by: a person's name.
        reason: why.
        wait: seconds, while an engine is alive.

    Raises:
        InputError: no name or reason, no ledger in the home, or no such sleeve.
        StateRefusal: something else has to be lifted first.
    """
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.model.events import OperatorAsked

    actor, why = " ".join(by.split()), " ".join(reason.split())
    if not actor or not why:
        raise InputError(f"KS-7: {action} needs a person's name (--by) and a reason (--reason)")
    with open_ledger(place(home), create=False) as ledger:
        run = ledger.latest()
        asked = OperatorAsked(ledger=_ledger(scope, run), rule="KS-7", action=action, actor=actor, reason=why)
        return given(asked, ledger, home, wait, run=run)


def given(asked: "OperatorAsked", ledger: "Ledger", home: str, wait: float, *, run: "Run | None") -> Told:
    """The same for a wish that is made already, over an open ledger and its newest run."""
    from allusr_sdk.ledger.inbox import Inbox

    if hangs(ledger):
        return outcome(kept(ledger, asked), ledger, home, again=False)
    inbox = Inbox(ledger)
    inbox.collect()
    if needless := _needless(asked, ledger, run):
        return Told(needless=needless, lines=(needless,))
    before = inbox.asked(asked)
    return outcome(answered(inbox, before or inbox.ask(asked), home, wait), ledger, home, again=before is not None)


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


def answered(inbox: "Inbox", wish: "Wish", home: str, wait: float) -> "Wish":
    """The wish once an engine that is alive has answered it, or as it stands when time is up."""
    end = time.monotonic() + wait
    while wish.waiting and engine(home)["life"] in ("alive", "unknown") and time.monotonic() < end:
        time.sleep(_LOOK)
        wish = next(w for w in inbox.wishes if w.number == wish.number)
    return wish


def outcome(wish: "Wish", ledger: "Ledger", home: str, *, again: bool) -> Told:
    """What stands, how the engine is, what it made of a wish, and what is open."""
    from allusr_sdk.ledger.inbox import REFUSED

    how, run = engine(home), ledger.latest()
    said = (_first(wish, again=again), str(how["text"]), _obeyed(wish, str(how["life"])))
    return Told(
        wish=row(wish), again=again, engine=how, working=working(run), lines=(*said, *_open(wish, run)),
        refused=wish.last.why if wish.last is not None and wish.last.outcome == REFUSED else "",
    )  # fmt: skip


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


# --- in words ------------------------------------------------------------------------------------------------------


def _first(wish: "Wish", *, again: bool) -> str:
    event = wish.event
    about = event.about or scope(event.ledger)
    if again:
        return f"stands already: {event.action} of {about} by {event.actor} {clock(wish.at)} ({event.rule})"
    what = done(wish) if wish.stops or wish.obeyed else f"{event.action} asked for"
    return f"{what}: {about}, by {event.actor}: {event.reason} ({event.rule})"


def _obeyed(wish: "Wish", life: str) -> str:
    if not wish.number:
        return "kept as a file, for a process that hangs holds the database: the engine obeys when it wakes or starts"
    if wish.last is not None:
        return f"obeyed by run {wish.last.run} at {market(wish.heard[wish.last.run])}"
    return {
        "alive": "not answered yet: the engine obeys before its next instant",
        "silent": "not answered: the engine obeys before its next instant, should it wake",
    }.get(life, "no engine to obey it: the next run of this home obeys before it decides anything")


def _open(wish: "Wish", run: "Run | None") -> Iterator[str]:
    """What is still open, by the journal."""
    if run is None or not wish.stops:
        return
    orders, held = working(run), len(run.book.positions)
    yield f"open: {len(orders)} orders working, {held} positions held; nothing is liquidated (KS-6)"
    for order in orders:
        yield f"working: {order['ledger']} {order['key']}, {order['quantity']} left"
