"""`allusr run`: a market through the plugins, the kernel and the simulated venue, into the ledger."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from attrs import evolve

from allusr_sdk.cli.options import HOME, AccountName, BrokerName, ConfigFile, Home, Json, Sets, day, names, typed
from allusr_sdk.cli.run_options import (
    Capital,
    Daily,
    Earnings,
    First,
    Last,
    Plugins,
    RearmPolicy,
    ScenarioName,
    Seed,
    Symbols,
    WhatIf,
)
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.market.recording import Recorder


class Mode(StrEnum):
    """How a run is executed."""

    BACKTEST = "backtest"
    PAPER = "paper"
    LIVE = "live"


class Pace(StrEnum):
    """How fast simulated time passes."""

    FAST = "fast"
    REAL = "real"


Market = Annotated[
    str | None,
    typer.Option("--market", metavar="KIND[:DIR]",
                 help="synthetic, chains:DIR, lean:DIR, replay:DIR or ibkr. [default: synthetic]"),
]  # fmt: skip
Record = Annotated[
    bool | None,
    typer.Option(
        "--record/--no-record",
        help="Keep the views for `allusr replay`, beside the ledger of a folder. [default: in paper, live]",
        show_default=False,
    ),
]
Anew = Annotated[
    bool, typer.Option("--anew", help="Begin another run, whether the one of this home was cut short or ended.")
]
Accounts = Annotated[
    int | None,
    typer.Option("--accounts", metavar="N", help="So many accounts alike: a01, a02... Their fills are drawn apart."),
]
Together = Annotated[
    bool, typer.Option("--together", help="All accounts in this process, over one market; as backtests always are.")
]


def run(
    context: typer.Context,
    plugins: Plugins = None,
    config: ConfigFile = None,
    sets: Sets = None,
    what_if: WhatIf = None,
    mode: Annotated[Mode, typer.Option(help="live needs a broker, --pace real and `allusr arm`.")] = Mode.BACKTEST,
    market: Market = None,
    daily: Daily = None,
    earnings: Earnings = None,
    symbols: Symbols = None,
    capital: Capital = None,
    first: First = None,
    last: Last = None,
    scenario: ScenarioName = None,
    seed: Seed = None,
    pace: Annotated[Pace, typer.Option(help="real waits for the wall clock between instants.")] = Pace.FAST,
    rearm: RearmPolicy = None,
    broker: BrokerName = None,
    record: Record = None,
    anew: Anew = False,
    account: AccountName = None,
    accounts: Accounts = None,
    together: Together = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Run the plugins over a market and show what they did.

    Without options: four weeks of the synthetic market (2026-01-05 to 2026-01-30) with the built-in plugins.
    A paper run that was cut short, however, goes on where its journal ends when it is given again; one that came to
    its end is shown as it stands.
    Several accounts run together over one market in a backtest, and in paper with --together; else each in a process
    that is watched and started again.
    """
    from allusr_sdk.cli.accounts import alike, homes
    from allusr_sdk.cli.planning import Options

    sets = [*(alike(accounts, config) if accounts is not None else ()), *(sets or ())]
    several = homes(config, (*sets, *([f"broker.use={broker}"] if broker else ())), place(home))
    if together:
        _refuse_apart(several, account, mode)
    elif several and account is None and mode is not Mode.BACKTEST:
        from allusr_sdk.cli.supervise import supervise

        given = typed(context, without=("account", "anew"))
        raise typer.Exit(supervise(several, config, sets, given, anew=anew, as_json=as_json))
    options = Options(
        plugins=names(plugins, "--plugins"), config=config, sets=sets, what_if=what_if or (), mode=mode.value,
        market=market, daily=daily, earnings=earnings, symbols=names(symbols, "--symbols"), capital=capital,
        first=day(first, "--from"), last=day(last, "--to"), seed=seed, pace=pace.value, scenario=scenario,
        home=place(home), broker=broker, account=account, rearm=rearm,
    )  # fmt: skip
    _each(options, several, record, anew=anew, as_json=as_json)


def _each(
    options: "Options", homes: Mapping[str, str], record: bool | None, *, anew: bool, as_json: bool
) -> None:  # fmt: skip
    """Run an account, all of them together, or the one without a name; none before each has its plan."""
    from allusr_sdk.cli.accounts import of
    from allusr_sdk.cli.planning import plan
    from allusr_sdk.cli.views import recorder

    if homes and options.account is None:
        from allusr_sdk.cli.together import run_together

        raise typer.Exit(run_together(options, homes, record, anew=anew, as_json=as_json))
    ((name, home),) = of(homes, options.account, options.home or HOME).items()
    one = evolve(options, account=name, home=home)
    _simulate(plan(one), one, recorder(home, options.mode, record), anew=anew, as_json=as_json)


def _refuse_apart(homes: Mapping[str, str], account: str | None, mode: Mode) -> None:
    """Refuse to run together what cannot be."""
    if not homes or account is not None:
        raise InputError("--together is for several accounts: give --accounts N, or a file with [accounts.NAME]")
    if mode is Mode.LIVE:
        raise InputError("--together: live accounts have a process each: leave it out")


def _simulate(
    plan: "Plan", options: "Options", recorder: "Recorder | None", *, anew: bool, as_json: bool
) -> None:  # fmt: skip
    from allusr_sdk.cli.engine import simulated
    from allusr_sdk.cli.summary import show

    with simulated(plan, options, recorder, anew=anew, quiet=as_json) as done:
        show(done, options.home or HOME, as_json=as_json)
    if recorder is not None and recorder.problem:
        print(f"warning: {recorder.problem}", file=sys.stderr)
