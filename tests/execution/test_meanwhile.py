"""While a market of now waits for its next instant a run hears what persons say, at the market's own time."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.config import Config
from allusr_sdk.execution import run as running
from allusr_sdk.execution.informed import Informed
from allusr_sdk.execution.meanwhile import Meanwhile
from allusr_sdk.execution.operator import POLL
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate, waits
from allusr_sdk.host import Host
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.model.events import IntentRecorded, OperatorAsked
from tests.builders import THURSDAY, moment
from tests.crash.brokered import FIRST, LAST, calm_week, writer

ASKED = timedelta(minutes=1)


class Waiting:
    """The calm week, each instant of which is waited for; somebody asks for a halt before the second."""

    description = "by hand"

    def __init__(self, ledger, *, after=1):
        self.meanwhile, self._ledger, self._after = Meanwhile(), ledger, after

    def steps(self, first, last):
        for place, step in enumerate(calm_week().steps(first, last)):
            if place == self._after:
                Inbox(self._ledger).ask(OperatorAsked(rule="KS-7", action="halt", actor="Ann", reason="too hot"))
                time.sleep(POLL)
            self.meanwhile.call(step.view.at - ASKED)
            yield step


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "home") as opened:
        yield opened


def run(ledger, source):
    config = Config.read(sets=("plugins.use=[]",))
    host = Host.of(writer(), config=config)
    return simulate(Plan(
        mode="paper", source=source, first=FIRST, last=LAST, capital=Decimal(200_000), seed=7, host=host,
        rules=config.rulebook, split={"writer": Decimal(100)}, pace="real",
    ), ledger)  # fmt: skip


def test_a_halt_is_obeyed_at_the_market_s_time_before_the_next_instant(ledger):
    done = run(ledger, Waiting(ledger))
    (wish,) = Inbox(ledger).wishes
    assert (wish.obeyed, wish.heard[done.id]) == (True, moment(THURSDAY, "10:05") - ASKED)
    assert {entry.at for entry in done.entries(kind=IntentRecorded.__name__)} == {moment(THURSDAY, "10:00")}


def test_a_market_that_waits_itself_is_not_waited_for_twice(ledger, monkeypatch):
    monkeypatch.setattr(running, "time", None)  # no clock but the market's is looked at
    assert any(run(ledger, Waiting(ledger, after=-1)).entries(kind=IntentRecorded.__name__))


def test_a_market_that_plugins_add_report_dates_to_still_says_that_it_waits(ledger):
    source = Waiting(ledger)
    assert waits(Informed(source, Host.of(writer(), config=Config.read(sets=("plugins.use=[]",))))) is source.meanwhile
    assert waits(calm_week()) is None
