"""What a configuration file says to a command of a plugin: its own table, and where the accounts' homes are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from allusr_sdk.errors import InputError
from allusr_sdk.layers import HOME, accounts, merged, of_file, of_pairs
from allusr_sdk.office.places import below, place
from allusr_sdk.settings import load


def own[T](kind: type[T], table: str, file: Path | None = None, sets: Sequence[str] = ()) -> T:
    """The settings of a command, from its table of the file and from `--set table.name=value`.

    Args:
        kind: its settings class.
        table: name of the table, as ``notify``.

    Raises:
        InputError: the file cannot be read.
        SettingsError: with all problems of the table at once.
    """
    every = merged([of_file(file), of_pairs(sets, {})])
    return load(kind, every.get(table, {}), where=table)


def homes(home: str, file: Path | None = None) -> Mapping[str, str]:
    """The homes that a command is to look at, by account: those of [accounts.NAME], those in a folder, or the one.

    A home that is no account's has an empty name. Folders are absolute: what is told of them is read elsewhere.

    Raises:
        InputError: the file cannot be read, or --home is a database and an account of the file names no home.
    """
    several = {name: body for name, body in accounts([of_file(file)]).items() if isinstance(body, Mapping)}
    found = {name: _home(name, body.get(HOME), home) for name, body in several.items()}
    every = found or below(home) or {"": place(home)}
    return {name: where if "://" in where else str(Path(where).absolute()) for name, where in every.items()}


def _home(name: str, own: object, home: str) -> str:
    if isinstance(own, str) and own:
        return place(own)
    if "://" in home:
        raise InputError(f"accounts.{name}.{HOME}: --home is a database, and each account needs its own: name one")
    return str(Path(place(home)) / name)
