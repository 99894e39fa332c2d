"""`allusr backtest`: a run over a period, beside what else the same days would have brought, with how sure that is."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, Sets, day, names
from allusr_sdk.cli.run_options import (
    Capital,
    Daily,
    Earnings,
    First,
    Last,
    Market,
    Plugins,
    RearmPolicy,
    ScenarioName,
    Seed,
    Symbols,
    WhatIf,
)
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.ledger import Run
    from allusr_sdk.reports.evidence import Curve, Evidence, Holdings


def backtest(
    plugins: Plugins = None,
    config: ConfigFile = None,
    sets: Sets = None,
    what_if: WhatIf = None,
    market: Market = None,
    daily: Daily = None,
    earnings: Earnings = None,
    symbols: Symbols = None,
    capital: Capital = None,
    first: First = None,
    last: Last = None,
    scenario: ScenarioName = None,
    seed: Seed = None,
    rearm: RearmPolicy = None,
    indices: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Files of Cboe's PUT, BXM and WPUT, as PUT.csv: date, close. None is fetched."
        ),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Leave out the second run, of the same sleeves without the protocol.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it, by suffix: .html, .pdf, .json or .csv.")
    ] = None,
    account: AccountName = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Run a period and compare it, with intervals. What these rules would have earned, and how far chance reaches.

    The run stands in the home as one of `allusr run`. Beside it: the same sleeves without the protocol (WHAT-IF, in
    memory alone), holding the underlyings, SPY and QQQ by the market's own bars, and published indices that you have.
    Each number says whether the options were real or modelled. A page needs the extra `reports`.
    """
    from allusr_sdk.cli.accounts import one_of
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.cli.report import by_suffix

    by_suffix(out)  # refused before a run that may take long
    name, at = one_of("a backtest is of one account", config, sets, account, place(home))
    options = Options(
        plugins=names(plugins, "--plugins"), config=config, sets=sets or (), what_if=what_if or (), market=market,
        daily=daily, earnings=earnings, symbols=names(symbols, "--symbols"), capital=capital,
        first=day(first, "--from"), last=day(last, "--to"), seed=seed, scenario=scenario, home=at, account=name,
        rearm=rearm,
    )  # fmt: skip
    _backtest(options, None if indices is None else Path(indices), out, alone=alone, as_json=as_json)


def _backtest(options: "Options", indices: Path | None, out: Path | None, *, alone: bool, as_json: bool) -> None:
    from allusr_sdk.cli.engine import simulated
    from allusr_sdk.cli.planning import plan
    from allusr_sdk.cli.report import by_suffix, write
    from allusr_sdk.reports.evidence import Holdings, facts_of

    planned = plan(options)
    _readable(indices, planned)
    beside = Holdings(_underlyings(planned))
    with simulated(planned, options, anew=True, quiet=as_json, seen=beside.take) as run:
        second = () if alone or planned.host.protocol is None else _unprotected(options, quiet=as_json)
        found, curves = _evidence(planned, run, second, beside, indices)
        _show(found, run, options.home or "", as_json=as_json)
        if out is not None:
            write(facts_of(run, found, curves), str(by_suffix(out)), out.expanduser(), quiet=as_json)


def _readable(indices: Path | None, planned: "Plan") -> None:
    """Refuse files before a run that may take long."""
    from allusr_sdk.reports.evidence import published

    list(published(indices, planned.first, planned.last))


def _underlyings(planned: "Plan") -> frozenset[str]:
    return frozenset(symbol for sleeve in planned.host.sleeves.values() for symbol in sleeve.symbols)


def _unprotected(options: "Options", *, quiet: bool) -> "tuple[Curve, ...]":
    """The same period without the protocol, run in memory: it is a comparison and no book of anybody's."""
    from allusr_sdk.cli.planning import plan
    from allusr_sdk.cli.progress import sessions
    from allusr_sdk.execution.run import simulate
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.reports.evidence import of_run

    planned = plan(options, protocol=False)
    with open_ledger("sqlite://") as ledger, sessions(planned, quiet=quiet) as on_step:
        run = simulate(planned, ledger, on_step=on_step)
        note = "WHAT-IF: the same sleeves; nothing watches a position, rolls it or stops it, and nothing hedges"
        return (of_run(run, key="unprotected", name="Without protocol", note=note, what_if=True),)


def _evidence(
    planned: "Plan", run: "Run", second: "Sequence[Curve]", beside: "Holdings", indices: Path | None
) -> "tuple[Evidence, tuple[Curve, ...]]":
    from allusr_sdk.reports.evidence import INDICES, evidence, of_run, published

    own, figures = of_run(run), tuple(published(indices, planned.first, planned.last))
    curves = (own, *second, *beside.curves(), *figures)
    had = {curve.name for curve in figures}
    absent = [name for name in INDICES if name not in had]
    notes = [f"No bars of {', '.join(beside.without())}: not compared."] if beside.without() else []
    notes += [f"No figures of {', '.join(absent)} were given (--indices): not compared."] if absent else []
    alone = "were not run (--alone)" if planned.host.protocol else "are this run: it has none"
    notes += [] if second else [f"The same sleeves without the protocol {alone}."]
    return evidence(run, curves, rate=float(planned.rules.number("RATE-1.rate")), notes=notes), curves


def _show(found: "Evidence", run: "Run", home: str, *, as_json: bool) -> None:
    """Print evidence as one JSON object, or for a person: measures down and curves across."""
    from allusr_sdk.cli.output import emit
    from allusr_sdk.ledger.verify import verify

    report = verify(run)
    if as_json:
        emit(found)
    else:
        _pages(
            found, f"Books: {'verified' if report.ok else f'BROKEN at {report.bad}'}, {report.entries:,} entries", home
        )
    report.require()


def _pages(found: "Evidence", books: str, home: str) -> None:
    from allusr_sdk.cli.output import money, strong, table
    from allusr_sdk.office.places import shown
    from allusr_sdk.reports.evidence import headings, telling

    for text in headings(found):
        strong(text)
    strong(f"Backtest of run {found.run} · {found.first} to {found.last} · {found.market}")
    print(f"capital {money(found.capital)} · seed {found.seed} · rulebook {found.rulebook} · options {found.options}")
    print()
    headers, rows = across(found)
    table(headers, rows)
    print()
    for sentence in (*telling(found), books):
        print(sentence)
    at = "" if home == place(HOME) else f" --home {shown(home)}"
    print(f"\nNext: `allusr backtest ... --out evidence.html`, `allusr report quarter{at}`, `allusr ledger verify{at}`")


def across(found: "Evidence") -> tuple[list[str], list[list[str]]]:
    """Measures as rows, curves as columns, behind the run's own values their intervals."""
    from allusr_sdk.reports.evidence.build import between, main_curves, value_of
    from allusr_sdk.reports.evidence.evaluate import AHEAD, CHANCE
    from allusr_sdk.reports.evidence.metrics import MEASURES

    shown = main_curves(found)
    own = found.curves[0]
    rows = [["options", own.options, "", *(c.options for c in shown[1:])]]
    for measure in (*MEASURES, CHANCE, AHEAD):
        cells = [curve.estimate(measure.key) for curve in shown]
        first = cells[0]
        interval = "" if first is None else between(first)
        values = ["" if one is None else value_of(one) for one in cells]
        rows.append([measure.label, values[0], interval, *values[1:]])
    heads = [f"{curve.name}{' (WHAT-IF)' if curve.what_if else ''}" for curve in shown]
    return ["", heads[0], f"{found.level:.0%} interval", *heads[1:]], rows
