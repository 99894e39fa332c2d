"""Advice of plugins and what became of it, in the home's chain `advice`: no run reads it."""

from collections.abc import Mapping
from datetime import datetime

from attrs import Factory, field, frozen

from allusr_sdk.model.events.base import Event, Numbers


@frozen(kw_only=True)
class AdviceGiven(Event):
    """A plugin's advice over a run's journal as it stood then.

    What it expects is in `expected`, what a naive method expects in `naive`; both are empty where nothing is forecast,
    and such an advice has no score.
    """

    topic: str
    author: str = field(metadata={"doc": "the plugin"})
    text: str
    run: int = field(metadata={"doc": "the run whose journal it rests on; `seq` and `head` are that one's last entry"})
    seq: int
    head: str
    instant: datetime = field(metadata={"doc": "of that entry: nothing later was known"})
    about: str = field(default="", metadata={"doc": "ISO week, or day at whose close the time that is meant begins"})
    numbers: Numbers = Factory(dict)
    confidence: float | None = None
    entries: tuple[int, ...] = ()
    changes: Mapping[str, str] = Factory(dict)
    outcome: str = field(default="", metadata={"doc": "what tells it: `week-type`, `move` or `volatility`"})
    expected: Numbers = Factory(dict)
    naive: Numbers = Factory(dict)
    method: str = field(default="", metadata={"doc": "how `naive` was made"})
    model: str = field(default="", metadata={"doc": "how `expected` was made"})
    instrument: str = field(default="", metadata={"doc": "whose bars tell a move or a volatility"})
    sessions: int = 0
    threshold: float = field(default=0.0, metadata={"doc": "percent, from which on a move is large"})


@frozen(kw_only=True)
class AdviceScored(Event):
    """What an advice expected is known, and how far off it was; once each. Lower scores are better, but for `hit`."""

    given: int = field(metadata={"doc": "number of the entry of the same chain"})
    topic: str
    author: str
    about: str
    became: str = field(metadata={"doc": "the outcome: a label, or percent a year"})
    scores: Numbers = field(metadata={"doc": "`brier`, `log` and `hit`, or `qlike`"})
    naive: Numbers = field(metadata={"doc": "the same of the naive method"})
    method: str = ""
    hindsight: bool = field(default=False, metadata={"doc": "whether it was known already when the advice was given"})
