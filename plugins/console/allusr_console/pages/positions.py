"""A position as a row: what it is, what it is worth, how far it is from its strike, and since when that is known."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.office.sighted import Point, Sighting, distance

if TYPE_CHECKING:
    from allusr_sdk.model.positions import Position

LEVELS = ("Normal", "Enhanced", "Recovery", "Preservation")
_TAGS = ("good", "note", "bad", "bad")


@frozen(kw_only=True)
class Held:
    """A position's row. `dollars` and `m` are how far it is from its strike; what is old is of an earlier day."""

    key: str
    subject: str
    ledger: str
    text: str
    role: str
    rolls: int
    price: Decimal
    opened: datetime
    mark: Decimal | None
    marked: Point[Decimal] | None
    mark_old: bool
    unrealised: Decimal
    level_text: str
    level_tag: str
    measured: bool
    dollars: Decimal | None
    m_at: Point[tuple[float, float]] | None
    spot: Point[Decimal] | None
    spot_old: bool
    expiry: date | None
    dte: int | None


def held(position: "Position", seen: Sighting, unrealised: Decimal, now: datetime) -> Held:
    """A row of a position.

    Args:
        position: as the books have it.
        seen: what the journal said last of it.
        unrealised: dollars, at its mark.
        now: instant of the newest entry.
    """
    contract, level = position.contract, position.watch.level
    measured = contract is not None and position.short and not position.hedges
    return Held(
        key=position.key, subject=position.key, ledger=position.ledger, text=_text(position),
        role="hedge" if position.hedges else "", rolls=position.rolls, price=position.price, opened=position.opened,
        mark=position.mark, marked=seen.mark, mark_old=_old(seen.mark, now), unrealised=unrealised,
        level_text=f"{level} {LEVELS[level]}", level_tag=_TAGS[level], measured=measured,
        dollars=distance(position, seen.spot.value if seen.spot else None) if measured else None,
        m_at=seen.m, spot=seen.spot, spot_old=_old(seen.spot, now),
        expiry=contract.expiry if contract else None,
        dte=(contract.expiry - now.astimezone(NEW_YORK).date()).days if contract else None,
    )  # fmt: skip


def _text(position: "Position") -> str:
    if position.contract is None:
        return f"{position.quantity:,} {position.symbol} shares"
    side = "short" if position.short else "long"
    return f"{side} {abs(position.quantity):,} × {position.contract}"


def _old(point: "Point[Decimal] | None", now: datetime) -> bool:
    return point is not None and point.at.astimezone(NEW_YORK).date() < now.astimezone(NEW_YORK).date()
