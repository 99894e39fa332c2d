"""Names in a question: ledgers, symbols, contracts, rules and entries, in the forms in which people write them."""

import re
from collections.abc import Iterable, Mapping

from attrs import frozen

from allusr_advisor.asking.facts import ledger_text
from allusr_advisor.asking.words import words

_STYLES = {
    "gen_acc": r"gen[ _-]?acc(?:ount)?|generators?|gen", "rev_acc": r"rev[ _-]?acc(?:ount)?|revenue sleeve|rev",
    "com_acc": r"com[ _-]?acc(?:ount)?|compounding|com", "llms_hedge": r"llms[ _-]?hedges?|hedge ladder",
    "llms": r"llms|growth ladder",
}  # fmt: skip
_COMPANIES = {
    "apple": ("AAPL",), "microsoft": ("MSFT",), "amazon": ("AMZN",), "google": ("GOOGL", "GOOG"),
    "alphabet": ("GOOGL", "GOOG"), "nvidia": ("NVDA",), "tesla": ("TSLA",), "facebook": ("META",),
}  # fmt: skip
_TERMS = words("""
    VIX ATR CSP CC IV NAV LEAP LEAPS PNL PL DTE OTM ITM ATM OI ADV USD NY EST EDT ET AM PM ETF ETFS CAGR P L I W
    Q SAFE HALT HEDGED CALM LLMS SPAM API JSON OK AI TWS IBKR US WHY WHAT WHEN HOW WHICH IS ARE DID DO DOES AND
    THE
""")
_RULE = re.compile(r"\b(cad|pe|cc|fk|ll|wk|ks|ord|lq|lg|tx|rule|fee|rate)[ -]?(\d{1,2})(?:\.\d+)?\b", re.IGNORECASE)
_ENTRY = re.compile(r"(?:\bentry )?#(\d+)\b|\bentry (\d+)\b", re.IGNORECASE)
_OSI = re.compile(r"\b([A-Za-z]{1,5}) *(\d{6}[CPcp]\d{8})\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STRIKE = re.compile(
    rf"(?:(?P<day>\d{{1,2}})[ -]?(?P<month>{'|'.join(_MONTHS)})[a-z]*,? )?(?:\$)?\b(?P<strike>\d{{1,5}}(?:\.\d+)?) ?-?"
    r"(?P<right>puts?|calls?|p|c)\b",
    re.IGNORECASE,
)
_TICKER = re.compile(r"\b[A-Z]{2,5}\b(?!-\d)")


@frozen(kw_only=True)
class Named:
    """What was named, and the text without it."""

    ledgers: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    contract: str = ""
    rules: tuple[str, ...] = ()
    entry: int = 0
    absent: tuple[str, ...] = ()
    rest: str = ""


def read(text: str, ledgers: Iterable[str], nodes: Mapping[str, tuple[str, ...]], symbols: Iterable[str]) -> Named:
    """The names in a text.

    Args:
        text: as it was typed.
        ledgers: of the run.
        nodes: ledgers of each account of the tree, by its id.
        symbols: every one that the run's journal has.
    """
    known, every = tuple(ledgers), frozenset(symbols)
    entry, text = _entry(text)
    rules, text = _rules(text)
    contract, of, text = _contract(text)
    owned, missing, text = _ledgers(text, known, nodes)
    found, unknown, text = _symbols(text, every)
    own = (one for one in of if one in every)
    return Named(
        ledgers=owned, symbols=tuple(dict.fromkeys((*own, *found))), contract=contract, rules=rules, entry=entry,
        absent=(*missing, *unknown, *(one for one in of if one not in every)), rest=text,
    )  # fmt: skip


def _entry(text: str) -> tuple[int, str]:
    found = _ENTRY.search(text)
    return (int(found[1] or found[2]), _ENTRY.sub(" ", text)) if found else (0, text)


def _rules(text: str) -> tuple[tuple[str, ...], str]:
    found = tuple(dict.fromkeys(f"{one[1].upper()}-{one[2]}" for one in _RULE.finditer(text)))
    return found, _RULE.sub(" ", text)


def _contract(text: str) -> tuple[str, tuple[str, ...], str]:
    if found := _OSI.search(text):
        root = found[1].upper()
        return f"{root:<6}{found[2].upper()}", (root,), _OSI.sub(" ", text)
    if found := _STRIKE.search(text):
        month = found["month"] and _MONTHS.index(found["month"].lower()) + 1
        expiry = f":{month:02d}{int(found['day']):02d}" if month else ""
        return f"{found['strike']}{found['right'][0].upper()}{expiry}", (), _STRIKE.sub(" ", text)
    return "", (), text


def _ledgers(
    text: str, known: tuple[str, ...], nodes: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Whole names first, then an account of the tree, then a style; a style that the run does not have is absent."""
    found: list[str] = []
    missing: list[str] = []
    forks = {node: own for node, own in nodes.items() if re.fullmatch(r"[mf]\d+", node)}
    for name in sorted(known, key=len, reverse=True):
        for form in {name, ledger_text(name)}:
            if (hit := re.compile(rf"(?<![\w.]){re.escape(form)}(?:'s)?(?![\w.]\w)", re.IGNORECASE)).search(text):
                found.append(name)
                text = hit.sub(" ", text)
    for hit in re.findall(r"\b[mf]\d+\b", text, re.IGNORECASE):
        own = forks.get(hit.lower(), ())
        found += own
        missing += [] if own else [hit.lower()]
        text = re.sub(rf"\b(?:account |fork |mini )?{hit}(?:'s)?\b", " ", text)
    for style, forms in _STYLES.items():
        hit = re.compile(rf"(?<![\w-])(?:the )?(?:{forms})(?:'s)?(?![\w-]|\.\w)", re.IGNORECASE)
        if hit.search(text):
            found += [style] if style in known else []
            missing += [] if style in known else [ledger_text(style)]
            text = hit.sub(" ", text)
    return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(missing)), text


def _symbols(text: str, every: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    found: list[str] = []
    missing: list[str] = []
    for name, owned in _COMPANIES.items():
        if (hit := re.compile(rf"\b{name}(?:'s)?\b", re.IGNORECASE)).search(text):
            found += [one for one in owned if one in every]
            missing += [] if any(one in every for one in owned) else [owned[0]]
            text = hit.sub(" ", text)
    for name in sorted(every - _TERMS, key=len, reverse=True):
        if (hit := re.compile(rf"(?<![\w.]){re.escape(name)}(?:'s)?(?!\w)", re.IGNORECASE)).search(text):
            found.append(name)
            text = hit.sub(" ", text)
    for word in _TICKER.findall(text):
        if word not in _TERMS and not (text.isupper() and len(text) > 5):
            missing.append(word)
            text = re.sub(rf"\b{word}\b", " ", text)
    return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(missing)), text
