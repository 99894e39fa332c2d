"""The accounts that are served: each home is followed, and read by one call at a time."""

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from types import TracebackType
from typing import Self

from attrs import frozen

from allusr_mcp.plain import Plain, plain
from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.office.engine import engine
from allusr_sdk.office.followed import Followed

ALONE = "account"
"""What a home is called that is no account of several."""


@frozen
class Account:
    """One account, looked at just now; what is read of it rests on its run's last entry."""

    name: str
    home: str
    followed: Followed


class Accounts:
    """Homes by account. They are opened when they are first asked about, and read as they grow.

    Args:
        homes: where each account's ledger is; a home that is no account's has an empty name.
    """

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = {name or ALONE: home for name, home in homes.items()}
        self._open: dict[str, Followed] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for followed in self._open.values():
            followed.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The accounts."""
        return tuple(self._homes)

    def answer(self, account: str, read: Callable[[Account], Mapping[str, object]]) -> list[Plain]:
        """What is read of an account, or of each where none is named, with what it rests on.

        Where several are asked, one that cannot be read has its error in place of an answer.

        Raises:
            InputError: no such account; of a single one whatever it raises.
        """
        if account and account not in self._homes:
            raise InputError(f"there is no account {account!r}; there are: {', '.join(self.names)}")
        with self._lock:
            if account or len(self._homes) == 1:
                return [self._read(account or self.names[0], read)]
            return list(self._each(read))

    def _each(self, read: Callable[[Account], Mapping[str, object]]) -> Iterator[Plain]:
        for name in self._homes:
            try:
                yield self._read(name, read)
            except AllusrError as why:
                yield {"account": name, "error": f"unknown: {' '.join(str(why).split())}"}

    def _read(self, name: str, read: Callable[[Account], Mapping[str, object]]) -> Plain:
        home, followed = self._homes[name], self._look(name)
        run, life = followed.run, engine(home)
        rests_on = {
            "run": run.id, "mode": followed.facts.mode, "entry": run.seq, "head": run.head, "instant": run.instant,
            "engine": life["text"],
        }  # fmt: skip
        return plain({"account": name, "rests_on": rests_on, **read(Account(name, home, followed))})

    def _look(self, name: str) -> Followed:
        """An account as it is now; what cannot be followed any more is begun anew by the next call."""
        followed = self._open.pop(name, None) or Followed(self._homes[name])
        try:
            followed.look()
        except AllusrError:
            followed.close()
            raise
        self._open[name] = followed
        return followed
