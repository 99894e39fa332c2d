"""Several accounts in one configuration: where each has its home, and that no two are one."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from allusr_sdk.cli.output import emit, strong
from allusr_sdk.errors import InputError, RuleError, SettingsError
from allusr_sdk.layers import HOME, Table, accounts, less, merged, of_file, of_pairs, require
from allusr_sdk.office.places import place

MARK = "{account}"
"""What stands in a home for the name of an account."""


def homes(file: Path | None, sets: Sequence[str], home: str) -> Mapping[str, str]:
    """The home of each [accounts.NAME], by name, in the file's order; empty where the configuration has none.

    Args:
        home: under which those lie that name none of their own: HOME/NAME, or what it is with the name for `{account}`.

    Raises:
        InputError: the file cannot be read.
        SettingsError: two accounts share a home or a broker account, or one has no home; all problems at once.
    """
    base, pairs = of_file(file), of_pairs(sets, {})
    several = {name: body for name, body in accounts([base, pairs]).items() if isinstance(body, Mapping)}
    found = {name: _home(body, name, home) for name, body in several.items()}
    brokers = {
        name: _broker(merged([less(base, "accounts"), body, less(pairs, "accounts")])) for name, body in several.items()
    }
    problems = [
        f"accounts.{name}.{HOME}: --home is a database, and each account needs its own: name a folder or a URL, or say"
        f" where its name comes in --home: {MARK}"
        for name, where in found.items() if not where
    ]  # fmt: skip
    problems += _twice({n: os.path.realpath(h) if "://" not in h else h for n, h in found.items() if h}, HOME, "home")
    problems += _twice({n: b for n, b in brokers.items() if b}, "broker", "broker account")
    if problems:
        raise SettingsError(problems)
    return found


def silences(homes: Mapping[str, str], file: Path | None, sets: Sequence[str]) -> Mapping[str, float]:
    """How long each account's engine may be silent, in seconds: KS-9's limit, or less where the account says so.

    Raises:
        SettingsError: with the problems of all accounts.
    """
    from allusr_sdk.config import Config
    from allusr_sdk.office.places import in_force

    found: dict[str, float] = {}
    problems: list[str] = []
    for name, home in homes.items():
        try:
            stands = in_force(home)
            own = Config.read(file, sets=sets, account=name, rulebook=stands).rulebook
            found[name] = min(rules.number("KS-9.silence_seconds") for rules in (stands, own))
        except SettingsError as error:
            problems += error.problems
        except RuleError as error:
            problems.append(f"accounts.{name}: {error}")
    if problems:
        raise SettingsError(tuple(dict.fromkeys(problems)))  # what all have is wrong in each
    return found


def alike(count: int, file: Path | None) -> tuple[str, ...]:
    """`--set` pairs of so many accounts that differ in the seed of their fills alone: a01, a02 and so on.

    Raises:
        InputError: less than one, or the file names accounts of its own.
    """
    if count < 1:
        raise InputError(f"--accounts {count}: give 1 or more")
    if accounts([of_file(file)]):
        raise InputError(f"--accounts {count}: {file} names accounts of its own: leave out one of both")
    width = max(2, len(str(count)))
    return tuple(f"accounts.a{number:0{width}}.execution.seed={number}" for number in range(1, count + 1))


def show(name: str, printed: str) -> None:
    """Print what an account's run printed, under its name."""
    if printed:
        strong(f"Account {name}")
        print(printed, flush=True)


def as_one(printed: Mapping[str, str]) -> None:
    """Print what the accounts' own `--json` said as one object, by name; null where one said nothing."""
    emit({"accounts": {name: json.loads(text) if text.strip() else None for name, text in printed.items()}})


def of(several: Mapping[str, str], account: str | None, home: str) -> Mapping[str | None, str]:
    """Whom one command runs, and where: an account, all of them, or the one that has no name.

    Raises:
        InputError: there is no such account.
    """
    if account is None and not several:
        return {None: home}
    if account is not None:
        require(account, several)
    return {name: several[name] for name in (several if account is None else (account,))}


def one_of(
    what: str, file: Path | None, sets: Sequence[str] | None, account: str | None, home: str
) -> tuple[str | None, str]:
    """The account that a command is of, as `of` knows it, and its home.

    Args:
        what: what the command says where it is refused.

    Raises:
        InputError: the configuration has several and none is named, or there is no such account.
    """
    where = of(homes(file, sets or (), home), account, home)
    if len(where) > 1:
        raise InputError(f"{what}: give --account, one of {', '.join(map(str, where))}")
    return next(iter(where.items()))


def _home(body: Table, name: str, home: str) -> str:
    own = body.get(HOME)
    if isinstance(own, str) and own:
        return place(own)
    if MARK in home:
        return home.replace(MARK, name)
    return "" if "://" in home else str(Path(home) / name)


def _broker(tables: Table) -> str:
    """What tells a broker account from another: its id, or the only one that a connection has; empty if simulated."""
    said = tables.get("broker", {})
    use, account = (said.get(key, "") for key in ("use", "account")) if isinstance(said, Mapping) else ("", "")
    return str(account or (use and f"the account behind {use}"))


def _twice(found: Mapping[str, str], key: str, what: str) -> Iterator[str]:
    first: dict[str, str] = {}
    for name, value in found.items():
        if (other := first.setdefault(value, name)) != name:
            yield f"accounts.{name}.{key}: the {what} is that of accounts.{other}: one process each (RULE-2)"
