"""`Protocol`: assesses a position and answers with one exit, roll, preparation or hold."""

from collections.abc import Iterator
from math import inf

from allusr_protocol.calls import answer_call
from allusr_protocol.holding import hold
from allusr_protocol.ladder import candidates, rolled, spent
from allusr_protocol.levels import confirm, distance
from allusr_sdk import (
    Assessment,
    Candidate,
    Close,
    Grain,
    Intent,
    Position,
    Quote,
    RiskProtocol,
    Shares,
    Skip,
    SleeveView,
)
from allusr_sdk.settings import settings

Answers = Iterator[Intent | Candidate]


@settings
class ProtocolSettings:
    """The protocol has no settings of its own: its numbers are the rulebook's (PE-1 to PE-11, CC-1 to CC-4)."""


class Protocol(RiskProtocol[ProtocolSettings]):
    """Levels 0 to 3 over short options and shares; rolls at 2, stops at 3, and the covered-call rules."""

    name = "protocol"

    def assess(self, position: Position, view: SleeveView) -> Assessment | None:
        """m and the confirmed level; long options have none."""
        snapshot, atr = view.fresh(position.symbol), view.atr(position.symbol)
        if snapshot is None or atr is None or not 0 < snapshot.spot < inf or not 0 < atr.value < inf:
            return None
        m = distance(position, snapshot.spot, atr.value, view.rules)
        covered_call = position.contract is not None and not position.contract.is_put
        watch = confirm(
            position.watch, m, view.at, view.rules,
            top=2 if covered_call else 3, consecutive=view.market.grain is Grain.GRID,
        )  # fmt: skip
        numbers = {"m": m, "spot": snapshot.spot, "atr": atr.value, "atr_how": atr.how}
        rule = "PE-3 PE-4" if position.contract is None else "PE-1 PE-2 PE-4"
        return Assessment(watch, m, rule, _waiting(watch), numbers)

    def respond(self, position: Position, assessment: Assessment, view: SleeveView) -> Answers:
        """What follows from the level, by kind of position."""
        if position.contract is None:
            yield from _shares(position, assessment, view)
            return
        quiet = position.contract.is_put and position.short and assessment.watch.level == 0
        quote = None if quiet else view.quote(position.contract)
        if quiet:
            yield hold(position, assessment)
        elif quote is None or not position.short:
            rule, why = ("RULE-0", "no quote for it") if quote is None else ("LL-3", "bought options are the ladder's")
            yield Skip(position.symbol, rule, why, verdict="hold")
        else:
            answer = _put if position.contract.is_put else answer_call
            yield from answer(position, quote, assessment, view)


def _waiting(watch: object) -> str:
    level, rising = watch.level, watch.rising  # type: ignore[attr-defined]
    return f"level {rising} seen once: it wants a second sample or a jump past it" if rising > level else ""


def _put(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    level = seen.watch.level
    if level >= 3:
        yield _stop(position, quote, "PE-11", f"level 3 at {seen.m:.2f} ATR: stop")
    elif level == 2:
        yield from _roll(position, quote, seen, view)
    else:
        if level == 1 and position.watch.level != 1:
            yield from candidates(position, quote, view)
        yield hold(position, seen)


def _stop(position: Position, quote: Quote, rule: str, why: str) -> Close:
    return Close(position.symbol, rule, why, {"ask": quote.ask}, position=position, quote=quote, urgent=True)


def _roll(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    """The first rung that may be taken; none left or none economic: the stop (PE-8)."""
    if not quote.sound:
        why = "level 2: nothing is rolled on an unconfirmed quote"
        yield Skip(position.symbol, "PE-8 RULE-0", why, {"bid": quote.bid, "ask": quote.ask}, verdict="hold")
        return
    why = spent(position, view)
    if why and position.rolls < view.rules.integer("PE-8.max_rolls"):
        yield Skip(position.symbol, "PE-8", f"level 2, {why}: asked again tomorrow", verdict="hold")
        return
    found = [] if why else list(candidates(position, quote, view))
    yield from found
    rolls = list(rolled(position, quote, found, seen, "PE-7 PE-8"))
    reason = why or "no rung of the ladder can be taken"
    yield from rolls or [_stop(position, quote, "PE-8 PE-11", f"level 2 at {seen.m:.2f} ATR, {reason}: stop")]


def _shares(position: Position, seen: Assessment, view: SleeveView) -> Answers:
    if seen.watch.level < 3:
        yield hold(position, seen)
        return
    call = next((p for p in view.book.positions.values() if p.symbol == position.symbol and p.contract), None)
    if call is None:
        why = f"level 3 at {seen.m:.2f} scaled ATR under the basis: shares leave"
        yield Shares(position.symbol, "PE-3", why, {"m": seen.m}, quantity=-position.quantity, position=position)
    else:
        yield Skip(position.symbol, "PE-3", "level 3: its calls are bought back first", verdict="hold")
