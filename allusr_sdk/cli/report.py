"""`allusr report`: a week, a month or a quarter of a run, in words, as a page, on paper, as JSON or as CSV."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, RunNumber, Sets, day
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.reports.periods.values import PeriodFacts


class Kind(StrEnum):
    """What a report covers."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Format(StrEnum):
    """What a report is written in."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"
    CSV = "csv"


def report(
    kind: Annotated[Kind, typer.Argument(help="What it covers.")] = Kind.WEEK,
    at: Annotated[
        str | None, typer.Option("--at", metavar="D", help="A day of the period; the run's last one if left out.")
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="A page, a printed page, JSON or CSV; words on the terminal if left out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; its suffix is the format.")
    ] = None,
    daily: Annotated[
        str | None, typer.Option("--daily", metavar="DIR", help="Daily bars of SPY and QQQ, and IRX.csv: benchmarks.")
    ] = None,
    config: ConfigFile = None,
    sets: Sets = None,
    account: AccountName = None,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Tell a week, a month or a quarter. What was earned, what is at risk, what was refused and why.

    All forms have the same facts, and every number has the entries of the journal that it rests on. A month adds the
    performance to date, a quarter the tax ledger, reinvestment, hedges and the LEAP ladder. Plugins of the run may add
    sections. A page and a PDF need the extra `reports`; a page has its script in it, and nothing is fetched.
    """
    from allusr_sdk.config import Config
    from allusr_sdk.office.periods import facts as facts_of
    from allusr_sdk.office.places import in_force, opened

    chosen = Format.JSON if as_json else form or by_suffix(out, others=", or give --format")
    if chosen is Format.PDF and out is None:
        raise InputError("--format pdf: give --out FILE; a PDF is no text for a terminal")
    told = Config.read(config, sets=sets or (), account=account, rulebook=in_force(place(home)))
    with opened(home, run) as found:
        facts = facts_of(found, kind.value, day(at, "--at"), config=told, daily=daily)
    if out is not None:
        write(facts, chosen or Format.HTML, out.expanduser())
    elif chosen is None:
        _tell(facts)
    else:
        from allusr_sdk.office.periods import rendered

        print(rendered(facts, chosen.value).decode(), end="")


def by_suffix(out: Path | None, *, others: str = "") -> Format | None:
    """The format that a file's name ends in; `others` says what else goes. Raises `InputError` where it is none."""
    if out is None:
        return None
    suffix = out.suffix.removeprefix(".").lower()
    if suffix not in Format.__members__.values():
        known = ", ".join(f".{each}" for each in Format)
        raise InputError(f"--out {out}: take a name that ends in one of {known}{others}")
    return Format(suffix)


def write(facts: "PeriodFacts", form: str, out: Path, *, quiet: bool = False) -> None:
    """Write facts to a file and print its name, unless `quiet`. Raises `InputError` where it cannot be written."""
    from allusr_sdk.office.periods import rendered

    made = rendered(facts, str(form))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(made)
    except OSError as why:
        raise InputError(f"--out {out}: cannot be written: {why}") from None
    if not quiet:
        print(out)


def _tell(facts: "PeriodFacts") -> None:
    from allusr_sdk.cli.output import strong, table
    from allusr_sdk.cli.summary import headings
    from allusr_sdk.reports.periods.shown import shown

    for text in headings(facts.market, facts.what_if):
        strong(text)
    strong(f"{facts.kind.capitalize()} {facts.label} of run {facts.run}, {facts.status.lower()}")
    for sentence in facts.words:
        print(f"  {sentence.text}{_under(sentence.entries)}")
    print()
    money = facts.table("earned")
    cells = [[shown(c.value, column.unit) for column, c in zip(money.columns, row.cells, strict=True)]
             for row in money.rows]  # fmt: skip
    table([column.title for column in money.columns], cells)
    for added in facts.sections:
        print(f"\n{added.title} (plugin {added.plugin})\n{added.text}")


_SHOWN = 6


def _under(entries: tuple[int, ...]) -> str:
    if not entries:
        return ""
    more = f" and {len(entries) - _SHOWN:,} more" if len(entries) > _SHOWN else ""
    return f" ({' '.join(f'#{seq}' for seq in entries[:_SHOWN])}{more})"
