"""`allusr mcp`: the server over stdin and stdout, until its client hangs up."""

from pathlib import Path
from typing import Annotated

import typer

from allusr_sdk.errors import InputError


def mcp(
    home: Annotated[
        str,
        typer.Option(
            "--home",
            envvar="ALLUSR_HOME",
            metavar="DIR",
            help="Where the ledger is: a folder, one with a folder for each account, or a database URL.",
        ),
    ] = "~/.allusr",
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="A TOML file that names accounts and their homes.")
    ] = None,
    accounts: Annotated[
        str, typer.Option("--accounts", metavar="A,B", help="These accounts alone; all that there are if left out.")
    ] = "",
) -> None:
    """Serve other assistants by the Model Context Protocol, over stdin and stdout. It reads; there is nothing to write.

    Tools: holdings, income, forecast, week_type, reports, risk, explain. Reports are resources too. Each answer names
    the run, the entry and the instant that it rests on.
    """
    from allusr_mcp.accounts import Accounts
    from allusr_mcp.server import server
    from allusr_sdk.office.tables import homes

    found = homes(home, config)
    wanted = [name.strip() for name in accounts.split(",") if name.strip()] or [*found]
    if missing := [name for name in wanted if name not in found]:
        known = ", ".join(name for name in found if name) or "one home without accounts"
        raise InputError(f"--accounts {', '.join(missing)}: there is no such account; there are: {known}")
    with Accounts({name: found[name] for name in wanted}) as looked_at:
        server(looked_at).run("stdio")
