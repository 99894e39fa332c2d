"""Checks S402 to S404: nothing naked, LQ-1 on the market's own quotes, nothing made up for after a stop."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import cast

from attrs import evolve

from allusr_sdk.contracts import SleeveView, liquidity
from allusr_sdk.kernel.limits import Entry, free_cash
from allusr_sdk.kernel.scene import Scene
from allusr_sdk.ledger.book import Fold
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.events import IntentRecorded
from allusr_sdk.model.intents import Sell, Shares
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import HEDGE
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.guards import entries, listed, restricted
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial, Walk

_MOVES = frozenset({"Filled", "Assigned", "Exercised", "Expired", "SplitApplied", "IntentRecorded"})
_RELEASES = 5  # attempts after a release at which something could be made up for


# --- S402 -----------------------------------------------------------------------------------------------------------


def secured(trial: Trial) -> int:
    """What is asked for has cash or shares behind it, and so has all that is held after every fill and assignment."""
    sleeve, seen = trial.fresh(), 0
    for ask in trial.walk.opening():
        for entry in entries(ask, sleeve):
            seen += 1
            if why := _unsecured(entry):
                raise Broken(f"{ask}: {why}")
    never_naked(trial.walk)
    return seen


def _unsecured(entry: Entry) -> str:
    """What has nothing behind it, or an empty text; where `lots` are left out the kernel sizes by what there is."""
    intent, symbol = entry.intent, entry.intent.symbol
    if entry.call:
        free, lots = entry.ledger.uncovered(symbol), cast(Sell, intent).lots or 1
        return f"{lots} calls on {symbol} over {free} uncovered hundreds" if lots > free else ""
    if isinstance(intent, Shares):
        snapshot = entry.view.fresh(symbol)
        each = snapshot.ask if snapshot is not None and snapshot.ask > 0 else 0.0
        cost, free_now = intent.quantity * each, float(max(free_cash(entry), ZERO))
        return f"{intent.quantity} shares for {cost:,.0f} with {free_now:,.0f} free" if cost > free_now else ""
    if intent.lots is None or entry.contract is None:
        return ""
    need, free_cash_now = entry.contract.notional * intent.lots, max(free_cash(entry), ZERO)
    return f"{intent.lots} puts need {need:,.0f}, {free_cash_now:,.0f} is free" if need > free_cash_now else ""


def never_naked(walk: Walk) -> None:
    """By the kernel's own count, at no entry of the journal anything is owed without cover (RULE-1)."""
    fold, views = Fold(), {ask.at: ask.view for ask in walk.asks}
    view = next(iter(views.values()), None)
    for entry in walk.done.entries:
        fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
        moved = view is not None and entry.kind in _MOVES
        if moved and view is not None and (naked := Scene(view.market, fold.book, view.rules).uncovered()):
            raise Broken(f"after entry {entry.seq} ({entry.kind} {entry.event.symbol}): {naked[0]}")


# --- S403 -----------------------------------------------------------------------------------------------------------


def honest_quotes(trial: Trial) -> int:
    """Every quote is the chain's own row, so what LQ-1 says of it is what it says of the market."""
    seen = 0
    for ask in trial.walk.opening():
        for intent in ask.opening:
            if isinstance(intent, Sell):
                seen += 1
                _true(intent, ask)
    return seen


def _true(intent: Sell, ask: Ask) -> None:
    given, real = intent.quote, _quoted(intent, ask.view)
    if real is None:
        raise Broken(f"{ask}: {given.contract} is not in the chain")
    names = ("at", "bid", "ask", "volume", "open_interest")
    other = [n for n in names if repr(getattr(given, n)) != repr(getattr(real, n))]
    if other:
        snapshot = ask.view.fresh(intent.symbol)
        volumes = tuple(snapshot.volumes(real.contract)) if snapshot else ()
        hides = listed(liquidity.illiquid(real, volumes, ask.view.rules))
        told = ", ".join(f"{n} {getattr(given, n)} where the chain has {getattr(real, n)}" for n in other)
        raise Broken(
            f"{ask}: {given.contract} with {told}" + (f"; LQ-1 refuses the real one: {hides}" if hides else "")
        )


def _quoted(intent: Sell, view: SleeveView) -> Quote | None:
    snapshot = view.fresh(intent.symbol)
    chain = snapshot.chain if snapshot is not None else None
    return chain.find(intent.quote.contract) if chain is not None else None


# --- S404 -----------------------------------------------------------------------------------------------------------


def obedient(trial: Trial) -> int:
    """While stopped nothing leaves; released it asks for no more than with the notes that it had before."""
    walk, seen = trial.walk, 0
    stopped = [ask for ask in walk.proposals() if restricted(ask.view)]
    _nothing_left(walk, stopped)
    for before, after in _releases(walk):
        seen += 1
        plain = after.seen(lambda view, b=before: _with_notes(view, b.view)).again(trial.fresh())  # type: ignore[misc]
        now, then = _wanted(after), _wanted(plain)
        if now > then:
            raise Broken(f"{after}, released, it asks for {now} contracts; without what it noted meanwhile {then}")
    return len(stopped) + seen


def _nothing_left(walk: Walk, stopped: Iterable[Ask]) -> None:
    at = {ask.at: restricted(ask.view) for ask in stopped}
    for entry in walk.done.entries:
        event = entry.event
        entered = isinstance(event, IntentRecorded) and event.opening and not event.cause.startswith(HEDGE)
        if entered and entry.at in at:
            raise Broken(f"entry {entry.seq} opens {event.symbol} while the sleeve is stopped ({at[entry.at]})")


def _releases(walk: Walk) -> Iterator[tuple[Ask, Ask]]:
    """The last question before each stop, with each of the first after its release."""
    before: Ask | None = None
    left = 0
    for ask, following in pairwise([*walk.proposals()]):
        now, then = bool(restricted(ask.view)), bool(restricted(following.view))
        before = ask if then and not now else before
        left = _RELEASES if now and not then else left
        if left and before is not None and not then:
            left -= 1
            yield before, following


def _with_notes(view: SleeveView, before: SleeveView) -> SleeveView:
    return evolve(view, book=evolve(view.book, notes=before.book.notes))


def _wanted(ask: Ask) -> int:
    """Contracts that an answer asks for; one where it leaves the size to CAD-10."""
    sold = sum((i.lots or 1) for i in ask.opening if isinstance(i, Sell))
    return sold + sum(i.quantity // MULTIPLIER for i in ask.opening if isinstance(i, Shares))
