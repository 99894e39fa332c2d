"""What a limit is worth against the quotes that its ticket was decided on: prices only, no market."""

from decimal import Decimal
from hashlib import blake2b

from allusr_sdk.model.broker import Part, Ticket
from allusr_sdk.testing.brokerage.records import Rules

AT_MID = 0.3


def fills(ticket: Ticket, limit: Decimal, rules: Rules) -> bool:
    """Whether an order fills by itself at this limit; a draw depends on the seed, the reference and the limit alone."""
    if rules.fills == "never":
        return False
    chance = reach(ticket, limit)
    if chance >= 1:
        return True
    return rules.fills == "seeded" and _uniform(f"{rules.seed}:{ticket.reference}:{limit.normalize():f}") < chance


def reach(ticket: Ticket, limit: Decimal) -> float:
    """Chance of a fill: 0 at the far touch, 0.3 at the mid, 1 from the near touch on, in straight lines between."""
    best, worst = (sum(_sided(part, near) for part in ticket.legs) for near in (False, True))
    paid = limit if pays(ticket) else -limit
    if paid >= worst:
        return 1.0
    if worst == best:
        return 0.0
    part = max(0.0, float((paid - best) / (worst - best)))
    return AT_MID * part / 0.5 if part <= 0.5 else AT_MID + (1 - AT_MID) * (part - 0.5) / 0.5


def pays(ticket: Ticket) -> bool:
    """Whether the limit is what is paid, as of a purchase or combo; of a single sale it is what is taken."""
    return len(ticket.legs) == 2 or ticket.legs[0].quantity > 0


def leg_prices(ticket: Ticket, limit: Decimal) -> tuple[Decimal, ...]:
    """What each leg is filled at. A combo's legs add up to the limit: what it saves on the touch comes off its sale."""
    if len(ticket.legs) == 1:
        return (limit,)
    bought, sold = sorted(ticket.legs, key=lambda part: -part.quantity)
    saved = bought.ask - sold.bid - limit
    better = min(max(saved, Decimal(0)), sold.ask - sold.bid)
    price = {id(bought): bought.ask - (saved - better), id(sold): sold.bid + better}
    return tuple(price[id(part)] for part in ticket.legs)


def touch(ticket: Ticket) -> Decimal:
    """The limit at which an order takes what is quoted."""
    paid = sum((_sided(part, near=True) for part in ticket.legs), Decimal(0))
    return paid if pays(ticket) else -paid


def _sided(part: Part, near: bool) -> Decimal:
    """What one share of a leg costs at the touch that it would hit, or at the other; negative for what is taken."""
    return (part.ask if near else part.bid) if part.quantity > 0 else -(part.bid if near else part.ask)


def _uniform(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64
