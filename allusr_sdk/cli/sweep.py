"""`allusr sweep`: many variants of one backtest beside one another, and what the best of them is worth."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, Sets, day, names, typed
from allusr_sdk.cli.run_options import (
    Capital,
    Daily,
    Earnings,
    First,
    Last,
    Market,
    Plugins,
    Ray,
    ScenarioName,
    Seed,
    Symbols,
    WhatIf,
    Workers,
)
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.cli.adopted import Changes
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.trials.space import Space
    from allusr_sdk.trials.sweep import Result, Sweep

FOLDER = "sweep"

app = typer.Typer()
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")]

Over = Annotated[
    list[str] | None,
    typer.Option("--over", metavar="K=V..", help="A setting and its values: K=a,b,c or K=low:high:step. Repeat it."),
]
OverWhatIf = Annotated[
    list[str] | None,
    typer.Option("--over-what-if", metavar="K=V..", help="The same of a fixed rule that is loosened, as --what-if."),
]
Draws = Annotated[
    int | None,
    typer.Option("--random", metavar="N", help="So many variants at random, K=low:high too, in place of the grid."),
]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where it is kept; the same sweep goes on there where it was.")
]


@app.callback(invoke_without_command=True)
def sweep(
    context: typer.Context,
    over: Over = None,
    over_what_if: OverWhatIf = None,
    draws: Draws = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Run each with so many seeds, from --seed on.")] = 1,
    workers: Workers = None,
    ray: Ray = None,
    out: Out = Path(FOLDER),
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
    account: AccountName = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Try many variants of one backtest. Settings and rules vary over grids or at random.

    Each variant is a backtest in memory; no home's ledger is written. What came out is kept in --out: a killed sweep
    goes on there, and Parquet and a page with heat maps are written at the end (the page needs the extra `reports`).
    However good the best row looks: the sweep says how many were tried, and what that leaves of it.
    """
    if context.invoked_subcommand is not None:
        if given := typed(context, without=("home",)):
            raise InputError(f"{given[0]}: comes before {context.invoked_subcommand}, which does not take it")
        return
    if not over and not over_what_if and not typed(context, without=("home",)):
        print(context.get_help())
        return
    from allusr_sdk.cli.accounts import one_of
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.trials.space import space

    name, at = one_of("a sweep is of one account", config, sets, account, place(home))
    options = Options(
        plugins=names(plugins, "--plugins"), config=config, sets=sets or (), what_if=what_if or (), market=market,
        daily=daily, earnings=earnings, symbols=names(symbols, "--symbols"), capital=capital,
        first=day(first, "--from"), last=day(last, "--to"), seed=seed, scenario=scenario, home=at,
        account=name,
    )  # fmt: skip

    wanted = space(over or (), over_what_if or (), draws=draws, seed=seed or 0)
    _sweep(options, wanted, seeds, out.expanduser(), workers=workers, ray=ray, as_json=as_json)


@app.command("show")
def show(folder: Folder, as_json: Json = False) -> None:
    """Show what a sweep came to so far. Its tables and its page are written again."""
    from allusr_sdk.cli.sweep_shown import shown
    from allusr_sdk.trials.kept import read

    shown(folder.expanduser(), *read(folder.expanduser()), as_json=as_json)


