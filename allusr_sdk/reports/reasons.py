"""Why things were not done, counted: one reason a symbol and day, however often it was asked."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from attrs import Factory, define, frozen

from allusr_sdk.model.events import Decided

_VETO = re.compile(r"(?P<rule>[A-Z]{2,4}-\d+) (?P<what>.+)")
_CODE = re.compile(r"[A-Z_]{5,}(?=: )")
_NUMBER = re.compile(r"(?<![\w-])[-+]?\d[\d,.:%-]*")  # not the one of a rule, as PE-7
_SHARE = re.compile(r"(?P<what>[a-z ]+) [\d,.]+ / [\d,.]+ = 0")
_HANGING = re.compile(r" (at|to|of|over|under|from|until|after|before)$")
_DANGLING = re.compile(r",( \S+){1,3}$")


@frozen
class Reason:
    """One kind of reason: the rule, its words without numbers, and on how many symbols and days it stood."""

    rule: str
    text: str
    count: int


@define
class Tally:
    """Reasons of one ledger and verdict. A symbol counts once a New York day, and each of its reasons once."""

    _days: set[tuple[str, date]] = Factory(set)
    _seen: set[tuple[str, date, str, str]] = Factory(set)

    def add(self, event: Decided, day: date) -> None:
        """Count a decision of a day."""
        self._days.add((event.symbol, day))
        self._seen |= {(event.symbol, day, rule, worded(what, event.symbol)) for rule, what in split(event)}

    @property
    def total(self) -> int:
        """Symbols times days."""
        return len(self._days)

    def commonest(self, most: int = 3) -> tuple[Reason, ...]:
        """The commonest reasons, ties by rule and words."""
        counted = Counter((rule, text) for _, _, rule, text in self._seen)
        order = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Reason(rule, text, count) for (rule, text), count in order[:most])


def split(event: Decided) -> Iterator[tuple[str, str]]:
    """Each reason of a decision with its rule: its own word, the one at its place, else the last of the decision's."""
    rules, parts = event.rule.split() or [""], event.why.split("; ")
    places = rules if len(rules) == len(parts) else [rules[-1]] * len(parts)
    for rule, part in zip(places, parts, strict=True):
        match = _VETO.fullmatch(part)
        yield (match["rule"], match["what"]) if match else (rule, part)


def worded(what: str, symbol: str) -> str:
    """The words of a reason that stay the same when its numbers change: ``open interest`` of ``... 115 < 500``."""
    if code := _CODE.match(what):
        return code.group()
    if share := _SHARE.fullmatch(what):
        return f"{share['what']} pays for no contract"
    text = re.sub(rf"\b{re.escape(symbol)}\b(?! (call|put))", "the symbol", what) if symbol else what
    head = _NUMBER.split(text)[0]
    kept = _HANGING.sub("", _DANGLING.sub("", head.strip(" :<>=("))) if head != text else text
    return kept or _NUMBER.sub("…", text)
