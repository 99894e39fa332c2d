"""Commands of plugins: only the plugin whose word was typed is imported."""

from types import NoneType

from allusr_sdk.errors import PluginError
from allusr_sdk.host.calls import Calls
from allusr_sdk.host.guard import Fault
from allusr_sdk.host.importing import imported, select


def add(plugin: str, word: str, cli: object) -> None:
    """Import a plugin and let it add its commands to the typer application.

    Args:
        plugin: its name.
        word: the command that was asked for, for errors.
        cli: the application.

    Raises:
        PluginError: it cannot be used or imported, its hook raised, or it has none.
    """
    calls = Calls({plugin: imported(select((plugin,))[0])})
    if plugin not in calls.plugins("allusr_commands"):
        raise PluginError(plugin, f"names the command {word}, but implements no allusr_commands")
    for answer in calls.collect("allusr_commands", NoneType, cli=cli):
        if isinstance(answer, Fault):
            raise PluginError(plugin, f"command {word}: {answer.error}")
