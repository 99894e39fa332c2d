"""Ladders of long-dated options: asked once a session, and what they wish made into orders (LL-1 to LL-4).

The ladder decides, `rungs` holds it to LL-1, LL-2 and LL-4 again, exits leave as all exits do. It keeps nothing: what a
session sent stands in the books, so that a restart asks the same of the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from attrs import evolve

from allusr_sdk.contracts import LadderManager, LadderView, RiskProtocol, SleeveView
from allusr_sdk.errors import PluginError
from allusr_sdk.host import Fault, Host, drained
from allusr_sdk.host.fit import count, misquoted, unfit
from allusr_sdk.kernel import exits, rungs
from allusr_sdk.kernel.days import Days
from allusr_sdk.kernel.hedges import broken_hedge
from allusr_sdk.kernel.holdings import broken_exit
from allusr_sdk.kernel.orders import Order
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.model.events import Frozen, Noted
from allusr_sdk.model.intents import Close, Hedge, Intent, Note, Skip
from allusr_sdk.model.ladders import Rung, is_ladder
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook

SINCE_OPEN, SPAN = timedelta(minutes=30), timedelta(minutes=5)
"""On a grid ladders are asked half an hour after the open; the span keeps denser grids from asking all day."""

Plan = tuple[LadderView, Sequence[Intent]]


class Ladders:
    """Asks the run's ladder about each of its ledgers."""

    def __init__(self, scribe: Scribe, host: Host, rules: Rulebook, days: Days) -> None:
        self._scribe, self._host, self._rules, self._days = scribe, host, rules, days
        self._manager = managing(host)

    def ask(self, market: MarketView, sleeves: Mapping[str, SleeveView]) -> Sequence[Plan]:
        """What the ladder wishes for each ledger that has begun; `sleeves` are asked what calls for hedges."""
        if self._manager is None or not _due(market):
            return ()
        views = [self._view(name, market) for name in self._ledgers()]
        told = self._triggers(sleeves) if any(not view.growth for view in views) else {}
        return [
            (view, self._wishes(self._manager, view if view.growth else evolve(view, triggers=told))) for view in views
        ]

    def order(self, plans: Sequence[Plan], *, opens: bool) -> list[Order]:
        """Journaled orders: what is sold in every ledger first, then what is bought; `opens` is false in an audit."""
        orders: list[Order] = []
        for view, wishes in plans:
            for wish in wishes:
                if isinstance(wish, Close):
                    orders += exits.leave(wish, wish.position, view, self._scribe)
        for view, wishes in plans:
            for wish in wishes:
                orders += self._other(wish, view, opens)
        return orders

    def _ledgers(self) -> Sequence[str]:
        books = self._scribe.book.ledgers.values()
        return [b.name for b in books if is_ladder(b) and not b.closed and (b.positions or b.cash or b.working)]

    def _view(self, name: str, market: MarketView) -> LadderView:
        book = self._scribe.book
        return LadderView(
            market, book.ledgers[name], self._rules, lambda symbol: self._days.atr(symbol, market),
            tiers=book.tiers(name),
        )  # fmt: skip

    def _wishes(self, manager: LadderManager[object], view: LadderView) -> Sequence[Intent]:
        answer = self._host.ask(manager.name, "plan", partial(_checked, manager, view))
        if isinstance(answer, Fault):
            return self._blind(view, answer)
        wishes, broken = answer.value
        return self._blind(view, Fault(manager.name, "plan", f"planned {broken}")) if broken else wishes

    def _blind(self, view: LadderView, fault: Fault) -> Sequence[Intent]:
        """A ladder that raises or errs buys nothing more until the week is reconciled (RULE-0)."""
        self._scribe.fault(fault)
        if "*" not in view.book.frozen:
            why = f"the ladder failed: {fault.error}"
            self._scribe.write(Frozen(ledger=view.book.name, symbol="*", rule="RULE-0", why=why))
        return ()

    def _triggers(self, sleeves: Mapping[str, SleeveView]) -> Mapping[str, bool | None]:
        """Each trigger over all sleeves: on where it is for one, off where it is for all."""
        protocol, found = self._host.protocol, dict[str, list[bool | None]]()
        if protocol is None or type(protocol).triggers is RiskProtocol.triggers:
            return {}
        for view in sleeves.values():
            answer = self._host.ask(protocol.name, "triggers", partial(_told, protocol, view))
            if isinstance(answer, Fault):
                self._scribe.fault(answer)
                return {}
            for name, on in answer.value.items():
                found.setdefault(name, []).append(on)
        return {name: True if True in said else None if None in said else False for name, said in found.items()}

    def _other(self, wish: Intent, view: LadderView, opens: bool) -> Sequence[Order]:
        name, scribe = view.book.name, self._scribe
        if isinstance(wish, Skip):
            contract = str(wish.numbers.get("contract", ""))
            about = f"{name}:{contract}" if contract else rungs.SUBJECT
            scribe.decide(name, wish.symbol, wish.verdict, wish.rule, wish.why, wish.numbers, subject=about)
        elif isinstance(wish, Note):
            scribe.write(Noted(ledger=name, symbol=wish.symbol, rule=wish.rule, key=wish.key, text=wish.text))
        elif isinstance(wish, Rung | Hedge):
            if opens:
                return rungs.bought(wish, view, self._host, scribe)
            why = "AUDIT: nothing is opened until books and broker agree"
            scribe.decide(name, wish.symbol, "skip", "RULE-0", why, {}, subject=rungs.SUBJECT)
        return ()


