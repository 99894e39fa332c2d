"""What a sleeve declared, and what its intents break of it (KS-11.1, KS-11.13)."""

from collections.abc import Iterable

from allusr_sdk.contracts import Sleeve, SleeveView
from allusr_sdk.host.fit import amount, count, misquoted, unfit
from allusr_sdk.model.intents import Band, Note, Sell, Shares, Skip


def broken_promise(intents: Iterable[object], sleeve: Sleeve[object], view: SleeveView) -> str:
    """What a sleeve's intents break of its own declarations, or an empty text."""
    traded: set[tuple[type, str]] = set()
    for intent in intents:
        if not isinstance(intent, Sell | Shares | Skip | Note):
            return f"proposed a {type(intent).__name__}, which opens nothing"
        if wrong := unfit(intent) or _misshapen(intent):
            return f"proposed a {type(intent).__name__} {wrong}"
        if not intent.rule:
            return f"gave no rule for {type(intent).__name__} {intent.symbol}"
        if intent.symbol not in sleeve.symbols and not isinstance(intent, Skip | Note):
            return f"proposed {intent.symbol}, which is not among its symbols"
        if isinstance(intent, Sell) and intent.quote.contract.underlying != intent.symbol:
            return f"proposed {intent.quote.contract} for {intent.symbol}"
        if isinstance(intent, Sell) and _undeclared(intent, view):
            return f"rested {intent.quote.contract} on a band that it does not declare"
        if isinstance(intent, Sell | Shares) and (type(intent), intent.symbol) in traded:
            return f"proposed two {type(intent).__name__} of {intent.symbol} at one instant"
        traded.add((type(intent), intent.symbol))
    return ""


def _misshapen(intent: Sell | Shares | Skip | Note) -> str:
    """What of an intent is not of the kind that orders are made of; types are not checked when plugins make it."""
    if isinstance(intent, Sell):
        if wrong := misquoted(intent.quote):
            return wrong
        found = {"band": isinstance(intent.band, Band) and amount(intent.band.floor)}
        found |= {"delta": isinstance(intent.delta, int | float), "lots": intent.lots is None or count(intent.lots)}
    elif isinstance(intent, Shares):
        found = {"quantity": type(intent.quantity) is int and intent.quantity != 0}
    else:
        said = (intent.verdict,) if isinstance(intent, Skip) else (intent.key, intent.text)
        found = {"text": all(isinstance(text, str) for text in said)}
    return next((f"whose {name} is none" for name, fits in found.items() if not fits), "")


def _undeclared(intent: Sell, view: SleeveView) -> bool:
    b = intent.band
    return not any(
        d.rule == b.rule and d.unit == b.unit and d.low <= b.low <= b.high <= d.high
        and d.nearest <= b.nearest <= b.furthest <= d.furthest and b.reach <= d.reach
        for d in view.bands
    )  # fmt: skip
