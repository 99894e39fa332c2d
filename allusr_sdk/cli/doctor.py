"""`allusr doctor`: whether installation, home and account are what a run needs, check by check."""

from typing import TYPE_CHECKING, Annotated

import typer
from attrs import evolve

from allusr_sdk.cli.options import HOME, AccountName, BrokerName, ConfigFile, Home, Json, Sets, names
from allusr_sdk.cli.plugins.options import Selected
from allusr_sdk.errors import StateRefusal
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.execution.arming import Row


def doctor(
    mode: Annotated[str, typer.Option(metavar="MODE", help="backtest, paper or live.")] = "paper",
    plugins: Selected = None,
    config: ConfigFile = None,
    sets: Sets = None,
    broker: BrokerName = None,
    market: Annotated[
        str, typer.Option(metavar="KIND", help="ibkr: look at its gateway and its market data too.")
    ] = "",
    account: AccountName = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Show whether all is well for a mode, check by check. Packages, extras, home, plugins, account, clock, ports, lock
    and arming.

    Nothing is written and no order sent. A broker that is configured is asked for its identity and one statement;
    a gateway for its time, its accounts, and for a moment for the VIX and a few underlyings.
    Exit 3 where something that the mode needs is not well, or is unknown and must be known.
    """
    from allusr_sdk.cli import gateway, installed
    from allusr_sdk.cli.checkup import Told, examined
    from allusr_sdk.cli.run import Mode
    from allusr_sdk.errors import InputError
    from allusr_sdk.execution.arming import judged, refusal
    from allusr_sdk.settings import nearest
    from allusr_sdk.settings.secrets import veiled

    if mode not in tuple(Mode):
        raise InputError(f"--mode {mode}: {nearest(mode, tuple(Mode))}")
    told = Told(
        mode=mode, config=config, plugins=names(plugins, "--plugins"), sets=sets or (), broker=broker, account=account
    )
    where = told.home(place(home))
    every = (*judged(examined(told, where)), *installed.rows(told, where), *gateway.rows(told, where, market))
    rows = tuple(evolve(row, found=veiled(row.found)) for row in every)
    _show(rows, mode, as_json=as_json)
    if bad := refusal(rows):
        if as_json:
            raise typer.Exit(StateRefusal.exit_code)
        raise StateRefusal(f"not well for {mode}: {bad}")


def _show(rows: "tuple[Row, ...]", mode: str, *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit, table

    if as_json:
        emit({"mode": mode, "well": not any(row.bad for row in rows), "checks": [_object(row) for row in rows]})
        return
    table(("check", "state", "found", "wanted"), [(r.name, _state(r), r.found, r.wanted) for r in rows], left=4)
    for row in rows:
        if row.ok is not True and row.do:
            print(f"{row.name}: {row.do}{'' if row.matters else f' (not needed for {mode})'}")


def _state(row: "Row") -> str:
    return {True: "ok", False: "FAILED", None: "UNKNOWN"}[row.ok] if row.matters or row.ok else "note"


def _object(row: "Row") -> dict[str, object]:
    state = {True: "ok", False: "failed", None: "unknown"}[row.ok]
    return {
        "name": row.name, "asked": row.asked, "state": state, "matters": row.matters, "found": row.found,
        "wanted": row.wanted, "do": "" if row.ok else row.do,
    }  # fmt: skip
