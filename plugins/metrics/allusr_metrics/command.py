"""`allusr metrics`: a process of its own that measures homes and answers Prometheus on the loopback."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.errors import InputError
from allusr_sdk.settings import setting, settings

if TYPE_CHECKING:
    from allusr_metrics.seen import Value

    Seen = Mapping[str, tuple[Value, ...]]

LOG = logging.getLogger("allusr.metrics")


@settings
class Metrics:
    """[metrics], read by `allusr metrics`"""

    host: str = setting(default="127.0.0.1", help="Address that is listened on: one of this machine's loopback alone.")
    port: int = setting(default=9812, ge=0, le=65535, help="Port; 0 takes a free one, which is printed.")
    look: float = setting(default=5.0, ge=0.05, le=600, unit="s", help="How often homes are looked at.")

    def __attrs_post_init__(self) -> None:
        try:
            loops = ip_address(self.host).is_loopback
        except ValueError:
            loops = False
        if not loops:
            raise ValueError(f"host {self.host!r}: only a loopback address, as 127.0.0.1; what is told is not guarded")


def metrics(
    once: Annotated[bool, typer.Option("--once", help="Print the values of now, as Prometheus reads them.")] = False,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file with [metrics].")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="K=V", help="A setting, as metrics.port=9900.")
    ] = None,
    home: Annotated[
        str,
        typer.Option("--home", envvar="ALLUSR_HOME", metavar="DIR", help="A home, or a folder with one an account."),
    ] = "~/.allusr",
) -> None:
    """Answer Prometheus at /metrics: money, positions, levels, switches, breaks, refusals, heartbeat, of each account.

    A process of its own that reads homes and changes nothing in them. What is not known is left out and never zero; of
    a home that cannot be read only `allusr_up` is told. Ends by SIGTERM or an interrupt.
    """
    from allusr_sdk.logs import Logs, written
    from allusr_sdk.office.tables import homes, own

    wanted, where = own(Metrics, "metrics", config, sets or ()), homes(home, config)
    with written(own(Logs, "logs", config, sets or ()), who="metrics"):
        if once:
            print(exposed(where), end="")
        else:
            serve(wanted, where)


def exposed(homes: Mapping[str, str]) -> str:
    """The values of now as text."""
    from prometheus_client import generate_latest

    from allusr_metrics.registry import Board, registry

    with _measuring(homes) as look:
        return generate_latest(registry(Board(look()))).decode()


def serve(wanted: Metrics, homes: Mapping[str, str], stop: threading.Event | None = None) -> None:
    """Measure and answer until asked to end.

    Args:
        stop: set by whoever wants it to end; SIGTERM and interrupts set one that is not given.

    Raises:
        InputError: the port is taken.
    """
    from prometheus_client import start_http_server

    from allusr_metrics.registry import Board, registry

    with _measuring(homes) as look, _asked(stop) as asked:
        board = Board(look())
        try:
            server, thread = start_http_server(wanted.port, wanted.host, registry(board))
        except OSError as why:
            raise InputError(f"{wanted.host}:{wanted.port}: cannot be listened on ({why.strerror})") from None
        try:
            print(
                f"http://{wanted.host}:{server.server_port}/metrics: {len(homes)} accounts", file=sys.stderr, flush=True
            )
            while not asked.wait(wanted.look):
                board.seen = look()
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextmanager
def _measuring(homes: Mapping[str, str]) -> "Iterator[Callable[[], Seen]]":
    """A look at all homes, for a `with` block."""
    from allusr_metrics.seen import Account

    accounts = {name: Account(home=home) for name, home in homes.items()}

    def look() -> "Seen":
        found = {}
        for name, account in accounts.items():
            before = account.trouble
            found[name] = account.look(time.time())
            if account.trouble not in ("", before):
                LOG.warning("%s cannot be read: %s", name or "the home", account.trouble)
        return found

    try:
        yield look
    finally:
        for account in accounts.values():
            account.close()


@contextmanager
def _asked(given: threading.Event | None) -> Iterator[threading.Event]:
    """Set when this process is asked to end."""
    if given is not None:
        yield given
        return
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
