"""Short puts: early assignment, expiry, then the level: prepare at 1, roll or stop at 2, stop at 3 (PE-8, PE-11)."""

from collections.abc import Iterator

from allusr_protocol import expiry
from allusr_protocol.early import could_be, exposed_overnight
from allusr_protocol.holding import hold, prepared
from allusr_protocol.ladder import candidates, rolled, spent
from allusr_protocol.seen import quote_of
from allusr_sdk import Assessment, Candidate, Close, Intent, Position, Quote, Skip, SleeveView

Answers = Iterator[Intent | Candidate]


def at_a_glance(position: Position, level: int, view: SleeveView) -> bool:
    """Whether a put is held without a look at its quote: calm, out of the money, and not in its last hour."""
    return level == 0 and not could_be(position, view) and not expiry.preparing(position, view)


def answer_put(position: Position, seen: Assessment, view: SleeveView) -> Answers:
    """What CC-4, CC-6 and then the level ask for; a calm put out of the money is held without a look at its quote."""
    level = seen.watch.level
    if at_a_glance(position, level, view):
        yield hold(position, seen)
        return
    quote = quote_of(position, seen, view)
    if level < 3 and (pin := expiry.at_the_pin(position, quote, view)):
        yield pin
    elif quote is None:
        yield Skip(position.symbol, "RULE-0", "no quote for it", verdict="hold")
    elif could_be(position, view) and (close := exposed_overnight(position, quote, view, urgent=level >= 3)):
        yield close
    else:
        yield from expiry.ready(_by_level(position, quote, seen, view), position, view, quote)


def _by_level(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    level = seen.watch.level
    if level >= 3:
        yield _stop(position, quote, "PE-11", f"level 3 at {seen.m:.2f} ATR: stop")
    elif level == 2:
        yield from _roll(position, quote, seen, view)
    else:
        yield from prepared(position, quote, seen, view)
        yield hold(position, seen)


def _coming_back(seen: Assessment, view: SleeveView) -> bool:
    """Whether level 2 stands by PE-4's hysteresis alone: neither the distance nor a trigger asks for it any more."""
    return seen.m < view.rules.numbers("PE-2.levels")[1] and "PE-6" not in seen.rule.split()


def _stop(position: Position, quote: Quote, rule: str, why: str) -> Close:
    return Close(position.symbol, rule, why, {"ask": quote.ask}, position=position, quote=quote, urgent=True)


def _roll(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    """The first rung that may be taken; none left or none economic: what PE-8 says of uneconomic rolls."""
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
    yield from rolls or [_uneconomic(position, quote, seen, view, why or "no rung of the ladder can be taken")]


def _uneconomic(position: Position, quote: Quote, seen: Assessment, view: SleeveView, reason: str) -> Intent:
    """The stop, or the shares where the rulebook prefers them and the sleeve can afford them (PE-8).

    What stands at level 2 by hysteresis alone is on its way back and is held.
    """
    if _coming_back(seen, view):
        why = f"level 2 by hysteresis alone, {reason}: held while it comes back"
        return Skip(position.symbol, "PE-8 PE-4", why, verdict="hold")
    if view.rules.text("PE-8.uneconomic") == "assign":
        if not (missing := _against_shares(view)):
            why = f"level 2, {reason}: the shares are taken at expiry"
            return Skip(position.symbol, "PE-8", why, {"uneconomic": "assign"}, verdict="hold")
        reason = f"{reason}, and {missing}"
    return _stop(position, quote, "PE-8 PE-11", f"level 2 at {seen.m:.2f} ATR, {reason}: stop")


def _against_shares(view: SleeveView) -> str:
    """Why shares may not be taken: not wholly secured by cash, or the sleeve too far under its high (PE-8)."""
    book = view.book
    if book.free < 0:
        return f"cash {book.free + book.reserved:,.0f} is short of the {book.reserved:,.0f} reserved"
    limit = view.rules.money("ORD-3.drawdown")
    return "" if book.equity > book.high_water * (1 - limit) else f"the sleeve is {limit:.0%} under its high"
