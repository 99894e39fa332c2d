"""`allusr console`: serves the console, and keeps its users and tokens."""

import getpass
import json
import os
import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from allusr_console import people
from allusr_console.people import Register
from allusr_console.roles import Role
from allusr_console.settings import LOOPBACK, Settings, users_file
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place, shown

HOME, PASSWORD = "~/.allusr", "ALLUSR_CONSOLE_PASSWORD"

Home = Annotated[
    str,
    typer.Option(
        "--home", envvar="ALLUSR_HOME", metavar="DIR",
        help="A home, a folder of homes, or a database URL.",
    ),
]  # fmt: skip
Users = Annotated[
    Path | None,
    typer.Option(
        "--users", envvar="ALLUSR_CONSOLE_USERS", metavar="FILE",
        help="The file of users; console.json in the home's folder if left out.",
    ),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Who: it stands in the journal of what is told.")]

app = typer.Typer(help="Serve the console on a home, or keep its users and tokens.")
user = typer.Typer(help="Who may sign in.")
token = typer.Typer(help="What programs read the API with.")
app.add_typer(user, name="user")
app.add_typer(token, name="token")


def add(cli: object) -> None:
    """Add the group to the application of `allusr`."""
    cast("typer.Typer", cli).add_typer(app, name="console")


@app.callback(invoke_without_command=True)
def console(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Its port; 0 takes a free one.")
    ] = 8750,
    origin: Annotated[
        str,
        typer.Option("--origin", metavar="URL", help="How browsers reach it behind a proxy: https://console.example"),
    ] = "",
    open_to_network: Annotated[
        bool, typer.Option("--open-to-network", help="Listen beyond this machine: passwords travel as the network is.")
    ] = False,
    users: Users = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Serve the console: accounts live over the ledger, and a read API under /api. Ends with Ctrl-C or SIGTERM.

    It listens to this machine alone. Who may sign in is kept by `allusr console user add NAME`.
    """
    if context.invoked_subcommand is not None:
        return
    from allusr_console import running

    made = Settings(home=place(home), host=host, port=port, users=users_file(home, users), origin=_origin(origin))
    _allowed(made, open_to_network=open_to_network)
    if not Register(made.users).people.users:
        raise InputError(
            f"{made.users}: nobody may sign in yet: `allusr console user add NAME --role operator{_of(home)}`"
        )
    running.serve(made, as_json=as_json)


@user.command("add")
def add_user(
    name: Name,
    role: Annotated[
        Role, typer.Option("--role", help="A viewer reads; an operator tells the home, too.")
    ] = Role.VIEWER,
    users: Users = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Let somebody sign in, or give them another password or role; both end their sessions.

    The password is asked for on the terminal, or is the first line of the standard input, or ALLUSR_CONSOLE_PASSWORD.
    """
    from argon2 import PasswordHasher

    register = Register(users_file(home, users))
    hashed = PasswordHasher().hash(people.checked(_password()))
    register.change(lambda every: people.with_user(every, name, role, hashed))
    _say({"user": name, "role": role.value, "file": str(register.path)},
         f"{name} may sign in as {role.value}: {register.path}", as_json=as_json)  # fmt: skip


@user.command("remove")
def remove_user(name: Name, users: Users = None, home: Home = HOME, as_json: Json = False) -> None:
    """Let somebody sign in no more; open sessions end at once."""
    register = Register(users_file(home, users))
    register.change(lambda every: people.without_user(every, name))
    _say({"user": name, "removed": True}, f"{name} may sign in no more", as_json=as_json)


@user.command("list")
def list_users(users: Users = None, home: Home = HOME, as_json: Json = False) -> None:
    """Show who may sign in."""
    found = Register(users_file(home, users)).people.users
    rows = [{"user": one.name, "role": one.role.value} for one in found]
    _say({"users": rows}, "\n".join(f"{one.name}  {one.role.value}" for one in found) or "nobody", as_json=as_json)


@token.command("add")
def add_token(name: Name, users: Users = None, home: Home = HOME, as_json: Json = False) -> None:
    """Make a token that reads the API and nothing else. It is shown once and kept as a hash."""
    register = Register(users_file(home, users))
    made = ""

    def more(every: people.People) -> people.People:
        nonlocal made
        after, made = people.with_token(every, name)
        return after

    after = register.change(more)
    _say({"token": made, "id": after.tokens[-1].id, "name": name}, made, as_json=as_json)


@token.command("remove")
def remove_token(
    number: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `token list` shows it.")],
    users: Users = None, home: Home = HOME, as_json: Json = False,
) -> None:  # fmt: skip
    """Take a token back."""
    register = Register(users_file(home, users))
    register.change(lambda every: people.without_token(every, number))
    _say({"token": number, "removed": True}, f"token {number} reads no more", as_json=as_json)


@token.command("list")
def list_tokens(users: Users = None, home: Home = HOME, as_json: Json = False) -> None:
    """Show which tokens there are; their texts are kept nowhere."""
    found = Register(users_file(home, users)).people.tokens
    rows = [{"id": one.id, "name": one.name, "made": one.made.isoformat()} for one in found]
    text = "\n".join(f"{one.id}  {one.name}  {one.made:%Y-%m-%d %H:%M} UTC" for one in found) or "none"
    _say({"tokens": rows}, text, as_json=as_json)


def _password() -> str:
    """A password that never was an argument: of the environment, the terminal (twice), or the standard input."""
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise InputError("the two passwords differ")
    return first


def _origin(text: str) -> str:
    """An origin as browsers send it. Raises `InputError` for another address."""
    found = text.rstrip("/").lower()
    scheme, _, rest = found.partition("://")
    if found and (scheme not in ("http", "https") or not rest or "/" in rest or "@" in rest):
        raise InputError(f"--origin {text}: expected an address as https://console.example, without a path")
    return found


def _allowed(made: Settings, *, open_to_network: bool) -> None:
    if made.local:
        return
    if not open_to_network:
        raise InputError(
            f"--host {made.host}: others of the network could reach it: give --open-to-network, or one of "
            f"{', '.join(LOOPBACK)}"
        )
    if made.secure:
        return
    print(
        f"warning: whoever reaches {made.host}:{made.port} can try to sign in, and without TLS the network reads "
        "passwords and pages: put a proxy with TLS before it and give --origin https://...",
        file=sys.stderr,
    )


def _of(home: str) -> str:
    return "" if home == HOME else f" --home {shown(home)}"


def _say(body: dict[str, object], text: str, *, as_json: bool) -> None:
    print(json.dumps(body, indent=2) if as_json else text)
