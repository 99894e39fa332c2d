"""Refusals, those that say the same told once."""

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve, frozen

from allusr_sdk.office.refusals import Reason, Refusal


@frozen(kw_only=True)
class Refused:
    """The newest of refusals that say the same; `times` counts them, `since` is the instant of the first."""

    seq: int
    at: datetime
    ledger: str
    symbol: str
    what: str
    reasons: tuple[Reason, ...]
    times: int
    since: datetime


def alike(found: Iterable[Refusal]) -> tuple[Refused, ...]:
    """Refusals, newest first, with those of one ledger and symbol that give the same reasons told once."""
    told: dict[tuple[object, ...], Refused] = {}
    for one in found:
        key = (one.ledger, one.symbol, one.what, one.reasons)
        first = told.get(key)
        told[key] = evolve(first, times=first.times + 1, since=one.at) if first else Refused(
            seq=one.seq, at=one.at, ledger=one.ledger, symbol=one.symbol, what=one.what, reasons=one.reasons,
            times=1, since=one.at,
        )  # fmt: skip
    return tuple(told.values())
