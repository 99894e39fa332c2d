"""Watching one account from outside: what was written since it was last told, and how its engine is."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from attrs import Factory, define

from allusr_notify.notes import CHAINS, Note, Teller
from allusr_notify.state import Cursor
from allusr_sdk.errors import AllusrError, BreakError, InputError
from allusr_sdk.office.engine import engine, folder
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.places import in_force

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run, RunInfo

_PATIENCE = 60.0  # seconds in which a home that cannot be read may be well again before it is told


@define
class Watched:
    """One account.

    Attributes:
        home: where its ledger is.
        teller: makes its notes.
        cursor: how far it was told; moved on as notes are made, and kept by the caller together with them.
        after: number of the entry after which a run that was never told begins; None for its newest.
        modes: of the runs that are told.
        well: whether it was read, and its engine neither silent nor gone, at the last look.
        summary: where it stood then, for the daily note.
    """

    home: str
    teller: Teller
    cursor: Cursor
    after: int | None = None
    modes: tuple[str, ...] = ("paper", "live")
    well: bool = False
    summary: str = ""
    _followed: Followed | None = None
    _silence: float = 0.0
    _known: dict[int, str] = Factory(dict)
    _since: float = Factory(time.monotonic)

    def close(self) -> None:
        """Give the connections back."""
        if self._followed is not None:
            self._followed.close()
            self._followed = None

    def look(self) -> Iterator[Note]:
        """The notes since the last look; a home that cannot be read is one, once that lasts."""
        self.well = True
        yield from self._guarded(self._engine)
        yield from self._guarded(self._journal)
        if self.well:
            self._since = time.monotonic()
            if self.cursor.trouble:
                yield self.teller.note("well", "the home can be read again")
                self.cursor.trouble = ""

    def _guarded(self, what: Callable[[], Iterator[Note]]) -> Iterator[Note]:
        try:
            yield from what()
        except (AllusrError, OSError) as why:
            self.well, text = False, " ".join(str(why).split())
            self.close()
            lasts = time.monotonic() - self._since >= _PATIENCE
            if text != self.cursor.trouble and (lasts or isinstance(why, BreakError)):
                self.cursor.trouble = text
                yield self.teller.note("home", f"{text}. Until it can be read nothing else of it is told")

    # --- the engine ------------------------------------------------------------------------------------------------

    def _engine(self) -> Iterator[Note]:
        """A silence beyond KS-9, an end without a goodbye, a clock that is wrong: once each, and that it is over."""
        from allusr_sdk.office.engine import clock

        how = engine(self.home)
        if how["life"] == "none":
            return
        if not self._silence:
            self._silence = in_force(self.home).number("KS-9.silence_seconds")
        silent = how["life"] == "silent" and float(str(how["age"])) >= self._silence
        if silent or how["life"] in ("gone", "unknown"):
            self.well = False
            sign = f"{how['life']} {how['pid']} {how['beat']}"
            if sign != self.cursor.engine:
                self.cursor.engine = sign
                at = how["beat"]
                yield self.teller.note("engine", f"{how['text']}. What it held at the venue is as it was then",
                                       ref=f"process {how['pid']}, beat of {clock(at)}", rules=("KS-9",))  # type: ignore[arg-type]  # fmt: skip
        elif self.cursor.engine and how["life"] in ("alive", "ended"):
            self.cursor.engine = ""
            yield self.teller.note("well", str(how["text"]), rules=("KS-9",))

    # --- the journal -----------------------------------------------------------------------------------------------

    def _journal(self) -> Iterator[Note]:
        cursor, first = self.cursor, not self.cursor.begun
        try:
            followed = self._followed = self._followed or Followed(self.home)
        except InputError:
            if cursor.run:
                raise
            self.well, cursor.begun = False, True  # a home that waits for its first run, which is told from its head
            return
        followed.look()
        for info in followed.ledger.runs():
            if info.id >= cursor.run:
                yield from self._run(followed, info, fresh=first)
        for chain in CHAINS:
            yield from self._chain(followed, chain, skip=first and self.after is None)
        cursor.begun, self.summary = True, _summary(followed)

    def _run(self, followed: Followed, info: "RunInfo", *, fresh: bool) -> Iterator[Note]:
        """The entries of a run that were not told; where nothing ever was, those from now on."""
        cursor = self.cursor
        if info.id != cursor.run:
            newest = info.id == followed.run.id
            cursor.run, cursor.seq, cursor.hash = info.id, 0, ""
            if fresh and (self.after is None or not newest):
                cursor.seq, cursor.hash = info.entries, info.head
            elif fresh:
                cursor.seq = self.after or 0
        run = followed.ledger.run(info.id)
        if self._mode(run) not in self.modes:
            return
        entries = list(run.entries(after=max(cursor.seq - 1, 0)))
        if cursor.hash and (info.entries < cursor.seq or entries[0].hash != cursor.hash):
            yield self._another(info)
            return
        untold = [entry for entry in entries if entry.seq > cursor.seq]
        yield from map(self._with_report, self.teller.of_run(info.id, untold))
        if untold:
            cursor.seq, cursor.hash = untold[-1].seq, untold[-1].hash

    def _mode(self, run: "Run") -> str:
        if run.id not in self._known:
            self._known[run.id] = str(getattr(next(run.entries(kind="RunStarted")).event, "mode", ""))
        return self._known[run.id]

    def _another(self, info: "RunInfo") -> Note:
        """The journal is not the one that was told, as after a restore: it is told from its end on."""
        before, self.cursor.seq, self.cursor.hash = self.cursor.seq, info.entries, info.head
        return self.teller.note(
            "home", f"the journal of run {info.id} is another than was told up to #{before}, as after `allusr ledger "
            f"restore`; what follows #{info.entries} is told", ref=f"run {info.id} #{info.entries}",
        )  # fmt: skip

    def _with_report(self, note: Note) -> Note:
        """A week's note with the place of its report, where the engine has written one."""
        from attrs import evolve

        where = folder(self.home)
        if note.kind != "week" or where is None:
            return note
        week = note.text.split()[1]
        found = sorted(where.glob(f"reports/week-{week}.*"), key=lambda path: (path.suffix != ".html", path.name))
        return evolve(note, text=f"{note.text}. Report: {found[0]}") if found else note

    def _chain(self, followed: Followed, name: str, *, skip: bool) -> Iterator[Note]:
        chain = followed.ledger.chain(name)
        for entry in chain.entries(after=self.cursor.chains.get(name, 0)) if chain else ():
            self.cursor.chains[name] = entry.seq
            note = None if skip else self.teller.of_chain(name, entry.seq, entry.at, entry.event)
            if note is not None:
                yield note


def _summary(followed: Followed) -> str:
    """Where an account stands, in a line."""
    try:
        facts = followed.facts
    except InputError:
        return "no run yet"
    needs = "nothing needs a person" if not facts.needs else f"{len(facts.needs)} things need a person"
    return (
        f"run {facts.run} ({facts.mode}), {facts.state}, tier {facts.tier}: equity {facts.total.equity:,.2f}, cash "
        f"{facts.total.cash:,.2f}, {facts.entries:,} entries; {needs}; {engine(followed.home)['text']}"
    )
