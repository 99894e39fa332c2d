"""What a model made of facts, and whether it says what they say: any doubt refuses all of it.

A sentence is taken only where it cites facts, has every figure, name, date, quotation and weighty word of theirs in
their order and none besides, and has no other word that neither they nor a short list of empty words have. So nothing
can be added, left out of a cited fact, swapped, rounded, negated or said of somebody else.
"""

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from allusr_advisor.asking.facts import Answer, Fact
from allusr_advisor.asking.tokens import GLUE, readable, tokens, weighty

_LONGEST = 900
_MOST = 40


@frozen
class Sentence:
    """A sentence and the ids of the facts that it rests on, in the order in which it tells them."""

    text: str
    facts: tuple[str, ...]


def numbered(answer: Answer) -> Mapping[str, Fact]:
    """The facts of an answer by id, in the order of reading."""
    return {f"f{i}": fact for i, fact in enumerate(answer.facts, 1)}


def required(answer: Answer) -> tuple[str, ...]:
    """Ids of the facts without which an answer is none: those that were asked for."""
    return tuple(list(numbered(answer))[: len(answer.direct)])


def fault(sentences: Sequence[Sentence], answer: Answer) -> str:
    """Why a wording may not be shown, in words of ours alone: what it said is not repeated; empty where it may."""
    facts = numbered(answer)
    if not sentences or len(sentences) > _MOST:
        return "it has no sentence" if not sentences else "it has too many sentences"
    cited = {name for sentence in sentences for name in sentence.facts}
    if not cited.issuperset(required(answer)):
        return "it leaves out what was asked for"
    if not set(sentences[0].facts) & set(required(answer)):
        return "it does not begin with what was asked for"
    return next((why for sentence in sentences if (why := _fault(sentence, facts))), "")


def _fault(sentence: Sentence, facts: Mapping[str, Fact]) -> str:
    if not sentence.facts:
        return "a sentence cites nothing"
    if any(name not in facts for name in sentence.facts):
        return "a sentence cites what is no fact"
    own = [facts[name] for name in sentence.facts]
    if len(sentence.text) > _LONGEST or not _plain(sentence.text, own):
        return "a sentence has marks that no fact has"
    rules = {rule for fact in own for rule in fact.rules}
    said = [token for token in tokens(sentence.text) if token not in rules]
    meant = [token for fact in own for token in tokens(fact.body) if token not in rules]
    return _added(said, meant) or _moved(said, meant)


def _plain(text: str, facts: Iterable[Fact]) -> bool:
    """Whether a text is readable besides the quotations that it takes over."""
    for fact in facts:
        for quoted in sorted(fact.quotes, key=len, reverse=True):
            text = text.replace(quoted, " “” ")
    return readable(text)


def _added(said: Sequence[str], meant: Sequence[str]) -> str:
    known = {*meant, *GLUE}
    return "" if all(token in known for token in said) else "a word or figure stands in none of the facts that it cites"


def _moved(said: Sequence[str], meant: Sequence[str]) -> str:
    """Whether what is weighty differs in number or order."""
    same = [t for t in said if weighty(t)] == [t for t in meant if weighty(t)]
    return "" if same else "figures, names or weighty words are not those of its facts in their order"
