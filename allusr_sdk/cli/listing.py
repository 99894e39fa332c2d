"""The accounts below a folder that is no home itself, a line each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from allusr_sdk.errors import AllusrError

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run


def show(homes: Mapping[str, str], *, as_json: bool) -> None:
    """Print how each account is: state, tier, equity, what needs a human, and its engine."""
    from allusr_sdk.cli.output import emit, table

    rows = {name: _row(home) for name, home in homes.items()}
    if as_json:
        emit({"accounts": rows})
        return
    headers = ["account", "engine", "state", "tier", "equity", "needs"]
    table(headers, [[name, *_cells(row)] for name, row in rows.items()], left=4)
    for name, row in rows.items():
        if row["problem"]:
            print(f"{name}: {row['problem']}")
    print(f"\nOne of them: `allusr status --home {next(iter(homes.values()))}`")


def _row(home: str) -> dict[str, object]:
    from allusr_sdk.office.engine import engine
    from allusr_sdk.office.places import opened

    try:
        with opened(home) as run:
            return {"home": home, **_stands(run), "engine": engine(home), "problem": ""}
    except AllusrError as why:
        return {"home": home, "engine": engine(home), "problem": str(why)}


def _stands(run: "Run") -> dict[str, object]:
    from allusr_sdk.office.status import status
    from allusr_sdk.reports.needs import waiting

    needs = waiting(run)
    told = status(run, needs)
    return {name: told[name] for name in ("run", "mode", "complete", "state", "tier", "equity")} | {"needs": len(needs)}


def _cells(row: Mapping[str, object]) -> list[str]:
    life = str(row["engine"]["text"]).removeprefix("engine ")  # type: ignore[index]
    if row["problem"]:
        return [life, *["unknown"] * 4]
    return [life, f"{row['state']}", f"{row['tier']}", f"{row['equity']:,.2f}", f"{row['needs']}"]
