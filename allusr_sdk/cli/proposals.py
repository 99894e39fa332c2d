"""How the rulebook changes from the command line: `rules diff`, `rules propose`, `approve`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, ConfigFile, Home, Json, day, names
from allusr_sdk.cli.run_options import (
    Capital,
    Daily,
    Earnings,
    First,
    Last,
    Market,
    Plugins,
    ScenarioName,
    Seed,
    Symbols,
)
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.governance import Proposal
    from allusr_sdk.ledger import Run
    from allusr_sdk.rulebook import Change, Rulebook

Wishes = Annotated[
    list[str], typer.Option("--set", metavar="K=V", help="A rule's value, as cad_10.symbol_cap=0.20; may be repeated.")
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who: a person's name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]

_EFFECTS = {"other": "neither tighter nor looser"}


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="default, in-force, a proposal's number, or a TOML file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Show the values in which two rulebooks differ, and which way."""
    from allusr_sdk.cli.output import emit
    from allusr_sdk.rulebook import changes

    old, new = _rulebook(before, home), _rulebook(after, home)
    found = changes(old, new)
    if as_json:
        emit({"before": old.stamp, "after": new.stamp, "changes": found})
        return
    _print_changes(old, new, found)


def propose(
    sets: Wishes,
    by: By,
    reason: Reason,
    plugins: Plugins = None,
    config: ConfigFile = None,
    market: Market = None,
    daily: Daily = None,
    earnings: Earnings = None,
    symbols: Symbols = None,
    capital: Capital = None,
    first: First = None,
    last: Last = None,
    seed: Seed = None,
    scenario: ScenarioName = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Write down a change of the rulebook, and try it. The same period is run under the old and the new rules.

    Nothing changes before a person approves it: `allusr approve ID`.
    """
    from allusr_sdk.cli.planning import Options

    options = Options(
        plugins=names(plugins, "--plugins"), config=config, market=market,
        daily=daily, earnings=earnings, symbols=names(symbols, "--symbols"), capital=capital,
        first=day(first, "--from"), last=day(last, "--to"), seed=seed, scenario=scenario, home=place(home),
    )  # fmt: skip
    _propose(options, sets, by=by, reason=reason, as_json=as_json)


def approve(
    number: Annotated[int, typer.Argument(metavar="ID", help="The proposal's number.")],
    by: By,
    reason: Reason,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Adopt a proposal, in a person's name. The rulebook gets its next version."""
    from allusr_sdk.cli.output import emit, strong
    from allusr_sdk.office.proposals import approve as adopt

    book = adopt(home, number, by=by, reason=reason)
    if as_json:
        emit({"proposal": number, "approver": by, "rulebook": book.stamp})
        return
    strong(f"proposal {number} approved by {by}: rulebook {book.stamp} is in force")
    print("runs with this home rest on it from now on; `allusr rules diff default in-force` shows what differs")


def _propose(options: "Options", sets: list[str], *, by: str, reason: str, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit
    from allusr_sdk.errors import InputError

    if not by.strip() or not reason.strip():
        raise InputError("a proposal needs a name (--by) and a reason (--reason)")
    proposal = proposed(options, _wishes(sets), by=by, reason=reason)
    if as_json:
        emit(proposal)
    else:
        show(proposal, options.home or "")


def proposed(options: "Options", wishes: Mapping[str, str], *, by: str, reason: str) -> "Proposal":
    """Write a proposal with the same period run under the rules in force and under those proposed.

    Args:
        options: what is run, and the home.
        wishes: values of rules by key, as TOML.
        by: the author, as it is shown.
        reason: why.

    Raises:
        RuleError: an unknown rule, or a value that it refuses.
        InputError: nothing would change, or what is to be run cannot be.
    """
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.model.events import RulesProposed
    from allusr_sdk.rulebook import changes

    assert options.home is not None
    with open_ledger(options.home) as ledger:
        governance = Governance(ledger)
        before = governance.rulebook
        after = before.adopted(wishes)
        if not changes(before, after):
            raise InputError(f"nothing would change: {', '.join(wishes)} stands so in the rulebook in force")
        period, old, new = _compared(options, after)
        event = RulesProposed(
            rule="RULE-3", changes=wishes, author=by, reason=reason, base=before.stamp, hash=after.hash, period=period,
            old=old, new=new,
        )  # fmt: skip
        return governance.proposal(governance.propose(event, datetime.now(UTC)))


def show(proposal: "Proposal", home: str) -> None:
    """Print a proposal that was written just now: its changes, and what the simulation says of them."""
    from allusr_sdk.office.places import in_force
    from allusr_sdk.rulebook import changes

    before = in_force(home)
    after = before.adopted(proposal.event.changes)
    _print_changes(before, after, changes(before, after))
    _print_proposal(proposal)


def _wishes(sets: list[str]) -> dict[str, str]:
    from allusr_sdk.errors import RuleError
    from allusr_sdk.rulebook import Rulebook

    pairs = [pair.partition("=") for pair in sets]
    if bad := next((key for key, equals, _ in pairs if not equals), None):
        raise RuleError(f"--set {bad}: expected rule.value=number")
    return {Rulebook.default().value(key.strip().removeprefix("rules.")).key: text.strip() for key, _, text in pairs}


def _compared(options: "Options", after: "Rulebook") -> tuple[str, dict[str, str], dict[str, str]]:
    """The period run under the rules in force and under the new ones, and the figures of both."""
    from attrs import evolve

    from allusr_sdk.cli.planning import plan
    from allusr_sdk.execution.run import simulate
    from allusr_sdk.ledger import open_ledger

    figures = []
    for rules in (None, after):
        made = plan(options if rules is None else evolve(options, rules=rules))
        with open_ledger("sqlite://") as ledger:
            figures.append(_figures(simulate(made, ledger)))
    period = f"{made.first} to {made.last}, {made.source.description}, {made.capital:,.0f}"
    return period, figures[0], figures[1]


def _figures(run: "Run") -> dict[str, str]:
    from allusr_sdk.office.proposals import MEASURES
    from allusr_sdk.reports import facts

    total = facts.of_run(run).total
    return {name: str(getattr(total, name)) for name in MEASURES}


def _rulebook(name: str, home: str) -> "Rulebook":
    """The rulebook that an argument names."""
    from allusr_sdk.config import Config
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.rulebook import Rulebook

    if name == "default":
        return Rulebook.default()
    if name == "in-force":
        from allusr_sdk.office.places import in_force

        return in_force(place(home))
    if not name.isdigit():
        if not Path(name).is_file():
            raise InputError(
                f"{name}: no rulebook: give default, in-force, a proposal's number, or a TOML file that is"
            )
        return Config.read(Path(name)).rulebook
    with open_ledger(place(home), create=False) as ledger:
        governance = Governance(ledger)
        return governance.rulebook.adopted(governance.proposal(int(name)).event.changes)


def _print_changes(old: "Rulebook", new: "Rulebook", found: "tuple[Change, ...]") -> None:
    from allusr_sdk.cli.output import strong, table

    strong(f"Rulebook {old.stamp} -> {new.stamp}")
    if not found:
        print("no value differs")
        return
    rows = [[c.key, c.before, c.after, _EFFECTS.get(c.effect, c.effect)] for c in found]
    table(["value", "before", "after", "effect"], rows, left=4)


def _print_proposal(proposal: "Proposal") -> None:
    from allusr_sdk.cli.output import table
    from allusr_sdk.office.proposals import MEASURES

    event = proposal.event
    print()
    print(f"Simulated: {event.period}")
    rows = [[label, _shown(event.old, key), _shown(event.new, key), _gap(event.old, event.new, key)]
            for key, label in MEASURES.items()]  # fmt: skip
    table(["measure", "rules in force", "proposed", "difference"], rows)
    print()
    print(f"Proposal {proposal.number} by {event.author}: {event.reason}")
    print(f'What next: `allusr approve {proposal.number} --by NAME --reason "..."`')


def _shown(figures: Mapping[str, object], key: str) -> str:
    return f"{Decimal(str(figures[key])):,}"


def _gap(old: Mapping[str, object], new: Mapping[str, object], key: str) -> str:
    return f"{Decimal(str(new[key])) - Decimal(str(old[key])):+,}"
