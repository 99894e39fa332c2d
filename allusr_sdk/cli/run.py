"""`allusr run`: a market through the plugins, the kernel and the simulated venue, into the ledger."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
from allusr_sdk.cli.stopping import Stop, stopping
from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.office.places import place, shown

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.pulse import Pulse
    from allusr_sdk.execution.run import Plan
    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.market.recording import Recorder
    from allusr_sdk.model.views import Step


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
    from allusr_sdk.cli.summary import show

    with simulated(plan, options, recorder, anew=anew, quiet=as_json) as done:
        show(done, options.home or HOME, as_json=as_json)
    if recorder is not None and recorder.problem:
        print(f"warning: {recorder.problem}", file=sys.stderr)


@contextmanager
def simulated(
    plan: "Plan", options: "Options", recorder: "Recorder | None" = None, *, anew: bool = False, quiet: bool = False,
    seen: "Callable[[Step], None]" = lambda step: None,
) -> "Iterator[Run]":  # fmt: skip
    """A plan run to its end in the options' home, whose ledger stays open; `seen` is given every step of the market."""
    from allusr_sdk.execution.run import simulate
    from allusr_sdk.ledger import open_ledger

    gc.freeze()  # what the imports made lives as long as the process; there is no use in walking it again
    with open_ledger(options.home or HOME) as ledger:
        with (
            stopping() as stop, alone(ledger, stop) as pulse, _logged(plan, options, pulse),
            progress(plan, quiet=quiet) as on_step,
        ):  # fmt: skip
            if not anew:
                tell_finished(plan, ledger)

            def told(step: "Step") -> None:
                seen(step)
                on_step(step)

            done = simulate(plan, ledger, on_step=told, recorder=recorder, anew=anew, pulse=pulse)
        yield done


def tell_finished(plan: "Plan", ledger: "Ledger") -> None:
    """Say where there is nothing left to run."""
    from allusr_sdk.execution.resume import finished

    if (run := finished(plan, ledger)) is not None:
        print(f"run {run.id} came to its end before: this is it; --anew begins another", file=sys.stderr)


@contextmanager
def alone(ledger: "Ledger", stop: Stop) -> "Iterator[Pulse]":
    """Be the one engine of the home, led back from MAINTENANCE, with a heartbeat (RULE-2, KS-9), until asked to end."""
    from allusr_sdk.execution.pulse import Pulse
    from allusr_sdk.ledger.hearts import heart_of
    from allusr_sdk.ledger.maintenance import lead_back

    with ExitStack() as stack:
        try:
            stack.enter_context(ledger.lease())
        except StateRefusal as why:
            raise StateRefusal(f"RULE-2: one engine a home: {why}") from None
        if told := lead_back(ledger):
            print(f"maintenance: {told}; it goes on", file=sys.stderr)
        yield stack.enter_context(Pulse(heart_of(ledger), stop.look))


@contextmanager
def _logged(plan: "Plan", options: "Options", pulse: "Pulse") -> Iterator[None]:
    """Write the log as [logs] says; in a file of its own stands also by what a run ended."""
    from allusr_sdk.logs import written

    wanted, log, home = plan.host.config.logs, logging.getLogger("allusr.run"), shown(options.home or HOME)

    def known() -> Mapping[str, object]:
        return {"account": options.account, "home": home} | dict(zip(("run", "instant"), pulse.stands, strict=True))

    with written(wanted, known, who=options.account or ""):
        log.info("a %s run begins: %s to %s, %s", plan.mode, plan.first, plan.last, plan.pace)
        try:
            yield
        except BaseException as why:  # told on stderr by whoever called
            by_hand = isinstance(why, KeyboardInterrupt) or not wanted.file
            log.log(logging.INFO if by_hand else logging.ERROR, "it ends by %s: %s", type(why).__name__, why)
            raise
        log.info("it has come to its end")


@contextmanager
def progress(plan: "Plan", *, quiet: bool) -> Iterator[Callable[["Step"], None]]:
    """A bar over the sessions on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda step: None
        return
    from rich.progress import Progress

    from allusr_sdk.model.calendar import xnys

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("", total=len(xnys().between(plan.first, plan.last)))

        def turn(step: "Step") -> None:
            bar.update(task, description=f"{step.view.session.day}", advance=1 if step.closing else 0)

        yield turn