def managing(host: Host) -> LadderManager[object] | None:
    """The run's ladder; None without one. Raises `PluginError` where there are several: the ledgers are one's own."""
    if len(host.ladders) > 1:
        first, second, *_ = host.ladders
        raise PluginError(host.plugin_of[second], f"brings the ladder {second} beside {first}: select one of them")
    return next(iter(host.ladders.values()), None)


def _due(market: MarketView) -> bool:
    """Whether it is the session's time for ladders; on coarse data any snapshot is (CAD-14)."""
    if market.grain is not Grain.GRID:
        return True
    return SINCE_OPEN <= market.clock - market.session.open < SINCE_OPEN + SPAN


def _checked(manager: LadderManager[object], view: LadderView) -> tuple[tuple[Intent, ...], str]:
    found = drained(manager.plan(view))
    return found, next(filter(None, (broken(wish, view) for wish in found)), "")


def broken(wish: object, view: LadderView) -> str:
    """What makes a wish unfit for the ladder that was asked about, or an empty text (RULE-0)."""
    if isinstance(wish, Intent) and (wrong := unfit(wish)):
        return f"a {type(wish).__name__} {wrong}"
    if isinstance(wish, Skip | Note):
        return ""
    if isinstance(wish, Close):
        held = view.book.positions.get(wish.position.key)
        return (
            broken_exit(wish, held) if held is not None else f"a close of {wish.position.key}, which it does not hold"
        )
    if isinstance(wish, Hedge) and not view.growth:
        return broken_hedge(wish, view.book)
    if isinstance(wish, Rung) and view.growth:
        if wrong := misquoted(wish.quote):
            return f"a Rung {wrong}"
        fits = count(wish.lots) and wish.symbol == wish.quote.contract.underlying
        return "" if fits else f"{wish.lots} of {wish.quote.contract} for {wish.symbol}"
    return f"a {type(wish).__name__}"


def _told(protocol: RiskProtocol[object], view: SleeveView) -> Mapping[str, bool | None]:
    said = protocol.triggers(view)
    names: Iterable[object] = said if isinstance(said, Mapping) else (None,)
    if not all(isinstance(name, str) for name in names) or not {*map(type, said.values())} <= {bool, type(None)}:
        raise TypeError("told its triggers otherwise than as names that are on, off or None")
    return dict(said)
