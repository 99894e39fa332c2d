"""A job that did not come to its end, as a value: it stands in its row, and no other job suffers from it."""

import traceback
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from allusr_sdk.errors import AllusrError


@frozen
class Failed:
    """Why a job has no result.

    Attributes:
        what: one line.
        where: file and line that raised; empty where the project itself refused, or nothing was left to ask.
        lost: whether its worker was lost with it, so that another try may end otherwise.
        refused: whether the project itself refused it, as it would again.
    """

    what: str
    where: str = ""
    lost: bool = False
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what


def told[J, R](work: Callable[[J], R], job: J) -> R | Failed:
    """The result of a job, or why there is none."""
    try:
        return work(job)
    except Exception as error:
        return failed(error)


def failed(error: Exception) -> Failed:
    """An error as a value; what the project raised on purpose says itself what, where and what to do."""
    text = " ".join(str(error).split())
    if isinstance(error, AllusrError):
        return Failed(text, refused=True)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return Failed(f"{type(error).__name__}: {text}" if text else type(error).__name__, where)
