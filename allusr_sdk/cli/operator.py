"""`allusr halt`, `pause`, `resume`, `rearm`: what a person tells a home, whether its engine runs, hangs or is down."""

from typing import Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, BrokerName, ConfigFile, Home, Json, Sets

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who: a person's name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for the engine's answer.")
]
Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="account, or a sleeve by its name.")]


def halt(
    by: By,
    reason: Reason,
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Cancel every order of the login at the broker, people's and others' too."),
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="ACCOUNT", help="The account's id for --everything, where no terminal can be asked."),
    ] = None,
    config: ConfigFile = None,
    sets: Sets = None,
    broker: BrokerName = None,
    account: AccountName = None,
    wait: Wait = 10.0,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Stop everything: orders are cancelled, positions are held. Nothing is opened or closed any more (KS-6, KS-7).

    The halt stands before an engine knows of it. One that hangs or is down is halted before it decides anything more.
    With --everything the broker is asked directly, over a connection of its own, to end every order of the login, be
    it of an engine that runs, hangs or is down, of a person or another program; positions stay. Give it the --config,
    --set, --broker and --account of the run. Exit 3 where an order still works, 1 where the broker does not answer.
    """
    if not everything:
        _tell("halt", "account", by, reason, wait, home, as_json=as_json)
        return
    from allusr_sdk.cli import everything as all_of_it
    from allusr_sdk.cli.checkup import Told
    from allusr_sdk.office.places import place

    wanted = Told(mode="live", config=config, sets=sets or (), broker=broker, account=account)
    all_of_it.halt(wanted, place(home), by=by, reason=reason, wait=wait, confirm=confirm, as_json=as_json)


def pause(scope: Scope, by: By, reason: Reason, wait: Wait = 10.0, home: Home = HOME, as_json: Json = False) -> None:
    """Let an account or a sleeve open nothing more. Protective closes go on (KS-6)."""
    _tell("pause", scope, by, reason, wait, home, as_json=as_json)


def resume(scope: Scope, by: By, reason: Reason, wait: Wait = 10.0, home: Home = HOME, as_json: Json = False) -> None:
    """End a pause, after the checks of KS-7. A halt wants `rearm`."""
    _tell("resume", scope, by, reason, wait, home, as_json=as_json)


def rearm(
    by: By, reason: Reason, scope: Scope = "account", wait: Wait = 10.0, home: Home = HOME, as_json: Json = False
) -> None:
    """Lead back from a halt, in a person's name. Reconciled and checked for risk (KS-7); exit 3 where it is refused."""
    _tell("rearm", scope, by, reason, wait, home, as_json=as_json)


def _tell(action: str, scope: str, by: str, reason: str, wait: float, home: str, *, as_json: bool) -> None:
    from allusr_sdk.cli.answers import report
    from allusr_sdk.office.telling import tell

    report(tell(home, action, scope, by=by, reason=reason, wait=wait), as_json=as_json)
