"""Advisor: answers to questions out of the ledger's facts, and scored advice that reaches no order."""

from allusr_sdk.hookspecs import Advice, hookimpl


@hookimpl
def allusr_advise(topic: str, ledger: object) -> Advice | None:
    """Advice on anomalies, the regime, the next week's type, volatility and growth ladders; None on other topics."""
    from allusr_advisor.advise import advise

    return advise(topic, ledger)


@hookimpl
def allusr_commands(cli: object) -> None:
    """Add `allusr ask`."""
    import typer

    from allusr_advisor.asking.command import ask

    assert isinstance(cli, typer.Typer)
    cli.command("ask")(ask)
