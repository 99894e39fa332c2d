"""Recorded runs: a week, a session of one put, and whatever else is played."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.config import Config
from allusr_sdk.errors import BreakError
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.replay import replay
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.recording import RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from allusr_sdk.model.views import Grain
from tests.execution.replay.recorded import FRIDAY, NOTHING, TIGHT


class Recorded:
    """One recorded run, and replays of it."""

    def __init__(self, folder, made):
        self.plan, self.ledger = made, open_ledger("sqlite://")
        self.folder, recorder = folder, Recorder(folder)
        try:
            self.run = simulate(made, self.ledger, recorder=recorder)
        except BreakError:
            self.run = self.ledger.latest()
        self.problem = recorder.problem

    @property
    def market(self):
        """The recording, from its beginning."""
        return RecordedMarket(place(self.folder, self.run.id))

    def again(self, *plugins, sets=(), **period):
        """The run through today's code."""
        told = self.plan.host.config
        if plugins:
            host = Host.of(*plugins, config=Config.read(sets=("plugins.use=[]", *sets)))
        else:
            host = Host.load(plan(Options(**NOTHING | {"sets": sets, "plugins": tuple(told.plugins.use)})).host.config)
        return replay(self.market, self.run, host, host.config.rulebook, **period)


@pytest.fixture
def recorded(tmp_path):
    """Records plans, or scripts with sleeves."""
    made = []

    def record(source, *plugins, capital=1_000_000, sets=(), **more):
        if not isinstance(source, Plan):
            host = Host.of(*plugins, config=Config.read(sets=("plugins.use=[]", *sets)))
            names = list(host.sleeves)
            source = Plan(
                mode="backtest", source=source, first=date(2026, 2, 12), last=date(2026, 3, 31), seed=7,
                capital=Decimal(capital), host=host, rules=host.config.rulebook, settings=host.digest,
                split=dict.fromkeys(names, Decimal(100) / len(names)), **more,
            )  # fmt: skip
        made.append(Recorded(tmp_path / str(len(made)), source))
        return made[-1]

    yield record
    for one in made:
        one.ledger.close()


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A recorded week of the synthetic market."""
    made = plan(Options(**NOTHING | {"first": date(2026, 1, 5), "last": date(2026, 1, 9)}))
    found = Recorded(tmp_path_factory.mktemp("week"), made)
    yield found
    found.ledger.close()


@pytest.fixture
def put(make):
    """The SPY 100 put of Friday."""
    return make.put(100, FRIDAY, root="SPY")


@pytest.fixture
def session(script, put):
    """Four attempts of one session."""
    market = script(Grain.GRID)
    for minute in (0, 5, 10, 15):
        market.at(f"10:{minute:02d}", {put: TIGHT})
    return market.close()
