"""`allusr crowd`: many simulated accounts, a batch an engine and the engines beside one another, with a row each."""

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, Sets, day, names
from allusr_sdk.cli.run_options import Daily, Earnings, First, Last, Market, Plugins, Ray, Symbols, Workers
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.cli.batch import Batch
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.trials.crowd import Engine, Row, Sums
    from allusr_sdk.trials.failed import Failed

FILE = "crowd.parquet"
_SHARES = {"least": 0.0, "5 % under": 0.05, "half under": 0.5, "95 % under": 0.95, "most": 1.0}


def crowd(
    accounts: Annotated[int, typer.Option(metavar="N", help="So many accounts, each with fills of its own.")] = 1000,
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="K=V..", help="A setting in which they differ: K=a,b,c go round. Repeat it."),
    ] = None,
    starts: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="They begin on the first session of so many weeks; needs --from, --to."),
    ] = 1,
    batch: Annotated[int, typer.Option(metavar="N", help="Accounts an engine: they share its market.")] = 10,
    workers: Workers = None,
    ray: Ray = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A row an account, as Parquet.")] = Path(FILE),
    plugins: Plugins = None,
    config: ConfigFile = None,
    sets: Sets = None,
    market: Market = None,
    daily: Daily = None,
    earnings: Earnings = None,
    symbols: Symbols = None,
    capital: Annotated[str | None, typer.Option(metavar="N", help="Dollars an account. [default: 1000000]")] = None,
    first: First = None,
    last: Last = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of the market. [default: 7]")] = None,
    account: AccountName = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Simulate many accounts under the same rules. How far do chance of fills, capital and first day carry them apart?

    Each is a backtest in memory whose journal is that of `allusr run` alone, verified before its row is written; no
    home's ledger is written. To compare settings use `allusr sweep`, which says what the best of many is worth.
    """
    from allusr_sdk.cli.accounts import one_of
    from allusr_sdk.cli.planning import Options

    name, at = one_of("a crowd is of one account's settings", config, sets, account, place(home))
    options = Options(
        plugins=names(plugins, "--plugins"), config=config, sets=sets or (), market=market, daily=daily,
        earnings=earnings, symbols=names(symbols, "--symbols"), capital=capital, first=day(first, "--from"),
        last=day(last, "--to"), seed=seed, home=at, account=name,
    )  # fmt: skip
    batches = _batches(options, accounts, over or (), starts, batch)
    out = _writable(out.expanduser())
    raise typer.Exit(_run(batches, ray, workers, out, as_json=as_json))


def _writable(out: Path) -> Path:
    """The file that rows go to, refused before thousands of accounts are run for it."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise InputError(f"--out {out}: {'is a folder' if out.is_dir() else 'no such folder'}: give a file's name")
    return out


def _batches(
    options: "Options", count: int, over: "list[str] | tuple[str, ...]", starts: int, batch: int
) -> "tuple[Batch, ...]":
    from allusr_sdk.cli.adopted import adopted_in
    from allusr_sdk.cli.batch import Batch
    from allusr_sdk.trials.crowd import dealt
    from allusr_sdk.trials.space import axis

    dealing = dealt(count, [axis(text) for text in over], _firsts(options, starts), batch)
    adopted = adopted_in(options.home or HOME)
    return tuple(
        Batch(number=number, options=options, adopted=adopted, members=members)
        for number, members in enumerate(dealing, 1)
    )


def _firsts(options: "Options", starts: int) -> tuple[date, ...]:
    """The first sessions of as many weeks; none where all begin as the market does."""
    from allusr_sdk.model.calendar import iso_week, xnys

    if starts == 1:
        return ()
    if options.first is None or options.last is None:
        raise InputError(f"--starts {starts}: give --from and --to")
    sessions = [session.day for session in xnys().between(options.first, options.last)]
    weeks = {iso_week(one): one for one in reversed(sessions)}
    if len(weeks) < starts:
        raise InputError(f"--starts {starts}: from {options.first} to {options.last} there are {len(weeks)} weeks")
    return tuple(sorted(weeks.values())[:starts])


def _run(
    batches: "tuple[Batch, ...]", ray: str | None, workers: int | None, out: Path, *, as_json: bool
) -> int:  # fmt: skip
    """Run all, write their rows, say what they sum to, and return 1 where an account did not come to its end."""
    from allusr_sdk.cli.batch import work
    from allusr_sdk.cli.progress import bar
    from allusr_sdk.trials.crowd import added, write
    from allusr_sdk.trials.failed import Failed
    from allusr_sdk.trials.workers import each

    rows: dict[int, Row | Failed] = {}
    engines: list[Engine] = []
    results = each(work, batches, ray=ray, workers=workers)
    with bar("engines", len(batches), quiet=as_json) as turn, closing(results) as ends:
        for place, end in ends:
            members = batches[place].members
            told = (end,) * len(members) if isinstance(end, Failed) else end.rows
            rows |= {member.number: row for member, row in zip(members, told, strict=True)}
            engines += () if isinstance(end, Failed) else (end,)
            turn(1, "engines")
    write(out, rows, _said(batches))
    sums = added(rows)
    _show(sums, rows, engines, out, as_json=as_json)
    return 1 if sums.failed else 0


def _said(batches: "tuple[Batch, ...]") -> Mapping[str, str]:
    """What stands in the file beside its rows: by what it can be made again."""
    options = batches[0].options
    told = {"market": options.market or "synthetic", "seed": options.seed, "sets": " ".join(options.sets)}
    return {name: str(value) for name, value in told.items() if value not in (None, "")}


def _show(
    sums: "Sums", rows: "Mapping[int, Row | Failed]", engines: "list[Engine]", out: Path, *, as_json: bool
) -> None:  # fmt: skip
    from allusr_sdk.cli.output import emit, money
    from allusr_sdk.trials.crowd import Row

    ended = [row for row in rows.values() if isinstance(row, Row)]
    failures = {str(row) for row in rows.values() if not isinstance(row, Row)}
    seconds, megabytes = sum(one.seconds for one in engines), max((one.megabytes for one in engines), default=0.0)
    results = sorted(float(row.equity / row.capital - 1) for row in ended)
    spread = {name: results[round(share * (len(results) - 1))] for name, share in _SHARES.items()} if ended else {}
    if as_json:
        emit({
            "file": str(out), "sums": sums, "results": spread, "heads": len({row.head for row in ended}),
            "failures": sorted(failures), "cpu_seconds": round(seconds, 2), "peak_megabytes": round(megabytes, 1),
        })  # fmt: skip
        return
    print(f"{sums.accounts:,} accounts with {money(sums.capital)} hold {money(sums.equity)},"
          f" {money(sums.cash)} of it in cash; {sums.entries:,} entries, verified")  # fmt: skip
    if spread:
        print(f"result of an account: {_spread(spread)}")
    for why in sorted(failures):
        print(f"did not come to its end: {why}")
    print(f"{seconds:,.1f} CPU seconds, at most {megabytes:,.0f} MB a process; a row an account in {out}")


def _spread(results: Mapping[str, float]) -> str:
    """The shares of accounts by what they came to; one number where all came to the same."""
    words = {name: f"{value:+.2%}" for name, value in results.items()}
    if len({*words.values()}) == 1:
        return f"{next(iter(words.values()))}, all within 0.01 %"
    return ", ".join(f"{name} {value}" for name, value in words.items())
