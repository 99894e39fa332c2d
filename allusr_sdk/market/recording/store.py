"""A recording's file: records one behind the other, each compressed with its length and checksum; only ever longer.

A run that is cut off leaves a file whose last record may be torn. Reading ends before it and says so.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from allusr_sdk.errors import DataError

MAGIC = b"ALLUSR VIEWS\n"
_SIZES = struct.Struct("<II")  # length of the compressed record and its CRC-32
_LEVEL = 1  # higher ones take four times as long and save a fiftieth


def place(folder: Path, run: int) -> Path:
    """The file of a run's views in a folder."""
    return folder / f"{run}.views"


class Store:
    """A file that is being written: a new one, or one that goes on after its first `kept` bytes."""

    def __init__(self, path: Path, kept: int = 0) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        os.ftruncate(private, kept)
        os.lseek(private, kept, os.SEEK_SET)
        self._file: BinaryIO = os.fdopen(private, "wb")
        if not kept:
            self._file.write(MAGIC)

    def add(self, record: bytes) -> None:
        """Write one record; it is with the operating system when this returns."""
        packed = zlib.compress(record, _LEVEL)
        self._file.write(_SIZES.pack(len(packed), zlib.crc32(packed)) + packed)
        self._file.flush()

    def settle(self) -> None:
        """Wait until all records are on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; what a full disk did not take is lost."""
        with suppress(OSError):
            self._file.close()


class Stored:
    """A file that is read.

    Attributes:
        whole: bytes up to the end of the record that was read last.
        torn: bytes at its end that are no whole record, once it was read to there.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.whole, self.torn = path, 0, 0

    def records(self) -> Iterator[bytes]:
        """The whole records, in order.

        Raises:
            DataError: it is no recording, or damaged before its end.
        """
        with self.path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise DataError(f"{self.path.name}: not a recording of views")
            while sizes := file.read(_SIZES.size):
                length, checksum = _SIZES.unpack(sizes) if len(sizes) == _SIZES.size else (1, 0)
                packed = file.read(length)
                if len(packed) < length:
                    self.torn = len(sizes) + len(packed)
                    return
                if zlib.crc32(packed) != checksum:
                    where = file.tell() - length
                    raise DataError(f"{self.path.name}: damaged at byte {where}: its views end there")
                self.whole = file.tell()
                yield zlib.decompress(packed)
