"""`allusr advise`: what plugins advise over a run, how it did, and suggested rule values as proposals."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from attrs import evolve

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, Sets, day
from allusr_sdk.cli.options import names as named
from allusr_sdk.cli.run_options import Daily
from allusr_sdk.errors import InputError, KernelError
from allusr_sdk.office.places import place, shown

if TYPE_CHECKING:
    from allusr_sdk.cli.advising import AdviceSettings, Heard
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.config import Config
    from allusr_sdk.governance import Proposal
    from allusr_sdk.ledger import Ledger
    from allusr_sdk.market.bars import DailyBars

ALL = "all"
_TOPIC = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LOCK = 3.0  # seconds after which the database counts as held by a process that does not let go


def advise(
    topic: Annotated[
        str, typer.Argument(help="anomalies, regime, week-type, volatility, ladder, a plugin's own topic, or all.")
    ] = ALL,
    scores: Annotated[bool, typer.Option("--scores", help="Show how forecasts did, beside naive ones.")] = False,
    log: Annotated[bool, typer.Option("--log/--no-log", help="Whether it is written in the chain `advice`.")] = True,
    put_forward: Annotated[
        bool, typer.Option("--propose", help="Write suggested rule values as proposals, each with a simulation.")
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who puts them forward: a person's name.")] = "",
    daily: Daily = None,
    headlines: Annotated[str | None, typer.Option(metavar="FILE", help="CSV of headlines.")] = None,
    index: Annotated[str | None, typer.Option(metavar="SYMBOL", help="Whose bars stand for the market.")] = None,
    plugins: Annotated[str | None, typer.Option(metavar="A,B", help="Plugins to ask besides the run's own.")] = None,
    market: Annotated[
        str | None, typer.Option(metavar="KIND[:DIR]", help="Market of the run, and of simulations.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="D", help="First day of simulations.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="Last day of simulations.")] = None,
    config: ConfigFile = None,
    sets: Sets = None,
    account: AccountName = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ask the run's plugins for advice. Each answer is shown with its author, and all of it is advisory.

    What is said stands in the home's chain `advice`, over the entry of the journal that it rests on; each call first
    scores the forecasts whose outcome is known by now. Nothing here reaches an order. Suggested rule values become
    proposals with `--propose --by NAME` alone, and those wait for `allusr approve`.
    """
    from allusr_sdk.cli.advising import AdviceSettings
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.host.advising.daily import daily_of
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.office.tables import own

    if not _TOPIC.fullmatch(topic):
        raise InputError(f"{topic!r} is no topic: words and hyphens, as week-type")
    if put_forward and not (by.strip() and log):
        raise InputError("--propose needs a person's name (--by), and advice that is written (no --no-log)")
    options = Options(
        config=config, sets=sets or (), market=market, daily=daily, first=day(first, "--from"), last=day(last, "--to"),
        home=place(home), account=account,
    )  # fmt: skip
    told, table = _config(options), own(AdviceSettings, "advice", config, sets or ())
    wanted = AdviceSettings(
        plugins=named(plugins, "--plugins") or table.plugins, index=index or table.index,
        headlines=headlines or table.headlines,
    )  # fmt: skip
    bars = daily_of(told.market, wanted.index)
    with open_ledger(place(home), create=False) as ledger:
        _settle(ledger, home, bars, log=log)
        if scores:
            _show_scores(ledger, as_json=as_json)
            return
        heard = _heard(ledger, home, topic, told, wanted, bars)
        numbers = _written(ledger, heard) if log else tuple(None for _ in heard.found)
        proposals = _put_forward(heard, numbers, options, told, by) if put_forward else ()
    _tell(heard, numbers, proposals, home, as_json=as_json)


def _config(options: "Options") -> "Config":
    """What a command that trades nothing needs to know of the configuration, whatever its market is."""
    from allusr_sdk.config import Config
    from allusr_sdk.office.places import in_force

    kind, _, path = (options.market or "").partition(":")
    said = {"market.kind": kind, "market.path": path, "market.daily": options.daily or ""}
    return Config.read(
        options.config, sets=options.sets, account=options.account, rulebook=in_force(options.home),
        options={key: value for key, value in said.items() if value},
    )  # fmt: skip


