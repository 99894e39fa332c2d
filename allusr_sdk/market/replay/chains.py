"""Real chains of a folder, session by session as a replay goes: what was read when, and volumes over sessions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import nan
from pathlib import Path

import numpy as np
from attrs import frozen

from allusr_sdk.market.facts import Facts, Notices
from allusr_sdk.market.files import FileMarket
from allusr_sdk.market.table import Wanted
from allusr_sdk.market.walk import VOLUME_SESSIONS
from allusr_sdk.model.calendar import Session
from allusr_sdk.model.chains import Chain, Flags
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Snapshot

CHAINS = "chains"
"""The folder of real chains, in the folder of bars or in that of what stands beside them."""


@frozen(eq=False)
class Reading:
    """One underlying's real chain at one instant.

    Attributes:
        session: in which it was read.
        spot: the underlying's price then, in dollars of the day.
        chain: contracts of standard deliverables alone.
    """

    session: Session
    at: datetime
    spot: float
    chain: Chain

    @property
    def of_close(self) -> bool:
        """Whether it is what the session ended with."""
        return self.at >= self.session.close


@frozen(eq=False)
class Past:
    """The last readings of one underlying's sessions before another, None for a session without."""

    chains: tuple[Chain | None, ...] = ()

    def then(self, readings: Sequence[Reading]) -> "Past":
        """One session later."""
        newest = readings[-1].chain if readings else None
        return Past((*self.chains, newest)[1 - VOLUME_SESSIONS :])

    def volumes(self, contract: Contract) -> tuple[float, ...]:
        """A contract's daily volumes since it was first seen, oldest first; NaN for a session without a reading."""
        found = [None if chain is None else chain.find(contract) for chain in self.chains]
        listed = next((i for i, quote in enumerate(found) if quote is not None), len(found))
        return tuple(nan if quote is None else quote.volume for quote in found[listed:])


class Readings:
    """Chain files of a folder in any form that `chains:DIR` reads. Raises `DataError` where one cannot be read."""

    def __init__(self, folder: Path, facts: Facts, symbols: Sequence[str]) -> None:
        self._symbols, self._calendar = symbols, facts.calendar
        self._market = FileMarket(folder, facts, wanted=Wanted(symbols=frozenset(symbols)))

    @property
    def description(self) -> str:
        """The hash of the files, and of each underlying on how many of whose sessions there is a chain."""
        seen, hashed = self._market.seen(), " ".join(self._market.description.split()[:2])
        there = [(symbol, seen[symbol]) for symbol in self._symbols if symbol in seen]
        said = [f"{symbol} on {len(days)} of {len(self._calendar.between(days[0], days[-1]))} sessions "
                f"{days[0]} to {days[-1]}" for symbol, days in there]  # fmt: skip
        absent = [symbol for symbol in self._symbols if symbol not in seen]
        return ", ".join((f"{hashed}: {said[0] if said else 'none'}", *said[1:], *(f"{s} on none" for s in absent)))

    def passing(self, first: date, last: date, notices: Notices) -> "Passing":
        """One walk over the sessions of a period; what is doubted on the way goes to `notices`."""
        return Passing(self._market, first, last, notices)


class Passing:
    """A walk over real chains, a session at a time. Files are read ahead; nobody is shown what was."""

    def __init__(self, market: FileMarket, first: date, last: date, notices: Notices) -> None:
        self._market, self._steps, self._notices = market, iter(market.steps(first, last)), notices
        self._doubted = Notices()

    def of(self, session: Session) -> Mapping[str, tuple[Reading, ...]]:
        """The readings of the next session, by symbol in order of time; sessions come one after the other."""
        found: dict[str, list[Reading]] = {}
        for step in self._steps:
            for symbol in () if step.closing else step.view.fresh_symbols:
                reading = self._reading(step.view.snapshots[symbol], session)
                found.setdefault(symbol, []).extend([] if reading is None else [reading])
            if step.closing:
                break
        return {symbol: tuple(readings) for symbol, readings in found.items() if readings}

    def passed(self) -> None:
        """The session is over: what was doubted of its files may be told."""
        for notice in (*self._market.notices, *self._doubted.all()):
            self._notices.add(notice.symbol, notice.rule, notice.why)

    def _reading(self, snapshot: Snapshot, session: Session) -> Reading | None:
        chain = snapshot.chain
        if chain is None or not len(chain) or not snapshot.last > 0:
            return None
        twice = _twice(chain)
        if twice.any():
            why = f"{session.day}: {int(twice.sum())} rows name a contract that another row names too: all are left out"
            self._doubted.add(snapshot.symbol, "LQ-4", why)
        own = np.array([root == snapshot.symbol for root in chain.roots])[chain.root]
        return Reading(session, snapshot.at, snapshot.last, chain.where(own & ~twice))


def _twice(chain: Chain) -> Flags:
    """Contracts that are there more than once: one of each must be of another deliverable, and nobody says which."""
    order = np.lexsort((chain.strike, chain.put, chain.expiry))
    keys = (chain.expiry[order], chain.put[order], chain.strike[order])
    same = np.logical_and.reduce([key[1:] == key[:-1] for key in keys])
    found = np.zeros(len(order), bool)
    found[order] = np.concatenate((same, [False])) | np.concatenate(([False], same))
    return found
