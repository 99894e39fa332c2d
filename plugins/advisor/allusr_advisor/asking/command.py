"""`allusr ask`: a question to the ledger, answered in sentences that carry their entries."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_advisor.asking.question import Question
    from allusr_advisor.asking.record import Record
    from allusr_advisor.asking.wording import Wordings

_HOME = "~/.allusr"
_SESSION = "last"

Question_ = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUESTION", help="What you want to know; without it, questions are read until the end of input."
    ),
]
Home = Annotated[
    str,
    typer.Option(
        "--home", envvar="ALLUSR_HOME", metavar="DIR", help="Where the ledger is: a folder, or a database URL."
    ),
]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file with a table [advisor].")]
Session = Annotated[str, typer.Option("--session", metavar="NAME", help="Whose question before this one goes on from.")]


def ask(
    question: Question_ = None,
    entries: Annotated[bool, typer.Option("--entries", help="Show the journal entries under each sentence.")] = False,
    session: Session = _SESSION,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not go on from the question before.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Let no model word the answer.")] = False,
    config: Config = None,
    home: Home = _HOME,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Answer a question about the newest run, from its ledger alone.

    "Why did Gen-Acc pivot last week?", "What was refused on Friday?", "And Rev-Acc?". The direct answer comes first,
    then why, with rules and numbers, then what stands now. Days are New York's, counted from the run's last entry. An
    answer is no advice, and nothing can be done from here.
    """
    chosen = _wordings(config, rules=rules)
    if fresh:
        from allusr_advisor.asking.memory import forget

        forget(home, session)
    for text in [" ".join(question)] if question else _typed():
        if text.strip():
            _one(text, home, session, chosen, entries=entries, as_json=as_json)


def _typed() -> Iterator[str]:
    """Questions that are typed, until the end of input."""
    shown = sys.stdin.isatty()
    while True:
        if shown:
            print("ask> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line.strip()


def _wordings(config: Path | None, *, rules: bool) -> "Wordings":
    from allusr_advisor.asking.wording import Wordings
    from allusr_sdk.layers import of_file
    from allusr_sdk.settings import load

    chosen = load(Wordings, dict(of_file(config).get("advisor", {})), where="advisor")
    return Wordings() if rules else chosen


def _one(text: str, home: str, session: str, chosen: "Wordings", *, entries: bool, as_json: bool) -> None:
    """Read the home anew for each question: a run may be growing."""
    from allusr_advisor.asking.answering import answer
    from allusr_advisor.asking.memory import keep, recall
    from allusr_advisor.asking.record import opened
    from allusr_advisor.asking.telling import as_object, lines
    from allusr_advisor.asking.wording import model_of, worded
    from allusr_sdk.market.modelled import modelled

    record = opened(_one_home(home))
    asked = _read(text, record, recall(home, session))
    found = answer(record, asked)
    made = worded(asked.text, found, model_of(chosen), chosen.seconds)
    if found.topic:
        keep(home, session, asked)
    if as_json:
        print(json.dumps(as_object(record, asked, found, made, entries=entries), ensure_ascii=False))
        return
    if said := modelled(record.facts.market):
        print(said)
    for name, value in sorted(record.facts.what_if.items()):
        print(f"WHAT-IF: {name} = {value}: these are not the rules in force")
    for line in lines(record, asked, found, made, entries=entries):
        print(line)


def _one_home(home: str) -> str:
    """The home itself. Raises `InputError` for a folder of several accounts: each has a journal of its own."""
    from allusr_sdk.office.places import below

    if found := below(home):
        raise InputError(f"--home {home} has several accounts: name one, as --home {next(iter(found.values()))}")
    return home


def _read(text: str, record: "Record", last: "Question | None") -> "Question":
    from allusr_advisor.asking.reading import read

    if len(text) > 500:
        raise InputError("a question has at most 500 characters: ask one thing at a time")
    try:
        return read(text, record.known, last)
    except ValueError as why:
        raise InputError(f"{text}: {why}") from None
