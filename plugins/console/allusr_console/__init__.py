"""Console: an account on the screen, live over the ledger, and a read API."""

from allusr_sdk import hookimpl


@hookimpl
def allusr_commands(cli: object) -> None:
    """Add `allusr console`."""
    from allusr_console.command import add

    add(cli)
