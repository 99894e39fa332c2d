"""Real runs, each once a session: through the Python interface, and through the command line."""

import csv
import gzip
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from decimal import Decimal

import pytest
from attrs import frozen

from allusr_sdk.cli.entry import invoke
from allusr_sdk.config import Config
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.calendar import NEW_YORK

BUILT_IN = ("gen_acc", "rev_acc", "com_acc", "protocol")
SPLIT = {"gen_acc": Decimal(40), "rev_acc": Decimal(30), "com_acc": Decimal(30)}


class Journal:
    """A finished run, with what tests ask of it."""

    def __init__(self, run, rules):
        self.run, self.book, self.rules = run, run.book, rules
        self.entries = tuple(run.entries())

    def told(self, kind, **about):
        """Events of a kind, narrowed by their fields."""
        events = [e.event for e in self.entries if e.kind == kind]
        return [e for e in events if all(getattr(e, name) == value for name, value in about.items())]

    def timed(self, kind, **about):
        """The same with New York times: (``Thu 10:09``, event)."""
        return [
            (f"{e.at.astimezone(NEW_YORK):%a %H:%M}", e.event)
            for e in self.entries
            if e.kind == kind and all(getattr(e.event, name) == value for name, value in about.items())
        ]


@pytest.fixture(scope="session")
def play():
    """Runs a market through plugins and keeps the journal in memory."""
    ledgers = []

    def run(
        spec, first, last, *, plugins=BUILT_IN, split=SPLIT, sets=(), what_if=(), capital=1_000_000, symbols=None,
        **facts,
    ):  # fmt: skip
        config = Config.read(sets=sets, what_if=what_if, options={"plugins.use": list(plugins)})
        host = Host.load(config)
        source = open_market(spec, symbols=symbols, seed=7, **facts)
        ledgers.append(open_ledger("sqlite://"))
        plan = Plan(
            mode="backtest", source=source, first=date.fromisoformat(first), last=date.fromisoformat(last),
            capital=Decimal(capital), seed=7, host=host, rules=config.rulebook, split=split, settings=host.digest,
        )  # fmt: skip
        return Journal(simulate(plan, ledgers[-1]), config.rulebook)

    yield run
    for ledger in ledgers:
        ledger.close()


@frozen
class Answer:
    """What a command line ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """Its output as an object."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def allusr():
    """Runs a command line in this process."""

    def call(*arguments):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = invoke([str(a) for a in arguments])
        return Answer(code, out.getvalue(), err.getvalue())

    return call


# --- the week of 2026-02-11 ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def week_of(data_dir, play):
    """Runs the real week, or a folder with more symbols; earnings may be left out."""

    def run(folder=None, *, earnings=True):
        return play(
            f"chains:{folder or data_dir / 'chains_2026_02'}", "2026-02-11", "2026-02-13", daily=data_dir / "daily",
            earnings=data_dir / "earnings.csv" if earnings else None,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def week(week_of):
    """The real week."""
    return week_of()


@pytest.fixture(scope="session")
def without_earnings(week_of):
    """The real week without an earnings calendar."""
    return week_of(earnings=False)


@pytest.fixture(scope="session")
def raw(data_dir):
    """Rows of a chain file of the week as the vendor wrote them, by contract: `raw("AAPL", 2)` is Thursday 10:09."""

    def rows(symbol, number):
        name = f"{symbol}_options.csv.gz" if number == 1 else f"{symbol}_options_{number}.csv.gz"
        path = data_dir / "chains_2026_02" / name
        with gzip.open(path, "rt", newline="") as file:
            return {row["contractSymbol"]: row for row in csv.DictReader(file)}

    return rows


@pytest.fixture(scope="session")
def week_home(data_dir, allusr, tmp_path_factory):
    """The command of the README, run once: its answer and its home."""
    home = tmp_path_factory.mktemp("week")
    answer = allusr(
        "run", "--plugins", "gen_acc,rev_acc,com_acc,protocol", "--market", f"chains:{data_dir / 'chains_2026_02'}",
        "--daily", data_dir / "daily", "--earnings", data_dir / "earnings.csv", "--from", "2026-02-11",
        "--to", "2026-02-13", "--capital", "1000000", "--home", home,
    )  # fmt: skip
    return answer, home
