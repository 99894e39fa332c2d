"""A home by hand: a folder's ledger that events are written into, and commands of plugins called in this process."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import typer
from attrs import define, frozen

from allusr_sdk.errors import AllusrError
from allusr_sdk.ledger import clocks, heartbeat, open_ledger
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Funded, RunStarted
from allusr_sdk.rulebook import Rulebook

STAMP = Rulebook.default().stamp


def at(text):
    """``12 10:05`` of February 2026, New York, as aware UTC."""
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(":")
    return datetime(2026, 2, int(day), int(hour), int(minute), tzinfo=NEW_YORK).astimezone(UTC)


@define
class Hand:
    """Writes runs into the ledger of a folder."""

    folder: object
    run: int = 0

    def begin(self, mode="paper"):
        """A run with 400,000 in one sleeve."""
        head = RunStarted(
            mode=mode, market="by hand", first=date(2026, 2, 11), last=date(2026, 2, 13), seed=7,
            capital=Decimal(400_000), settings="", rulebook=STAMP, plugins={"gen_acc": "1"},
        )  # fmt: skip
        self.folder.mkdir(exist_ok=True, mode=0o700)
        with open_ledger(self.folder) as ledger:
            run = ledger.start_run(head, at("11 9:30"))
            self.run = run.id
        return self.write("11 9:30", Funded(ledger="gen_acc", rule="CAD-12", amount=Decimal(400_000)))

    def write(self, when, *events):
        """Append events to the newest run."""
        with open_ledger(self.folder, create=False) as ledger:
            run = ledger.latest(batch=True)
            for event in events:
                run.append(event, at=at(when), cycle=1, state="MONITORING", rulebook=STAMP)
            run.flush()
        return self

    def beat(self, *, ago=0.0, pid=None, born=None, ended=False):
        """A heartbeat, of this process unless told otherwise."""
        import os
        from datetime import timedelta

        now, pid = clocks.reading(), os.getpid() if pid is None else pid
        heartbeat.write(self.folder, heartbeat.Heartbeat(
            pid=pid, born=clocks.born(os.getpid()) if born is None else born, host=now.host,
            at=now.wall - timedelta(seconds=ago), run=self.run, instant=at("12 10:00"), ended=ended, boot=now.boot,
            uptime=now.uptime - ago,
        ))  # fmt: skip


@frozen
class Outcome:
    """How a command ended."""

    code: int
    out: str
    error: str

    @property
    def json(self):
        """What it printed, as an object."""
        return json.loads(self.out)


def caller(plugin, capsys):
    """A way to call the commands of a plugin."""
    app = typer.Typer()
    app.callback()(lambda: None)
    plugin.allusr_commands(app)
    command = typer.main.get_command(app)

    def call(*arguments):
        capsys.readouterr()
        try:
            command.main([str(one) for one in arguments], standalone_mode=False)
            code, error = 0, ""
        except AllusrError as why:
            code, error = why.exit_code, str(why)
        return Outcome(code, capsys.readouterr().out, error)

    return call
