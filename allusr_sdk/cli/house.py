"""What is found out of an installation and a home: nothing is written, and no ledger migrated."""

import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.office.engine import engine, folder

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.execution.arming import House
    from allusr_sdk.host import Host
    from allusr_sdk.ledger import Ledger
    from allusr_sdk.model.events import Armed
    from allusr_sdk.rulebook import Rulebook

_SHOWN = 3  # files that a line names


@frozen(kw_only=True)
class Home:
    """What is known of a home before anything in it is opened: `schema` of its ledger, or why it is unread."""

    place: str
    schema: str | None
    unread: str

    @classmethod
    def at(cls, place: str) -> "Home":
        """The home at a folder or database URL."""
        from allusr_sdk.ledger.schema import schema_of

        try:
            return cls(place=place, schema=schema_of(place), unread="")
        except InputError as why:
            return cls(place=place, schema=None, unread=str(why))

    @contextmanager
    def opened(self) -> "Iterator[Ledger | None]":
        """The ledger; None where there is none, or opening it would migrate it."""
        from allusr_sdk.ledger import open_ledger
        from allusr_sdk.ledger.schema import HEAD

        if self.schema != HEAD:
            yield None
            return
        with open_ledger(self.place, create=False) as ledger:
            yield ledger

    def rulebook(self) -> "Rulebook":
        """The rulebook in force."""
        from allusr_sdk.governance import Governance
        from allusr_sdk.rulebook import Rulebook

        with self.opened() as ledger:
            return Governance(ledger).rulebook if ledger else Rulebook.default()

    def armed(self) -> "Armed | None":
        """What a person has armed."""
        from allusr_sdk.ledger.arming import Arming

        with self.opened() as ledger:
            return Arming(ledger).stands if ledger else None


def house(config: "Config", host: "Host | None", home: Home, faulty: tuple[str, ...]) -> "House":
    """The installation and the home."""
    from allusr_sdk.execution.arming import House
    from allusr_sdk.host.shadows import hidden
    from allusr_sdk.ledger.schema import HEAD

    sdk, supported = _sdk()
    where = folder(home.place)
    return House(
        python=platform.python_version(), supported=supported, sdk=sdk, faulty=faulty,
        hidden=hidden(config.plugins.use, host), open_files=_open(where) if where else None,
        free=_free(where) if where else None, schema=home.schema, head=HEAD, unread=home.unread,
        engine=_engine(home), halts=tuple(_halts(home, where)),
    )  # fmt: skip


def _sdk() -> tuple[str, str]:
    """Version of the SDK and the Pythons that it supports; both empty where it is not installed."""
    from allusr_sdk.host.requires import SDK

    try:
        told = metadata(SDK)
    except PackageNotFoundError:
        return "", ""
    return told["Version"], told["Requires-Python"] or ""


def _open(home: Path) -> tuple[str, ...]:
    """What of a home others may read; its file HALT is anybody's."""
    from allusr_sdk.ledger.home import FILE

    every = [path for path in (home, *sorted(home.rglob("*"))) if path.name != FILE] if home.is_dir() else []
    found = [path for path in every if path.lstat().st_mode & 0o077 and not path.is_symlink()]
    named = [f"{path.relative_to(home) if path != home else home} {path.stat().st_mode & 0o777:04o}" for path in found]
    more = f"{len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return (*named[:_SHOWN], *filter(None, [more]))


def _free(home: Path) -> int:
    """Megabytes of the disk that has the home, or would have it."""
    there = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free // 1_000_000


def _engine(home: Home) -> str:
    """How the home's engine is. Asking a ledger of another version would migrate it."""
    from allusr_sdk.ledger.schema import HEAD

    if home.schema is None and not home.unread:
        return "none"
    return str(engine(home.place)["life"]) if home.schema == HEAD else "unknown"


def _halts(home: Home, where: Path | None) -> Iterator[str]:
    from allusr_sdk.ledger.home import halt_file
    from allusr_sdk.ledger.inbox import HALT, Inbox, standing

    if where is not None and (text := halt_file(where)) is not None:
        yield f"a file HALT: {text}"
    with home.opened() as ledger:
        wishes = standing(Inbox(ledger).wishes).values() if ledger else ()
        for wish in wishes:
            if wish.event.action == HALT:
                yield f"{wish.event.ledger or 'the account'} by {wish.event.actor}: {wish.event.reason}"
