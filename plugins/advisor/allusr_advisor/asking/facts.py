"""What an answer is made of: sentences of pieces that know what they are, and the entries under each."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from string import Formatter

from attrs import Factory, frozen

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.options import Contract

_FORMATTER = Formatter()
_CENT = Decimal("0.01")
_LONGEST = 160
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_OSI = re.compile(r"(?:[\w.]+:)?\b([A-Z]{1,5}\d?) *(\d{6}[CP]\d{8})\b")
_NODE = re.compile(r"[mf]\d+\b")  # an account of the tree keeps its small letter
_SHARES = re.compile(r"\b((?:[mf]\d+\.)?(?:gen|rev|com)_acc):([A-Z]{1,5})\b(?! *\d{6}[CP])")
_QUOTES = str.maketrans({"“": "'", "”": "'", '"': "'"})


@frozen
class Piece:
    """A part of a sentence that a reader may check.

    Attributes:
        kind: money, number, share, price, day, moment, week, symbol, contract, ledger, rule, state, or quote: words of
            the journal or of a person, which are data and nothing else.
        text: as it is written.
        value: as it is compared: a plain number, an ISO date, an OSI symbol, a name.
    """

    kind: str
    text: str
    value: str


@frozen
class Fact:
    """One sentence, true by the entries under it.

    Attributes:
        body: the sentence without its rules; `pieces` are its parts that are no plain words.
        entries: numbers of the journal entries under it; empty where it says that there are none.
    """

    body: str
    pieces: tuple[Piece, ...] = ()
    rules: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The sentence with its rules in brackets."""
        return f"{self.body}{f' ({", ".join(self.rules)})' if self.rules else ''}."

    @property
    def quotes(self) -> tuple[str, ...]:
        """Words of others in it."""
        return tuple(piece.text for piece in self.pieces if piece.kind == "quote")


@frozen(kw_only=True)
class Answer:
    """What is said to a question.

    Attributes:
        direct: what was asked for; an answer without these is none.
        why: what stands behind it; `open` what is not over.
        asks: what can be asked instead, where a question was not understood.
        topic: what it was taken to be about; empty where it was not understood.
    """

    topic: str = ""
    direct: tuple[Fact, ...] = ()
    why: tuple[Fact, ...] = ()
    open: tuple[Fact, ...] = ()
    asks: tuple[str, ...] = Factory(tuple)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All of it in the order of reading."""
        return (*self.direct, *self.why, *self.open)


def say(
    template: str, shared: Mapping[str, Piece] | None = None, /, *, rules: str | Iterable[str] = (),
    entries: Iterable[int] = (), **own: Piece,
) -> Fact:  # fmt: skip
    """A sentence from a template whose fields are pieces, `shared` ones and its own; its rules follow in brackets."""
    pieces = {**(shared or {}), **own}
    named = tuple(dict.fromkeys(rules.split() if isinstance(rules, str) else rules))
    used = tuple(pieces[name] for _, name, _, _ in _FORMATTER.parse(template) if name)
    body = template.format(**{name: piece.text for name, piece in pieces.items()})
    first = body[:1] if _NODE.match(body) else body[:1].upper()
    return Fact(f"{first}{body[1:]}", (*used, *map(rule, named)), named, tuple(dict.fromkeys(entries)))


# --- pieces ---------------------------------------------------------------------------------------------------------


def cents(value: Decimal) -> Decimal:
    """Dollars in whole cents."""
    return value.quantize(_CENT, ROUND_HALF_EVEN)


def money(value: Decimal) -> Piece:
    """Dollars, with their sign where they are negative."""
    exact = cents(value)
    return Piece("money", f"{'-' if exact < 0 else ''}${abs(exact):,.2f}", str(exact))


def price(value: Decimal) -> Piece:
    """Dollars a share: two places, more only where they are not zero."""
    whole, _, places = f"{value.normalize():f}".partition(".")
    return Piece("price", f"{int(whole):,}.{places:0<2}", str(value))


def count(value: int, unit: str, units: str = "") -> Piece:
    """A number of things: ``3 contracts``, ``1 roll``."""
    return Piece("number", f"{value:,} {unit if value == 1 else units or unit + 's'}", str(value))


def number(value: float | Decimal, places: int = 2) -> Piece:
    """A plain number."""
    text = f"{value:,.{places}f}"
    return Piece("number", text.rstrip("0").rstrip(".") if "." in text else text, str(value))


def share(value: float | Decimal, places: int = 2) -> Piece:
    """A share as a percentage."""
    text = f"{float(value) * 100:,.{places}f}"
    return Piece("share", f"{text.rstrip('0').rstrip('.') if '.' in text else text}%", str(value))


def clock(at: datetime) -> datetime:
    """An instant by New York's clock."""
    return at.astimezone(NEW_YORK)


def moment(at: datetime) -> Piece:
    """An instant to the minute, New York."""
    there = clock(at)
    return Piece("moment", f"{there:%a} {there.day} {there:%b %Y %H:%M}", there.isoformat())


def day(on: date) -> Piece:
    """A date."""
    return Piece("day", f"{on:%a} {on.day} {on:%b %Y}", on.isoformat())


def week(label: str) -> Piece:
    """An ISO week."""
    return Piece("week", label, label)


def symbol(name: str) -> Piece:
    """An underlying."""
    return Piece("symbol", name, name)


def rule(name: str) -> Piece:
    """A rule's id."""
    return Piece("rule", name, name)


def state(name: str) -> Piece:
    """A state, tier, verdict or label as the journal names it."""
    return Piece("state", name, name)


_SHOWN = {"gen_acc": "Gen-Acc", "rev_acc": "Rev-Acc", "com_acc": "Com-Acc", "llms": "LLMS", "llms_hedge": "LLMS-Hedge"}


def ledger_text(name: str) -> str:
    """A ledger as people write it: ``Gen-Acc``, ``m1 Com-Acc``; one of a stranger's sleeve by its own name."""
    node, dot, style = name.rpartition(".")
    own = _SHOWN.get(style, style)
    return f"{node} {own}" if dot else own


def ledger(name: str) -> Piece:
    """A ledger, or the account where no ledger is named."""
    return Piece("ledger", ledger_text(name) if name else "the account", name or "account")


def contract_of(instrument: str) -> Contract | None:
    """The contract of an OSI symbol; None for shares."""
    try:
        return Contract.parse(instrument, adjusted=True)
    except ValueError:
        return None


def instrument(name: str) -> Piece:
    """A contract, ``AAPL 13 Feb 270 put``, or the shares of a symbol."""
    found = contract_of(name)
    return Piece("contract", str(found), found.osi) if found else Piece("contract", f"{name} shares", name)


def many(quantity: int, name: str) -> Piece:
    """``3 × AAPL 13 Feb 270 put``, or ``300 AAPL shares``; unsigned."""
    what = instrument(name)
    return Piece("contract", f"{abs(quantity):,} {'× ' if contract_of(name) else ''}{what.text}", what.value)


def quote(text: str, longest: int = _LONGEST) -> Piece:
    """Words of the journal, a person or a plugin, on one line, cut where they are long, and marked as theirs."""
    text = _SHARES.sub(lambda found: f"{found[2]} shares of {ledger_text(found[1])}", text)
    spoken = _OSI.sub(lambda found: instrument(f"{found[1]:<6}{found[2]}").text, text)
    plain = " ".join(_UNSEEN.sub(" ", spoken).translate(_QUOTES).split())
    cut = plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"
    return Piece("quote", f"“{cut}”", cut)


def listed(facts: Iterable[str], joint: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    every = list(facts)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} {joint} {every[-1]}" if every else ""
