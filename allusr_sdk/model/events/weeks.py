"""Week types (section 5)."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class WeekTyped(Event):
    """The type of a week in one ledger, or in the account where no ledger is named (WK-3, WK-4).

    Attributes:
        week: ISO week, ``2026-W07``.
        version: 1, and one more each time that late events changed the record.
        status: PROVISIONAL at the last close and half an hour, FINAL after the next session's reconciliation.
        labels, primary: all labels that hold, and the first in order of gravity.
        flags: ``hedge_l2``, ``l1_count``, ``idle``.
        sources: numbers of the journal entries that gave a label.
        levels: highest level by symbol.
        premium: gross premium taken; `premium_net` less fees; `hedge_cost` what hedges cost; dollars.
        unrealised: change over the week, dollars.
        classifier: version of the predicates.
    """

    week: str
    version: int
    status: str
    labels: tuple[str, ...]
    primary: str
    flags: Mapping[str, int] = Factory(dict)
    sources: tuple[int, ...] = ()
    levels: Mapping[str, int] = Factory(dict)
    premium: Decimal = Decimal("0.00")
    premium_net: Decimal = Decimal("0.00")
    realised: Decimal = Decimal("0.00")
    unrealised: Decimal = Decimal("0.00")
    assignments: int = 0
    rolls: int = 0
    hedge_cost: Decimal = Decimal("0.00")
    max_vix: float | None = None
    classifier: str = "1"
