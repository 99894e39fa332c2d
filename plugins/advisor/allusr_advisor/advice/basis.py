"""What every part of the advice shares: the word for what is not known, and histories by day."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from attrs import frozen

Known = Mapping[date, float]
"""One value a day; a day that is not in it is unknown, never zero (RULE-0)."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Many small fits on one core: threads would only wait for each other, and sums keep their order."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        yield


@frozen(kw_only=True)
class Missing:
    """Nothing is said, because too little is known.

    Attributes:
        topic: what was asked for.
        have, need: how many values there are and how many it takes.
        why: one line for a reader.
    """

    topic: str
    have: int
    need: int
    why: str

    @classmethod
    def of(cls, topic: str, have: int, need: int, what: str) -> "Missing":
        """`need` of `what` are needed and only `have` are there."""
        return cls(topic=topic, have=have, need=need, why=f"{topic}: {need - have} {what} missing ({have} of {need})")
