"""`allusr link ibkr`: which gateway and which account a configuration means, checked before it is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.gateway import IBKR
from allusr_sdk.cli.options import Json
from allusr_sdk.errors import InputError, StateRefusal

if TYPE_CHECKING:
    from allusr_sdk.ibkr import Ibkr

app = typer.Typer(help="Link an account at a broker to a configuration.")


@app.command(IBKR)
def ibkr(
    account: Annotated[str, typer.Option(metavar="ID", help="The account, as IBKR names it: DU1234567.")],
    config: Annotated[Path, typer.Option(metavar="FILE", help="The TOML file to add it to; made where it is not.")],
    live: Annotated[
        bool, typer.Option("--live/--paper", help="Which of the two the account has to be.", show_default=False)
    ],
    host: Annotated[str, typer.Option(metavar="NAME", help="Machine of TWS or the gateway.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="Port of its API.")] = 7497,
    client_id: Annotated[int, typer.Option(metavar="N", help="Client id of orders, for ever the same.")] = 71,
    data_client: Annotated[int, typer.Option(metavar="N", help="Client id of the market's connection.")] = 72,
    as_json: Json = False,
) -> None:
    """Write [broker] and [ibkr] into a configuration. But only once the gateway says that it has the account.

    The gateway is asked over both client ids whose account it is and whether that is paper or live. Nothing is sent,
    and nothing secret written: TWS holds the login. A table that the file has already is not changed.
    """
    from allusr_sdk.cli.output import emit
    from allusr_sdk.ibkr import Ibkr
    from allusr_sdk.settings import load

    told = {"host": host, "port": port, "client_id": client_id, "data_client": data_client}
    settings = load(Ibkr, told, where="ibkr")
    text = _text(config)
    _check(settings, account, live=live)
    tables = _tables(settings, account)
    config.write_text(f"{text.rstrip()}\n\n{tables}" if text.strip() else tables)
    if as_json:
        emit({"linked": {"account": account, "live": live, "config": str(config), **told}})
    else:
        print(f"linked: {'live' if live else 'paper'} account {account} at {host}:{port}, in {config}")


def _text(config: Path) -> str:
    """The file as it is. Raises `InputError` where it says already which broker is meant."""
    from allusr_sdk.layers import of_file

    if not config.exists():
        return ""
    found = [name for name in ("broker", IBKR) if name in of_file(config)]
    if found:
        raise InputError(f"{config} has a table [{found[0]}] already: change it by hand, or take it out")
    return config.read_text()


def _check(settings: "Ibkr", account: str, *, live: bool) -> None:
    """Ask the gateway over both connections. Raises `InputError`, `BrokerSilent`, `StateRefusal`."""
    from contextlib import closing

    from allusr_sdk.execution.ibkr import IbkrBroker
    from allusr_sdk.execution.ibkr.port import Port

    if settings.client_id == settings.data_client:
        raise InputError(f"--data-client {settings.data_client}: give another one than --client-id")
    with closing(IbkrBroker(settings, account)) as broker:
        identity = broker.identity()
    if identity.live is not live:
        is_, wanted = ("live", "paper") if identity.live else ("paper", "live")
        raise StateRefusal(f"KS-11: not linked: {account} is {is_}, wanted {wanted}: connect to the other account")
    with closing(Port(settings, settings.data_client)) as port:
        port.time()


def _tables(settings: "Ibkr", account: str) -> str:
    quoted = {"host": f'"{settings.host}"', "port": settings.port, "client_id": settings.client_id,
              "data_client": settings.data_client}  # fmt: skip
    rows = "\n".join(f"{name} = {value}" for name, value in quoted.items())
    return f'[broker]\nuse = "{IBKR}"\naccount = "{account}"\n\n[{IBKR}]\n{rows}\n'
