"""Commands that plugins add: the one that was typed, or their names where help is asked for."""

from collections.abc import Sequence
from copy import copy

import typer


def added(app: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """The application with what the arguments ask for.

    Raises:
        PluginError: the plugin of the word that was typed cannot add it.
    """
    own = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    asked = arguments[0] if arguments else "--help"
    if asked in own:
        return app
    from allusr_sdk.host.commands import add, words

    more = copy(app)
    more.registered_commands, more.registered_groups = [*app.registered_commands], [*app.registered_groups]
    found = {name: word for name, word in words().items() if name not in own}
    if asked in found:
        add(found[asked], more)
    elif asked.startswith("-"):
        for name, word in found.items():
            more.command(name, help=f"Plugin {word.plugin}: {word.summary}")(lambda: None)
    return more
