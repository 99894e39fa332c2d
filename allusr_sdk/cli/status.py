"""`allusr status`: where the newest run stands."""

from typing import TYPE_CHECKING

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, RunNumber, Sets
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from allusr_sdk.model.nodes import AccountMap


def status(
    run: RunNumber = None, config: ConfigFile = None, sets: Sets = None, account: AccountName = None,
    home: Home = HOME, as_json: Json = False,
) -> None:  # fmt: skip
    """Show positions, switches, the engine, what needs a human. Accounts, open breaks, what the engine was told, too.

    Where the configuration maps ledgers to a broker's accounts (account.broker_accounts), the tree shows them. A folder
    that is no home but has some in it, as several accounts have, shows a line for each.
    """
    from allusr_sdk.cli import listing
    from allusr_sdk.cli.output import emit
    from allusr_sdk.office.engine import engine
    from allusr_sdk.office.places import below, opened
    from allusr_sdk.office.status import status as stands
    from allusr_sdk.office.wishes import operator
    from allusr_sdk.reports.needs import waiting

    if run is None and (homes := below(home)):
        listing.show(homes, as_json=as_json)
        return
    where = _where(config, sets or (), account, home)
    with opened(home, run) as found:
        told = operator(found.ledger, found)
        body = stands(found, waiting(found), where) | {"engine": engine(home), "operator": told}
    if as_json:
        emit(body)
    else:
        _print(body)


def _where(config: "Path | None", sets: "Sequence[str]", account: str | None, home: str) -> "AccountMap":
    """In which of the broker's accounts ledgers lie, as the configuration says."""
    from allusr_sdk.model.nodes import AccountMap

    if config is None and not sets:
        return AccountMap()
    from allusr_sdk.config import Config
    from allusr_sdk.office.places import in_force

    return Config.read(config, sets=sets, account=account, rulebook=in_force(place(home))).broker_accounts


def _print(body: dict[str, object]) -> None:
    from allusr_sdk.cli.output import strong, table
    from allusr_sdk.cli.summary import headings, need_lines
    from allusr_sdk.office.wishes import operator_lines
    from allusr_sdk.reports.breaks import open_lines
    from allusr_sdk.reports.ladders import ladder_lines
    from allusr_sdk.reports.tree import drawn, headers

    for line in headings(str(body["market"]), body["what_if"]):  # type: ignore[arg-type]
        strong(line)
    strong(f"Run {body['run']} · {body['mode']} · {body['first']} to {body['last']} · {body['market']}")
    stands = ", ".join(f"{s.cause} of {s.scope} {s.tier}" for s in body["switches"])  # type: ignore[attr-defined]
    tier = f"{body['tier']} ({stands})" if stands else body["tier"]
    ended = "ended" if body["complete"] else "not ended"
    print(f"state {body['state']} · tier {tier} · {body['cycles']:,} cycles, {ended}")
    print(f"equity {body['equity']:,.2f} · cash {body['cash']:,.2f} · collateral {body['collateral']:,.2f}")
    print(f"{body['entries']:,} entries, head {body['head']}")
    print(body["engine"]["text"])  # type: ignore[index]
    for line in operator_lines(body["operator"]):  # type: ignore[arg-type]
        print(line)
    print()
    rows = [_cells(p) for p in body["positions"]]  # type: ignore[attr-defined]
    if rows:
        table(["ledger", "position", "quantity", "opened at", "mark", "unrealised", "level"], rows, left=2)
    else:
        print("no positions")
    for work in body["working"]:  # type: ignore[attr-defined]
        print(f"working: {work['ledger']} {work['key']}, {work['quantity']} left")
    if accounts := drawn(body["tree"]):  # type: ignore[arg-type]
        print()
        table(headers(body["tree"]), accounts, left=2)  # type: ignore[arg-type]
    for line in ladder_lines(body["ladders"]):  # type: ignore[arg-type]
        print(line)
    print()
    for line in open_lines(body["breaks"]):  # type: ignore[arg-type]
        print(line)
    for line in need_lines(body["needs"]):  # type: ignore[arg-type]
        print(line)


def _cells(position: dict[str, object]) -> list[str]:
    mark = "" if position["mark"] is None else f"{position['mark']:,.2f}"
    return [
        str(position["ledger"]), str(position["text"]), f"{position['quantity']:,}", f"{position['price']:,.2f}", mark,
        f"{position['unrealised']:,.2f}", str(position["level"]),
    ]  # fmt: skip
