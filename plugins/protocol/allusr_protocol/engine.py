"""`Protocol`: assesses a position, answers with one exit, roll, preparation or hold, and hedges the sleeve."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import inf, nan

from attrs import evolve

from allusr_protocol import calm, hedges, signals
from allusr_protocol.calls import answer_call
from allusr_protocol.levels import TOP, confirm, distance, scaled
from allusr_protocol.profit import sampled
from allusr_protocol.puts import answer_put
from allusr_protocol.seen import Seen, is_call, is_put, option, quote_of
from allusr_protocol.stock import answer_shares
from allusr_protocol.triggers import needs_quote, raised
from allusr_sdk import (
    Assessment,
    Calm,
    Candidate,
    Grain,
    Intent,
    Position,
    Quote,
    RiskProtocol,
    Skip,
    SleeveView,
    Watch,
)
from allusr_sdk.settings import settings

Answers = Iterator[Intent | Candidate]


@settings
class ProtocolSettings:
    """The protocol has no settings of its own: its numbers are the rulebook's (PE-1 to PE-12, CC-1 to CC-6)."""


class Protocol(RiskProtocol[ProtocolSettings]):
    """Levels 0 to 3 over short options and shares; rolls at 2, stops at 3, covered-call rules, and hedges."""

    name = "protocol"

    def assess(self, position: Position, view: SleeveView) -> Assessment | None:
        """m and the confirmed level; what hedges and what was bought keeps the level that it has."""
        if position.hedges or (position.contract is not None and not position.short):
            return Seen(position.watch, nan, "PE-10" if position.hedges else "LL-3")
        snapshot, atr = view.fresh(position.symbol), view.atr(position.symbol)
        if snapshot is None or atr is None or not 0 < snapshot.spot < inf or not 0 < atr.value < inf:
            return None
        m = distance(position, snapshot.spot, atr.value, view.rules, sessions=_sessions(position, view))
        quote = _quote(position, view)
        trigger = raised(position, quote, view)
        watch = confirm(
            position.watch, m, view.at, view.rules,
            top=2 if is_call(position) else TOP, raised=trigger.level, consecutive=view.market.grain is Grain.GRID,
        )  # fmt: skip
        watch = _prepared(sampled(watch, position, quote, view), m, position, view)
        numbers = {"m": m, "spot": snapshot.spot, "atr": atr.value, "atr_how": atr.how, **trigger.numbers}
        rule = "PE-3 PE-4" if position.contract is None else "PE-1 PE-2 PE-4"
        rule = f"{rule} {trigger.rule}" if trigger.level else rule
        return Seen(watch, m, rule, _waiting(watch), numbers, quote=quote)

    def respond(self, position: Position, assessment: Assessment, view: SleeveView) -> Answers:
        """What follows from the level, by kind of position."""
        if position.hedges:
            yield Skip(position.symbol, "PE-10", "a hedge: it leaves by the rules of its release", verdict="hold")
        elif position.contract is None:
            yield from answer_shares(position, assessment, view)
        elif is_put(position):
            yield from answer_put(position, assessment, view)
        elif not position.short:
            yield Skip(position.symbol, "LL-3", "bought options are the ladder's", verdict="hold")
        elif (quote := quote_of(position, assessment, view)) is None:
            yield Skip(position.symbol, "RULE-0", "no quote for it", verdict="hold")
        else:
            yield from answer_call(position, quote, assessment, view)

    def calm(self, position: Position, assessment: Assessment, view: SleeveView) -> Calm | None:
        """The limits within which a hold stands."""
        return calm.limits(position, assessment, view)

    def hedge(self, view: SleeveView) -> Iterable[Intent]:
        """Hedges to release and to buy (PE-9, PE-10)."""
        return hedges.wishes(view)

    def quiet(self, view: SleeveView) -> tuple[datetime, datetime] | None:
        """Between two looks at hedges nothing is wished of the same books."""
        return hedges.quiet(view)

    def triggers(self, view: SleeveView) -> Mapping[str, bool | None]:
        """Which triggers are on for a sleeve, for whoever holds its hedges (PE-10, LL-4)."""
        return signals.states(view)


def _sessions(position: Position, view: SleeveView) -> int:
    """Sessions left to the expiry, counted only where distances are scaled with them."""
    return view.sessions_left(option(position).expiry) if position.contract and scaled(view.rules) else 1


def _quote(position: Position, view: SleeveView) -> Quote | None:
    """The quote, where the level itself needs it: for calls (CC-1) and under extra triggers (PE-6)."""
    wanted = is_call(position) or (is_put(position) and needs_quote(view))
    return view.quote(option(position)) if wanted else None


def _prepared(watch: Watch, m: float, position: Position, view: SleeveView) -> Watch:
    """Note the session in which rolls are prepared: once when they are first due at level 1, and once each session."""
    if watch.level == 0:
        return watch if watch.prepared is None else evolve(watch, prepared=None)
    due = position.contract is not None and watch.level == 1 and m >= view.rules.number(view.prepares)
    return evolve(watch, prepared=view.session.day) if due else watch


def _waiting(watch: Watch) -> str:
    level, rising = watch.level, watch.rising
    return f"level {rising} seen once: it wants a second sample or a jump past it" if rising > level else ""
