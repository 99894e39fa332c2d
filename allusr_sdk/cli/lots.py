"""`allusr ledger lots`: which lots a sale ends, chosen by a person before it settles."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json, RunNumber
from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.model.events import Picked
    from allusr_sdk.tax.parcels import Parcel


def lots(
    sale: Annotated[
        str | None, typer.Argument(metavar="SALE", help="The broker's id of the execution that sold.")
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="LOT=UNITS", help="Units of a lot, by the id that is listed; may be repeated."),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who chooses: a person's name.")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")] = "",
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """List the lots that were held before a sale, or choose. With --take you say which of them it ended (TX-3).

    Without SALE, the lots that are open are listed.

    A choice is a person's, is made before the sale settles on the next session, and is for taxes alone: the books go on
    by first in, first out. Exit 3 where the sale has settled.
    """
    from allusr_sdk.cli.output import emit, money, table
    from allusr_sdk.office.places import opened
    from allusr_sdk.tax.choosing import choose, chosen_lots, held_before, settlement

    picks = [_picked(text) for text in take or ()]
    if sale is None:
        if picks:
            raise InputError("--take: name the SALE whose lots are chosen")
        _open(home, run, as_json=as_json)
        return
    with opened(home, run) as found:
        if picks:
            actor, why = _named(by, reason)
            choose(found, sale, picks, actor=actor, reason=why, at=datetime.now(UTC))
        entry, held = held_before(found, sale)
        stands = {pick.lot: pick.units for pick in chosen_lots(found).get(sale, ())}
        settles = settlement(entry.day)
    rows = [_row(p, stands) for p in held]
    if as_json:
        emit({"sale": sale, "sold": entry.day, "settles": settles, "chosen": bool(stands), "lots": rows})
        return
    print(f"{sale} of {entry.day}, settles {settles}: " + ("chosen by a person" if stands else "no choice stands"))
    cells = [[str(r["lot"]), str(r["acquired"]), str(r["units"]), money(p.amount), str(r["chosen"])]
             for r, p in zip(rows, held, strict=True)]  # fmt: skip
    table(["lot", "acquired", "units", "cost", "chosen"], cells, left=2)


def _open(home: str, run: int | None, *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit, money, table
    from allusr_sdk.office.places import opened
    from allusr_sdk.tax.held import open_lots

    with opened(home, run) as found:
        held, number = open_lots(found), found.id
    if as_json:
        emit({"run": number, "lots": [
            {"ledger": p.ledger, "instrument": p.instrument, "acquired": p.opened, "units": p.quantity,
             "cost": p.amount, "execution": p.execution} for p in held
        ]})  # fmt: skip
        return
    cells = [[p.ledger, p.instrument, str(p.opened), str(p.quantity), money(p.amount)] for p in held]
    table(["ledger", "instrument", "acquired", "units", "cost or premium"], cells, left=3)


def _row(parcel: "Parcel", stands: dict[str, int]) -> dict[str, object]:
    name = parcel.execution or f"#{parcel.seq}"
    return {"lot": name, "acquired": parcel.opened, "units": parcel.quantity, "cost": parcel.amount,
            "chosen": stands.get(name, 0)}  # fmt: skip


def _picked(text: str) -> "Picked":
    from allusr_sdk.model.events import Picked

    lot, equals, units = text.rpartition("=")
    if not equals or not lot or not units.isdigit():
        raise InputError(f"--take {text}: expected LOT=UNITS, as e17=100")
    return Picked(lot=lot, units=int(units))


def _named(by: str, reason: str) -> tuple[str, str]:
    actor, why = " ".join(by.split()), " ".join(reason.split())
    if not actor or not why:
        raise InputError("ledger lots: a choice needs a person's name (--by) and a reason (--reason)")
    return actor, why
