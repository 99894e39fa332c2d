"""Large orders leave in slices, at irregular intervals that follow from their key alone (LQ-3)."""

from hashlib import blake2b

from attrs import evolve

from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.money import share_out
from allusr_sdk.rulebook import Rulebook

_WHOLE = 1 << 64


def pieces(quantity: int, most: int) -> tuple[int, ...]:
    """A quantity in parts of at most `most`, full ones first; they sum to it."""
    full, rest = divmod(quantity, most)
    return (most,) * full + ((rest,) if rest else ())


def starts(key: str, count: int, rules: Rulebook) -> tuple[int, ...]:
    """Seconds after the decision at which each of `count` slices leaves: the first at once, the others in its wake.

    Each gap is drawn between LQ-3's bounds from a hash of the order's key and the slice's number, so that the same
    order always leaves at the same instants.
    """
    low, high = rules.integer("LQ-3.interval_min"), rules.integer("LQ-3.interval_max")
    instants = [0]
    for number in range(1, count):
        drawn = int.from_bytes(blake2b(f"{key}/{number}".encode(), digest_size=8).digest())
        instants.append(instants[-1] + low + drawn * (high - low + 1) // _WHOLE)
    return tuple(instants[:count])


def sliced(order: Order, most: int, rules: Rulebook, *, within: int | None = None) -> tuple[Order, ...]:
    """The order as slices of at most `most` contracts or shares; itself where it needs none.

    All slices name the first one's key as their parent and divide the reserve by their quantities. `within` is the last
    second at which a slice may leave: later ones are left out, and with them their part of the order. None lets all
    leave at once: exits, and data whose quotes live for an instant only (CAD-14).
    """
    parts = pieces(order.quantity, most)
    if len(parts) <= 1:
        return (order,)
    delays = (0,) * len(parts) if within is None else starts(order.key, len(parts), rules)
    rule = " ".join(dict.fromkeys((*order.rule.split(), "LQ-3")))
    return tuple(
        evolve(
            order,
            key=slice_key(order.key, number),
            parent=slice_key(order.key, 1),
            legs=tuple(evolve(leg, quantity=leg.quantity * part // order.quantity) for leg in order.legs),
            reserve=reserve,
            rule=rule,
            delay=delay,
        )
        for number, (part, reserve, delay) in enumerate(
            zip(parts, share_out(order.reserve, parts), delays, strict=True), 1
        )
        if within is None or delay <= within
    )


def slice_key(key: str, number: int) -> str:
    """The key of a slice: its number goes before the version of its order's key (ORD-2)."""
    stem, _, version = key.rpartition("-v")
    return f"{stem}-c{number:02d}-v{version}"
