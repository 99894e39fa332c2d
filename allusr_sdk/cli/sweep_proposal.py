"""A proposal for the rulebook out of a row of a sweep."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.trials.judged import Judged
    from allusr_sdk.trials.rows import Row
    from allusr_sdk.trials.sweep import Sweep


def proposed_from(folder: Path, number: int, *, by: str, reason: str, home: str, as_json: bool) -> None:
    """Propose the rules of a row, and print the settings that are none as a configuration takes them.

    Raises:
        InputError: no such sweep or row, a row that did not end, no name, or rules that were loosened.
    """
    from allusr_sdk.cli.output import emit
    from allusr_sdk.cli.proposals import proposed, show
    from allusr_sdk.trials.headings import headings
    from allusr_sdk.trials.judged import judged
    from allusr_sdk.trials.kept import read
    from allusr_sdk.trials.rows import row_of, rows

    sweep, results = read(folder)
    found = judged(sweep, results)
    row = row_of(rows(sweep, results, found), number)
    options = _options(sweep, home)
    wishes, settings = _parted((*options.sets, *(f"{key}={value}" for key, value in row.values.items())))
    _require(sweep, row, by, home, rules=bool(wishes))
    why = reason or _reason(sweep, row, found)
    made = None
    if wishes:
        pairs = tuple(f"{key}={value}" for key, value in settings.items())
        made = proposed(evolve(options, sets=pairs), wishes, by=by, reason=why)
    if as_json:
        emit({"row": number, "options": sweep.prices, "headings": list(headings(sweep)), "reason": why,
              "settings": settings, "proposal": made})  # fmt: skip
        return
    for text in (*headings(sweep), why):
        print(text)
    if made is not None:
        show(made, home)
    for text in _told(settings, alone=made is None):
        print(text)


def _require(sweep: "Sweep", row: "Row", by: str, home: str, *, rules: bool) -> None:
    from allusr_sdk.office.places import in_force

    if not by.strip():
        raise InputError("a proposal needs a name (--by)")
    if row.ended < row.seeds:
        raise InputError(f"row {row.row}: did not come to its end ({row.why}): choose another")
    if sweep.shared["what_if"] or any(axis.loosens for axis in sweep.space.axes):
        raise InputError(f"row {row.row}: is a what-if, and what is fixed is never loosened by a proposal")
    if rules and (now := in_force(home).stamp) != sweep.shared["in force"]:
        raise InputError(f"row {row.row}: tried under {sweep.shared['in force']}, in force is {now}: sweep again")


def _options(sweep: "Sweep", home: str) -> "Options":
    """The options of a sweep, as they were typed."""
    from datetime import date

    from allusr_sdk.cli.planning import Options

    def text(name: str) -> str | None:
        value = sweep.options.get(name)
        return None if value is None else str(value)

    def several(name: str) -> tuple[str, ...] | None:
        value = sweep.options.get(name)
        return tuple(value) if isinstance(value, list) else None

    config = text("config")
    return Options(
        plugins=several("plugins"), config=None if config is None else Path(config), sets=several("sets") or (),
        what_if=several("what_if") or (), market=text("market"), daily=text("daily"),
        earnings=text("earnings"), symbols=several("symbols"), capital=text("capital"),
        first=date.fromisoformat(sweep.shared["first"]), last=date.fromisoformat(sweep.shared["last"]),
        seed=sweep.seeds[0], scenario=text("scenario"), home=home, account=text("account"),
    )  # fmt: skip


def _parted(pairs: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Values of the rulebook, and settings that are none; the last of a key stands."""
    from allusr_sdk.errors import RuleError
    from allusr_sdk.rulebook import Rulebook

    rules, settings = dict[str, str](), dict[str, str]()
    for pair in pairs:
        key, _, value = (part.strip() for part in pair.partition("="))
        try:
            rules[Rulebook.default().value(key.removeprefix("rules.")).key] = value
        except RuleError:
            settings[key] = value
    return rules, settings


def _reason(sweep: "Sweep", row: "Row", found: "Judged") -> str:
    """Why, in the words that a person who approves has to read: how many were tried, and on what prices."""
    from allusr_sdk.cli.sweep_shown import value_of
    from allusr_sdk.trials.rows import SHARPE

    deflated = "unknown" if found.deflated is None else f"{found.deflated:.2f}"
    overfitted = "unknown" if found.overfitted is None else f"{found.overfitted:.2f}"
    sharpe = value_of(row.cell(SHARPE))
    return (f"row {row.row} of a sweep of {found.variants:,} variants ({row.said}): Sharpe {sharpe} a year, "
            f"{sweep.shared['first']} to {sweep.shared['last']}, options {sweep.prices}; of the best "
            f"of them deflated Sharpe ratio {deflated}, probability of overfitting {overfitted}")  # fmt: skip


def _told(settings: Mapping[str, str], *, alone: bool) -> Iterator[str]:
    from allusr_sdk.rulebook import parse

    if not settings:
        return
    yield ""
    yield ("No rule differs in this row, so nothing was proposed. " if alone else "") + (
        "Settings are no part of the rulebook; for a configuration, or with --set:")  # fmt: skip
    by_table: dict[str, list[str]] = {}
    for key, value in settings.items():
        table, _, name = key.rpartition(".")
        written = json.dumps(value) if isinstance(parse(value), str) and value[:1] not in "\"'" else value
        by_table.setdefault(table, []).append(f"{name} = {written}")
    yield from (f"[{table}]\n{'\n'.join(lines)}" for table, lines in by_table.items())
    yield " ".join(f"--set {key}={value}" for key, value in settings.items())
