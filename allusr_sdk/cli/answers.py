"""What came of a wish, on the terminal."""

from typing import TYPE_CHECKING

from allusr_sdk.errors import StateRefusal

if TYPE_CHECKING:
    from allusr_sdk.office.telling import Told


def report(told: "Told", *, as_json: bool) -> None:
    """Say what stands, how the engine is, what it made of it, and what is open. Raises `StateRefusal` if it refused."""
    from allusr_sdk.cli.output import emit

    if told.refused:
        raise StateRefusal(told.refused)
    if as_json:
        emit(
            {"text": told.needless}
            if told.needless
            else {"wish": told.wish, "again": told.again, "engine": told.engine, "working": told.working}
        )
        return
    for line in told.lines:
        print(line)
