"""`allusr plugins`: from an idea to a plugin that is checked, listed and locked. One file a command."""

import typer

from allusr_sdk.cli.plugins.check import check
from allusr_sdk.cli.plugins.listing import list_plugins
from allusr_sdk.cli.plugins.lock import lock
from allusr_sdk.cli.plugins.new import new
from allusr_sdk.cli.plugins.show import show

app = typer.Typer(help="Make, list, show, check and lock plugins.")
app.command("new")(new)
app.command("list")(list_plugins)
app.command("show")(show)
app.command("check")(check)
app.command("lock")(lock)
