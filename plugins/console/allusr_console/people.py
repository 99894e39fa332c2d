"""The file of users and tokens of a console: passwords and tokens are there as hashes only, for its owner to read."""

import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

import msgspec
from attrs import Factory, asdict, evolve, frozen

from allusr_console.roles import Role
from allusr_sdk.errors import InputError
from allusr_sdk.settings import nearest

FILE, KEY = "console.json", "console.key"
LEAST = 10
"""Characters of the shortest password."""

_MOST = 1024
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}")
_MARK = "allusr"


@frozen(kw_only=True)
class User:
    """Somebody who may sign in; `since` changes with the password and the role, and ends older sessions."""

    name: str
    role: Role
    password: str
    since: str


@frozen(kw_only=True)
class Token:
    """What a program reads the API with; `secret` is a SHA-256, `id` its first part."""

    id: str
    name: str
    secret: str
    made: datetime


@frozen(kw_only=True)
class People:
    """Everybody."""

    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()
    ended: Mapping[str, float] = Factory(dict)
    """Sessions that were signed out, by their hash, with the instant at which they would have ended."""

    def user(self, name: str) -> User | None:
        """A user by name."""
        return next((user for user in self.users if user.name == name), None)


class Register:
    """The file. It is read again whenever it has changed.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int], People] | None = None
        self._lock = Lock()

    @property
    def people(self) -> People:
        """Who is in it now; nobody where there is no file.

        Raises:
            InputError: it cannot be read, or others may read it.
        """
        with self._lock:
            try:
                found = self.path.stat()
            except FileNotFoundError:
                return People()
            stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, self._load(found.st_mode)
            return self._read[1]

    def change(self, how: Callable[[People], People]) -> People:
        """Write what becomes of it, whole or not at all, alone among all processes."""
        with self._alone():
            made = how(self.people)
            _replace(self.path, msgspec.json.format(msgspec.json.encode(asdict(made)), indent=1))
            return made

    def key(self) -> bytes:
        """The secret that sessions are signed with, made where there is none.

        Raises:
            InputError: others may read it, or it is too short.
        """
        path = self.path.with_name(KEY)
        with self._alone():
            if not path.exists():
                _replace(path, secrets.token_hex(32).encode())
            _private(path, path.stat().st_mode)
            found = path.read_bytes().strip()
        if len(found) < 32:
            raise InputError(f"{path}: no key of a console: remove it, and the next start makes one")
        return found

    def _load(self, mode: int) -> People:
        _private(self.path, mode)
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=People)
        except (OSError, msgspec.MsgspecError) as why:
            raise InputError(f"{self.path}: no file of a console's users: {why}") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _private(path: Path, mode: int) -> None:
    if mode & 0o077:
        raise InputError(f"{path}: others may read it ({mode & 0o777:04o}): chmod 600 it")


def _replace(path: Path, body: bytes) -> None:
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(made, path)


# --- changes -------------------------------------------------------------------------------------------------------


def with_user(people: People, name: str, role: Role, hashed: str) -> People:
    """A user more, or another password and role of one. Raises `InputError` for a name that cannot be one."""
    if not _NAME.fullmatch(name):
        raise InputError(f"user {name!r}: a name has letters, digits, dots, - and _, 32 at most, a letter first")
    others = tuple(user for user in people.users if user.name != name)
    return evolve(people, users=(*others, User(name=name, role=role, password=hashed, since=secrets.token_hex(8))))


def without_user(people: People, name: str) -> People:
    """A user less. Raises `InputError` where there is none."""
    if people.user(name) is None:
        raise InputError(f"user {name!r}: there is none; {nearest(name, [user.name for user in people.users])}")
    return evolve(people, users=tuple(user for user in people.users if user.name != name))


def with_token(people: People, name: str) -> tuple[People, str]:
    """A token more, and its text, which is told once."""
    if not _NAME.fullmatch(name):
        raise InputError(f"token {name!r}: a name has letters, digits, dots, - and _, 32 at most, a letter first")
    number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = Token(id=number, name=name, secret=_hash(secret), made=datetime.now(UTC))
    return evolve(people, tokens=(*people.tokens, token)), f"{_MARK}_{number}_{secret}"


def without_token(people: People, number: str) -> People:
    """A token less, by its id. Raises `InputError` where there is none."""
    ids = [token.id for token in people.tokens]
    if number not in ids:
        raise InputError(f"token {number!r}: there is none; {nearest(number, ids)}")
    return evolve(people, tokens=tuple(token for token in people.tokens if token.id != number))


def token_of(people: People, text: str) -> Token | None:
    """The token of a text; every comparison takes the same time."""
    mark, _, rest = text.partition("_")
    number, _, secret = rest.partition("_")
    found = next((token for token in people.tokens if token.id == number), None)
    same = secrets.compare_digest(_hash(secret), found.secret if found else _hash(""))
    return found if same and secret and mark == _MARK else None


def checked(password: str) -> str:
    """A password that may be one. Raises `InputError` for a short one."""
    if not LEAST <= len(password) <= _MOST:
        raise InputError(f"a password has {LEAST} to {_MOST:,} characters")
    return password


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
