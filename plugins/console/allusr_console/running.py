"""Runs the server until it is told to end."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn
from attrs import evolve

from allusr_console.server import create, make
from allusr_console.settings import Settings
from allusr_sdk.errors import InputError
from allusr_sdk.logs import Logs, written
from allusr_sdk.office.places import shown

_GRACE = 3  # seconds that open connections have for their end
_MOST = 400  # connections at once


def serve(settings: Settings, *, as_json: bool) -> None:
    """Listen, say where, and answer until SIGINT or SIGTERM.

    Raises:
        InputError: the address is taken or is none of this machine, there is no home, or the file of users cannot be
            used.
    """
    with closing(_listening(settings)) as listening, _ended():
        bound = evolve(settings, port=listening.getsockname()[1])
        console = make(bound)
        app = create(bound, console)
        _tell(bound, console.house.accounts, as_json=as_json)
        server = uvicorn.Server(uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, date_header=True,
            proxy_headers=bool(bound.origin), forwarded_allow_ips="127.0.0.1", timeout_graceful_shutdown=_GRACE,
            limit_concurrency=_MOST, ws_max_size=1_000_000, lifespan="on",
        ))  # fmt: skip
        with written(Logs(level="info")):
            server.run(sockets=[listening])
        if not server.started:
            raise InputError("the console did not start: the lines above say why")


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.host, settings.port))
        made.listen(128)
    except OSError as why:
        made.close()
        raise InputError(f"{settings.host}:{settings.port}: cannot listen there: {why.strerror or why}") from None
    return made


def _tell(settings: Settings, accounts: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({
            "url": settings.url, "host": settings.host, "port": settings.port, "home": shown(settings.home),
            "accounts": list(accounts), "api": f"{settings.url}/api/openapi.json",
        }), flush=True)  # fmt: skip
        return
    print(f"console of {shown(settings.home)} ({', '.join(accounts)}): {settings.url}", flush=True)
    print("Ctrl-C ends it; accounts trade on without it", flush=True)


@contextmanager
def _ended() -> Iterator[None]:
    """SIGINT and SIGTERM are an end, and no error; the server raises again what it has ended by."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)
