"""Asking every plugin of a run for its advice."""

from collections.abc import Sequence

from attrs import frozen

from allusr_sdk.hookspecs import Advice
from allusr_sdk.host.advising.briefing import Briefing
from allusr_sdk.host.advising.keeping import kept
from allusr_sdk.host.guard import Answer, Fault
from allusr_sdk.host.host import Host
from allusr_sdk.ledger import Run
from allusr_sdk.model.events import AdviceGiven

TOPICS = ("anomalies", "regime", "week-type", "volatility", "ladder")
"""The topics that are asked for together; a plugin may know others."""


@frozen
class Advised:
    """What a plugin advises on a topic, as it can be journaled; or why it could not."""

    topic: str
    author: str
    event: AdviceGiven | None = None
    error: str = ""


def advised(host: Host, topics: Sequence[str], run: Run, briefing: Briefing) -> tuple[Advised, ...]:
    """The advice of every plugin on some topics, topic by topic, plugins in the operator's order.

    Args:
        host: whose plugins are asked; each call is guarded, and an error stands in place of its advice.
        topics: what advice is asked for.
        run: the journal.
        briefing: what they are given.
    """
    answers = ((topic, answer) for topic in topics for answer in host.advise(topic, briefing))
    return tuple(_told(topic, answer, run) for topic, answer in answers)


def _told(topic: str, answer: Answer[Advice] | Fault, run: Run) -> Advised:
    if isinstance(answer, Fault):
        return Advised(topic, answer.plugin, error=answer.error)
    try:
        event = kept(topic, answer.plugin, answer.value, run)
        event.payload()
    except (TypeError, ValueError, AttributeError, NotImplementedError) as why:
        return Advised(topic, answer.plugin, error=f"returned advice that cannot be kept: {' '.join(str(why).split())}")
    return Advised(topic, answer.plugin, event)
