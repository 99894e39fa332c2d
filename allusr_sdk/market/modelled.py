"""How a market says that its options were modelled, and which were not, for whatever shows a run to a person."""

from enum import StrEnum

MARK = "options MODELLED"
"""The words in a description, in parentheses behind them by what."""

BESIDE = "beside real ones"
"""What follows `MARK` where some quotes are real, before the parentheses."""


class Origin(StrEnum):
    """Where the quotes of an underlying's options come from at an instant.

    MODELLED: no real quote is in them. MIXED: real ones of an earlier instant, moved on by the model. REAL: as read.
    """

    MODELLED = "modelled"
    MIXED = "mixed"
    REAL = "real"


SAID = {
    Origin.MODELLED: "MODELLED, for there is no real chain of the close before",
    Origin.MIXED: "moved on by the model from real quotes of the last reading before",
    Origin.REAL: "real quotes",
}
"""Each origin in words."""

_MADE_UP, _RECORDED = ("synthetic", "replay"), ("chains", "lean")  # kinds of markets that do not say it of themselves
_ALONG, _AT_CLOSES, _DAYS = "options within sessions", "options at closes", "options of"


def modelled(description: str) -> str:
    """The heading of everything that rests on modelled options; empty where a market does not say so of itself."""
    _, found, by = description.partition(MARK)
    if not found:
        return ""
    some = BESIDE in by.partition("(")[0]
    said = by.partition("(")[2].partition(")")[0] or by.strip()
    begun = f"MODELLED OPTIONS {BESIDE}" if some else "MODELLED OPTIONS: no option price here was ever quoted"
    return f"{begun}{':' if some else ';'} {said}"


def origin_of(description: str) -> Origin | None:
    """What a market says of its options in its description: MODELLED, or MIXED with real ones; None of others."""
    _, found, by = description.partition(MARK)
    if not found:
        return None
    return Origin.MIXED if BESIDE in by.partition("(")[0] else Origin.MODELLED


def options_of(description: str) -> str:
    """Whether a market's options are real, modelled or mixed, by its description; what it does not say is unknown."""
    if (origin := origin_of(description)) is not None:
        return origin.value
    kind = description.partition(" ")[0].partition(":")[0]
    if kind in _MADE_UP or "modelled" in description.lower():
        return Origin.MODELLED.value
    return Origin.REAL.value if kind in _RECORDED else "unknown"


def heading(description: str) -> str:
    """What stands before anything that many runs on a market came to; empty where its options are real quotes."""
    options = options_of(description)
    if options == "unknown":
        return f"Whether the options of this market are real or modelled is unknown: {description} does not say."
    if options == Origin.REAL.value:
        return ""
    return modelled(description) or (
        f"MODELLED OPTIONS: no option price here was ever quoted; the market is {description}"
    )


def told(origin: Origin, since: str, *, close: bool) -> str:
    """A notice that quotes come from elsewhere than before: from a moment on within sessions, or at their closes."""
    if close and origin is not Origin.REAL:
        return f"{_AT_CLOSES} from {since} on: no real chain of them, {origin}"
    return f"{_AT_CLOSES if close else _ALONG} from {since} on: {SAID[origin]}"


def tally(real: int, part: int, none: int) -> str:
    """A notice at a run's end: how many session days of an underlying rested on real quotes, in part, not at all."""
    return (f"{_DAYS} {real + part + none} session days: {real} from real quotes to real quotes, {part} in part, "
            f"{none} MODELLED")  # fmt: skip


def is_tally(why: str) -> bool:
    """Whether a notice is one of `tally`."""
    return why.startswith(_DAYS)


def heard(why: str) -> tuple[Origin, bool] | None:
    """What a notice of `told` says, and whether of closes alone; None for another notice.

    It stands for its symbol from its entry on until another of its kind. A trade at a session's close goes by the
    newest of closes, any other by the newest within sessions.
    """
    if why.startswith(_AT_CLOSES):
        return (Origin.REAL if why.endswith(SAID[Origin.REAL]) else Origin(why.rpartition(" ")[2])), True
    if why.startswith(_ALONG):
        return next(origin for origin, said in SAID.items() if why.endswith(said)), False
    return None
