"""An account's state for Prometheus."""

from allusr_sdk import hookimpl


@hookimpl
def allusr_commands(cli: object) -> None:
    """`allusr metrics`."""
    from typing import cast

    from typer import Typer

    from allusr_metrics.command import metrics

    cast("Typer", cli).command("metrics")(metrics)
