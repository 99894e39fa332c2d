"""`python -m allusr_sdk.testing.tws`: a simulated TWS on two loopback ports."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.testing.brokerage.records import Rules
from allusr_sdk.testing.channel.line import Ports
from allusr_sdk.testing.channel.places import write
from allusr_sdk.testing.tws.server import Server
from allusr_sdk.testing.tws.starting import Setting, accounts, begin


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the state of a file, or a new one, until a `stop` or a while without clients."""
    given = _options().parse_args(argv)
    try:
        serve(_setting(given), given.state, given.place, port=given.port, seconds=given.seconds, speed=given.speed)
    except AllusrError as why:
        raise SystemExit(str(why)) from None


def serve(setting: Setting, state: Path, place: Path | None, *, port: int, seconds: float, speed: float) -> None:
    """Serve until the end; says where it listens, in words and in a file. Raises `InputError`, `DataError`."""
    place = place or state.with_suffix(".ports")

    def ready(ports: Ports) -> None:
        write(place, msgspec.json.encode(ports))
        print(f"TWS on 127.0.0.1:{ports.engine}, control on 127.0.0.1:{ports.control}, as {place} says", flush=True)

    async def serving() -> None:
        await Server(world, state, seconds, speed).serve(port, ready)

    world = begin(setting, state)
    try:
        asyncio.run(serving())
    except OSError as why:
        raise InputError(f"port {port} of 127.0.0.1: {why}: give another one") from None


def _setting(given: argparse.Namespace) -> Setting:
    return Setting(
        market=given.market, daily=given.daily, seed=given.seed, first=given.first, last=given.last,
        symbols=tuple(filter(None, given.symbols.split(","))), accounts=accounts(given.accounts),
        rules=Rules(fills=given.fills, seed=given.seed, partial=given.partial),
    )  # fmt: skip


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m allusr_sdk.testing.tws", description=__doc__)
    options.add_argument("--state", type=Path, required=True, help="file that keeps it; goes on where it is")
    options.add_argument("--place", type=Path, help="file to write the ports to; else beside the state")
    options.add_argument("--port", type=int, default=0, help="port for clients; 0 for a free one")
    options.add_argument("--accounts", default="DU1:1000000", help="accounts with dollars, as DU1:50000,DU2:9000")
    options.add_argument("--market", default="synthetic", help="synthetic, chains:DIR, lean:DIR or none")
    options.add_argument("--daily", type=Path, help="folder of daily bars beside chains")
    options.add_argument("--symbols", default="", help="underlyings, separated by commas; empty for all")
    options.add_argument("--seed", type=int, default=7, help="of the synthetic market and of seeded fills")
    options.add_argument("--first", type=date.fromisoformat, help="first day of the period")
    options.add_argument("--last", type=date.fromisoformat, help="last day of the period")
    options.add_argument("--fills", default="touch", choices=("touch", "seeded", "never"), help="what fills by itself")
    options.add_argument("--partial", type=int, default=0, help="lots that an order fills at a time; 0 for all")
    options.add_argument("--speed", type=float, default=0.0, help="virtual seconds a second; 0 for a clock that stands")
    options.add_argument("--seconds", type=float, default=600.0, help="without a client until it ends by itself")
    return options


if __name__ == "__main__":
    main()
