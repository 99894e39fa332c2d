"""Questions that no snapshot answers: stories, reports, entries, the trail; read in a thread of the account's own."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from attrs import define, frozen

from allusr_console.threads import Worker
from allusr_sdk.errors import InputError
from allusr_sdk.office import proposals as governed
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.periods import PeriodFacts, Told, facts, rendered, told
from allusr_sdk.office.refusals import Refusal, refused
from allusr_sdk.office.story import Story, story
from allusr_sdk.office.trail import Act, of_ledger

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry, Run


@define
class Under:
    """What an answer rests on, filled in with it: a run, and the entry up to which it was read."""

    run: int | None = None
    seq: int = 0
    head: str = ""
    instant: datetime | None = None


@frozen
class _Kept:
    """An answer, what it rests on, when it was found, and for how long it is given again though the journal grew."""

    value: object
    under: Under
    at: float
    good: float


_KEPT = 24  # answers that are kept
_AGAIN, _LONGEST = 10, 30.0  # what took a second is given again for ten, thirty at most: it says what it rests on


class Asking:
    """Who answers for one account. Its journal is read with the first question that wants it.

    Every method raises what the office raises (`InputError`, `BreakError`, ...), and `Busy` where too much waits.

    Args:
        name: the account's.
        home: a folder or a database's URL.
    """

    def __init__(self, name: str, home: str) -> None:
        self._home = home
        self._worker = Worker(f"answers for {name}", self._close)
        self._followed: Followed | None = None
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()

    async def warm(self) -> None:
        """Read the journal now, so that the first question need not wait for it."""
        await self._worker.do(lambda: self._open().look())

    def stop(self) -> None:
        """Answer no more, and give the journal's connections back."""
        self._worker.stop()

    async def story(
        self, subject: str, ledger: str | None = None, *, entries: bool = False, under: Under | None = None
    ) -> Story:  # fmt: skip
        """The story of a subject."""
        return await self._asked(("story", subject, ledger, entries), lambda run: story(
            run, subject, ledger=ledger, entries=entries
        ), under)  # fmt: skip

    async def periods(self, under: Under | None = None) -> tuple[Told, ...]:
        """Which reports there are."""
        return await self._asked(("periods",), told, under)

    async def report(self, kind: str, at: date | None = None, under: Under | None = None) -> PeriodFacts:
        """The facts of a report; the run's plugins are not asked for sections."""
        return await self._asked(("report", kind, at), lambda run: facts(run, kind, at), under)

    async def rendered(self, kind: str, at: date | None, form: str) -> bytes:
        """A report in a form: html, pdf, json or csv."""
        found = await self.report(kind, at)
        return await self._worker.do(lambda: rendered(found, form))

    async def refused(
        self, symbol: str | None = None, ledger: str | None = None, limit: int = 100, under: Under | None = None
    ) -> tuple[Refusal, ...]:  # fmt: skip
        """The newest refusals of the run, newest first."""
        return await self._asked(("refused", symbol, ledger, limit), lambda run: refused(
            run, symbol=symbol, ledger=ledger, limit=limit
        ), under)  # fmt: skip

    async def entries(
        self, after: int = 0, limit: int = 100, *, kind: str | None = None, ledger: str | None = None,
        symbol: str | None = None, under: Under | None = None,
    ) -> "tuple[Entry, ...]":  # fmt: skip
        """Entries behind a number, oldest first."""
        return await self._asked(("entries", after, limit, kind, ledger, symbol), lambda run: tuple(islice(
            run.entries(kind=kind, ledger=ledger, symbol=symbol, after=after), limit
        )), under)  # fmt: skip

    async def entry(self, seq: int, under: Under | None = None) -> "Entry":
        """One entry. Raises `InputError` where there is none."""
        found = await self.entries(seq - 1, 1, under=under)
        if not found or found[0].seq != seq:
            raise InputError(f"there is no entry #{seq}, or this version cannot read it")
        return found[0]

    async def trail(self, limit: int = 200) -> tuple[Act, ...]:
        """What happened to the home, newest first."""
        return await self._worker.do(lambda: of_ledger(self._open().ledger, limit=limit))

    async def proposals(self) -> tuple[governed.Proposed, ...]:
        """Every proposal of the home, oldest first."""
        return await self._worker.do(lambda: governed.listed(self._home))

    async def _asked[T](
        self, key: tuple[object, ...], question: "Callable[[Run], T]", under: Under | None
    ) -> T:  # fmt: skip
        return await self._worker.do(lambda: self._answer(key, question, under or Under()))

    def _answer[T](self, key: tuple[object, ...], question: "Callable[[Run], T]", under: Under) -> T:
        try:
            followed = self._open()
            followed.look()
            run = followed.run
            kept = self._kept.get(key)
            if kept is None or not _good(kept, run):
                kept = self._keep(key, run, question)
            under.run, under.seq = kept.under.run, kept.under.seq
            under.head, under.instant = kept.under.head, kept.under.instant
            return kept.value  # type: ignore[return-value]  # the key names the question
        except InputError:
            raise
        except Exception:
            self._close()  # whatever was read half-way is read anew with the next question
            raise

    def _keep(self, key: tuple[object, ...], run: "Run", question: "Callable[[Run], object]") -> _Kept:
        began = monotonic()
        value = question(run)
        now = monotonic()
        under = Under(run.id, run.seq, run.head, run.instant)
        self._kept.pop(key, None)
        self._kept[key] = kept = _Kept(value, under, now, min(_LONGEST, _AGAIN * (now - began)))
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept

    def _open(self) -> Followed:
        if self._followed is None:
            self._followed = Followed(self._home)
        return self._followed

    def _close(self) -> None:
        followed, self._followed = self._followed, None
        if followed is not None:
            with suppress(Exception):
                followed.close()


def _good(kept: _Kept, run: "Run") -> bool:
    """Whether an answer is given again: the journal is as it was, or it took too long to be found anew so soon."""
    same = (kept.under.run, kept.under.head) == (run.id, run.head)
    return same or (kept.under.run == run.id and monotonic() - kept.at <= kept.good)
