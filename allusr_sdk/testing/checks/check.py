"""`Check`: one row of the table of checks, and the names that its rows use."""

from collections.abc import Callable, Mapping

from attrs import frozen

from allusr_sdk.testing.checks.trial import Trial

LETTERS: Mapping[str, str] = {
    "sleeve": "S",
    "protocol": "P",
    "ladder": "L",
    "fork": "F",
    "market": "M",
    "broker": "B",
    "observer": "O",
}
"""The kinds of plugins, and the letter with which the ids of their checks begin."""

EVERY = (
    "calm", "trend_up", "trend_down", "whipsaw", "crash", "vix_52", "vix_66", "vix_81", "earnings_week",
    "gap_through_strike", "thin_chain", "early_assignment", "holiday_week", "half_day", "feed_trouble", "split",
    "dividend",
)  # fmt: skip
"""The standard scenarios."""


@frozen
class Check:
    """One row of the table.

    Attributes:
        number: what follows the kind's letter in its id; one number is one question, whatever the kind.
        kinds: of plugins that it asks.
        asserts: what holds where it passes, a short sentence without a full stop.
        why: what happens to money where it does not; `mend` what its author does about it.
        look: raises `Broken` for what is wrong, else tells how many things it looked at.
        scenarios: that it looks at one by one; none where it needs no market or brings its own.
    """

    number: int
    kinds: tuple[str, ...]
    asserts: str
    why: str
    mend: str
    look: Callable[[Trial], int]
    scenarios: tuple[str, ...] = ()

    def id(self, kind: str) -> str:
        """Its id for a kind of plugins, ``S303``."""
        return f"{LETTERS[kind]}{self.number}"
