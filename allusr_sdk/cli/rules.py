"""`allusr rules`: the rulebook in force."""

from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, ConfigFile, Home, Json, Sets
from allusr_sdk.cli.proposals import diff, propose
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.rulebook import Rule, Rulebook

LATER = "a later release"

app = typer.Typer(help="The rules in force: values, where from, how they change.")


@app.command("show")
def show(
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="One rule, as LQ-1.")] = None,
    config: ConfigFile = None,
    sets: Sets = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Show every rule's values, or one rule in full.

    What is fixed by the user may only be tightened.
    """
    from allusr_sdk.cli.output import emit
    from allusr_sdk.config import Config
    from allusr_sdk.office.places import in_force

    book = Config.read(config, sets=sets or (), rulebook=in_force(place(home))).rulebook
    chosen = [_found(book, rule)] if rule else list(book.rules.values())
    if as_json:
        emit({"stamp": book.stamp, "used_by_newest_run": _used(home), "rules": [_object(each) for each in chosen]})
    elif rule:
        _print_one(chosen[0])
    else:
        _print_all(book, _used(home))


app.command("diff")(diff)
app.command("propose")(propose)


@app.command("page")
def page() -> None:
    """Print the packaged rulebook as a page of Markdown."""
    from allusr_sdk.rulebook import Rulebook
    from allusr_sdk.rulebook import page as made

    print(made(Rulebook.default()), end="")


def _found(book: "Rulebook", name: str) -> "Rule":
    from allusr_sdk.errors import RuleError
    from allusr_sdk.settings import nearest

    key = name.upper().replace("_", "-")
    if key not in book.rules:
        raise RuleError(f"{name}: unknown rule; {nearest(key, book.rules)}")
    return book.rules[key]


def _used(home: str) -> str:
    """The stamp that the newest run of a home used, or an empty text."""
    from allusr_sdk.errors import InputError
    from allusr_sdk.ledger import open_ledger

    try:
        with open_ledger(place(home), create=False) as ledger:
            run = ledger.latest()
            heads = run.entries(kind="RunStarted") if run else iter(())
            return next((entry.rulebook for entry in heads), "")
    except InputError:
        return ""


def _object(rule: "Rule") -> dict[str, object]:
    return {
        "id": rule.id, "title": rule.title, "text": rule.text, "where": rule.where,
        "values": [
            {"key": v.key, "value": v.value, "default": v.default, "unit": v.unit, "origin": v.origin, "fixed": v.fixed,
             "tighten": v.tighten, "later": v.later}
            for v in rule.values.values()
        ],
    }  # fmt: skip


def _print_all(book: "Rulebook", used: str) -> None:
    from allusr_sdk.cli.output import strong, table

    strong(f"Rulebook {book.stamp}")
    if used and used != book.stamp:
        print(f"the newest run used {used}")
    print()
    rows: list[list[str]] = []
    for rule in book.rules.values():
        rows.append([rule.id, rule.title, "", rule.where or LATER])
        rows += [[f"  {v.key}", v.shown(), v.origin, LATER if v.later else ""] for v in rule.values.values()]
    table(["rule", "value", "origin", "where"], rows, left=4)


def _print_one(rule: "Rule") -> None:
    from allusr_sdk.cli.output import strong, table
    from allusr_sdk.rulebook.values import TIGHTEN

    strong(f"{rule.id} {rule.title}")
    print(rule.text)
    print(f"where: {rule.where or LATER}")
    if rule.values:
        print()
        rows = [
            [v.key, v.shown(), v.origin, LATER if v.later else TIGHTEN[v.tighten] if v.fixed else "may be set"]
            for v in rule.values.values()
        ]
        table(["key", "value", "origin", "change"], rows, left=4)
