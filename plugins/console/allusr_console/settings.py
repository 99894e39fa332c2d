"""What a console is started with."""

from pathlib import Path

from attrs import frozen

from allusr_console.limits import Rate
from allusr_console.people import FILE
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place, shown

_RATE = Rate(200, 50)

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@frozen(kw_only=True)
class Settings:
    """Where a console reads, listens, and whom it lets in.

    Attributes:
        home: a home, a folder of homes, or a database's URL.
        host, port: where it listens.
        users: the file of users.
        origin: address under which browsers reach it, as ``https://console.example``; empty for where it listens.
        wait: seconds for an engine's answer to what it is told.
        rate: of requests, for each session, token or address.
    """

    home: str
    host: str = "127.0.0.1"
    port: int = 8750
    users: Path
    origin: str = ""
    wait: float = 5.0
    rate: Rate = _RATE

    @property
    def origins(self) -> frozenset[str]:
        """Origins of our own pages."""
        if self.origin:
            return frozenset({self.origin})
        hosts = {*LOOPBACK, self.host} if self.host in LOOPBACK else {self.host}
        return frozenset(f"http://{_bracketed(host)}:{self.port}" for host in hosts)

    @property
    def hosts(self) -> frozenset[str]:
        """What the header Host may say; a name that only points here, as one of another site's, is refused."""
        own = {f"{_bracketed(host)}:{self.port}" for host in (*LOOPBACK, self.host)}
        return frozenset({*own, *(origin.partition("://")[2] for origin in self.origins)})

    @property
    def url(self) -> str:
        """What is typed into a browser."""
        return self.origin or f"http://{_bracketed(self.host)}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS."""
        return self.origin.startswith("https://")

    @property
    def local(self) -> bool:
        """Whether it listens to this machine alone."""
        return self.host in LOOPBACK


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def users_file(home: str, users: Path | None) -> Path:
    """The file of users: the one that is named, else the one in the home's folder.

    Raises:
        InputError: the home is a database, so it has no folder.
    """
    if users is not None:
        return users.expanduser()
    if "://" in home:
        raise InputError(f"{shown(home)} has no folder for the file of users: name one with --users FILE")
    return Path(place(home)) / FILE
