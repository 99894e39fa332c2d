"""`allusr ledger backup` and `restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json
from allusr_sdk.errors import DataError, InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.ledger.backup import Backup
    from allusr_sdk.ledger.recordings import Recordings

_FOLDER = "backups"


def backup(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="PATH", help="A new file, or a folder. [default: backups/ in the home]"),
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="Take the recorded views along, in the same file, for `allusr replay`.")
    ] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Copy the ledger while it is written to, and verify the copy. Only then is it called a backup.

    Exit 4 where the journal is damaged, naming the first entry that is wrong; no backup is left then. Recorded views
    are often larger than the ledger, so they come along only where that is asked for.
    """
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.backup import back_up, stamped

    where = place(home)
    default = Path() if "://" in where else Path(where) / _FOLDER
    found = _recordings(where) if views else None
    with open_ledger(where, create=False) as ledger:
        made = back_up(ledger, to.expanduser() if to else stamped(default), found)
    _show("backup", made, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    at: Annotated[
        str | None, typer.Option("--at", metavar="RUN:ENTRY", help="The last entry to keep; later runs are left out.")
    ] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Write a backup into a home without a ledger, and verify it. An empty database will do, too.

    Recorded views that the backup has come along into a folder; a database has no place for them.
    """
    from allusr_sdk.ledger.backup import restore as brought_back

    _show("restored", brought_back(file.expanduser(), place(home), _entry(at), _whole), as_json=as_json)


def _recordings(home: str) -> "Recordings":
    from allusr_sdk.cli.views import folder_of
    from allusr_sdk.ledger.recordings import Recordings

    folder = folder_of(home)
    if folder is None:
        raise InputError("--views: a home that is a database has no recorded views")
    return Recordings(folder, _whole)


def _whole(file: Path, first: str) -> int:
    """How many bytes of a recording are whole frames of the run whose first entry has that hash.

    Raises:
        DataError: it is damaged before its end, or another run's.
    """
    from allusr_sdk.market.recording import RecordedMarket

    try:
        market = RecordedMarket(file)
        for _ in market.play():
            pass
    except InputError as why:
        raise DataError(f"{why}; a backup without --views leaves it out") from None
    if market.head.first != first:
        raise DataError(f"{file.name} holds the views of another run: move it away")
    return file.stat().st_size - market.torn


def _entry(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    try:
        run, entry = map(int, text.split(":"))
    except ValueError:
        raise InputError(f"--at {text}: expected the numbers of a run and its entry as 1:120") from None
    return run, entry


def _show(what: str, made: "Backup", *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit
    from allusr_sdk.reports.words import plural

    if as_json:
        runs = [{"run": r.run, "entries": r.entries, "head": r.head} for r in made.chains]
        emit({what: made.place, "entries": made.entries, "runs": runs, "views": list(made.recordings)})
        return
    for report in made.chains:
        print(f"run {report.run}: verified, {report.entries:,} entries, head {report.head}")
    with_views = f", views of {plural(len(made.recordings), 'run')}" if made.recordings else ""
    print(f"{what}: {made.place}, {made.entries:,} entries{with_views}")
