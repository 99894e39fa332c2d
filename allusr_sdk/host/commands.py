"""Commands of plugins: words are read from metadata, and only the plugin of the word that was typed is imported."""

from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution
from types import NoneType

from attrs import frozen

from allusr_sdk.errors import PluginError
from allusr_sdk.host.calls import Calls
from allusr_sdk.host.discovery import API, Found, discover
from allusr_sdk.host.guard import Fault
from allusr_sdk.host.importing import imported

GROUP = f"allusr.commands.v{API}"


@frozen
class Word:
    """A command that an installed plugin adds to `allusr`.

    Attributes:
        word: what is typed.
        plugin: the plugin that brings it.
        summary: of its distribution.
        problem: why it cannot be used; empty else.
    """

    word: str
    plugin: str
    summary: str
    problem: str = ""


def words() -> Mapping[str, Word]:
    """Every command of an installed plugin by its word; nothing is imported."""
    found: dict[str, Word] = {}
    for word in _words():
        first = found.get(word.word)
        both = f"plugins {first.plugin} and {word.plugin} both bring it: uninstall one" if first else ""
        found[word.word] = Word(word.word, word.plugin, word.summary, both) if both else word
    return found


def add(word: Word, cli: object) -> None:
    """Import the plugin of a word and let it add its commands to the typer application.

    Raises:
        PluginError: it cannot be used or imported, its hook raised, or it has none.
    """
    if word.problem:
        raise PluginError(word.plugin, f"command {word.word}: {word.problem}")
    found = next(each for each in discover() if each.name == word.plugin)
    calls = Calls({word.plugin: imported(found)})
    if word.plugin not in calls.plugins("allusr_commands"):
        raise PluginError(word.plugin, f"names the command {word.word}, but implements no allusr_commands")
    for answer in calls.collect("allusr_commands", NoneType, cli=cli):
        if isinstance(answer, Fault):
            raise PluginError(word.plugin, f"command {word.word}: {answer.error}")


def _words() -> Iterator[Word]:
    for found in discover():
        distribution = found.entry.dist
        for entry in distribution.entry_points if distribution is not None else ():
            if entry.group == GROUP and entry.value.partition(".")[0] == found.entry.value.partition(".")[0]:
                yield Word(entry.name, found.name, _summary(distribution, found), found.problem)


def _summary(distribution: Distribution | None, found: Found) -> str:
    told = distribution.metadata.json.get("summary") if distribution is not None else None
    return str(told or f"Of plugin {found.name}.")