@app.command("propose")
def propose(
    folder: Folder,
    row: Annotated[int, typer.Argument(metavar="ROW", help="A row by its number.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who: a person's name.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why. [default: the row and what it is worth]")
    ] = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Propose the rules of a row. The same period is run under the old and the new ones.

    Nothing changes before a person approves it: `allusr approve ID`. Only values of the rulebook can be proposed;
    settings of plugins stand in a configuration, and are printed as it takes them.
    """
    from allusr_sdk.cli.sweep_proposal import proposed_from

    proposed_from(folder.expanduser(), row, by=by, reason=reason, home=place(home), as_json=as_json)


def _sweep(
    options: "Options", space: "Space", seeds: int, out: Path, *, workers: int | None, ray: str | None, as_json: bool,
) -> None:  # fmt: skip
    from allusr_sdk.cli.adopted import adopted_in
    from allusr_sdk.cli.sweep_shown import shown
    from allusr_sdk.trials.kept import kept

    adopted = adopted_in(options.home or "")
    options, made = _made(options, adopted, space, seeds)
    with kept(out, made) as store:
        _through(options, adopted, made, store.results, store.keep, workers=workers, ray=ray, quiet=as_json)
        results = dict(store.results)
    shown(out, made, results, as_json=as_json)


def _made(options: "Options", adopted: "tuple[Changes, ...]", space: "Space", seeds: int) -> "tuple[Options, Sweep]":
    """The sweep, checked as far as it can be before it is run; with the options of all of its trials."""
    from attrs import evolve

    from allusr_sdk.cli.adopted import rulebook
    from allusr_sdk.cli.planning import configured, plan, told_by
    from allusr_sdk.cli.trial import check, job_of, plugins_of
    from allusr_sdk.trials.sweep import Sweep, code

    own = evolve(options, rules=rulebook(adopted))
    planned = plan(own)
    seed = planned.host.config.run.seed
    space, options = evolve(space, seed=seed), evolve(options, first=planned.first, last=planned.last, seed=seed)
    jobs = {v.values: job_of(options, adopted, space, v, seed) for v in space.variants}
    check(jobs, space.axes)
    loosened = ", ".join(f"{key} = {value}" for key, value in planned.rules.loosened.items())
    shared = {
        "market": planned.source.description, "first": str(planned.first), "last": str(planned.last),
        "capital": str(planned.capital), "settings": planned.settings, "rulebook": planned.rules.stamp,
        "in force": rulebook(adopted).stamp,
        "what_if": loosened, "plugins": ", ".join(f"{n} {v}" for n, v in planned.host.versions.items()),
        "plugins' code": plugins_of((*configured(own, told_by(own)).plugins.use, *_swept(space))), "code": code(),
    }  # fmt: skip
    rate = planned.rules.number("RATE-1.rate")
    many = tuple(range(seed, seed + seeds))
    return options, Sweep(space=space, seeds=many, shared=shared, options=_typed(options), rate=rate)


def _swept(space: "Space") -> Iterator[str]:
    """Plugins that are themselves tried."""
    from allusr_sdk.rulebook import parse

    for axis in space.axes:
        for value in map(parse, axis.values if axis.key == "plugins.use" else ()):
            yield from map(str, value) if isinstance(value, list) else ()


def _typed(options: "Options") -> dict[str, str | int | list[str] | None]:
    """What does a row again: options as text, places of files as they are found from anywhere."""
    from attrs import asdict

    told = asdict(options, filter=lambda attribute, value: attribute.name not in ("rules", "home", "broker"))
    return {
        name: list(map(str, value)) if isinstance(value, list | tuple) else value if isinstance(value, int | None)
        else str(value) for name, value in told.items()
    }  # fmt: skip


def _through(
    options: "Options", adopted: "tuple[Changes, ...]", made: "Sweep", had: "Mapping[int, Result]",
    keep: "Callable[[int, Result], None]", *, workers: int | None, ray: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Make the trials that are not there yet, and keep each as it ends."""
    from allusr_sdk.cli.progress import bar
    from allusr_sdk.cli.trial import job_of, work
    from allusr_sdk.trials.workers import each

    left = [trial for trial in made.trials if trial.number not in had]
    jobs = [job_of(options, adopted, made.space, trial.variant, trial.seed) for trial in left]
    if had and not quiet:
        print(f"{len(had):,} of {len(made.trials):,} trials are there already: it goes on", file=sys.stderr)
    results = each(work, jobs, ray=ray if jobs else None, workers=workers)
    with bar("trials", len(made.trials), done=len(had), quiet=quiet) as turn, closing(results):
        for where, result in results:
            keep(left[where].number, result)
            turn(1, "trials")
