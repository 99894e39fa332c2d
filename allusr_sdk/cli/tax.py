"""`allusr ledger tax`: a tax year on the terminal, as CSV, as JSON and as a page."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, RunNumber, Sets
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.tax.terms import Terms
    from allusr_sdk.tax.year import Report


class Mode(StrEnum):
    """How wash sales and covered calls are looked at."""

    BROKER = "broker"
    TAXPAYER = "taxpayer"


class Format(StrEnum):
    """What is written."""

    CSV = "csv"
    HTML = "html"
    JSON = "json"


def tax(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="Tax year, as 2026.")],
    mode: Annotated[
        Mode | None,
        typer.Option("--mode", help="One account as a 1099-B, or all of the taxpayer's. [default: rule TX-4]"),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="CSV files, one page, or JSON; a summary if left out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder to write into, instead of the terminal.")
    ] = None,
    config: ConfigFile = None,
    sets: Sets = None,
    account: AccountName = None,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Work out a tax year; it is no tax advice. Form 8949, Schedule D, Form 6781, dividends, the reserve.

    Both modes are worked out, and what tells them and the books apart stands at the head. Lots go by rule TX-3
    (`--set tx_3.method=hifo`); boxes, rendering and purchases in other accounts are in the table [tax] of the
    configuration. On the terminal CSV is Form 8949 alone; with --out every table is a file.
    """
    from allusr_sdk.config import Config
    from allusr_sdk.office.places import in_force, opened
    from allusr_sdk.reports.beginnings import started
    from allusr_sdk.tax.terms import terms_of
    from allusr_sdk.tax.year import report

    if not _FIRST <= year <= _LAST:
        raise InputError(f"YEAR {year}: expected one from {_FIRST} to {_LAST}")
    rules = in_force(place(home))
    terms = terms_of(Config.read(config, sets=sets or (), account=account, rulebook=rules), str(mode or ""))
    with opened(home, run) as found:
        number = found.id
        if year < (begun := started(found).first.year):
            raise InputError(f"YEAR {year}: run {number} begins in {begun}, and nothing is known of the years before")
        made = report(found, year, terms)
    chosen = Format.JSON if as_json else form
    if out is not None:
        _write(made, terms, number, chosen, out.expanduser())
    elif chosen is None:
        _summary(made, number)
    else:
        print(_TEXTS[chosen](made, terms, number), end="")


_FIRST, _LAST = 1990, 2045  # the years of the exchange's calendar


def _json(made: "Report", terms: "Terms", number: int) -> str:
    import json

    import msgspec

    from allusr_sdk.tax.tables import head, tables

    whole = {"run": number, **head(made), **tables(made, terms)}
    return json.dumps(msgspec.to_builtins(whole), indent=2, ensure_ascii=False) + "\n"


def _csv(made: "Report", terms: "Terms", number: int) -> str:
    from allusr_sdk.tax.tables import csv_text, tables

    return csv_text(tables(made, terms)["form_8949"])


def _html(made: "Report", terms: "Terms", number: int) -> str:
    from allusr_sdk.tax.page import page

    return page(made, terms)


_TEXTS = {Format.JSON: _json, Format.CSV: _csv, Format.HTML: _html}


def _files(made: "Report", terms: "Terms", number: int, chosen: Format | None) -> dict[str, str]:
    """What is written into a folder, text by name of the file; everything where no format is chosen."""
    from allusr_sdk.tax.tables import csv_text, tables

    stem = f"tax-{made.chosen.year}-{made.chosen.mode}"
    found = {f"{stem}.{each}": _TEXTS[each](made, terms, number) for each in (Format.HTML, Format.JSON)
             if chosen in (None, each)}  # fmt: skip
    if chosen in (None, Format.CSV):
        found |= {f"{stem}-{name}.csv": csv_text(rows) for name, rows in tables(made, terms).items()}
    return found


def _write(made: "Report", terms: "Terms", number: int, chosen: Format | None, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _files(made, terms, number, chosen).items():
            (folder / name).write_text(text, "utf-8")
            print(folder / name)
    except OSError as why:
        raise InputError(f"--out {folder}: cannot be written: {why}") from None


def _summary(made: "Report", number: int) -> None:
    from allusr_sdk.cli.output import money, strong, table
    from allusr_sdk.tax.tables import ADVICE, schedule

    year = made.chosen
    strong(f"Tax year {year.year}, run {number}, {year.mode} mode, lots by {year.method}, as of {year.asof}")
    print(ADVICE + (" DRAFT: nobody has signed the method off." if made.draft else ""))
    for line in year.unknown:
        print(f"not complete: {line}")
    print()
    rows = [(d.cause, d.rule, money(d.broker), money(d.taxpayer)) for d in made.differences]
    table(("from the books to each mode", "rule", "broker", "taxpayer"), rows, left=2)
    print()
    totals = [(f"Part {'II' if t.long_term else 'I'}", _from(t.box), money(t.gain)) for t in schedule(year)]
    table(("Schedule D", "from", "gain"), totals, left=2)
    print()
    for text in _counts(made):
        print(text)


def _from(box: str) -> str:
    return f"Form 8949 box {box}" if len(box) == 1 else box


def _counts(made: "Report") -> list[str]:
    from allusr_sdk.cli.output import money
    from allusr_sdk.model.money import ZERO

    year = made.chosen
    paid, qualified = (sum((getattr(d, name) for d in year.dividends), ZERO) for name in ("amount", "qualified"))
    wanted, booked = (sum((getattr(q, name) for q in year.reserve), ZERO) for name in ("wanted", "appropriated"))
    return [
        f"dividends {money(paid)}, qualified {money(qualified)}; reserve {money(wanted)}, appropriated {money(booked)}",
        f"{len(year.lines)} lines of Form 8949, {len(year.index)} of Form 6781, {len(year.flags)} to be looked at: "
        "--out DIR writes them",
    ]
