"""The layers of a configuration as plain tables: a TOML file, `--set` pairs, and what one account of several says."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from allusr_sdk.errors import InputError, SettingsError
from allusr_sdk.rulebook import Rulebook, parse
from allusr_sdk.settings import nearest
from allusr_sdk.settings.declare import dotted
from allusr_sdk.settings.loading import kind_of

Table = Mapping[str, Any]

HOME = "home"  # the one key of an account that is no table

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # it names a folder
_LEADING = re.compile(r"[^:\[]*")


def by_path(plugin: str) -> bool:
    """Whether a plugin is selected by its path, as `./wheel.py` or `.`, which no name looks like."""
    return any(mark in plugin for mark in "./\\")


# --- a file --------------------------------------------------------------------------------------------------------


def of_file(file: Path | None) -> Table:
    """The tables of a TOML file, empty without one; plugins and homes by relative paths lie in its own folder.

    Raises:
        InputError: it cannot be read, or is not TOML.
    """
    if file is None:
        return {}
    try:
        return _beside(file.parent.absolute(), toml(file.read_bytes(), file.name))
    except OSError as error:
        raise InputError(f"{file}: configuration cannot be read: {error.strerror}") from None


def toml(raw: bytes, name: str) -> Table:
    """TOML as tables. Raises `InputError` for what is none, with the file's `name`."""
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: not a TOML file: {' '.join(str(error).split())}") from None


def _beside(base: Path, tables: Table) -> Table:
    found = dict(tables)
    if isinstance(several := tables.get("accounts"), Mapping):
        found["accounts"] = {n: _beside(base, t) if isinstance(t, Mapping) else t for n, t in several.items()}
    if isinstance(home := tables.get(HOME), str) and home and "://" not in home:
        found[HOME] = str(base / Path(home).expanduser())
    plugins = tables.get("plugins")
    use = plugins.get("use") if isinstance(plugins, Mapping) else None
    if isinstance(plugins, Mapping) and isinstance(use, list):
        placed = [str(base / Path(p).expanduser()) if isinstance(p, str) and by_path(p) else p for p in use]
        found["plugins"] = {**plugins, "use": placed}
    return found


# --- pairs ---------------------------------------------------------------------------------------------------------


def of_pairs(sets: Sequence[str], options: Mapping[str, object]) -> Table:
    """The tables that `--set` pairs and options by dotted path say. Raises `SettingsError` for what is no pair."""
    return merged([_nested(path, value) for path, value in (*_pairs(sets), *options.items())])


def _pairs(sets: Sequence[str]) -> Iterator[tuple[str, object]]:
    for pair in sets:
        path, equals, text = pair.partition("=")
        path = path.strip()
        if not equals or not all(path.split(".")):
            raise SettingsError([f"--set {path}: expected path.to.setting=value"])
        yield (f"rules.{path}" if _is_rule(path) else path), parse(text.strip())


def _is_rule(path: str) -> bool:
    return path.partition(".")[0].upper().replace("_", "-") in Rulebook.default().rules


def _nested(path: str, value: object) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {head: _nested(rest, value) if rest else value}


# --- accounts ------------------------------------------------------------------------------------------------------


def accounts(layers: Iterable[Table]) -> Mapping[str, Table]:
    """The tables [accounts.NAME] that layers say together, by name. Raises `SettingsError` where they are no tables."""
    found = merged(layers).get("accounts", {})
    if not isinstance(found, Mapping):
        raise SettingsError([f"accounts: expected a table, got {kind_of(found)}; write [accounts.NAME]"])
    return found


def own(several: Mapping[str, Table], account: str | None, known: Sequence[str]) -> Table:
    """The known tables of one account, empty for none. Raises `InputError` where there is no such account."""
    if account is None:
        return {}
    require(account, several)
    body = several[account] if isinstance(several[account], Mapping) else {}
    return {name: table for name, table in body.items() if name in known}


def require(account: str, several: Iterable[str]) -> None:
    """Raise `InputError` unless an account is one of several."""
    if account not in (known := tuple(several)):
        where = f"no [accounts.{account}] in the configuration; {nearest(account, known)}"
        raise InputError(f"--account {account}: {where}")


def complaints(several: Mapping[str, Table], known: Sequence[str]) -> Iterator[str]:
    """What is wrong with accounts as such, whatever their tables hold; `known` are tables that they may have."""
    for name, body in several.items():
        where = dotted("accounts", name)
        if not _ACCOUNT.fullmatch(name):
            yield f"{where}: an account's name has letters, digits, - and _"
        if not isinstance(body, Mapping):
            yield f"{where}: expected a table, got {kind_of(body)}; write [accounts.NAME]"
            continue
        wrong = [key for key in body if key not in (*known, HOME)]
        yield from (f"{where}.{key}: unknown table; {nearest(key, (*known, HOME))}" for key in wrong)
        home = body.get(HOME, "unsaid")
        if not isinstance(home, str) or not home:
            yield f"{where}.{HOME}: expected a folder or a database URL, got {kind_of(home)}"


def says(table: Table, problem: str) -> bool:
    """Whether a table says itself what a problem is about, which begins with a dotted path."""
    found: object = table
    for part in (_LEADING.match(problem) or [""])[0].split("."):
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True


# --- tables --------------------------------------------------------------------------------------------------------


def less(table: Table, key: str) -> Table:
    """A table without one of its keys."""
    return {name: value for name, value in table.items() if name != key}


def merged(layers: Iterable[Table]) -> dict[str, Any]:
    """Tables over each other, the later ones last."""
    found: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
            found[key] = merged([found[key], value]) if both else value
    return found


def leaves(table: Table, where: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a table by its dotted path."""
    for key, value in table.items():
        path = f"{where}.{key}" if where else key
        if isinstance(value, Mapping):
            yield from leaves(value, path)
        else:
            yield path, value
