"""Databases to test on, and a small vocabulary for telling a journal's story."""

import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.model.events import Filled, Funded, IntentRecorded, RulebookOpened, RunStarted
from tests.ledger import servers
from tests.ledger.copies import tell

NOBODY = 65534


@pytest.fixture(scope="session")
def postgres_server():
    """A real server for this session, or a skip that says why there is none."""
    with servers.running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server):
    """An empty database on the server."""
    with servers.database(postgres_server) as url:
        yield url


@pytest.fixture(
    params=[
        "sqlite",
        "postgresql",
    ]
)
def target(request, tmp_path):
    """Where a ledger may live: a home folder, or a database of a real PostgreSQL server."""
    return tmp_path / "home" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def ledger(target):
    """An open ledger in either place."""
    with open_ledger(target) as opened:
        yield opened


@pytest.fixture
def unprivileged():
    """A folder that a user without rights over other users' files may write, and this thread as that user."""
    with tempfile.TemporaryDirectory(prefix="allusr-") as name:
        root = os.geteuid() == 0
        if root:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


class Story:
    """Short forms of the events that the tests tell; every instant is the given number of minutes after the first."""

    START = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
    PUT = "AAPL  260213P00270000"
    CALL = "AAPL  260220C00280000"
    SLEEVE = "gen_acc"

    @classmethod
    def at(cls, minutes):
        return cls.START + timedelta(minutes=minutes)

    @classmethod
    def stamp(cls, minutes=0, cycle=1):
        return {"at": cls.at(minutes), "cycle": cycle, "state": "MONITORING", "rulebook": "rb"}

    @staticmethod
    def head(seed=7):
        return RunStarted(
            mode="backtest",
            market="synthetic",
            first=date(2026, 2, 11),
            last=date(2026, 2, 13),
            seed=seed,
            capital=Decimal("1000000.00"),
            settings="s",
            rulebook="rb",
            plugins={"gen_acc": "0.1.0"},
        )

    @classmethod
    def begin(cls, ledger, *, batch=False, seed=7, capital="400000.00"):
        """A run whose one sleeve is funded."""
        run = ledger.start_run(cls.head(seed), cls.START, batch=batch)
        run.append(Funded(ledger=cls.SLEEVE, amount=Decimal(capital), rule="CAD-12"), **cls.stamp())
        return run

    @classmethod
    def fill(cls, instrument, quantity, price, *, opening, fee=None, key="", symbol="", **more):
        fee = fee or str(Decimal("0.70") * abs(quantity) if len(instrument) > 15 else Decimal("0.00"))
        return Filled(
            ledger=cls.SLEEVE,
            symbol=symbol or instrument[:6].strip(),
            rule="CAD-4",
            key=key,
            execution="",
            instrument=instrument,
            quantity=quantity,
            price=Decimal(price),
            fee=Decimal(fee),
            opening=opening,
            **({"touch": None} | more),
        )

    @classmethod
    def intent(cls, key, *legs, reserve="0.00", opening=True, action="open", symbol="AAPL"):
        cost = Decimal("1.00")
        return IntentRecorded(
            ledger=cls.SLEEVE,
            symbol=symbol,
            rule="CAD-4",
            key=key,
            action=action,
            legs=legs,
            limit=cost,
            mid=cost,
            worst=cost,
            reserve=Decimal(reserve),
            opening=opening,
        )

    @classmethod
    def tell(cls, run, *events):
        """Append events a minute apart."""
        first = run.seq
        for minute, event in enumerate(events):
            run.append(event, **cls.stamp(first + minute))
        return run.book.ledgers[cls.SLEEVE]


@pytest.fixture(scope="session")
def story():
    """The vocabulary."""
    return Story


@pytest.fixture
def memory():
    """A ledger in memory."""
    with open_ledger("sqlite://") as opened:
        yield opened


@pytest.fixture
def run(memory, story):
    """A funded run in memory."""
    return story.begin(memory)


@pytest.fixture
def told(ledger, story):
    """A ledger with two runs and the chain of a home's rulebook between them."""
    tell(ledger, story)
    ledger.start_chain("rules", RulebookOpened(rulebook="2.0.0+x"), story.at(0), rulebook="rb")
    tell(ledger, story, seed=8)
    return ledger
