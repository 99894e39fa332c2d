"""`chains:DIR`: a folder of chain files as a market.

Each snapshot is a step at its own instant; end-of-day chains are one at the session's close. Every session of the
period ends with a closing step, whether it had a snapshot or not.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise
from pathlib import Path

import numpy as np

from allusr_sdk.errors import DataError
from allusr_sdk.market.chainfile import ENDINGS, ChainFile, Part
from allusr_sdk.market.clock import GRID, closing, instant_of
from allusr_sdk.market.facts import Facts, Notice, Notices
from allusr_sdk.market.fingerprint import of_files
from allusr_sdk.market.table import ALL, Wanted
from allusr_sdk.market.walk import VOLUME_SESSIONS, Walk
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.options import option_class
from allusr_sdk.model.views import Action, Grain, Step

# What the free SPY/QQQ/IWM set calls its files of the funds' own prices.
_SHARES = "underlying"


class FileMarket:
    """Chain files of a folder, of any mix of vendors, as a `MarketSource`.

    `wanted` says what need not be read; a contract beyond `wanted.dte_max` is as if it were not listed, and its volumes
    count from when it came within reach. What was skipped is in `notices` once the steps have been walked.

    Raises `DataError` naming file and row when a file cannot be read.
    """

    def __init__(self, folder: Path, facts: Facts, *, wanted: Wanted = ALL) -> None:
        if not folder.is_dir():
            raise DataError(f"no folder of chains at {folder}")
        found = (p for p in folder.rglob("*") if p.is_file() and p.name.lower().endswith(ENDINGS))
        paths = sorted(p for p in found if not p.name.lower().startswith(_SHARES))
        if not paths:
            raise DataError(f"no chain file ({', '.join(ENDINGS)}) in {folder}")
        self._folder, self._facts, self._wanted, self._paths = folder, facts, wanted, paths
        self._notices = Notices()
        self._outside: list[tuple[date, Notice]] = []
        self._files = [ChainFile(path, path.relative_to(folder).as_posix(), wanted) for path in paths]

    @cached_property
    def description(self) -> str:
        """The kind of source and the hashes of its content and of its surroundings' content."""
        return " ".join((f"chains {of_files(self._folder, self._paths)}", *self._facts.content))

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was skipped or doubted so far."""
        return self._notices.all()

    @cached_property
    def sessions(self) -> tuple[date, ...]:
        """The sessions that have a snapshot, in order."""
        return tuple(sorted({at.astimezone(NEW_YORK).date() for instants in self._instants for at in instants}))

    def seen(self) -> Mapping[str, tuple[date, ...]]:
        """The sessions that have a snapshot of each underlying, in order."""
        found: dict[str, set[date]] = {}
        for file in self._files:
            for symbol, moments in file.seen().items():
                placed = self._placed(_plain(m) for m in moments)
                found.setdefault(symbol, set()).update(at.astimezone(NEW_YORK).date() for at in placed)
        return {symbol: tuple(sorted(days)) for symbol, days in sorted(found.items()) if days}

    @cached_property
    def grain(self) -> Grain:
        """How densely the folder samples the market (CAD-14)."""
        closes = {s.close.astimezone(UTC) for day in self.sessions if (s := self._facts.calendar.session(day))}
        if all(at in closes for instants in self._instants for at in instants):
            return Grain.EOD
        pairs = [pair for instants in self._instants for pair in pairwise(instants)]
        gaps = [b - a for a, b in pairs if a.astimezone(NEW_YORK).date() == b.astimezone(NEW_YORK).date()]
        return Grain.GRID if gaps and sorted(gaps)[len(gaps) // 2] <= GRID else Grain.COARSE

    @cached_property
    def _instants(self) -> list[list[datetime]]:
        """By symbol (or streamed file), when it was seen."""
        series: dict[str, set[datetime]] = {}
        for file in self._files:
            for symbol, moments in file.moments.items():
                series.setdefault(symbol or file.file, set()).update(self._placed(_plain(m) for m in moments))
        return [sorted(instants) for instants in series.values()]

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """Yield a step for each instant with a snapshot and one closing step a session.

        Up to 20 sessions before `first` are read for their volumes and yield nothing.
        """
        calendar = self._facts.calendar
        warm = calendar.before(first, VOLUME_SESSIONS).day
        walk = Walk(self._facts, self._notices)
        # Of a file in which nothing else is, no part tells.
        self._outside += [
            (first, _adjusted(r, f.file)) for f in self._files if not f.moments for r in sorted(f.adjusted)
        ]
        groups = self._groups(warm, first, last)
        group = next(groups, None)
        for session in calendar.between(warm, last):
            self._tell(session.day)
            if session.day < first:
                walk.snapshots.clear()
            actions: tuple[Action, ...] = self._facts.dividends.on(session.day)
            while group is not None and group[0] <= session.close:
                walk.take(group[0], session, group[1])
                if session.day >= first:
                    yield Step(self._facts.view(group[0], session, self.grain, walk.snapshots), actions=actions)
                    actions = ()
                group = next(groups, None)
            settlements = walk.close(session)
            if session.day >= first:
                view = self._facts.view(closing(session), session, self.grain, walk.snapshots)
                yield Step(view, True, settlements, actions)
        self._tell(last)

    def _tell(self, day: date) -> None:
        """Notice what lies outside the sessions once its day has come; files are opened ahead of it."""
        for notice in [n for on, n in self._outside if on <= day]:
            self._notices.add(notice.symbol, notice.rule, notice.why)
        self._outside = [(on, n) for on, n in self._outside if on > day]

    def _groups(self, warm: date, first: date, last: date) -> Iterator[tuple[datetime, list[Part]]]:
        """The parts of all files by instant. A file is opened when its first instant comes."""
        heap: list[tuple[datetime, int, Part | None, Iterator[tuple[datetime, Part]]]] = []
        for i, file in enumerate(self._files):
            moments = sorted(m for found in file.moments.values() for m in found if m >= np.datetime64(warm, "D"))
            opening = next(self._placed(map(_plain, moments)), None)
            stream = self._timed(file, warm, (first, last))
            if opening is not None:
                heappush(heap, (opening, i, None, stream))
            elif moments:
                deque(stream, maxlen=0)
        while heap:
            at, parts = heap[0][0], []
            while heap and heap[0][0] == at:
                _, i, part, stream = heappop(heap)
                parts += [] if part is None else [part]
                upcoming = next(stream, None)
                if upcoming is not None:
                    heappush(heap, (upcoming[0], i, upcoming[1], stream))
            if parts:
                yield at, parts

    def _timed(self, file: ChainFile, warm: date, period: tuple[date, date]) -> Iterator[tuple[datetime, Part]]:
        """A file's parts with their instants; what is of no session is noticed and left out."""
        for part in file.parts(warm):
            moment = _plain(part.moment)
            at = instant_of(moment, self._facts.calendar)
            day = np.datetime64(part.moment, "D").astype(object)
            if period[0] <= day <= period[1]:
                self._outside += [(day, _adjusted(root, file.file)) for root in sorted(file.adjusted)]
            if isinstance(at, datetime):
                yield at, part
            elif period[0] <= day <= period[1]:
                self._outside.append((day, Notice(part.symbol, "CAD-1", at)))

    def _placed(self, moments: Iterable[date | datetime]) -> Iterator[datetime]:
        found = (instant_of(moment, self._facts.calendar) for moment in moments)
        return (at for at in found if isinstance(at, datetime))


def _adjusted(root: str, file: str) -> Notice:
    why = f"{file}: contracts of root {root} are adjusted: left out, nothing of them is opened"
    return Notice(option_class(root).underlying, "LQ-4", why)


def _plain(moment: np.datetime64) -> date | datetime:
    """A numpy moment as a date or an aware UTC datetime."""
    value: date | datetime = moment.astype(object)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
