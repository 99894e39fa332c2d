"""How the rulebook changes: proposal, simulation, a person's approval, a new version."""

from collections.abc import Mapping

from attrs import Factory, frozen

from allusr_sdk.model.events.base import Event, Numbers


@frozen(kw_only=True)
class RulebookOpened(Event):
    """Head of a home's rulebook chain: the packaged rulebook that it starts from."""

    rulebook: str


@frozen(kw_only=True)
class RulesProposed(Event):
    """A wish for other values, with the same period run under the rules in force and under those proposed.

    `changes` maps keys to values as TOML; `base` is the stamp in force when it was written; `period` says what was run;
    `old` and `new` are the figures of the two runs.
    """

    changes: Mapping[str, str]
    author: str
    reason: str
    base: str
    hash: str
    period: str
    old: Numbers = Factory(dict)
    new: Numbers = Factory(dict)


@frozen(kw_only=True)
class RulesApproved(Event):
    """A person adopted a proposal (by the number of its entry); `stamp` is the rulebook in force from now on."""

    proposal: int
    approver: str
    reason: str
    stamp: str
