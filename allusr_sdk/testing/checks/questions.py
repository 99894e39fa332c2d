"""What ladders and fork rules are asked: their views and trees, made of what a company saw."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.contracts import LadderView, SleeveView
from allusr_sdk.contracts.growth import Tree
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.ladders import GROWTH, HEDGES
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.nodes import ROOT, Node
from allusr_sdk.model.options import MULTIPLIER, Contract, Right
from allusr_sdk.model.outstanding import HEDGE, LADDER
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.testing.checks.asks import Ask

_BUDGET, _PAID, _HELD = Decimal(20_000), Decimal(5), timedelta(days=30)
_TRIGGERS = ({"L2": False, "VIX30x5": False}, {"L2": True, "VIX30x5": None})


def questions(kind: str, ask: Ask) -> Iterator[tuple[str, tuple[object, ...]]]:
    """What a ladder or fork rule is asked where the company was asked to propose."""
    view = ask.view
    if kind == "ladder":
        yield from (("plan", (each,)) for each in laddered(view))
    else:
        yield ("decide", (grown({view.book.name: view.book}, view.session.day),))


def laddered(view: SleeveView) -> Iterator[LadderView]:
    """A company's view as a ladder is asked with it: with a rung and a budget, and with a hedge; triggers come and go.

    On odd days of the month the growth ladder has no rung yet, and a trigger is on.
    """
    odd = view.session.day.day % 2
    contracts = [c for symbol in sorted(view.market.snapshots) if (c := _far(symbol, view)) is not None][:1]
    rungs = [] if odd else contracts
    yield _asked(view, GROWTH, [_position(c, GROWTH, LADDER, view) for c in rungs])
    puts = [evolve(c, right=Right.PUT) for c in contracts]
    yield _asked(view, HEDGES, [_position(c, HEDGES, f"{HEDGE}:L2", view) for c in puts], odd)


def _far(symbol: str, view: SleeveView) -> Contract | None:
    """The middle call of the last expiry that is listed; None without a chain."""
    expiries = view.expiries(symbol)
    side = view.side(symbol, expiries[-1], Right.CALL) if expiries else None
    return side.quote(len(side) // 2).contract if side is not None and len(side) else None


def _position(contract: Contract, ledger: str, cause: str, view: SleeveView) -> Position:
    opened = (view.session.open - _HELD).astimezone(UTC)
    return Position(ledger, contract.underlying, contract, 1, _PAID, _PAID * MULTIPLIER, opened, cause=cause)


def _asked(view: SleeveView, name: str, held: list[Position], triggers: int | None = None) -> LadderView:
    book = LedgerBook(name, cash=_BUDGET, positions={p.key: p for p in held})
    told = {} if triggers is None else _TRIGGERS[triggers]
    return LadderView(view.market, book, view.rules, view.ranges, tiers=view.tiers, triggers=told)


def grown(ledgers: Mapping[str, LedgerBook], on: date, *others: Node) -> Tree:
    """The tree of a root account with these ledgers, and of `others`, as a fork rule is asked with it."""
    funded = sum((book.base for book in ledgers.values()), ZERO)
    root = Node(
        id=ROOT, parent="", root=ROOT, form="ROOT", generation=0, funded_at=on - timedelta(days=700), amount=funded,
        stamp="", ledgers=tuple(name for name, book in ledgers.items() if book.node == ROOT),
    )  # fmt: skip
    nodes = {node.id: node for node in (root, *others)}
    return Tree(on, iso_week(on - timedelta(days=7)), nodes, ledgers, Rulebook.default())
