"""Stories in which capital moves in phases, for runs that stop between any two of them: in this process or by a kill.

Each is a market and a plugin of the test's own: `growing` forks and merges, `climbing` reinvests, rolls and hands over.
"""

from contextlib import suppress
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from attrs import frozen

from allusr_sdk.execution import run as running
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.entry import Entry
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.rewound import LivedOtherwise
from allusr_sdk.model.positions import Book
from allusr_sdk.testing import Sandbox
from tests.crash import climbing, growing

CAPITAL = 30_000_000


def shortly(points, *short):
    """Each of some points as a parameter; all but the `short` ones are for long runs of the tests."""
    return [pytest.param(point, marks=() if point in short else pytest.mark.long) for point in points]


class Died(BaseException):
    """The engine's process is gone."""


@frozen
class Lived:
    """What stands in a home after a life: the journal, its books, and how often it went on after a stop."""

    entries: tuple[Entry, ...]
    book: Book
    restarts: int

    @property
    def hashes(self):
        return [entry.hash for entry in self.entries]


@frozen
class Story:
    """What runs, and up to when; `phases` tells the reaper each end of a phase, `tables` are of the configuration."""

    plugin: ModuleType
    sleeves: tuple[str, ...]
    last: date
    phases: tuple[str, ...]
    tables: tuple[str, ...] = ()

    @property
    def name(self):
        return self.plugin.__name__.rpartition(".")[2]

    @property
    def first(self):
        return self.plugin.MARKET.first

    def plan(self):
        """What a run in this process depends on, made anew as a process does; it goes to the market's end."""
        tables = {table: {name: {"symbols": ["NVDA"]} for name in names} for table, names in self._symbols.items()}
        return Sandbox(
            self.plugin.MARKET, *self.sleeves, "protocol", self.plugin, config=tables, capital=CAPITAL, mode="paper"
        ).plan()  # fmt: skip

    def run(self, home, monkeypatch, *, dies_after=0):
        """Run in this process, or go on; it dies when so many entries stand."""
        append = Run.append

        def dying(run, event, **at):
            if dies_after and run.seq >= dies_after:
                raise Died
            return append(run, event, **at)

        with open_ledger(home) as ledger:
            with monkeypatch.context() as patched, suppress(Died):
                patched.setattr(Run, "append", dying)
                simulate(self.plan(), ledger)
            chain, latest = ledger.chain("restarts"), ledger.latest()
            return Lived(tuple(latest.entries()), latest.book, chain.seq if chain else 0)

    def go_on_otherwise(self, home, monkeypatch):
        """Go on where living through again comes out otherwise: the journal is taken as it stands."""

        def otherwise(*arguments):
            raise LivedOtherwise("lived through again it would be another one")

        with monkeypatch.context() as patched:
            patched.setattr(running, "resume", otherwise)
            return self.run(home, monkeypatch)

    def options(self, folder, *plugins):
        """What `allusr run` is given for the same in a process, with more plugins; a file of the folder says it."""
        used = [*self.sleeves, "protocol", self.plugin.__file__, *map(str, plugins)]
        lines = [f"plugins.use = {used}", f'market.kind = "{self.name}"', f"account.capital = {CAPITAL}"]
        symbols = [f'{table}.{name}.symbols = ["NVDA"]' for table, names in self._symbols.items() for name in names]
        file = Path(folder) / "allusr.toml"
        file.write_text("\n".join([*lines, *symbols]))
        return ("--config", str(file), "--no-record")

    @property
    def _symbols(self):
        return {"sleeves": self.sleeves, **({"ladders": self.tables} if self.tables else {})}


GROWN = Story(
    growing, ("gen_acc", "com_acc"), date(2026, 3, 25),
    ("ForkIntended *:1 ", "ForkPaid *:1 ", "ForkFunded m1.gen_acc *", "ForkFunded m1.com_acc *", "ForkPaid *:2 ",
     "MergeIntended *", "MergeSent m1.gen_acc *", "MergeTaken *", "MergeSent m1.com_acc *", "NodeClosed *",
     "MergeSent m2.com_acc *"),
)  # fmt: skip
LADDERED = Story(
    climbing, ("rev_acc",), date(2026, 4, 15),
    ("Reinvested *", "TransferSent *:leaps ", "TransferTaken *:leaps ", "IntentRecorded llms *rung*",
     "OrderChanged llms *rung* accepted", "Filled llms *rung*", "IntentRecorded llms *close*",
     "OrderChanged llms *close* accepted", "Filled llms *close*", "TransferSent *:hedges ", "TransferTaken *:hedges "),
    ("quick",),
)  # fmt: skip
