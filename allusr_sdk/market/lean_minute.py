"""One session of one symbol in LEAN's minute layout, sampled at any instant.

A minute bar counts once it has ended. Prices are in ten-thousandths of a dollar, times in milliseconds since midnight
in New York, a side without a quote is empty.
"""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from attrs import define, field, frozen
from numpy.typing import NDArray

from allusr_sdk.errors import DataError
from allusr_sdk.market.lean_daily import TEN_THOUSANDTHS
from allusr_sdk.model.chains import Floats

MINUTE = 60_000
_DAY = 86_400_000
# Places of the columns that are used: time, then of quotes the closes of bid and ask, of trades close and volume.
_QUOTE, _TRADE, _INTEREST = (0, 4, 9), (0, 4, 5), (0, 1)
_WIDTH = {_QUOTE: 11, _TRADE: 6, _INTEREST: 2}


@frozen(order=True)
class Leaf:
    """A contract as a file name in a ZIP says it: expiry, right (put or call) and strike in ten-thousandths."""

    expiry: date
    right: str
    strike: int


@frozen(eq=False)
class Track:
    """Values of several items over a session; `keys` are item x day + milliseconds, rising."""

    keys: NDArray[np.int64]
    values: tuple[Floats, ...]

    def at(self, items: NDArray[np.int64], time: int) -> tuple[Floats, ...]:
        """Each item's last values at or before `time` (milliseconds since midnight); NaN before its first."""
        place = np.searchsorted(self.keys, items * _DAY + time, side="right") - 1
        found = place >= 0
        found[found] = self.keys[place[found]] // _DAY == items[found]
        result = [np.full(len(items), np.nan) for _ in self.values]
        for out, column in zip(result, self.values, strict=True):
            out[found] = column[place[found]]
        return tuple(result)


