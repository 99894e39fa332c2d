"""Commands that plugins add: the one that was typed, or their names where help is asked for.

Words are read from the metadata of what is installed. The host is imported for the word that was typed, and imports the
plugin of that word.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from importlib.metadata import EntryPoint, entry_points

import typer
from attrs import frozen

from allusr_sdk.errors import PluginError

GROUP = "allusr.commands.v1"
_PLUGINS = "allusr.v1"


@frozen
class Word:
    """A command that an installed plugin brings; `summary` is its distribution's."""

    word: str
    plugin: str
    summary: str


def added(app: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """The application with what the arguments ask for.

    Raises:
        PluginError: the plugin of the word that was typed cannot add it, or two bring it.
    """
    own = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    asked = arguments[0] if arguments else "--help"
    if asked in own:
        return app
    more = copy(app)
    more.registered_commands, more.registered_groups = [*app.registered_commands], [*app.registered_groups]
    found = [word for word in words() if word.word not in own]
    if asked.startswith("-"):
        for word in found:
            more.command(word.word, help=_said(word))(lambda: None)
    else:
        _add([word for word in found if word.word == asked], more)
    return more


def words() -> Iterator[Word]:
    """Every command of an installed plugin; nothing is imported."""
    for entry in entry_points(group=GROUP):
        plugin = next((each.name for each in _beside(entry) if each.module == entry.module), "")
        if plugin and entry.dist is not None:
            yield Word(entry.name, plugin, str(entry.dist.metadata.json.get("summary", "")))


def _said(word: Word) -> str:
    """What it is for as far as the first comma, without the plugin's name in front; that stands behind."""
    named, _, rest = word.summary.partition(": ")
    text = rest if named.casefold() == word.plugin.casefold() else word.summary
    return f"{text[:1].upper()}{text[1:].partition(', ')[0].rstrip('.')} ({word.plugin})"


def _beside(entry: EntryPoint) -> Iterator[EntryPoint]:
    """The plugins of an entry point's distribution."""
    return (each for each in (entry.dist.entry_points if entry.dist else ()) if each.group == _PLUGINS)


def _add(meant: Sequence[Word], app: typer.Typer) -> None:
    if len(meant) > 1:
        both = " and ".join(word.plugin for word in meant)
        raise PluginError(meant[0].plugin, f"command {meant[0].word}: {both} both bring it: uninstall one of them")
    for word in meant:
        from allusr_sdk.host.commands import add

        add(word.plugin, word.word, app)
