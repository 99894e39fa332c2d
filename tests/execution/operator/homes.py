"""A home whose engine is told from outside, cut and started again."""

from datetime import date, datetime

from attrs import evolve

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import OperatorAsked

FIRST, LAST = date(2026, 1, 5), date(2026, 1, 6)
NOTHING = dict.fromkeys(
    ("config", "market", "daily", "earnings", "symbols", "capital", "seed", "scenario", "home", "rules"), None
)
OPTIONS = Options(
    **NOTHING, plugins=("com_acc", "protocol"), sets=(), what_if=(), mode="paper", first=FIRST, last=LAST, pace="fast"
)


def clock(text, day=FIRST):
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=NEW_YORK)


ATTEMPT = clock("09:45")
"""The first instant at which the sleeve sends orders."""


class Died(BaseException):
    """The engine's process is gone."""


class Home:
    """A home, its engine and its inbox."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, says=None, *, dies=None, anew=False, **more):
        """Run, or go on; `says` are wishes by the instant after which they are given, `dies` an instant."""
        said = dict(says or {})
        with open_ledger(self.folder) as ledger:

            def step(taken):
                for event in said.pop(taken.view.at.astimezone(NEW_YORK), ()):
                    Inbox(ledger).ask(event)
                if dies == taken.view.at:
                    raise Died

            try:
                return simulate(evolve(plan(OPTIONS), **more), ledger, on_step=step, anew=anew).head
            except Died:
                return None

    def tell(self, *events):
        with open_ledger(self.folder) as ledger:
            return [Inbox(ledger).ask(event) for event in events]

    @property
    def journal(self):
        with open_ledger(self.folder, create=False) as ledger:
            return list(ledger.latest().entries())

    def events(self, kind):
        return [entry for entry in self.journal if entry.kind == kind]

    @property
    def wishes(self):
        with open_ledger(self.folder, create=False) as ledger:
            assert all(report.ok for report in verify_all(ledger))
            return Inbox(ledger).wishes

    def heard(self, number=-1):
        """The instant at which its one run, or its last, took a wish up."""
        return list(self.wishes[number].heard.values())[-1]


def wish(action, ledger="", actor="Ann", reason="too hot"):
    return OperatorAsked(rule="KS-7", action=action, ledger=ledger, actor=actor, reason=reason)


def command(at, action, **more):
    return Command(at=at, action=action, **{"actor": "Ann", "reason": "too hot", **more})
