"""`allusr ledger`: runs and entries, verification; what else it has stands in modules of their own."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli import backups, lots, statements, tax
from allusr_sdk.cli.options import HOME, Home, Json, LedgerName, Limit, RunNumber
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place, shown

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry, Run
    from allusr_sdk.ledger.postings import Line

app = typer.Typer(help="The journal: entries, verification, balances, backups.")

_SHORT = 110


@app.command("show")
def show(
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="One kind of event, as Filled.")] = None,
    ledger: LedgerName = None,
    symbol: Annotated[str | None, typer.Option("--symbol", metavar="S", help="One underlying.")] = None,
    limit: Limit = 20,
    entries: Annotated[bool, typer.Option("--entries", help="Whole payloads, postings and hashes.")] = False,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """List the runs, and the newest entries of one."""
    from collections import deque

    from allusr_sdk.cli.output import emit
    from allusr_sdk.office.places import opened

    _known_kind(kind)
    with opened(home, run) as found:
        _known_ledger(found, ledger)
        wanted = found.entries(kind=kind, ledger=ledger, symbol=symbol.upper() if symbol else None)
        chosen = list(deque(wanted, maxlen=limit))
        runs = [
            {"run": info.id, "started": info.started, "entries": info.entries, "head": info.head}
            for info in found.ledger.runs()
        ]
        if as_json:
            emit({"runs": runs, "run": found.id, "entries": [_object(entry) for entry in chosen]})
            return
        _print_runs(runs)
        for entry in chosen:
            _print_entry(entry, whole=entries)


def _known_kind(kind: str | None) -> None:
    from allusr_sdk.model.events import Event
    from allusr_sdk.settings import nearest

    if kind is not None and kind not in Event.kinds:
        raise InputError(f"--kind {kind}: no such kind of event; {nearest(kind, Event.kinds)}")


def _known_ledger(run: "Run", name: str | None) -> None:
    from allusr_sdk.settings import nearest

    if name is not None and name not in run.book.ledgers:
        raise InputError(f"run {run.id} has no ledger '{name}'; {nearest(name, run.book.ledgers)}")


def _object(entry: "Entry") -> dict[str, object]:
    event = entry.event
    return {
        "seq": entry.seq, "at": entry.at, "cycle": entry.cycle, "state": entry.state, "kind": entry.kind,
        "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule, "rulebook": entry.rulebook,
        "payload": json.loads(event.payload()),
        "postings": [_posting(line) for line in entry.lines],
        "prev_hash": entry.prev_hash, "hash": entry.hash,
    }  # fmt: skip


def _posting(line: "Line") -> dict[str, object]:
    return {
        "ledger": line.ledger,
        "account": line.account,
        "instrument": line.instrument,
        "cents": line.amount,
        "units": line.quantity,
    }


def _print_runs(runs: list[dict[str, object]]) -> None:
    from allusr_sdk.cli.output import table

    table(["run", "started (UTC)", "entries", "head"], [[str(v) for v in row.values()] for row in runs], left=2)
    print()


def _print_entry(entry: "Entry", *, whole: bool) -> None:
    from allusr_sdk.model.calendar import NEW_YORK

    event, at = entry.event, entry.at.astimezone(NEW_YORK)
    about = " ".join(part for part in (event.ledger, event.symbol, event.rule) if part)
    body = event.payload().decode()
    shown = body if whole or len(body) <= _SHORT else f"{body[:_SHORT]}…"
    print(f"#{entry.seq:<6} {at:%Y-%m-%d %H:%M:%S}  {entry.kind:<15} {about}  {shown}")
    if whole:
        for line in entry.lines:
            units = f" {line.quantity:+,} {line.instrument}" if line.quantity else ""
            print(f"        {line.ledger} {line.account} {line.amount / 100:+,.2f}{units}")
        print(f"        cycle {entry.cycle}, state {entry.state}, rulebook {entry.rulebook}, hash {entry.hash}")


@app.command("verify")
def verify(run: RunNumber = None, home: Home = HOME, as_json: Json = False) -> None:
    """Recompute every hash and balance. The home's own chains are included.

    Exit 4 where one does not fit, naming the first entry that is wrong.
    """
    from allusr_sdk.cli.output import emit
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.verify import verify as check

    with open_ledger(place(home), create=False) as ledger:
        if run is None and not ledger.runs():
            raise InputError(f"the ledger in {shown(home)} has no run yet: `allusr run --home {shown(home)}` makes one")
        chains = ledger.chains() if run is None else (ledger.run(run),)
        reports = [check(chain) for chain in chains]
    if as_json:
        emit({"verified": all(r.ok for r in reports), "runs": [
            {"run": r.run, "verified": r.ok, "entries": r.entries, "head": r.head, "problem": str(r.bad or "")}
            for r in reports
        ]})  # fmt: skip
    else:
        for report in reports:
            if report.ok:
                print(f"run {report.run}: verified, {report.entries:,} entries, head {report.head}")
    for report in reports:
        report.require()


app.command("balances")(statements.balances)
app.command("lots")(lots.lots)
app.command("tax")(tax.tax)
app.command("export")(statements.export)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
