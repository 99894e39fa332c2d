"""What a run does while a market of now has no new instant."""

from collections.abc import Callable
from datetime import datetime

from attrs import define


@define
class Meanwhile:
    """Said by a market that waits for its instants itself: it calls this with its time, every moment, while it waits.

    A run hears what persons say then, lets orders walk and shows that it lives. A source has one as `meanwhile`.
    """

    call: Callable[[datetime], None] = lambda at: None
