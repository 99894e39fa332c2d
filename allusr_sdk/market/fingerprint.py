"""What a source's content is, as one short hash that no path, clock or order of files changes."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

# Above this a Parquet file is known by its footer: schema, row counts, sizes, offsets and statistics of every column.
_WHOLE = 64 << 20


def of_files(folder: Path, files: Iterable[Path]) -> str:
    """``sha256:`` and 16 hex digits over relative names and contents.

    Large Parquet files count with their size and footer, ZIP files with their directory (names, sizes, CRC-32).
    """
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        total.update(f"{name}\0{_content(path)}\n".encode())
    return f"sha256:{total.hexdigest()[:16]}"


def _content(path: Path) -> str:
    if path.suffix == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = sorted((i.filename, i.file_size, i.CRC) for i in archive.infolist())
        return hashlib.sha256(repr(members).encode()).hexdigest()
    size = path.stat().st_size
    with path.open("rb") as file:
        if path.suffix != ".parquet" or size <= _WHOLE:
            return hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(size - 8)
        footer = int.from_bytes(file.read(4), "little")
        file.seek(max(0, size - 8 - footer))
        return f"{size} {hashlib.sha256(file.read()).hexdigest()}"
