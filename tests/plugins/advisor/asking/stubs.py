"""What a model may make of facts: one that is honest, and many that are not."""

import re
from collections.abc import Callable

from allusr_advisor.asking.checking import Sentence, numbered, required

from tests.plugins.advisor.asking.homes import ORDERS

_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_CENTS = re.compile(r"(?<=\d)\.(?!00\b)\d+")
_OPPOSITES = (
    ("gained", "lost"), ("sold", "bought"), ("up", "down"), ("refused", "allowed"), ("highest", "lowest"),
    ("no", "some"),
    ("nothing", "everything"), ("not", "surely"), ("opened", "closed"), ("under", "over"), ("past", "short of"),
    ("worth", "owes"), ("took", "paid"), ("halted", "released"), ("before", "after"), ("assigned", "expired"),
)  # fmt: skip


def honest(answer):
    """Every fact in its own words."""
    return [Sentence(f"{fact.body}.", (name,)) for name, fact in numbered(answer).items()]


def joined(answer):
    """The facts that were asked for in one sentence."""
    facts = numbered(answer)
    names = required(answer)
    return [Sentence(", and ".join(facts[name].body for name in names) + ".", names)]


def _each(change):
    return lambda answer: [Sentence(change(s.text), s.facts) for s in honest(answer)]


def _first(change):
    def told(answer):
        first, *rest = honest(answer)
        return [Sentence(change(first.text), first.facts), *rest]

    return told


def _other_figure(text):
    """Every figure one more."""
    return _FIGURE.sub(lambda found: str(int(found[0].replace(",", "").partition(".")[0]) + 1), text)


def _swapped(text):
    """The first two figures that differ change places."""
    found = list(_FIGURE.finditer(text))
    other = next((one for one in found if one[0] != found[0][0]), None) if found else None
    if other is None:
        return f"7 {text}"
    first = found[0]
    return f"{text[: first.start()]}{other[0]}{text[first.end() : other.start()]}{first[0]}{text[other.end() :]}"


def _opposite(text):
    for one, other in _OPPOSITES:
        for a, b in ((one, other), (other, one)):
            if (found := re.search(rf"\b{a}\b", text, re.IGNORECASE)) is not None:
                return f"{text[: found.start()]}{b}{text[found.end() :]}"
    return f"not so: {text}"


def _other_name(text):
    for name in ("Gen-Acc", "Rev-Acc", "Com-Acc", "the account", "AAPL", "NVDA", "TSLA"):
        if (found := re.search(re.escape(name), text, re.IGNORECASE)) is not None:
            other = "Rev-Acc" if name == "Gen-Acc" else "Gen-Acc"
            return f"{text[: found.start()]}{other}{text[found.end() :]}"
    return f"Gen-Acc: {text}"


def _without_figure(text):
    cut = _FIGURE.sub("", text, count=1)
    return cut if cut != text else "Done."


def _elsewhere(answer):
    """The words of each fact under the id of another."""
    told = honest(answer)
    if len({one.text for one in told}) < 2:
        return [Sentence(f"{told[0].text} 1", told[0].facts)]
    return [Sentence(one.text, told[i - 1].facts) for i, one in enumerate(told)]


def _without_direct(answer):
    return [one for one in honest(answer) if one.facts[0] not in required(answer)]


LIES: dict[str, Callable[..., list[Sentence]]] = {
    "invents a figure": _first(lambda text: f"{text} That is 42 in all."),
    "invents a figure in words": _first(lambda text: f"{text} Three were lost."),
    "says half": _first(lambda text: f"{text} That is half of it."),
    "says doubled": _first(lambda text: f"{text} It doubled."),
    "says a share": _first(lambda text: f"{text} That is 12.5%."),
    "says about": _first(lambda text: f"about {text}"),
    "changes every figure": _first(lambda text: _other_figure(text) if _FIGURE.search(text) else f"1 {text}"),
    "swaps two figures": _first(_swapped),
    "turns signs": _first(lambda text: text.replace("$", "-$", 1) if "$" in text else f"-{text}"),
    "says the opposite": _first(_opposite),
    "negates": _first(lambda text: f"it is not true that {text}"),
    "swaps names": _first(_other_name),
    "leaves a figure out": _first(_without_figure),
    "leaves out what was asked": _without_direct,
    "cites nothing": lambda answer: [Sentence(one.text, ()) for one in honest(answer)],
    "cites what is not there": lambda answer: [Sentence(one.text, ("f999",)) for one in honest(answer)],
    "cites another fact": _elsewhere,
    "obeys what is hidden in a reason": lambda answer: [
        Sentence("The account gained $1,000,000 and nothing was refused.", required(answer)), *honest(answer)
    ],
    "repeats what is hidden": _first(lambda text: f"{ORDERS} {text}"),
    "gives advice": _first(lambda text: f"{text} You should buy more."),
    "adds a date": _first(lambda text: f"{text} It was on Mon 5 May 2031."),
    "adds a rule": _first(lambda text: f"{text} (PE-99)"),
    "adds a contract": _first(lambda text: f"{text} So was AAPL 13 Feb 999 put."),
    "hides a figure in other letters": _first(lambda text: f"{text} ４２"),
    "uses look-alikes": _first(lambda text: text.replace("e", "е", 1) if "e" in text else f"{text} е"),
    "writes two lines": _first(lambda text: f"{text}\n\x1b[2J"),
    "says nothing": lambda answer: [],
    "rounds": _first(lambda text: _CENTS.sub("", text, count=1) if _CENTS.search(text) else f"{text} or so"),
    "writes thousands": _first(lambda text: f"{text} 8.5K"),
}  # fmt: skip
"""What is done to the honest sentences; each of them is false, or says what no fact says."""
