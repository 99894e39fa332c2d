"""`python -m allusr_sdk.testing.brokerage`: a broker process on two loopback ports."""

import argparse
import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from allusr_sdk.testing.brokerage.account import Account
from allusr_sdk.testing.brokerage.house import House
from allusr_sdk.testing.brokerage.line import Ports
from allusr_sdk.testing.brokerage.records import Rules
from allusr_sdk.testing.brokerage.server import Server, write


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the account of a state file, or a new one, until a `stop` or a while without clients."""
    given = _options().parse_args(argv)
    state, place = given.state, given.place or given.state.with_suffix(".ports")

    def ready(ports: Ports) -> None:
        write(place, msgspec.json.encode(ports))
        print(f"engines on 127.0.0.1:{ports.engine}, control on 127.0.0.1:{ports.control}, as {place} says", flush=True)

    house = _kept(state) if state.exists() else _house(given)
    asyncio.run(Server(house, state, given.seconds).serve(given.port, ready))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m allusr_sdk.testing.brokerage", description=__doc__)
    options.add_argument("--state", type=Path, required=True, help="file that keeps the account; goes on where it is")
    options.add_argument("--place", type=Path, help="file to write the ports to; else beside the state")
    options.add_argument("--port", type=int, default=0, help="port for engines; 0 for a free one")
    options.add_argument("--account", default="DU1", help="name of a new account")
    options.add_argument("--cash", type=Decimal, default=Decimal(1_000_000), help="dollars of a new account")
    options.add_argument("--fills", default="touch", choices=("touch", "seeded", "never"), help="what fills by itself")
    options.add_argument("--seed", type=int, default=7, help="of the draws of seeded fills")
    options.add_argument("--partial", type=int, default=0, help="lots that an order fills at a time; 0 for all")
    options.add_argument("--seconds", type=float, default=600.0, help="without a client until it ends by itself")
    return options


def _kept(state: Path) -> House:
    try:
        return msgspec.json.decode(state.read_bytes(), type=House)
    except msgspec.MsgspecError as why:
        raise SystemExit(f"{state}: is no account of a test broker: {why}: give another file") from None


def _house(given: argparse.Namespace) -> House:
    rules = Rules(fills=given.fills, seed=given.seed, partial=given.partial)
    return House(account=Account.opened_with(given.cash, name=given.account, rules=rules))


if __name__ == "__main__":
    main()
