"""What came of a wish: the engine's answer, and what is still open."""

import time
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from allusr_sdk.errors import StateRefusal

if TYPE_CHECKING:
    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.ledger.inbox import Inbox, Wish

_LOOK = 0.2  # seconds between two looks for an answer


def answered(inbox: "Inbox", wish: "Wish", home: str, wait: float) -> "Wish":
    """The wish once an engine that is alive has answered it, or as it stands when time is up."""
    from allusr_sdk.cli.engine import engine

    end = time.monotonic() + wait
    while wish.waiting and engine(home)["life"] in ("alive", "unknown") and time.monotonic() < end:
        time.sleep(_LOOK)
        wish = next(w for w in inbox.wishes if w.number == wish.number)
    return wish


def report(wish: "Wish", ledger: "Ledger", home: str, *, again: bool, as_json: bool) -> None:
    """Say what stands, how the engine is, what it made of it, and what is open. Raises `StateRefusal` if it refused."""
    from allusr_sdk.cli.engine import engine, row
    from allusr_sdk.cli.output import emit
    from allusr_sdk.ledger.inbox import REFUSED

    if wish.last is not None and wish.last.outcome == REFUSED:
        raise StateRefusal(wish.last.why)
    how, run = engine(home), ledger.latest()
    if as_json:
        emit({"wish": row(wish), "again": again, "engine": how, "working": _working(run)})
        return
    said = (_first(wish, again=again), str(how["text"]), _obeyed(wish, str(how["life"])))
    for line in chain(said, _open(wish, run)):  # a journal that cannot be read is told after what stands
        print(line)


def _first(wish: "Wish", *, again: bool) -> str:
    from allusr_sdk.cli.engine import clock, done, scope

    event = wish.event
    about = event.about or scope(event.ledger)
    if again:
        return f"stands already: {event.action} of {about} by {event.actor} {clock(wish.at)} ({event.rule})"
    what = done(wish) if wish.stops or wish.obeyed else f"{event.action} asked for"
    return f"{what}: {about}, by {event.actor}: {event.reason} ({event.rule})"


def _obeyed(wish: "Wish", life: str) -> str:
    from allusr_sdk.cli.engine import market

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
    working, held = _working(run), len(run.book.positions)
    yield f"open: {len(working)} orders working, {held} positions held; nothing is liquidated (KS-6)"
    for order in working:
        yield f"working: {order['ledger']} {order['key']}, {order['quantity']} left"


def _working(run: "Run | None") -> list[dict[str, object]]:
    ledgers = run.book.ledgers.values() if run else ()
    return [
        {"ledger": w.ledger, "key": w.key, "symbol": w.symbol, "quantity": w.quantity}
        for ledger in ledgers for w in ledger.working.values()
    ]  # fmt: skip
