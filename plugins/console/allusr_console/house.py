"""The accounts of a place, each followed in a thread of its own and published as frozen snapshots."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from types import MappingProxyType

from attrs import evolve

from allusr_console import snapshots
from allusr_console.asking import Asking
from allusr_console.problems import Unknown
from allusr_console.snapshots import Snapshot
from allusr_sdk.errors import AllusrError
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.places import below, place, shown
from allusr_sdk.settings import nearest

_LOG = logging.getLogger("allusr.console")
_EVERY = 0.3  # seconds between two looks
_ENGINE = 1.0  # seconds between two looks at the heartbeat
_AGAIN = (1.0, 30.0)  # seconds before a home that could not be read is tried again: at first, and at most
_FOLDER = 2.0  # seconds between two looks for accounts that came


class Follower:
    """One home, looked at again and again in a thread; only `snapshot` is read by others.

    Args:
        name: the account's.
        home: a folder or a database's URL.
        changed: called in the thread, after each change.
    """

    def __init__(self, name: str, home: str, changed: Callable[[], None]) -> None:
        self.home = home
        self.snapshot = Snapshot(name=name, home=shown(home))
        self._changed, self._end = changed, Event()
        self._thread = Thread(target=self._run, name=f"follows {name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._end.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        wait = _AGAIN[0]
        while not self._end.is_set():
            began = monotonic()
            try:
                with Followed(self.home) as followed:
                    self._follow(followed)
            except AllusrError as why:
                self._fail(" ".join(str(why).split()))
            except Exception as why:  # the boundary of the thread: an account that cannot be read says so
                _LOG.exception("an account cannot be read", extra={"account": self.snapshot.name})
                self._fail(f"cannot be read: {type(why).__name__}")
            wait = _AGAIN[0] if monotonic() - began > _AGAIN[1] else min(2 * wait, _AGAIN[1])
            self._end.wait(wait)

    def _follow(self, followed: Followed) -> None:
        looked = -_ENGINE
        while not self._end.is_set():
            found = followed.look()
            if found or self.snapshot.problem:
                self._publish(snapshots.of(followed, self.snapshot, datetime.now(UTC)))
                looked = monotonic()
            else:
                due = monotonic() - looked >= _ENGINE
                self._around(followed.around() if due else None)
                looked = monotonic() if due else looked
            self._end.wait(_EVERY)

    def _around(self, around: Mapping[str, object] | None) -> None:
        """Note a look that found no entry: when it was and, where it was looked at, how engine and wishes are."""
        now = self.snapshot
        if around is None or now.status is None:
            self.snapshot = evolve(now, read=datetime.now(UTC), clock=monotonic())
            return
        same = _lasting(now.status) == _lasting(around)
        made = evolve(now, status={**now.status, **around}, read=datetime.now(UTC), clock=monotonic())
        if same:
            self.snapshot = made
        else:
            self._publish(evolve(made, version=now.version + 1))

    def _fail(self, why: str) -> None:
        if why != self.snapshot.problem:
            self._publish(evolve(self.snapshot, problem=why, version=self.snapshot.version + 1))

    def _publish(self, made: Snapshot) -> None:
        self.snapshot = made
        self._changed()


class House:
    """The accounts of a home, or of the homes in a folder's folders.

    Args:
        home: a folder or a database's URL.

    Raises:
        InputError: there is no home.
    """

    def __init__(self, home: str) -> None:
        self._place = place(home)
        self._followers: dict[str, Follower] = {}
        self._asking: dict[str, Asking] = {}
        self._version, self._lock, self._end = 0, Lock(), Event()
        self._many = self._take()
        self._watch = Thread(target=self._rescan, name="looks for accounts", daemon=True)

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of the accounts, in order."""
        return tuple(sorted(self._followers))

    @property
    def version(self) -> int:
        """A number that rises with each change of any account."""
        return self._version

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """Every account as it is known, in order."""
        return MappingProxyType({name: self._followers[name].snapshot for name in self.accounts})

    def snapshot(self, name: str) -> Snapshot:
        """An account as it is known. Raises `Unknown` for another name; never waits."""
        return self._follower(name).snapshot

    def home(self, name: str) -> str:
        """Where an account's ledger is. Raises `Unknown`."""
        return self._follower(name).home

    def ask(self, name: str) -> Asking:
        """Who answers what no snapshot has. Raises `Unknown`."""
        home = self.home(name)
        with self._lock:
            if name not in self._asking:
                self._asking[name] = Asking(name, home)
            return self._asking[name]

    def start(self) -> None:
        """Begin to follow every account."""
        for follower in tuple(self._followers.values()):
            follower.start()
        if self._many:
            self._watch.start()

    def stop(self, seconds: float = 2.0) -> None:
        """End all threads; one that waits for a database is left behind."""
        self._end.set()
        every = tuple(self._followers.values())
        for follower in every:
            follower.stop()
        for asking in tuple(self._asking.values()):
            asking.stop()
        for follower in every:
            follower.join(seconds)

    def _follower(self, name: str) -> Follower:
        found = self._followers.get(name)
        if found is None:
            raise Unknown(f"there is no account {name!r}; {nearest(name, self.accounts)}")
        return found

    def _take(self) -> bool:
        """Take up the accounts that are there; whether they lie below a folder."""
        many = below(self._place)
        for name, home in (many or _single(self._place)).items():
            self._followers[name] = Follower(name, home, self._changed)
        return bool(many)

    def _rescan(self) -> None:
        while not self._end.wait(_FOLDER):
            for name, home in below(self._place).items():
                if name not in self._followers:
                    self._followers[name] = made = Follower(name, home, self._changed)
                    made.start()
                    self._changed()

    def _changed(self) -> None:
        with self._lock:
            self._version += 1


def _single(home: str) -> Mapping[str, str]:
    """The one account of a home. Raises `InputError` where there is no ledger."""
    with Followed(home):
        pass
    if "://" in home:
        return {home.partition("?")[0].rstrip("/").rpartition("/")[2] or "account": home}
    return {Path(home).resolve().name or "account": home}


def _lasting(status: Mapping[str, object]) -> tuple[object, ...]:
    """What of engine and wishes is no mere passing of time."""
    engine = status["engine"]
    assert isinstance(engine, Mapping)
    return engine["life"], engine.get("run"), status["operator"]
