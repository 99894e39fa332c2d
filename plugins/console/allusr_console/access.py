"""Who is signed in: passwords by argon2, sessions in a signed cookie, tokens for the read API, tokens of forms."""

import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from attrs import evolve, frozen

from allusr_console.limits import Buckets, Lockouts, Rate
from allusr_console.people import Register, User, token_of
from allusr_console.roles import Role, Who

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from allusr_console.audit import Audit

SESSION, FORM = "allusr_session", "allusr_form"
LASTS = 12 * 3600.0
"""Seconds of a session."""

_HASHING = 2  # passwords that are looked at at once: each takes 64 MB
_REFUSED = Rate(60, 60 / 3600)  # refused logins that are written into the home's trail
_LONGEST = 64  # characters of a name that is written there


@frozen
class Session:
    """What the cookie says: whose it is, as which version of the user, and from when."""

    sid: str
    name: str
    since: str
    issued: float


class Access:
    """The door.

    Args:
        register: the file of users and tokens.
        journal: where logins and refusals are written.
        hasher: of passwords.
        clock: seconds of the wall clock.

    Raises:
        InputError: the file or the key cannot be read, or others may read it.
    """

    def __init__(
        self, register: Register, journal: "Audit", *, hasher: PasswordHasher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.register, self.journal = register, journal
        self._clock, self._hasher = clock, hasher or PasswordHasher()
        self._key = register.key()
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._lockouts, self._everywhere = Lockouts(), Lockouts(tries=100)
        self._told = Buckets(_REFUSED)
        self._hashing = BoundedSemaphore(_HASHING)

    # --- signing in and out ----------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, origin: str) -> str | float:
        """Check a password, on a thread that may wait: the cookie's text, or seconds of a lockout (0 for none).

        Where the name and the address are locked out the password is not looked at.
        """
        key = f"{name[:_LONGEST]} {origin}"
        if locked := max(self._lockouts.locked(key), self._everywhere.locked(name[:_LONGEST])):
            return locked
        user = self.register.people.user(name)
        if not self._right(user, password) or user is None:
            return self._refuse(name, key, origin)
        self._lockouts.forget(key)
        self._note("login", name, "done", origin=origin)
        return self._signed(Session(secrets.token_hex(16), user.name, user.since, self._clock()))

    def sign_out(self, who: Who, origin: str) -> None:
        """End a session, for good."""
        now = self._clock()
        this = {_digest(who.sid): now + LASTS}
        self.register.change(lambda people: evolve(people, ended=this | {
            sid: until for sid, until in people.ended.items() if until > now
        }))  # fmt: skip
        self._note("logout", who.name, "done", origin=origin)

    def _right(self, user: User | None, password: str) -> bool:
        """Whether a password is a user's; for a name that nobody has it takes as long."""
        with self._hashing:
            try:
                return self._hasher.verify(user.password if user else self._nobody, password) and user is not None
            except (Argon2Error, InvalidHashError):
                return False

    def _refuse(self, name: str, key: str, origin: str) -> float:
        locked = max(self._lockouts.fail(key), self._everywhere.fail(name[:_LONGEST]))
        if not self._told.wait(""):
            why = f"locked out for {locked:.0f} s" if locked else "wrong name or password"
            self._note("lockout" if locked else "login", name[:_LONGEST], "refused", why=why, origin=origin)
        return locked

    def _note(self, action: str, name: str, outcome: str, *, why: str = "", origin: str = "") -> None:
        self.journal.note(None, action=action, actor=" ".join(name.split()) or "nobody", outcome=outcome, why=why,
                          origin=origin)  # fmt: skip

    # --- who it is -------------------------------------------------------------------------------------------------

    def who(self, request: "HTTPConnection") -> Who | None:
        """Who asks: by the session's cookie, or by a token in a header. None for nobody."""
        header = request.headers.get("authorization", "")
        scheme, _, text = header.partition(" ")
        if scheme.lower() == "bearer":
            token = token_of(self.register.people, text.strip())
            return Who(name=token.name, role=Role.VIEWER, by="token", sid=token.id) if token else None
        return self._of(request.cookies.get(SESSION, ""))

    def still(self, who: Who) -> bool:
        """Whether somebody is signed in still, in the same role: neither signed out, removed, changed nor expired."""
        if who.by == "token":
            return any(token.id == who.sid for token in self.register.people.tokens)
        user = self.register.people.user(who.name)
        return user is not None and user.role is who.role and self._lives(user, who.sid)

    def _of(self, cookie: str) -> Who | None:
        session = self._read(cookie)
        if session is None:
            return None
        user, sid = self.register.people.user(session.name), f"{session.sid}.{session.since}.{session.issued}"
        if user is None or not self._lives(user, sid):
            return None
        return Who(name=user.name, role=user.role, by="session", sid=sid)

    def _lives(self, user: User, sid: str) -> bool:
        """Whether a session of a user is neither too old, nor of an earlier password or role, nor signed out."""
        _, since, issued = sid.split(".", 2)
        young = 0 <= self._clock() - float(issued) <= LASTS
        return young and since == user.since and _digest(sid) not in self.register.people.ended

    # --- signatures ------------------------------------------------------------------------------------------------

    def form_token(self, request: "HTTPConnection") -> str:
        """What a form carries in its field `csrf`; it holds for this session, or this browser before one."""
        return self._form(_bound(request))

    def form_right(self, request: "HTTPConnection", text: str) -> bool:
        """Whether a form carries what this session's, or this browser's, forms carry."""
        bound = _bound(request)
        return bool(bound) and hmac.compare_digest(self._form(bound).encode(), text.encode())

    def _form(self, bound: str) -> str:
        return hmac.digest(self._key, f"form {bound}".encode(), sha256).hex()

    def _signed(self, session: Session) -> str:
        body = urlsafe_b64encode(msgspec.json.encode(session)).decode().rstrip("=")
        return f"{body}.{hmac.digest(self._key, f'session {body}'.encode(), sha256).hex()}"

    def _read(self, cookie: str) -> Session | None:
        body, _, mac = cookie.partition(".")
        right = hmac.digest(self._key, f"session {body}".encode(), sha256).hex()
        if not hmac.compare_digest(right.encode(), mac.encode()):
            return None
        return msgspec.json.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Session)


def _bound(request: "HTTPConnection") -> str:
    """What a form's token is bound to: the session, or the random cookie of a browser that has none."""
    who = request.scope.get("state", {}).get("who")
    return who.sid if isinstance(who, Who) else str(request.scope.get("state", {}).get("form", ""))


def _digest(sid: str) -> str:
    return sha256(sid.encode()).hexdigest()
