"""From a question to its answer: what is missing is said first, and what was not understood is not guessed."""

from collections.abc import Iterator

from attrs import evolve

from allusr_advisor.asking.facts import Answer, Fact, Piece, day, ledger_text, listed, quote, say, symbol
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record
from allusr_advisor.asking.topics import TOPICS

EXAMPLES = (
    "Why did Rev-Acc pivot last week?",
    "What happened this week?",
    "How much premium did Gen-Acc take in 2026-W07?",
    "Why was nothing opened in IWM?",
    "What happened to the AAPL 270 put?",
    "What is at risk now?",
    "What waits for me?",
    "What type was last week, and why?",
    "What does PE-2 say, and what did it do yesterday?",
)
"""What can be asked, for who asked something else."""


def answer(record: Record, asked: Question) -> Answer:
    """What the ledger says to a question, written by rules."""
    chosen = evolve(asked, topic=topic_of(asked))
    missing = tuple(_missing(record, chosen))
    if not chosen.topic or (chosen.absent and not (chosen.ledgers or chosen.symbols)):
        return missing_answer(record, chosen, missing)
    if chosen.aside and chosen.topic in _WEAK and not (chosen.ledgers or chosen.symbols or chosen.period):
        return missing_answer(record, evolve(chosen, topic=""), missing)
    if outside := _outside(record, chosen):
        return Answer(topic=chosen.topic, direct=(outside, *missing))
    found = TOPICS[chosen.topic](record, chosen)
    return evolve(found, topic=chosen.topic, direct=(*missing, *found.direct), open=(*found.open, *_aside(chosen)))


_WEAK = ("summary", "trades", "equity", "state", "holdings")


def topic_of(asked: Question) -> str:
    """The topic of a question; of one without words for it, what its names let it be."""
    if asked.entry:
        return "entry"
    if asked.rules and asked.topic in ("", "summary", "levels", "closed", "trades"):
        return "rule"
    if asked.contract and asked.topic in ("", "summary", "trades", "holdings"):
        return "story"
    if asked.symbols and asked.topic in ("", "summary"):
        return "story"
    whole = asked.period is not None and not asked.aside
    return asked.topic or ("summary" if asked.ledgers or whole else "")


def _missing(record: Record, asked: Question) -> Iterator[Fact]:
    for name in asked.absent:
        if name[-4:] in ("-Acc", "LLMS", "edge") or not name.isupper():
            have = listed(map(ledger_text, record.known.ledgers))
            yield say(
                "this run has no {name}: it has {have}",
                name=Piece("ledger", name, name),
                have=Piece("ledger", have, have),
                entries=(1,),
            )
        else:
            yield say("the journal says nothing of {name}", name=symbol(name))


def _outside(record: Record, asked: Question) -> Fact | None:
    """That the days asked for lie outside of the run."""
    period, whole = asked.period, record.whole
    if period is None or (period.first <= whole.last and period.last >= whole.first):
        return None
    return say(
        "the run has nothing of {label}: it goes from {first} to {last}",
        label=Piece("day", period.label, period.label),
        first=day(whole.first),
        last=day(whole.last),
        entries=(1, record.entries[-1].seq),
    )


def _aside(asked: Question) -> Iterator[Fact]:
    if asked.aside:
        yield say("not understood, and left aside: {words}", words=quote(", ".join(asked.aside)))


def missing_answer(record: Record, asked: Question, missing: tuple[Fact, ...]) -> Answer:
    """What was understood, what was not, and what can be asked."""
    if missing:
        return Answer(topic=asked.topic, direct=missing, asks=EXAMPLES[:4])
    parts = [ledger_text(name) for name in asked.ledgers] + list(asked.symbols)
    parts += [asked.period.label] if asked.period else []
    understood = (
        (say("understood was {what}, but not what to tell of it", what=Piece("ledger", listed(parts), "")),)
        if parts
        else ()
    )
    words = tuple(_aside(asked))
    lost = () if understood or words else (say("this question was not understood"),)
    return Answer(topic="", direct=(*lost, *understood, *words), asks=EXAMPLES)