@define(eq=False, slots=False)
class Archive:
    """A ZIP of one CSV file a contract, or of a single one for a share."""

    path: Path

    @cached_property
    def leaves(self) -> Mapping[Leaf, str]:
        """The contracts in it, and their files."""
        return {leaf(name, self.path): name for name in self.names}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files in it; none where there is no such archive."""
        if not self.path.is_file():
            return ()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return tuple(archive.namelist())
        except zipfile.BadZipFile as error:
            raise DataError(f"{self.path.name}: {error}") from None

    def read(self, names: Sequence[str], columns: tuple[int, ...]) -> tuple[NDArray[np.int64], list[Floats]]:
        """Some files' rows one after the other: for each row the file's place in `names`, and the columns."""
        if not names:
            return np.array([], np.int64), [np.array([]) for _ in columns]
        with zipfile.ZipFile(self.path) as archive:
            blobs = [archive.read(name).strip() + b"\n" for name in names]
        rows = [0 if blob == b"\n" else blob.count(b"\n") for blob in blobs]
        try:
            table = _parsed(b"".join(blobs), columns)
        except pa.ArrowInvalid:
            raise self._fault(names, blobs, columns) from None
        return np.repeat(np.arange(len(names)), rows), [table[f"f{i}"].to_numpy() for i in columns]

    def _fault(self, names: Sequence[str], blobs: Sequence[bytes], columns: tuple[int, ...]) -> DataError:
        """Which file it is that cannot be read."""
        for name, blob in zip(names, blobs, strict=True):
            try:
                _parsed(blob, columns)
            except pa.ArrowInvalid as error:
                return DataError(f"{self.path.name}, {name}: {str(error).splitlines()[0]}")
        return DataError(f"{self.path.name}: its files do not have one form")


def _parsed(blob: bytes, columns: tuple[int, ...]) -> pa.Table:
    names = [f"f{i}" for i in range(_WIDTH[columns])]
    used = [f"f{i}" for i in columns]
    return pyarrow.csv.read_csv(
        pa.BufferReader(blob),
        read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(used, pa.float64()), include_columns=used
        ),
    )


def leaf(name: str, path: Path) -> Leaf:
    """Read ``..._put_7500000_20151224.csv``."""
    try:
        right, strike, day = name.removesuffix(".csv").split("_")[-3:]
        return Leaf(date(int(day[:4]), int(day[4:6]), int(day[6:])), {"put": "put", "call": "call"}[right], int(strike))
    except (ValueError, KeyError):
        raise DataError(f"{path.name}: {name} does not name a contract") from None


def track(items: NDArray[np.int64], times: Floats, values: Sequence[Floats], delay: int = MINUTE) -> Track:
    """A track of minute bars that count `delay` milliseconds after their beginning."""
    keys = items * _DAY + times.astype(np.int64) + delay
    order = np.argsort(keys, kind="stable")
    return Track(keys[order], tuple(column[order] for column in values))


@define(eq=False, slots=False)
class OptionDay:
    """All contracts of one symbol and session, up to an expiry.

    Args:
        folder: the ticker's folder of minute archives; day: YYYYMMDD.
        last_expiry: contracts that expire later are not read.
    """

    folder: Path
    day: str
    last_expiry: date
    _archives: dict[str, Archive] = field(factory=dict, init=False)
    _volumes: dict[Leaf, float | None] = field(factory=dict, init=False)

    def archive(self, kind: str) -> Archive:
        """The archive of quotes, trades or open interest; American or European, whichever is there."""
        if kind not in self._archives:
            paths = [self.folder / f"{self.day}_{kind}_{style}.zip" for style in ("american", "european")]
            self._archives[kind] = Archive(next((path for path in paths if path.is_file()), paths[0]))
        return self._archives[kind]

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The contracts that have quotes, in order."""
        return tuple(sorted(leaf for leaf in self.archive("quote").leaves if leaf.expiry <= self.last_expiry))

    @cached_property
    def quotes(self) -> Track:
        """Bid and ask in dollars."""
        archive = self.archive("quote")
        items, (times, bid, ask) = archive.read([archive.leaves[leaf] for leaf in self.leaves], _QUOTE)
        return track(items, times, (bid / TEN_THOUSANDTHS, ask / TEN_THOUSANDTHS))

    @cached_property
    def trades(self) -> Track | None:
        """Contracts traded since the session's start; None where no trades are on file."""
        archive = self.archive("trade")
        if not archive.names:
            return None
        traded = [(i, archive.leaves[leaf]) for i, leaf in enumerate(self.leaves) if leaf in archive.leaves]
        places, (times, _, volume) = archive.read([name for _, name in traded], _TRADE)
        items = np.array([i for i, _ in traded], np.int64)[places]
        running = track(items, times, (volume,))
        total = np.cumsum(running.values[0])
        before = np.concatenate(([0.0], total))[np.searchsorted(running.keys // _DAY, running.keys // _DAY)]
        return Track(running.keys, (total - before,))

    @cached_property
    def open_interest(self) -> Floats:
        """Contracts open after the previous session; NaN where it is not on file."""
        archive = self.archive("openinterest")
        known = [(i, archive.leaves[leaf]) for i, leaf in enumerate(self.leaves) if leaf in archive.leaves]
        places, (_, interest) = archive.read([name for _, name in known], _INTEREST)
        found = np.full(len(self.leaves), np.nan)
        found[np.array([i for i, _ in known], np.int64)[places]] = interest
        return found

    def volume_of(self, leaf: Leaf) -> float | None:
        """A contract's volume in the whole session; NaN unknown, None where it was not listed."""
        if leaf not in self._volumes:
            self._volumes[leaf] = self._volume(leaf)
        return self._volumes[leaf]

    def _volume(self, leaf: Leaf) -> float | None:
        if leaf not in self.archive("quote").leaves:
            return None
        archive = self.archive("trade")
        if not archive.names:
            return float("nan")
        _, (_, _, volume) = archive.read([archive.leaves[leaf]] if leaf in archive.leaves else [], _TRADE)
        return float(volume.sum())


@define(eq=False, slots=False)
class ShareDay:
    """The share's minute bars of one session."""

    folder: Path
    day: str

    @cached_property
    def quotes(self) -> Track:
        """Bid and ask in dollars."""
        archive = Archive(self.folder / f"{self.day}_quote.zip")
        items, (times, bid, ask) = archive.read(archive.names, _QUOTE)
        return track(items, times, (bid / TEN_THOUSANDTHS, ask / TEN_THOUSANDTHS))

    @cached_property
    def trades(self) -> Track:
        """The last price in dollars."""
        archive = Archive(self.folder / f"{self.day}_trade.zip")
        items, (times, last, _) = archive.read(archive.names, _TRADE)
        return track(items, times, (last / TEN_THOUSANDTHS,))
