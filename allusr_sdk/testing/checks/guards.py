"""The kernel's own guards, asked about a plugin's answer: what they say at run time is what the checks say."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import cast

from allusr_sdk.contracts import Sleeve, SleeveView
from allusr_sdk.kernel.limits import Entry
from allusr_sdk.model.intents import Sell, Shares, Veto
from allusr_sdk.model.positions import Book
from allusr_sdk.testing.checks.asks import Ask


def entry(intent: Sell | Shares, view: SleeveView, sleeve: Sleeve[object]) -> Entry:
    """What the kernel's gates look at, with the sleeve's own books as the whole account."""
    ledger = view.book
    account = _others(view.tiers, ledger.switches)
    return Entry(
        intent=intent, view=view.market, ledger=ledger, book=Book({ledger.name: ledger}, account), rules=view.rules,
        universe=len(sleeve.symbols), approved=view.rules.stamp, ranges=view.atr,
    )  # fmt: skip


def _others(tiers: Iterable[str], own: Mapping[str, str]) -> Mapping[str, str]:
    """The account's switches: all that bind the sleeve, without its own."""
    left = list(tiers)
    for tier in own.values():
        if tier in left:
            left.remove(tier)
    return MappingProxyType({f"SWITCH {number}": tier for number, tier in enumerate(left)})


def entries(ask: Ask, sleeve: object) -> Iterable[Entry]:
    """One entry for each intent of an answer that opens."""
    return (entry(intent, ask.view, cast("Sleeve[object]", sleeve)) for intent in ask.opening)


def listed(vetoes: Iterable[Veto]) -> str:
    """Vetoes on one line."""
    return "; ".join(f"{veto.rule}: {veto.why}" for veto in vetoes)


def restricted(view: SleeveView) -> str:
    """What keeps the sleeve from opening puts at this instant, or an empty text: a tier, a freeze, a quarantine."""
    held = [tier for tier in view.tiers if tier in ("FREEZE", "SAFE", "HALT")]
    frozen = [f"frozen by {view.book.frozen['*']}"] if "*" in view.book.frozen else []
    return ", ".join([*held, *frozen, *([f"quarantined: {q}"] if (q := view.book.quarantined) else [])])
