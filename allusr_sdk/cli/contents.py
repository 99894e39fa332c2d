"""What `allusr --help` lists: commands under headings, in the order in which one comes to need them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Protocol

from typer.core import TyperGroup

HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "Run": ("run", "backtest", "sweep", "crowd", "montecarlo", "replay"),
    "Look": ("status", "explain", "report", "ledger", "advise"),
    "Tell a running account": ("halt", "pause", "resume", "rearm", "audit"),
    "Rules and plugins": ("rules", "approve", "plugins"),
    "Before live trading": ("doctor", "link", "arm", "disarm", "watchdog", "tws-sim"),
})  # fmt: skip
OTHERS = "Brought by plugins"

_COLUMN = 12


class Formatter(Protocol):
    """What is asked of click's formatter of help, whichever click typer stands on."""

    width: int

    def section(self, name: str) -> AbstractContextManager[None]:
        """A heading with what is written within."""

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None:
        """Terms beside their texts."""


class Contents(TyperGroup):
    """The commands of the house by heading; what plugins bring stands last."""

    def format_commands(self, ctx: object, formatter: Formatter) -> None:
        """Write the commands under their headings."""
        for heading, names in self._headed():
            rows = [(name.ljust(_COLUMN), self._said(name, formatter.width - _COLUMN - 4)) for name in names]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def list_commands(self, ctx: object) -> list[str]:
        """Names as they are shown."""
        return [name for _, names in self._headed() for name in names]

    def _headed(self) -> Iterator[tuple[str, list[str]]]:
        own = {name for names in HEADINGS.values() for name in names}
        others = [name for name in self.commands if name not in own]
        for heading, names in (*HEADINGS.items(), (OTHERS, others)):
            if there := [name for name in names if name in self.commands]:
                yield heading, there

    def _said(self, name: str, width: int) -> str:
        return self.commands[name].get_short_help_str(width)
