"""Checks of ladders: what is planned fits the ledger that was asked about, and rungs keep LL-1 and LL-2."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.contracts import LadderView, SleeveView, ladders
from allusr_sdk.kernel.ladders import broken
from allusr_sdk.model.calendar import UTC
from allusr_sdk.model.ladders import GROWTH, HEDGES, Rung
from allusr_sdk.model.options import MULTIPLIER, Contract, Right
from allusr_sdk.model.outstanding import HEDGE, LADDER
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_BUDGET, _PAID, _HELD = Decimal(20_000), Decimal(5), timedelta(days=30)
_TRIGGERS = ({"L2": False, "VIX30x5": False}, {"L2": True, "VIX30x5": None})


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


def fitting(trial: Trial) -> int:
    """Every plan by the kernel's own `broken`."""
    seen = 0
    for ask in trial.walk.asks:
        for intent in ask.intents:
            seen += 1
            if wrong := broken(intent, _view(ask)):
                raise Broken(f"{ask} of {_view(ask).book.name} planned {wrong}")
    return seen


def _view(ask: Ask) -> LadderView:
    return next(a for a in ask.arguments if isinstance(a, LadderView))


def within(trial: Trial) -> int:
    """Every rung by the limits that the kernel asks too, as far as they lie in its own hands."""
    seen = 0
    for ask in trial.walk.asks:
        for intent in ask.intents:
            seen += 1
            if isinstance(intent, Rung) and (why := _beyond(intent, _view(ask))):
                raise Broken(f"{ask}: {intent.quote.contract} is no rung: {why}")
    return seen


def _beyond(rung: Rung, view: LadderView) -> str:
    contract, day, rules = rung.quote.contract, view.session.day, view.rules
    cost = Decimal(str(rung.quote.bid)) * MULTIPLIER
    thin = "; ".join(veto.why for veto in ladders.illiquid(rung.quote, rules))
    dear = f"one costs {cost:,.0f} of a budget of {view.budget:,.0f}" if not cost <= view.budget else ""
    early = ladders.waits(view.book, day, rules)
    return ladders.misfit(contract, rung.delta, day, rules) or early or thin or dear


def answered(trial: Trial) -> int:
    """Nothing raises, and every question has an answer (RULE-3)."""
    seen = 0
    for ask in trial.walk.asks:
        seen += 1
        if ask.raised:
            raise Broken(f"{ask} raised {ask.raised}")
        if not ask.intents:
            raise Broken(f"{ask} of {_view(ask).book.name} has no answer at all: at least say why nothing is done")
    return seen


CHECKS_OF_LADDERS: tuple[Check, ...] = (
    Check(
        401, ("ladder",), "what it plans fits the ledger that it was asked about",
        "A plan that does not fit buys nothing, and the kernel freezes the ladder for the week (RULE-0).",
        "Close positions of view.book alone; buy rungs where view.growth, hedges where not, one contract or more.",
        fitting, ("calm", "crash", "vix_52"),
    ),
    Check(
        402, ("ladder",), "its rungs keep LL-1 and LL-2 and its budget",
        "The kernel refuses them, so a ladder that counts on them never grows.",
        "Ask ladders.waits first, pick by choose(side, ladders.band(view.rules), view), then ladders.illiquid.",
        within, ("calm", "crash", "thin_chain"),
    ),
    Check(
        403, ("ladder",), "every question has an answer",
        "A ladder that says nothing cannot be told from one that forgot what it holds (RULE-3).",
        "Yield at least one view.skip that says why nothing is done.",
        answered, ("calm", "crash"),
    ),
)  # fmt: skip
