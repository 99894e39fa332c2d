"""A read-only server for other assistants, by the Model Context Protocol."""

from typing import TYPE_CHECKING, cast

from allusr_sdk.hookspecs import hookimpl

if TYPE_CHECKING:
    import typer


@hookimpl
def allusr_commands(cli: object) -> None:
    """Add `allusr mcp`."""
    from allusr_mcp.command import mcp

    cast("typer.Typer", cli).command("mcp")(mcp)
