"""A week at a gateway that serves snapshots by its own time is decided as the backtest of the same snapshots is."""

from datetime import date
from pathlib import Path

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.broker import reference
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Decided, Filled, IntentRecorded, RunEnded
from allusr_sdk.testing.tws import Tws
from tests.cli.conftest import allusr as allusr
from tests.cli.conftest import write_daily, write_snapshots
from tests.ibkr.passing import Passing

SHARED = Path(__file__).parents[3] / "shared" / "data"
PLUGINS = ("gen_acc", "rev_acc", "com_acc", "protocol")
WEEK = ("--from", "2026-02-09", "--to", "2026-02-13")
CONFIG = """
[plugins]
use = ["gen_acc", "rev_acc", "com_acc", "protocol"]
[broker]
use = "ibkr"
account = "{account}"
[ibkr]
port = {port}
grid = 0
look = 0.01
answer = 0.5
seconds = 5.0
grace = 0.0
settle = 0.05
fees = 0.3
"""


class Week:
    """A folder of chains, decided once from its files and once at a simulated TWS that serves them."""

    def __init__(self, allusr, folder, monkeypatch, chains, daily, *, account="U1", beside=()):
        self._allusr, self._folder, self._patch = allusr, folder, monkeypatch
        self._chains, self._daily, self._account, self._beside = chains, daily, account, beside

    def past(self, *more):
        home = self._folder / "past"
        market = ("--market", f"chains:{self._chains}", "--daily", self._daily)
        self._done("run", *market, *self._beside, *WEEK, "--plugins", ",".join(PLUGINS), "--home", home, *more)
        return home

    def now(self, mode, *more, dies=False):
        """The same at the simulator; in live mode everything is locked and armed before. What dies is begun again."""
        home, config = self._folder / mode, self._folder / f"{mode}.toml"
        options = {
            "market": f"chains:{self._chains}", "daily": self._daily, "accounts": f"{self._account}:1000000",
            "first": WEEK[1], "last": WEEK[3], "seconds": 60,
        }  # fmt: skip
        with Tws(self._folder / "tws", **options) as tws:
            tws.control.turn(history=False)  # its snapshots are days apart and come within a second
            tws.control.play(option="0.70")  # as FEE-1 estimates it
            config.write_text(CONFIG.format(account=self._account, port=tws.port))
            Passing(self._patch, tws, dies=dies)
            told = ("--config", config, "--home", home)
            if mode == "live":
                self._done("plugins", "lock", *told)
                self._done("arm", "--by", "Ann", "--reason", "ready", "--confirm", self._account, *told)
            market = ("--market", "ibkr", "--daily", self._daily, "--pace", "real", *self._beside)
            words = ("run", "--mode", mode, *market, *WEEK, *told, *more)
            if dies:
                assert self._allusr(*words).code != 0
            self._done(*words)
            self.orders = tws.control.orders()
            assert tws.control.violations() == ()
            assert all(rate.strikes == 0 for rate in tws.control.rates())
            self.account = tws.control.account(self._account)
        return home

    def _done(self, *words):
        done = self._allusr(*words)
        assert (done.code, done.err) == (0, "")


def read(home, look):
    with open_ledger(home, create=False) as ledger:
        assert all(report.ok for report in verify_all(ledger))
        return look(ledger.latest())


def decided(home):
    """Every intent and refusal with its instant and numbers; what was told of data alone is nobody's."""
    kinds = (Decided, IntentRecorded)
    return read(home, lambda run: [
        (entry.at, entry.event) for entry in run.entries() if isinstance(entry.event, kinds) and entry.event.ledger
    ])  # fmt: skip


def filled(home):
    return read(home, lambda run: [
        (e.event.instrument, e.event.quantity, e.event.price) for e in run.entries() if isinstance(e.event, Filled)
    ])  # fmt: skip


def same(past, now):
    one, other = decided(past), decided(now)
    assert one
    assert any(isinstance(event, IntentRecorded) for _, event in one)
    assert other == one
    assert filled(now) == filled(past)


