"""An answer as lines of text, or as one object."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, moment
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record
from allusr_advisor.asking.wording import Worded
from allusr_advisor.asking.words import words

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

_PIPE_WIDTH = 120
_SHOWN = 20  # entries of a sentence that are shown whole
_NAMED = 4


def lines(record: Record, asked: Question, answer: Answer, worded: Worded, *, entries: bool) -> Iterator[str]:
    """The answer, what it rests on, and what can be asked instead."""
    journal = {e.seq: e for e in record.entries} if entries else {}
    parts = _parts(answer, worded)
    for i, (head, sentences) in enumerate(parts):
        if i:
            yield ""
        if head:
            yield head
        for text, facts in sentences:
            yield from _sentence(text, facts, journal, "  " if head else "")
    if answer.asks:
        yield from ("", "You can ask, for example:", *(f"  {text}" for text in answer.asks))
    yield from ("", foot(record, worded))


type _Told = tuple[str, tuple[Fact, ...]]


def _parts(answer: Answer, worded: Worded) -> list[tuple[str, Sequence[_Told]]]:
    """What was asked for, then why, then what is open; a model's words are one part."""
    if worded.by == "model":
        return [("", worded.sentences)]
    whole = (
        ("", answer.direct),
        ("Why:" if answer.topic not in _LISTING else "In detail:", answer.why),
        ("Now:", answer.open),
    )
    return [(head, [(fact.text, (fact,)) for fact in facts]) for head, facts in whole if facts]


_LISTING = words("""
    premium income fees equity cash collateral holdings story trades closed summary taxes dividends ladders rule
    drawdown risk assignments expiries levels
""")  # fmt: skip


def foot(record: Record, worded: Worded) -> str:
    """On which entry it rests, and who wrote it."""
    last = record.entries[-1]
    by = "worded by a model from these entries and checked" if worded.by == "model" else "written by rules"
    why = f" ({worded.why})" if worded.why else ""
    return f"Run {record.facts.run} to entry #{last.seq} of {moment(last.at).text} New York; {by}{why}."


def _sentence(text: str, facts: Sequence[Fact], journal: "Mapping[int, Entry]", indent: str) -> Iterator[str]:
    numbers = sorted({seq for fact in facts for seq in fact.entries})
    about = f" [{named(numbers)}]" if numbers else ""
    yield from textwrap.wrap(
        f"{text}{about}", _width(), initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False
    )
    shown = [seq for seq in numbers if seq in journal]
    for seq in shown[:_SHOWN]:
        yield f"{indent}    #{seq} {journal[seq].kind} {journal[seq].event.payload().decode()}"
    if len(shown) > _SHOWN:
        yield f"{indent}    and {len(shown) - _SHOWN:,} more; --json names them all"


def named(numbers: Sequence[int]) -> str:
    """``#3 #7``; of many the first and the last."""
    if len(numbers) <= _NAMED:
        return " ".join(f"#{seq}" for seq in numbers)
    return f"#{numbers[0]} to #{numbers[-1]}, {len(numbers):,} entries"


def _width() -> int:
    return max(60, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _PIPE_WIDTH


# --- one object -----------------------------------------------------------------------------------------------------


def as_object(record: Record, asked: Question, answer: Answer, worded: Worded, *, entries: bool) -> dict[str, object]:
    """What `--json` prints."""
    used = {seq for fact in answer.facts for seq in fact.entries}
    journal = [
        {"seq": e.seq, "at": e.at.isoformat(), "kind": e.kind, "payload": e.event.payload().decode()}
        for e in record.entries if entries and e.seq in used
    ]  # fmt: skip
    return {
        "run": record.facts.run,
        "entry": record.entries[-1].seq,
        "at": record.at.isoformat(),
        "what_if": dict(record.facts.what_if),
        "question": _question(asked),
        "topic": answer.topic,
        "understood": bool(answer.topic),
        "written_by": worded.by,
        "refused": worded.why,
        "direct": [*map(_fact, answer.direct)],
        "why": [*map(_fact, answer.why)],
        "open": [*map(_fact, answer.open)],
        "sentences": [
            {"text": t, "entries": sorted({s for f in facts for s in f.entries})} for t, facts in worded.sentences
        ],
        "asks": list(answer.asks),
        "journal": journal,
    }


def _question(asked: Question) -> dict[str, object]:
    period = asked.period
    return {
        "text": asked.text,
        "intent": asked.intent,
        "ledgers": list(asked.ledgers),
        "symbols": list(asked.symbols),
        "contract": asked.contract.strip(),
        "rules": list(asked.rules),
        "entry": asked.entry or None,
        "period": None
        if period is None
        else {"first": str(period.first), "last": str(period.last), "label": period.label},
        "follows": asked.follows,
        "aside": list(asked.aside),
        "absent": list(asked.absent),
    }


def _fact(fact: Fact) -> dict[str, object]:
    return {
        "text": fact.text, "rules": list(fact.rules), "entries": list(fact.entries),
        "pieces": [{"kind": p.kind, "text": p.text, "value": p.value} for p in fact.pieces],
    }  # fmt: skip
