"""Reading a question by rules: intent, topic, names and period; and going on from the question before."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from attrs import evolve, frozen

from allusr_advisor.asking import names, periods
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.subjects import EMPTY, INTENT_WORDS, TOPIC_WORDS

_WORD = re.compile(r"[a-z0-9][a-z0-9'.%-]*")
_FOLLOWS = re.compile(
    r"^(?:and|but|so|also|then|ok(?:ay)?,?|what about|how about|and what about|what of|why|when|how much|how many|which"
    r"|since when|who|where|how so|why not|how come)\b"
)
_BARE = re.compile(
    r"^(?:and |but |so |then )?(?:why|when|how much|how many|since when|why not|how come|how so|which|which ones|who)"
    r"(?: (?:was|is|were|did|does|are) (?:that|it|this|they|those))?(?: (?:happen(?:ed)?|then|exactly|in total))?\??$"
)
_POINTS = re.compile(r"\b(?:that|it|its|they|them|this|those|these|he|the same)\b")
_BEFORE = re.compile(
    r"\bthe (?P<kind>day|week|month|quarter|year)s? (?P<way>before|after)\b"
    r"|\bone (?P<kind2>week|day|month) earlier\b"
)


@frozen(kw_only=True)
class Known:
    """What a reader must know of a run: its days, ledgers, accounts of the tree, and symbols."""

    now: date
    whole: tuple[date, date]
    ledgers: tuple[str, ...]
    nodes: Mapping[str, tuple[str, ...]]
    symbols: tuple[str, ...]


def read(text: str, known: Known, last: Question | None = None) -> Question:
    """What a question asks for; one that goes on from the `last` takes from it what it does not say itself.

    Raises:
        ValueError: a date that no calendar has.
    """
    plain = " ".join(text.replace("’", "'").split())
    named = names.read(plain, known.ledgers, known.nodes, known.symbols)
    lowered = " ".join(named.rest.lower().split()).strip(" ?!.")
    moved, lowered = _moved(lowered, last, known.now)
    period, _, rest = (moved, "", lowered) if moved else periods.read(lowered, known.now, known.whole)
    rest = " ".join(rest.split())
    topic, intent = _topic(rest), _intent(plain.lower())
    found = Question(
        text=plain, intent=intent, topic=topic, ledgers=named.ledgers, symbols=named.symbols, contract=named.contract,
        period=period, rules=named.rules, entry=named.entry, absent=named.absent, aside=tuple(_aside(rest, topic)),
    )  # fmt: skip
    return _gone_on(found, last, bool(moved)) if last is not None else found


def _moved(text: str, last: Question | None, now: date) -> tuple[periods.Period | None, str]:
    """The period beside that of the question before: ``the week before``."""
    found = _BEFORE.search(text)
    if found is None or last is None:
        return None, text
    kind = found["kind"] or found["kind2"]
    before = last.period or periods.of_kind(kind, now)
    same = before if before.kind == kind else periods.of_kind(kind, before.first)
    return (same.after() if found["way"] == "after" else same.before()), _BEFORE.sub(" ", text)


def _topic(text: str) -> str:
    return next((name for name, words in TOPIC_WORDS if words.search(text)), "")


def _intent(text: str) -> str:
    return next((name for name, words in INTENT_WORDS if words.search(text.strip())), "what")


def _aside(text: str, topic: str) -> Iterable[str]:
    """Words that neither a topic nor the list of empty ones explains."""
    for _, words in (*TOPIC_WORDS, *INTENT_WORDS):
        text = words.sub(" ", text)
    return dict.fromkeys(
        word for word in (w.strip(".'%-") for w in _WORD.findall(text)) if word and word not in EMPTY and len(word) > 1
    )


def _gone_on(found: Question, last: Question, moved: bool) -> Question:
    """A question with what the one before says, where it goes on from it."""
    text = found.text.lower()
    bare = bool(_BARE.match(text.strip(" ?!.")))
    points = bool(_POINTS.search(text)) and found.empty
    scoped = not found.topic and bool(_FOLLOWS.match(text))
    if not (bare or moved or points or scoped or (not found.topic and found.period is not None)):
        return found
    if found.aside and not (bare or moved or found.period or found.ledgers or found.symbols):
        return found
    own = bool(found.ledgers or found.symbols or found.contract or found.absent)
    return evolve(
        found, follows=True, topic=last.topic if bare or not found.topic else found.topic,
        ledgers=found.ledgers if own else last.ledgers, symbols=found.symbols if own else last.symbols,
        contract=found.contract if own else last.contract, period=found.period or last.period,
        rules=found.rules or last.rules, entry=found.entry or (0 if own else last.entry),
        intent=found.intent if not scoped or bare or found.intent != "what" else last.intent,
    )  # fmt: skip
