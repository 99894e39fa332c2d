"""A sentence as the tokens that a checker compares: figures, names words that carry meaning, and words that do not."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from allusr_advisor.asking.words import words

_QUOTED = re.compile(r"“[^“”]*”")
_SPLIT = re.compile(r"\s+|[—;]|(?<=[a-z])/(?=[a-z])")
_EDGE = ".,:;!?()[]'’…"
_FIGURE = re.compile(r"(?P<sign>[-+]?)(?P<unit>\$?)(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<share>%?)")
_PLAIN = re.compile(r"[\w\s$%.,:;!?()\[\]'’“”…—/×#&+-]*")

GLUE = words("""
    a an the and that this these those it its they their there was were is are be been being had has have which
    who whose when while also then of in on at by for with into as here he she them both each about
""") - {"about", "both", "each"}  # fmt: skip
"""Words that a model may put in, leave out and move."""

WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
"""Numbers as words, as far as they may stand for a figure; any other is a word that no fact has."""

HARD = words("""
    no not never nothing none nobody neither nor without cannot yes only but except unless despite although
    though however instead if would could should may might must will can sold sell sells bought buy buys opened
    open opens closed close closes rolled roll assigned exercised expired worthless settled refused allowed
    permitted passed skipped taken took take paid pay received kept keep lost lose gained gain made up down fell
    fall rose rise higher lower highest lowest above below under over past short long within before after since
    until from early late still again now ended ends stands stood halted paused resumed cancelled forked merged
    merge archived pivoted pivot unsettled reserved free waits wait back delivered provisional final complete
    greatest largest newest next last first deepest more less most least premium fees fee income equity cash
    collateral realised unrealised result loss cost costs worth high low drawdown credit debit dividend
    dividends tax taxes budget capital value base contract contracts share shares put puts call calls order
    orders execution executions position positions rung rungs time times hedge hedges level tier state mark
    strike basis spot day week entry entries half double
""")  # fmt: skip
"""Words whose place in a sentence is part of what it says: as a figure's, their order must be the facts' own."""


def readable(text: str) -> bool:
    """Whether a text has nothing but letters, digits and plain marks on one line: no look-alikes, no hidden ones."""
    if "\n" in text or "\r" in text or not _PLAIN.fullmatch(text) or "_" in text:
        return False
    letters = (char for char in text if char.isalnum())
    return all(char.isascii() for char in letters) and unicodedata.normalize("NFKC", text).replace("...", "…") == text


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of a sentence in order; a quotation is one."""
    found: list[str] = []
    at = 0
    for quoted in _QUOTED.finditer(text):
        found += _plain(text[at : quoted.start()])
        found.append(quoted[0])
        at = quoted.end()
    return (*found, *_plain(text[at:]))


def _plain(text: str) -> Iterable[str]:
    return (token for part in _SPLIT.split(text) if (token := _token(part)))


def _token(part: str) -> str:
    bare = part.strip(_EDGE)
    if bare in ("", "×"):
        return bare
    if figure := _FIGURE.fullmatch(bare):
        amount = format(Decimal(figure["number"].replace(",", "")).normalize(), "f")
        return f"{figure['sign']}{figure['unit']}{amount}{figure['share']}"
    word = bare.removesuffix("'s").removesuffix("’s")
    return WORDS.get(word.lower(), word if _named(word) else word.lower())


def _named(word: str) -> bool:
    """Whether a word is a name: it has a digit, a capital behind its first letter, or a hyphen between capitals."""
    return any(char.isdigit() or char.isupper() for char in word[1:])


def weighty(token: str) -> bool:
    """Whether a token's place is part of what is said: figures, names, quotations, hard words, days and months."""
    return (
        token in HARD or token.startswith("“") or _named(token) or any(char.isdigit() for char in token)
        or token.endswith("n't") or token in _DATES or token == "×" or not token[:1].isalpha()
    )  # fmt: skip


_DATES = words("""
    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr may jun
    jul aug sep oct nov dec january february march april june july august september october november december
""")  # fmt: skip
