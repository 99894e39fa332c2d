"""`allusr tws-sim`: a simulated TWS to connect to, and a hand on one that runs."""

import json
import math
import shlex
from pathlib import Path
from typing import Annotated

import typer

from allusr_sdk.cli.options import day
from allusr_sdk.cli.output import emit
from allusr_sdk.errors import InputError

Folder = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Keeps its state; goes on where it is.")]
Port = Annotated[
    int,
    typer.Option(
        "--port", min=0, max=65535, metavar="N", help="Where clients connect, on 127.0.0.1; 0 for a free one."
    ),
]
Accounts = Annotated[
    str, typer.Option("--accounts", metavar="NAME:DOLLARS,...", help="Accounts of the login, each with its cash.")
]
Chains = Annotated[
    Path | None, typer.Option("--chains", metavar="DIR", help="Show a folder of chains, not the synthetic market.")
]
Daily = Annotated[Path | None, typer.Option("--daily", metavar="DIR", help="Daily bars and VIX.csv beside the chains.")]
Symbols = Annotated[str, typer.Option("--symbols", metavar="A,B", help="Underlyings; all if left out.")]
First = Annotated[str | None, typer.Option("--from", metavar="D", help="First day of its market.")]
Last = Annotated[str | None, typer.Option("--to", metavar="D", help="Last day of its market.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of the synthetic market, and of fills that are drawn.")]
Fills = Annotated[
    str,
    typer.Option("--fills", metavar="HOW", help="touch: at the touch; seeded: draws too; never: by --tell."),
]
Partial = Annotated[
    int, typer.Option("--partial", min=0, metavar="N", help="Lots that an order fills at a time; 0 for all.")
]
Speed = Annotated[
    float,
    typer.Option("--speed", min=0, metavar="X", help="Virtual seconds a second; 0 for a clock that only --tell moves."),
]
Idle = Annotated[
    float | None,
    typer.Option("--idle", min=0, metavar="SECONDS", help="Without a client until it ends; never if left out."),
]
Tell = Annotated[
    list[str] | None,
    typer.Option("--tell", metavar="'VERB K=V ...'", help="Tell the running one of this folder, and show its answer."),
]


def tws_sim(
    folder: Folder = Path("tws-sim"), port: Port = 7497, accounts: Accounts = "DU1:1000000", chains: Chains = None,
    daily: Daily = None, symbols: Symbols = "", first: First = None, last: Last = None, seed: Seed = 7,
    fills: Fills = "touch", partial: Partial = 0, speed: Speed = 1.0, idle: Idle = None, tell: Tell = None,
) -> None:  # fmt: skip
    """Run a simulated TWS to test against. IBKR's text protocol at server version 178, for clients of 127.0.0.1; Ctrl-C
    ends it.

    It shows quotes, Greeks and chains of the synthetic market or of --chains, works limit orders and combos, keeps the
    books of paper accounts, and settles expiries overnight. Its clock begins at the market's first snapshot and is no
    wall clock. Everything stays in --folder; other options are for a new folder.

    --tell does what docs/how-to/tws-simulator.md lists: --tell step, --tell 'fill reference=au-1 lots=2',
    --tell 'link code=1100', --tell violations.
    """
    if tell:
        for text in tell:
            emit(told(folder, text))
        return
    from allusr_sdk.testing.brokerage.records import Rules
    from allusr_sdk.testing.tws.__main__ import serve
    from allusr_sdk.testing.tws.starting import Setting
    from allusr_sdk.testing.tws.starting import accounts as read

    try:
        rules = Rules(fills=fills, seed=seed, partial=partial)
    except ValueError as why:
        raise InputError(f"--fills: {why}") from None
    setting = Setting(
        market="synthetic" if chains is None else f"chains:{chains}", daily=daily, seed=seed, rules=rules,
        symbols=tuple(filter(None, symbols.split(","))), accounts=read(accounts), first=day(first, "--from"),
        last=day(last, "--to"),
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    seconds = math.inf if idle is None else idle
    try:
        serve(setting, folder / "tws.json", None, port=port, seconds=seconds, speed=speed)
    except KeyboardInterrupt:
        print(f"ended; `allusr tws-sim --folder {folder}` goes on from here")


def told(folder: Path, text: str) -> object:
    """What the simulator of a folder answers to a verb with its values. Raises `InputError`, `BrokerSilent`."""
    from allusr_sdk.testing.tws.control import Control

    verb, *given = shlex.split(text)
    pairs = [each.partition("=") for each in given]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise InputError(f"--tell {text!r}: {wrong[0]}: expected name=value")
    control = Control(folder / "tws.ports")
    try:
        return control.line.ask(object, verb, **{name: _value(value) for name, _, value in pairs})
    finally:
        control.close()


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
