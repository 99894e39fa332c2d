"""What plugins add to the process's memory: resident bytes beyond the highest mark so far, by plugin.

Only growth beyond that mark counts, so memory that is given back and taken again is not counted twice. Short calls are
measured one by one once the process has grown by a part of the limit; until then only calls that last are.
"""

import os
from collections.abc import Callable

from attrs import define, field

_MEGABYTE = 2**20
_PART = 8
"""Calls are measured one by one once the process has grown by limit / _PART: looking costs more than many calls do."""


def _reader() -> Callable[[], int]:
    """How resident bytes are read here: the kernel's own page costs a microsecond, psutil ten."""
    try:
        page = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        size = os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        import psutil  # type: ignore[import-untyped]

        process = psutil.Process()
        return lambda: int(process.memory_info().rss)
    return lambda: int(os.pread(page, 128, 0).split()[1]) * size


@define(eq=False)
class Memory:
    """The highest mark so far and each plugin's part of it, bytes.

    Attributes:
        measuring: whether calls are measured one by one.
        charged: what each plugin's calls added.
    """

    measuring: bool = False
    charged: dict[str, int] = field(factory=dict)
    _start: int = 0
    _peak: int = 0
    _read: Callable[[], int] | None = None
    _process: int = 0

    def begin(self) -> None:
        """Count from here."""
        self.charged, self.measuring = {}, False
        self._start = self._peak = self.now()

    def now(self) -> int:
        """Resident bytes of this process."""
        if self._read is None or self._process != os.getpid():
            self._read, self._process = _reader(), os.getpid()
        return self._read()

    def look(self, plugin: str, megabytes: int) -> None:
        """Between two looks: growth is a plugin's if one call of it lasted over both, else nobody's."""
        self.charge(plugin, self._peak)
        if megabytes:
            self.measuring = self._peak - self._start > megabytes * _MEGABYTE // _PART

    def charge(self, plugin: str, before: int) -> None:
        """Count what was added since `before`, beyond the highest mark; an empty plugin is nobody."""
        now, mark = self.now(), max(before, self._peak)
        self._peak = max(now, mark)
        if plugin and now > mark:
            self.charged[plugin] = self.charged.get(plugin, 0) + now - mark

    def beyond(self, plugin: str, megabytes: int) -> bool:
        """Whether a plugin's calls added more than a limit."""
        return self.charged.get(plugin, 0) > megabytes * _MEGABYTE
