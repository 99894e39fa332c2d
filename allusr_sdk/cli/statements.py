"""`allusr ledger balances` and `export`: the trial balance, three statements, and the books for beancount."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json, LedgerName, RunNumber, day
from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run
    from allusr_sdk.reports.statements import Statement

At = Annotated[str | None, typer.Option("--at", metavar="D", help="At the end of a New York day.")]


class Kind(StrEnum):
    """What is shown of the books."""

    TRIAL = "trial"
    BALANCE = "balance"
    INCOME = "income"
    CASH = "cash"


class Format(StrEnum):
    """What an export is written in."""

    BEANCOUNT = "beancount"


def balances(
    at: At = None,
    statement: Annotated[
        Kind, typer.Option("--statement", help="Trial balance, balance sheet, income statement or cash flow.")
    ] = Kind.TRIAL,
    first: Annotated[
        str | None, typer.Option("--from", metavar="D", help="First New York day of an income statement or cash flow.")
    ] = None,
    ledger: LedgerName = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NODE", help="One account of the tree, as root or m1.")
    ] = None,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Show the books at the end of a day. The trial balance (debits are positive), or a statement.

    A statement has a column for each ledger, for each account where there are several, and for the whole user.
    What is not realised is shown apart, at last marks. A period has both its days in it; without --from it begins with
    the run.
    """
    from allusr_sdk.ledger.sums import homes
    from allusr_sdk.office.places import opened

    begins, ends = _period(first, at, statement)
    if ledger is not None and account is not None:
        raise InputError("--ledger and --account: give one of them")
    with opened(home, run) as found:
        home_of = homes(found)
        _known("ledger", ledger, home_of, found.id)
        _known("account", account, home_of.values(), found.id)
        _within(found, ends)
        chosen = {n for n, node in home_of.items() if ledger in (None, n) and account in (None, node)}
        if statement is Kind.TRIAL:
            _trial(found, ends, None if ledger is None and account is None else chosen, as_json=as_json)
        else:
            _show(_statement(found, statement, begins, ends), found.id, (ledger, account), as_json=as_json)


def _within(run: "Run", at: date | None) -> None:
    """Refuse a day before the run, of which no books are."""
    from allusr_sdk.reports.beginnings import started

    if at is not None and at < (first := started(run).first):
        raise InputError(f"--at {at}: run {run.id} begins on {first}: choose a day of it")


def export(
    form: Annotated[Format, typer.Option("--format", help="What it is written in.")],
    at: At = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write, instead of the terminal.")
    ] = None,
    run: RunNumber = None,
    home: Home = HOME,
) -> None:
    """Write the books for beancount. Each entry that posts is a transaction with its number, rule and hash.

    Dollars are in the accounts of the chart to the cent; units stand in sub-accounts, without a cost. The file ends
    with what cash of each ledger must be.
    """
    from allusr_sdk.office.places import opened
    from allusr_sdk.reports.beancount import beancount

    with opened(home, run) as found:
        lines = beancount(found, day(at, "--at"))
        if out is None:
            for line in lines:
                print(line)
            return
        try:
            with out.expanduser().open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as why:
            raise InputError(f"--out {out}: cannot be written: {why}") from None
    print(out)


def _period(first: str | None, at: str | None, statement: Kind) -> tuple[date | None, date | None]:
    begins, ends = day(first, "--from"), day(at, "--at")
    if begins and statement not in (Kind.INCOME, Kind.CASH):
        raise InputError(f"--from {first}: a {statement} has no period; --statement income and cash have one")
    if begins and ends and begins > ends:
        raise InputError(f"--from {first}: it is after --at {at}")
    return begins, ends


def _known(what: str, name: str | None, names: Iterable[str], run: int) -> None:
    from allusr_sdk.settings import nearest

    every = tuple(dict.fromkeys(names))
    if name is not None and name not in every:
        raise InputError(f"run {run} has no {what} '{name}'; {nearest(name, every)}")


def _trial(run: "Run", at: date | None, chosen: set[str] | None, *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit, money, table
    from allusr_sdk.ledger.queries import balances as asked

    rows = [b for b in asked(run, at) if chosen is None or b.ledger in chosen]
    total = sum((b.amount for b in rows), Decimal(0))
    if as_json:
        emit({"run": run.id, "at": at, "balances": rows, "sum": total})
        return
    cells = [[b.ledger, b.account, b.name, money(b.amount)] for b in rows]
    table(["ledger", "account", "name", "amount"], [*cells, ["", "", "sum", money(total)]], left=3)


def _statement(run: "Run", kind: Kind, first: date | None, at: date | None) -> "Statement":
    from allusr_sdk.reports.statements import balance_sheet, cash_flow, income_statement

    if kind is Kind.BALANCE:
        return balance_sheet(run, at)
    return income_statement(run, first, at) if kind is Kind.INCOME else cash_flow(run, first, at)


def _chosen(made: "Statement", ledger: str | None, account: str | None) -> list[int]:
    """Which columns are shown: all, those of one ledger, or those of one account with its ledgers."""
    if ledger is not None:
        return [i for i, c in enumerate(made.columns) if c.kind == "ledger" and c.name == ledger]
    members = {n for c in made.columns if c.kind == "account" and c.name == account for n in c.ledgers}
    if not members:  # none is asked for, or the only one: then it is the user's
        return [*range(len(made.columns))]
    return [i for i, c in enumerate(made.columns) if c.kind != "user" and set(c.ledgers) <= members]


def _show(made: "Statement", run: int, chosen: tuple[str | None, str | None], *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit, strong, table

    shown = _chosen(made, *chosen)
    heads = [made.columns[i] for i in shown]
    if as_json:
        rows = [{"key": row.key, "label": row.label, "kind": row.kind, "amounts": [row.amounts[i] for i in shown]}
                for row in made.rows]  # fmt: skip
        columns = [{"name": c.name, "kind": c.kind} for c in heads]
        emit({"run": run, "statement": made.name, "from": made.first, "at": made.at, "columns": columns, "rows": rows,
              "unmarked": made.unmarked})  # fmt: skip
        return
    strong(_title(made, run))
    cells = [[("= " if row.kind == "total" else "  ") + row.label, *(_cell(row.amounts[i]) for i in shown)]
             for row in made.rows if row.kind != "line" or any(row.amounts[i] for i in shown)]  # fmt: skip
    table(["", *(f"account {c.name}" if c.kind == "account" else c.name for c in heads)], cells)
    for key in made.unmarked:
        print(f"not known: {key} has no mark in the ten days before")


def _title(made: "Statement", run: int) -> str:
    names = {"balance": "Balance sheet", "income": "Income statement", "cash": "Cash flow"}
    period = "at" if made.name == "balance" else f"from {made.first or 'the beginning'} to"
    return f"{names[made.name]} of run {run} {period} the end of {made.at or 'the journal'}"


def _cell(amount: Decimal | None) -> str:
    from allusr_sdk.cli.output import money

    return "" if amount is None else money(amount)
