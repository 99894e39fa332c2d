"""What is worth a note: every kind with its severity, and which entry of a journal is of which kind."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen

from allusr_sdk.model import events as ev


class Severity(StrEnum):
    """How much a note matters, from least to most."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


RANK: Mapping[str, int] = {severity: place for place, severity in enumerate(Severity)}


@frozen
class Kind:
    """A kind of note.

    Attributes:
        severity: unless the settings say another.
        title: what a note is headed with.
        next: the words of a command to type; ``{home}``, ``{symbol}`` and ``{seq}`` are filled in.
    """

    severity: Severity
    title: str
    next: str = ""


_EXPLAIN = "allusr explain '#{seq}'{home}"
_STATUS = "allusr status{home}"

KINDS: Mapping[str, Kind] = {
    "fill": Kind(Severity.INFO, "filled", _EXPLAIN),
    "roll": Kind(Severity.NOTICE, "rolled", _EXPLAIN),
    "expiry": Kind(Severity.INFO, "expired", _EXPLAIN),
    "assignment": Kind(Severity.NOTICE, "assigned", _EXPLAIN),
    "booking": Kind(Severity.INFO, "booked", _EXPLAIN),
    "level": Kind(Severity.NOTICE, "level changed", _EXPLAIN),
    "level3": Kind(Severity.WARNING, "level 3", "allusr explain {symbol}{home}"),
    "freeze": Kind(Severity.WARNING, "entries frozen", _EXPLAIN),
    "thaw": Kind(Severity.NOTICE, "entries permitted again", _EXPLAIN),
    "refusal": Kind(Severity.INFO, "refused", _EXPLAIN),
    "switch": Kind(Severity.WARNING, "kill switch", _STATUS),
    "halt": Kind(Severity.CRITICAL, "HALT", f"{_STATUS}, then `allusr rearm account{{home}} --by NAME --reason WHY`"),
    "state": Kind(Severity.WARNING, "state machine", _STATUS),
    "operator": Kind(Severity.NOTICE, "a person's word", _STATUS),
    "break": Kind(Severity.CRITICAL, "books and broker disagree", "allusr audit{home}"),
    "mended": Kind(Severity.NOTICE, "books and broker agree", "allusr audit{home}"),
    "person": Kind(Severity.CRITICAL, "a person is needed", _STATUS),
    "capital": Kind(Severity.NOTICE, "capital moved", _EXPLAIN),
    "week": Kind(Severity.NOTICE, "week ended", "allusr report week{home}"),
    "run": Kind(Severity.INFO, "run", _STATUS),
    "restart": Kind(Severity.WARNING, "restarted", _STATUS),
    "engine": Kind(Severity.CRITICAL, "ENGINE", f"{_STATUS}; `allusr run ...` again goes on where its journal ends"),
    "home": Kind(Severity.CRITICAL, "home cannot be read", "allusr doctor{home}"),
    "well": Kind(Severity.NOTICE, "well again", _STATUS),
    "proposal": Kind(
        Severity.NOTICE, "a proposal waits", "allusr approve {seq}{home} --by NAME --reason WHY, or leave it"
    ),
    "advisory": Kind(Severity.INFO, "advisory"),
    "channel": Kind(Severity.WARNING, "a channel takes no notes", "allusr notify --test"),
    "alive": Kind(Severity.INFO, "still alive"),
    "test": Kind(Severity.INFO, "test"),
}
"""Every kind of note by its name, as settings name it."""


def kind_of(event: ev.Event) -> str:
    """Name of the kind that an entry of a run is told as; empty where it is not told."""
    find = _OF.get(type(event), "")
    return find if isinstance(find, str) else find(event)


def _week(event: ev.WeekTyped) -> str:
    """The account's record when the week ends, and again where the next session changed it."""
    again = event.status == "FINAL" and event.version > 1
    return "week" if not event.ledger and (event.version == 1 or again) else ""


_OF: Mapping[type[ev.Event], str | Callable[[Any], str]] = {
    ev.Filled: lambda event: "roll" if event.cause == "roll" else "fill",
    ev.Expired: "expiry",
    ev.Pinned: "expiry",
    ev.Assigned: "assignment",
    ev.Exercised: "assignment",
    ev.DividendPaid: "booking",
    ev.CashBooked: "booking",
    ev.Corrected: "booking",
    ev.SplitApplied: "booking",
    ev.Adjusted: "booking",
    ev.LevelChanged: lambda event: "level3" if max(event.before, event.after) >= 3 else "level",
    ev.Frozen: "freeze",
    ev.Thawed: "thaw",
    ev.TradingHalted: lambda event: "thaw" if event.resumed else "freeze",
    ev.Decided: lambda event: "refusal" if event.verdict == "refuse" else "",
    ev.SwitchChanged: lambda event: "halt" if event.after == "HALT" else "switch",
    ev.StateChanged: lambda event: "halt" if event.after == "EMERGENCY" else "state",
    ev.Broken: "break",
    ev.Mended: "mended",
    ev.Paged: "person",
    ev.Unsettled: "person",
    ev.Quarantined: "person",
    ev.PluginFaulted: "person",
    ev.ForkIntended: "capital",
    ev.ForkFunded: "capital",
    ev.ForkCapped: "capital",
    ev.MergeIntended: "capital",
    ev.NodeClosed: "capital",
    ev.Reinvested: "capital",
    ev.WeekTyped: _week,
    ev.RunStarted: "run",
    ev.RunEnded: "run",
}