@pytest.fixture
def tiny(allusr, tmp_path, monkeypatch):
    """Three snapshots of three underlyings."""
    write_snapshots(tmp_path / "chains")
    write_daily(tmp_path / "daily")
    write_bars(tmp_path / "daily", SPY=200.0, IWM=100.0, AAPL=150.0)
    symbols = ("--symbols", "SPY,IWM,AAPL")
    return Week(allusr, tmp_path, monkeypatch, tmp_path / "chains", tmp_path / "daily", beside=symbols)


def write_bars(folder, **closes):
    """Bars of shares up to the day before the last: live, nothing is opened without a share's volume (LQ-1)."""
    sessions = xnys().between(date(2026, 1, 2), date(2026, 2, 12))
    for symbol, usual in closes.items():
        prices = [usual * (0.99 + n % 2 / 50) for n, _ in enumerate(sessions)]
        rows = [f"{s.day},{p},{p + 1},{p - 1},{p},50000000" for s, p in zip(sessions, prices, strict=True)]
        (folder / f"{symbol}.csv").write_text("\n".join(("date,open,high,low,close,volume", *rows)) + "\n")


def test_a_live_week_over_ibkr_decides_as_its_backtest_does(tiny):
    past, now = tiny.past(), tiny.now("live")
    same(past, now)
    held = {p.contract.osi: p.quantity for p in read(now, lambda run: run.book).positions}
    assert tiny.account.holdings == held


@pytest.mark.long
def test_a_live_engine_that_died_while_its_order_worked_goes_on_at_the_gateway_s_time(tiny):
    home = tiny.now("live", dies=True)
    (order,) = tiny.orders
    (intent,) = (event for _, event in decided(home) if isinstance(event, IntentRecorded))
    assert (order.reference, order.status, order.filled) == (reference(intent.key), "Cancelled", 0)
    assert read(home, lambda run: list(run.entries(kind=RunEnded.__name__)))


@pytest.mark.long
def test_a_paper_week_on_ibkr_s_data_decides_as_its_backtest_does(tiny):
    past = tiny.past()
    same(past, tiny.now("paper", "--set", "broker.use=", "--seed", "7"))


@pytest.mark.long
def test_the_real_week_of_february_2026_is_decided_live_as_its_backtest_is(allusr, tmp_path, monkeypatch):
    if not SHARED.is_dir():
        pytest.skip("needs the shared market data")
    earnings = ("--earnings", SHARED / "earnings.csv")
    week = Week(allusr, tmp_path, monkeypatch, SHARED / "chains_2026_02", SHARED / "daily", beside=earnings)
    past, now = week.past(), week.now("live")
    same(past, now)
    assert week.account.holdings == {"AAPL  260213P00270000": -3, "SPY   260213P00690000": -1}
    assert read(now, lambda run: list(run.entries(kind=RunEnded.__name__)))


@pytest.mark.long
def test_a_day_on_the_grid_opens_what_the_synthetic_market_s_backtest_opens(allusr, tmp_path, monkeypatch):
    """Dividend yields and volumes of sessions before are known to the synthetic market alone."""
    day = ("--from", "2026-02-12", "--to", "2026-02-12", "--symbols", "SPY", "--plugins", "gen_acc,protocol")
    assert allusr("run", "--market", "synthetic", "--seed", "7", *day, "--home", tmp_path / "past").code == 0
    options = {"market": "synthetic", "symbols": "SPY", "first": "2026-02-12", "last": "2026-02-12", "seconds": 60}
    with Tws(tmp_path / "tws", **options) as tws:
        tws.control.turn(history=False)
        Passing(monkeypatch, tws)
        sets = (f"ibkr.port={tws.port}", "ibkr.look=0.01", "ibkr.answer=0.5")
        told = (*day, "--home", tmp_path / "now", *(word for one in sets for word in ("--set", one)))
        assert allusr("run", "--mode", "paper", "--market", "ibkr", "--pace", "real", *told).code == 0
        assert tws.control.violations() == ()
    opened = [
        read(tmp_path / home, lambda run: [
            (entry.at, e.key, e.legs, e.limit, e.mid)
            for entry in run.entries()
            if isinstance(e := entry.event, IntentRecorded)
        ])
        for home in ("past", "now")
    ]  # fmt: skip
    assert opened[0]
    assert opened[1] == opened[0]
