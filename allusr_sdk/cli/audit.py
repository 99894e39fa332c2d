"""`allusr audit`: books against the other side now, the breaks that are open, and a person's explanation of one."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from attrs import frozen

from allusr_sdk.cli.operator import Wait
from allusr_sdk.cli.options import HOME, Home, Json
from allusr_sdk.errors import BreakError, BrokerSilent, InputError, StateRefusal
from allusr_sdk.office.places import place, shown

if TYPE_CHECKING:
    from datetime import datetime

    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.ledger.inbox import Wish
    from allusr_sdk.model.positions import Book
    from allusr_sdk.reports.breaks import Open

Explain = Annotated[
    tuple[str, str] | None,
    typer.Option("--explain", metavar="CODE SUBJECT", help="Close an open break in your name: code and subject of it."),
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who: a person's name; an explanation needs it.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; an explanation needs it.")]

_ASKED = ("alive", "unknown")
_VERIFIED = "no broker was asked, for no engine runs: the journal and the books' own sums are verified, and it says:"


def audit(
    explain: Explain = None, by: By = "", reason: Why = "", wait: Wait = 10.0, home: Home = HOME, as_json: Json = False
) -> None:
    """Compare books and broker now, and show every open break. Both sides of it, what follows, its age and its cause.

    A running engine does it, as it does at a start, every 15 minutes, after the close and at 08:30. With none running
    the journal's chain and the books' own sums are verified, and the breaks that stand in it are shown: a simulated
    venue is built from the books. Exit 4 where a break is open, 1 where an engine or its broker does not answer.

    With --explain a break is closed by a signature, and stays closed while the broker's side of it stays the same.
    """
    from allusr_sdk.ledger import open_ledger

    actor, why = " ".join(by.split()), " ".join(reason.split())
    with open_ledger(place(home), create=False) as ledger:
        run = ledger.latest()
        if run is None:
            raise InputError(f"the ledger in {shown(home)} has no run yet: `allusr run --home {shown(home)}` makes one")
        if explain is not None:
            _explain(" ".join(explain), (actor, why), ledger, run, wait, home, as_json=as_json)
        else:
            _audit((actor or "operator", why or "allusr audit"), ledger, run, wait, home, as_json=as_json)


# --- an audit ------------------------------------------------------------------------------------------------------


@frozen
class _Audit:
    """What came of it: the wish as it was answered (None where no engine was told), and the breaks of a run."""

    wish: "Wish | None"
    run: "Run"
    at: "datetime"
    found: "tuple[Open, ...]"
    stuck: str
    """Why the machine rests in AUDIT though no break is open, as a broker that does not answer; empty where not."""

    @property
    def refused(self) -> str:
        """Why the engine did not compare; empty where it did, or has not answered."""
        return self.wish.last.why if self.wish and self.wish.last else ""

    @property
    def compared(self) -> bool:
        """Whether books and the other side were compared just now."""
        return bool(self.wish and self.wish.last) and not self.refused and not self.stuck


def _audit(who: tuple[str, str], ledger: "Ledger", run: "Run", wait: float, home: str, *, as_json: bool) -> None:
    from allusr_sdk.ledger.verify import verify
    from allusr_sdk.office.engine import engine

    how = engine(home)
    if how["life"] in _ASKED:
        made = _of(_told(who, ledger, wait, home), ledger, run)
    else:
        verify(run).require()
        made = _of(None, ledger, run)
    _show(made, how, as_json=as_json)
    _end(made)


def _told(who: tuple[str, str], ledger: "Ledger", wait: float, home: str) -> "Wish":
    """The wish as the engine answered it, or as it waits."""
    from allusr_sdk.ledger.inbox import AUDIT, Inbox
    from allusr_sdk.model.events import OperatorAsked
    from allusr_sdk.office.telling import answered

    inbox = Inbox(ledger)
    asked = OperatorAsked(rule="RECON", action=AUDIT, actor=who[0], reason=who[1])
    return answered(inbox, inbox.asked(asked) or inbox.ask(asked), home, wait)


def _of(wish: "Wish | None", ledger: "Ledger", run: "Run") -> _Audit:
    """The breaks that are open now in the run that answered, or in the newest."""
    from allusr_sdk.reports.breaks import still_open

    told = wish.last.run if wish and wish.last else run.id
    now = ledger.run(told)
    at = max(now.instant, wish.heard[told]) if wish and wish.last else now.instant
    found = still_open(now.book, at)
    return _Audit(wish, now, at, found, "" if found else _stuck(now))


def _stuck(run: "Run") -> str:
    """Why a run rests in AUDIT: what the machine said last of it."""
    from allusr_sdk.model.events import Decided, StateChanged

    if run.book.state != "AUDIT":
        return ""
    moves = {e.seq: e.event.cause for e in run.entries(kind=StateChanged.__name__) if isinstance(e.event, StateChanged)}
    holds = {
        e.seq: e.event.why.removeprefix("AUDIT: ")
        for e in run.entries(kind=Decided.__name__, ledger="", symbol="")
        if isinstance(e.event, Decided) and e.event.verdict == "hold"
    }
    return max((moves | holds).items())[1]


def _show(made: _Audit, how: Mapping[str, object], *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit
    from allusr_sdk.office.wishes import row

    if as_json:
        emit({
            "run": made.run.id, "at": made.at, "compared": made.compared, "stuck": made.stuck, "engine": how,
            "wish": row(made.wish) if made.wish else None, "breaks": [_object(one) for one in made.found],
        })  # fmt: skip
        return
    for line in (str(how["text"]), _outcome(made), *_lines(made)):
        print(line)


def _outcome(made: _Audit) -> str:
    from allusr_sdk.office.engine import market

    wish = made.wish
    if wish is None:
        return _VERIFIED
    if wish.last is None:
        return "not answered yet: the engine compares before its next instant; this is what its journal says"
    if made.refused:
        return f"not compared: {made.refused}"
    if made.stuck:
        return f"not agreed: {made.stuck}"
    return f"compared by run {wish.last.run} at {market(wish.heard[wish.last.run])}"


def _end(made: _Audit) -> None:
    """How the command ends, where not with 0."""
    if made.found:
        names = ", ".join(f"{one.code} {one.subject}" for one in made.found)
        raise BreakError(f"RECON: {len(made.found)} open: {names}: mend it, or sign it with `allusr audit --explain`")
    if made.refused:
        raise StateRefusal(made.refused)
    if made.stuck:
        raise BrokerSilent(f"RECON: the machine rests in AUDIT: {made.stuck}")
    if made.wish and not made.compared:
        raise BrokerSilent("RECON: the engine has not answered: ask again, or look at `allusr status`")


# --- breaks --------------------------------------------------------------------------------------------------------


def _object(one: "Open") -> dict[str, object]:
    from attrs import asdict

    from allusr_sdk.kernel.breaks import BREAKS

    kind = BREAKS.get(one.code)
    return {**asdict(one), "name": kind.title if kind else ""}


def _lines(made: _Audit) -> Iterator[str]:
    from allusr_sdk.kernel.breaks import BREAKS
    from allusr_sdk.reports.breaks import ENDS, lasted

    if not made.found:
        yield "books and broker agree" if made.compared else "no break is open in the journal"
    for one in made.found:
        kind = BREAKS.get(one.code)
        yield f"{one.code} {kind.title if kind else 'break'}: {one.subject}"
        yield f"    {one.what}"
        yield f"    ours {one.ours or 'nothing'}, theirs {one.theirs or 'nothing'}"
        yield f"    {one.action}: {ENDS.get(one.action, 'a person decides')}"
        yield f"    open for {lasted(one.age)}, {'a person was called' if one.paged else 'nobody was called yet'}"
        yield f"    cause: {one.cause or 'unknown'}"


# --- an explanation ------------------------------------------------------------------------------------------------


def _explain(
    name: str, who: tuple[str, str], ledger: "Ledger", run: "Run", wait: float, home: str, *, as_json: bool
) -> None:
    from allusr_sdk.cli.answers import report
    from allusr_sdk.ledger.inbox import EXPLAIN
    from allusr_sdk.model.events import OperatorAsked
    from allusr_sdk.office.telling import given

    if not all(who):
        raise InputError("RECON: an explanation needs a person's name (--by) and a reason (--reason)")
    asked = OperatorAsked(rule="RECON", action=EXPLAIN, actor=who[0], reason=who[1], about=_named(name, run.book))
    report(given(asked, ledger, home, wait, run=run), as_json=as_json)


def _named(name: str, book: "Book") -> str:
    """The open break that a person means, by code and subject; spaces within a contract's symbol do not count."""
    every = {"".join(found.name).replace(" ", ""): " ".join(found.name) for found in book.breaks.values()}
    if (meant := every.get(name.replace(" ", ""))) is None:
        raise StateRefusal(f"RECON: explain refused: no break {name} is open: {'; '.join(every.values()) or 'none is'}")
    return meant
