"""LQ-1: may this contract be opened at this size? One function, asked by guards, roll ladders and checks alike."""

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.rulebook import Rulebook


def _known(volumes: Sequence[float]) -> list[float]:
    """Volumes that can be counts; what is infinite or negative is as unknown as what is missing (RULE-0)."""
    return [v for v in volumes if 0 <= v < inf]


def traded_volume(volumes: Sequence[float]) -> float:
    """The larger of today's running volume and the previous session's, in contracts; NaN where both are unknown (LQ-1).

    `volumes` are those of a contract a session, oldest first, today's last, as `Snapshot.volumes` gives them.
    """
    return max(_known(volumes[-2:]), default=float("nan"))


def average_volume(volumes: Sequence[float], sessions: int) -> tuple[float, int]:
    """Mean daily volume in contracts over at most `sessions` known sessions, today's included, and their number."""
    known = _known(volumes[-sessions:])
    return (float(np.mean(known)), len(known)) if known else (float("nan"), 0)


def illiquid(quote: Quote, volumes: Sequence[float], rules: Rulebook) -> tuple[Veto, ...]:
    """Every limit of LQ-1 that a contract misses before its size is known; equality passes, unknown fails."""
    if not quote.sound:
        return (Veto("KS-11", "no sound two-sided quote", {"bid": quote.bid, "ask": quote.ask}),)
    checks = (
        ("open interest", quote.open_interest, rules.number("LQ-1.open_interest"), 1),
        ("volume", traded_volume(volumes), rules.number("LQ-1.volume"), 1),
        ("spread", round(quote.spread, 9), rules.number("LQ-1.spread"), -1),
    )
    return tuple(
        Veto("LQ-1", f"{name} {_shown(name, value)} {'<' if sign > 0 else '>'} {_shown(name, limit)}",
             {name: value, f"{name} required": limit, f"{name} missed by": abs(limit - value)})
        for name, value, limit, sign in checks
        if not (sign * value >= sign * limit and isfinite(value))
    )  # fmt: skip


def oversized(
    quantity: int, delta: float, volumes: Sequence[float], share_volume: float | None, rules: Rulebook
) -> tuple[Veto, ...]:
    """Every size limit of LQ-1 that an order breaks.

    Args:
        quantity: contracts; `delta` of one, signed.
        volumes: of the contract a session, as in `traded_volume`.
        share_volume: mean daily volume of the underlying in shares; None where it is unknown.
        rules: the limits in force.
    """
    average, sessions = average_volume(volumes, rules.integer("LQ-1.adv_sessions"))
    share = rules.number("LQ-1.adv_share")
    vetoes = []
    if not quantity <= round(share * average, 9):
        numbers = {"quantity": quantity, "adv": average, "sessions": sessions, "share": share}
        vetoes.append(Veto("LQ-1", f"{quantity} contracts > {share:.0%} of ADV {average:g}", numbers))
    shares = round(MULTIPLIER * quantity * abs(delta), 6)
    if share_volume is None:
        why, limit = "SHARE_ADV_UNKNOWN: ", rules.number("LQ-1.unknown_share_limit")
    else:
        why, limit = "", round(rules.number("LQ-1.share_adv_share") * share_volume, 6)
    if not shares <= limit:
        numbers = {"delta_shares": shares, "limit": limit}
        vetoes.append(Veto("LQ-1", f"{why}{shares:,.0f} delta shares > {limit:,.0f}", numbers))
    return tuple(vetoes)


def size_facts(volumes: Sequence[float], share_volume: float | None, rules: Rulebook) -> dict[str, object]:
    """What an order's size was held against: ADV, the sessions it rests on, share ADV or that it is unknown (LQ-1)."""
    average, sessions = average_volume(volumes, rules.integer("LQ-1.adv_sessions"))
    shares: object = "SHARE_ADV_UNKNOWN" if share_volume is None else share_volume
    return {"adv": average, "adv sessions": sessions, "share adv": shares}


def _shown(name: str, value: float) -> str:
    return f"{value:.2%}" if name == "spread" else f"{value:,.0f}"
