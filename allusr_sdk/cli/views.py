"""Where the recorded views of a home are."""

from pathlib import Path
from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError
from allusr_sdk.office.places import shown

if TYPE_CHECKING:
    from allusr_sdk.market.recording import RecordedMarket, Recorder

FOLDER = "views"


def recorder(home: str, mode: str, wanted: bool | None) -> "Recorder | None":
    """The recorder of a run in a home: as asked, else in paper and live wherever the home is a folder.

    Raises:
        InputError: it was asked for and the home is a database, beside which there is no place for views.
    """
    folder = folder_of(home)
    if wanted and folder is None:
        raise InputError(f"--record keeps views beside a ledger in a folder, and {shown(home)} is a database")
    if folder is None or not (wanted or (wanted is None and mode != "backtest")):
        return None
    from allusr_sdk.market.recording import Recorder

    return Recorder(folder)


def recorded(home: str, run: int) -> "RecordedMarket":
    """The recorded views of a run. Raises `InputError` where there are none."""
    from allusr_sdk.market.recording import RecordedMarket
    from allusr_sdk.market.recording.store import place

    folder = folder_of(home)
    if folder is None or not place(folder, run).is_file():
        raise InputError(
            f"run {run} has no recorded views: `allusr run --record` keeps them, and paper in a folder does"
        )
    return RecordedMarket(place(folder, run))


def folder_of(home: str) -> Path | None:
    """The folder of a home's views; None where the home is a database."""
    return None if "://" in home else Path(home) / FOLDER
