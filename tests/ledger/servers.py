"""A real PostgreSQL server for the tests of the ledger and its bench."""

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from mirakuru.exceptions import ExecutorError
from pytest_postgresql.executors import PostgreSQLExecutor

_numbers = count()


@contextmanager
def running(options=""):
    """A server until the end of the block, or a skip that says why there is none.

    pytest-postgresql starts it without fsync; `options` come after that and may ask for it: ``-c fsync=on``.
    """
    pg_ctl = _pg_ctl()
    # not pytest's own folder: that is closed to the server's user
    with tempfile.TemporaryDirectory(prefix="allusr-pg-") as name:
        folder = Path(name)
        server = PostgreSQLExecutor(
            executable=str(_unprivileged(pg_ctl, folder)),
            host="127.0.0.1",
            port=_free_port(),
            datadir=str(folder / "data"),
            unixsocketdir=str(folder),
            logfile=str(folder / "log"),
            startparams="-w",
            dbname="postgres",
            postgres_options=options,
        )
        try:
            server.start()
        except (ExecutorError, subprocess.SubprocessError, OSError) as why:
            pytest.skip(f"no PostgreSQL server can be started: {why}")
        _await_connections(_login(server))
        yield server
        server.stop()


@contextmanager
def database(server):
    """The URL of an empty database on a server, dropped at the end."""
    name = f"ledger_{next(_numbers)}"
    with psycopg.connect(_login(server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql://postgres@{server.host}:{server.port}/{name}"
    with psycopg.connect(_login(server), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Server:
    """The session's PostgreSQL server, to be switched off and on."""

    def __init__(self, executor):
        self._executor = executor

    def stop(self):
        stop = [self._executor.executable, "stop", "-w", "-D", self._executor.datadir, "-m", "immediate"]
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        subprocess.run(shlex.split(self._executor.command), check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def gone(self):
        """Off at once; back after the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def back_soon(self):
        """Off at once, and back while the block runs."""
        self.stop()
        again = threading.Timer(1.0, self.start)
        again.start()
        try:
            yield
        finally:
            again.join()


def _login(server):
    return f"host={server.host} port={server.port} user=postgres dbname=postgres"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _pg_ctl():
    found = shutil.which("pg_ctl")
    places = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not places:
        pytest.skip("PostgreSQL is not installed: pg_ctl is not to be found")
    return places[-1]


def _unprivileged(pg_ctl, folder):
    """The server refuses to run as root: then a wrapper drops to its own user first, who also gets the folder."""
    if os.geteuid() != 0:
        return pg_ctl
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL refuses to run as root and there is no user postgres")
    if shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL refuses to run as root and setpriv is not installed")
    os.chown(folder, user.pw_uid, user.pw_gid)
    wrapper = folder / "pg_ctl"
    drop = f"setpriv --reuid={user.pw_uid} --regid={user.pw_gid} --clear-groups"
    wrapper.write_text(f'#!/bin/sh\ncd "{folder}" && exec {drop} "{pg_ctl}" "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


def _await_connections(login):
    """A loaded machine reports the server as started a moment before it lets anyone in."""
    for attempt in count():
        try:
            psycopg.connect(login).close()
        except psycopg.OperationalError:
            if attempt == 40:
                raise
            time.sleep(0.25)
        else:
            return
