"""The rulebook as a page for people, made from the data."""

from collections.abc import Iterator

from allusr_sdk.rulebook.book import Rulebook
from allusr_sdk.rulebook.relations import RELATIONS
from allusr_sdk.rulebook.values import TIGHTEN, Rule

SECTIONS = {
    "RULE": "Above all",
    "CAD": "Sleeve cadence",
    "PE": "Protocol engine",
    "CC": "Covered calls",
    "FK": "Forks and reinvestment",
    "LL": "Ladders",
    "WK": "Week types",
    "KS": "Kill switches",
    "ORD": "Orders",
    "FEE": "Costs",
    "RATE": "Rates",
    "LQ": "Liquidity and contracts",
    "RECON": "Reconciliation",
    "LG": "Ledger",
    "TX": "Tax",
}


def page(book: Rulebook) -> str:
    """Markdown: a heading a section, a paragraph and a table a rule."""
    return "\n".join(_lines(book)) + "\n"


def _lines(book: Rulebook) -> Iterator[str]:
    yield f"# Rulebook {book.version}"
    yield ""
    yield "Made from `allusr_sdk/rulebook.toml` by `allusr rules page`. What the user fixed can only be tightened; a"
    yield "value that a later release reads cannot be set yet. What makes no sense together is refused: see the end."
    section = ""
    for rule in book.rules.values():
        name = SECTIONS[rule.id.partition("-")[0]]
        if name != section:
            section = name
            yield from ("", f"## {section}")
        yield from _rule(rule)
    yield from _together()


def _rule(rule: Rule) -> Iterator[str]:
    yield from ("", f"### {rule.id} {rule.title}", "", rule.text, "")
    yield f"Enforced by `{rule.where}`." if rule.where else "Enforced by a later release."
    if not rule.values:
        return
    yield from ("", "| value | default | origin | change |", "|---|---|---|---|")
    for value in rule.values.values():
        how = "a later release reads it" if value.later else TIGHTEN[value.tighten] if value.fixed else "may be set"
        origin = "the user" if value.fixed else "default"
        yield f"| `{value.key}` | {value.shown(value.default)} | {origin} | {how} |"


def _together() -> Iterator[str]:
    yield from ("", "## What fits together", "", "A rulebook of which one of these does not hold is not loaded.", "")
    yield from ("| value | must be | else |", "|---|---|---|")
    for relation in RELATIONS:
        other = f"`{relation.other}`" if isinstance(relation.other, str) else relation.other
        yield f"| `{relation.key}` | {relation.must} {other} | {relation.why} |"