def _settle(ledger: "Ledger", home: str, bars: "DailyBars | None", *, log: bool) -> None:
    """Score what is known by now, before anything new is said."""
    from allusr_sdk.ledger.home import locked
    from allusr_sdk.office.advice import score_all

    if not log:
        return
    if locked(ledger, _LOCK):
        raise KernelError(f"the ledger in {shown(home)} is held by a process that hangs: --no-log only looks")
    score_all(ledger, bars)


def _heard(
    ledger: "Ledger", home: str, topic: str, told: "Config", wanted: "AdviceSettings", bars: "DailyBars | None"
) -> "Heard":
    from allusr_sdk.cli.advising import hear
    from allusr_sdk.host.advising import TOPICS

    run = ledger.latest()
    if run is None:
        raise InputError(f"the ledger in {shown(home)} has no run yet: `allusr run --home {shown(home)}` makes one")
    return hear(run, TOPICS if topic == ALL else (topic,), told, wanted, bars)


def _written(ledger: "Ledger", heard: "Heard") -> tuple[int | None, ...]:
    from allusr_sdk.office.advice import AdviceLog

    chain = AdviceLog(ledger)
    return tuple(None if one.event is None else chain.give(one.event).number for one in heard.found)


def _put_forward(
    heard: "Heard", numbers: "Sequence[int | None]", options: "Options", told: "Config", by: str
) -> "tuple[Proposal, ...]":
    """A proposal for each suggested value; a person's name stands behind it, and nobody has approved it."""
    from allusr_sdk.reports.beginnings import started

    head = started(heard.run)
    if told.origin("market.kind") == "default" and not head.market.startswith("synthetic"):
        raise InputError(f"--propose simulates: give --market, as the run had it ({head.market})")
    simulated = evolve(
        options, plugins=tuple(head.plugins), capital=str(head.capital), seed=head.seed,
        first=options.first or head.first, last=options.last or head.last,
    )  # fmt: skip
    return tuple(
        _proposal(simulated, {key: value}, by=f"plugin {one.author}, put forward by {by.strip()}",
                  reason=f"advice {number}: {_about(key, one.event.text)}")
        for one, number in zip(heard.found, numbers, strict=True) if one.event is not None
        for key, value in one.event.changes.items()
    )  # fmt: skip


def _proposal(options: "Options", wish: Mapping[str, str], *, by: str, reason: str) -> "Proposal":
    """The proposal of a value; one that waits already over the rulebook in force is not written again."""
    from allusr_sdk.cli.proposals import proposed
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger

    assert options.home is not None
    with open_ledger(options.home) as ledger:
        governance = Governance(ledger)
        waiting = [p for p in governance.proposals if not p.approved and p.event.base == governance.rulebook.stamp]
    same = next((p for p in waiting if dict(p.event.changes) == dict(wish)), None)
    return same or proposed(options, wish, by=by, reason=reason)


def _about(key: str, text: str) -> str:
    """The line of an advice that is about a value, or all of it."""
    return next((line for line in text.splitlines() if line.startswith(f"{key} ")), " ".join(text.split()))


def _tell(
    heard: "Heard", numbers: "Sequence[int | None]", proposals: "Sequence[Proposal]", home: str, *, as_json: bool
) -> None:
    from allusr_sdk.cli.advising import show
    from allusr_sdk.cli.output import emit
    from allusr_sdk.cli.proposals import show as show_proposal

    if not as_json:
        show(heard, numbers)
        for proposal in proposals:
            print()
            show_proposal(proposal, home)
        return
    emit({
        "advisory": True, "run": heard.run.id, "entry": heard.run.seq, "head": heard.run.head,
        "instant": heard.run.instant, "problem": heard.problem, "silent": heard.silent, "proposals": proposals,
        "advice": [
            {"topic": one.topic, "author": one.author, "number": number, "error": one.error, "said": one.event}
            for one, number in zip(heard.found, numbers, strict=True)
        ],
    })  # fmt: skip


def _show_scores(ledger: "Ledger", *, as_json: bool) -> None:
    from allusr_sdk.cli.advising import show_scores
    from allusr_sdk.cli.output import emit
    from allusr_sdk.office.advice import AdviceLog, standings, waiting

    given = AdviceLog(ledger).given
    found = standings(given)
    if as_json:
        emit({"advisory": True, "scores": found, "waiting": waiting(given)})
    else:
        show_scores(found, waiting(given))
