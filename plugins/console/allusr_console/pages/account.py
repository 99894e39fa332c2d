"""One account as its page and the overview show it: every value rests on one entry of its journal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from attrs import frozen

from allusr_console.pages.nodes import Branch, branches
from allusr_console.pages.positions import Held, held
from allusr_console.pages.refused import Refused, alike
from allusr_console.pages.switches import OUTSIDE, Switch, frozen_things, switches
from allusr_console.pages.told import Told, activity
from allusr_sdk.office.wishes import operator_lines

if TYPE_CHECKING:
    from allusr_console.snapshots import Snapshot
    from allusr_sdk.model.outstanding import Working
    from allusr_sdk.model.positions import Book
    from allusr_sdk.reports.breaks import Open
    from allusr_sdk.reports.counts import WeekFacts
    from allusr_sdk.reports.facts import LedgerFacts, RunFacts
    from allusr_sdk.reports.ladders import LadderFacts
    from allusr_sdk.reports.needs import Need
    from allusr_sdk.reports.tree import AccountFacts

_REFUSED = 12
_WORRYING = ("silent", "gone", "unknown")
_WEEK = {"premium": "Premium taken", "premium_kept": "Premium kept", "realised": "Realised", "fees": "Fees",
         "hedge_cost": "Cost of hedges", "dividends": "Dividends"}  # fmt: skip


@frozen(kw_only=True)
class Screen:
    """An account at its newest entry; dollars.

    Attributes:
        instant: of that entry, `seq` its number.
        state: in which the machine rests by the books; `place` is the state in which that entry was written.
        life: how the engine is, in one word; `engine` the same in a sentence.
        late: why the figures may be older than the account; empty where they are not.
        told: what persons told it that stands or waits.
        week_figures: what the running week has brought: name, dollars, and the numbers of the entries.
    """

    name: str
    readable: bool = True
    run: int
    mode: str
    market: str
    what_if: Mapping[str, str]
    state: str
    place: str
    tier: str
    cycles: int
    seq: int
    instant: datetime
    life: str
    engine: str
    late: str
    told: tuple[str, ...]
    total: "LedgerFacts"
    ledgers: "tuple[LedgerFacts, ...]"
    held: tuple[Held, ...]
    working: "tuple[Working, ...]"
    needs: "tuple[Need, ...]"
    breaks: "tuple[Open, ...]"
    switches: tuple[Switch, ...]
    frozen: tuple[str, ...]
    week: str
    weeks: "tuple[WeekFacts, ...]"
    week_figures: tuple[tuple[str, Decimal, tuple[int, ...]], ...]
    tree: tuple[Branch, ...]
    ladders: "tuple[LadderFacts, ...]"
    refusals: tuple[Refused, ...]
    activity: tuple[Told, ...]

    @property
    def first_need(self) -> str:
        """The first thing that waits for a person."""
        texts = (*(need.why for need in self.needs), *(found.what for found in self.breaks))
        return next(iter(texts), "")

    @property
    def thrown(self) -> tuple[str, ...]:
        """Its switches in a few words each."""
        return tuple(f"{s.tier} by {s.cause}{'' if s.scope == 'account' else f' in {s.scope}'}" for s in self.switches)


@frozen(kw_only=True)
class Unreadable:
    """An account that cannot be read, and why: nothing of it is known."""

    name: str
    problem: str
    readable: bool = False


def screen(found: "Snapshot") -> Screen | Unreadable:
    """What a snapshot shows; of one that was never read nothing is known."""
    if found.status is None or found.facts is None or found.book is None or found.instant is None:
        return Unreadable(name=found.name, problem=found.problem or "it has no run yet")
    status, facts, book = found.status, found.facts, found.book
    life, engine = str(found.engine.get("life", "unknown")), str(found.engine.get("text", "engine unknown"))
    return Screen(
        name=found.name, run=facts.run, mode=facts.mode, market=facts.market, what_if=facts.what_if,
        state=facts.state, place=_place(found, facts.state), tier=facts.tier, cycles=facts.cycles, seq=found.seq,
        instant=found.instant, life=life,
        engine=engine, late=_late(life, engine, facts.complete),
        told=tuple(operator_lines(cast("Mapping[str, object]", status["operator"]))),
        total=facts.total, ledgers=(*facts.ledgers, facts.total), held=tuple(_held(found, book, found.instant)),
        working=tuple(w for ledger in book.ledgers.values() for w in ledger.working.values()), needs=facts.needs,
        breaks=cast("tuple[Open, ...]", status["breaks"]), switches=tuple(switches(book, facts.changes)),
        frozen=tuple(frozen_things(book)), week=found.week, weeks=_weeks(facts, found.week),
        week_figures=tuple(_figures(found)),
        tree=branches(cast("Sequence[AccountFacts]", status["tree"])), ladders=facts.ladders,
        refusals=alike(found.refusals)[:_REFUSED], activity=activity(found.newest),
    )  # fmt: skip


def _place(found: "Snapshot", state: str) -> str:
    """Where on the ring the newest entry was written; outside of the ring that is where the machine is."""
    return state if state in OUTSIDE or not found.newest else found.newest[-1].state


def _held(found: "Snapshot", book: "Book", now: datetime) -> Iterator[Held]:
    rows = cast("Sequence[Mapping[str, object]]", (found.status or {})["positions"])
    for position, row in zip(book.positions, rows, strict=True):
        yield held(position, found.seen[position.key], cast("Decimal", row["unrealised"]), now)


def _late(life: str, engine: str, complete: bool) -> str:
    """Why figures may be older than the account."""
    return "" if complete or life not in _WORRYING else f"{engine}. What is shown is what its journal said last."


def _weeks(facts: "RunFacts", running: str) -> "tuple[WeekFacts, ...]":
    """The running week's types as the journal has them, the account's first; none before it has typed them."""
    return tuple(sorted((w for w in facts.weeks if w.week == running), key=lambda w: bool(w.ledger)))


def _figures(found: "Snapshot") -> Iterator[tuple[str, Decimal, tuple[int, ...]]]:
    cells = found.measured.get("", {})
    for key, title in _WEEK.items():
        if key in cells:
            yield title, cast("Decimal", cells[key].value), cells[key].entries
