"""One decision over ten chains, and beside it nautilus's own function for every contract of them."""

import gc
from datetime import timedelta
from decimal import Decimal
from time import perf_counter, process_time

import pytest
from allusr_gen_acc import GenAcc
from nautilus_trader.core.nautilus_pyo3 import imply_vol_and_greeks

from allusr_sdk.config import Config
from allusr_sdk.host import Host
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Funded, RunStarted
from allusr_sdk.model.views import Bar, EarningsDate, Grain, MarketView, Snapshot, Vix
from allusr_sdk.rulebook import Rulebook
from tests.bench.chains720 import AT, CHAINS, DAY, RATE, SYMBOLS

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 50
RULES = Rulebook.default()
BARS = tuple(Bar(s.day, 100, 101, 99, 100, 5e7) for s in xnys().between(DAY - timedelta(days=60), DAY)[:-1])


@pytest.fixture(autouse=True, scope="module")
def _collected_as_in_a_run():
    """The collector as `allusr run` sets it."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Tape:
    """Equal daily bars."""

    def before(self, symbol, day, count):
        return BARS[-count:]

    def on(self, symbol, day):
        return None


def _snapshot(chain):
    return Snapshot(
        chain.symbol, AT, 99.99, 100.01, 100.0, lambda: chain, lambda contracts: [chain.find(c) for c in contracts],
        lambda contract: (5000.0, 5000.0),
    )  # fmt: skip


def _view():
    far = DAY + timedelta(days=60)
    return MarketView(
        at=AT, session=xnys().session(DAY), calendar=xnys(), grain=Grain.GRID,
        snapshots={c.symbol: _snapshot(c) for c in CHAINS}, bars=Tape(), vix=Vix(15.0, AT, (15.0, 15.0)),
        earnings={s: (EarningsDate(s, far, "AMC", True, DAY),) for s in SYMBOLS}, rate=RATE,
    )  # fmt: skip


def _fresh():
    """A funded kernel that has decided nothing: what one decision starts from."""
    config = Config.read(sets=[f"sleeves.gen_acc.symbols={list(SYMBOLS)}"])
    head = RunStarted(
        mode="backtest", market="bench", first=DAY, last=DAY, seed=7, capital=Decimal(1_000_000), settings="",
        rulebook=RULES.stamp,
    )  # fmt: skip
    run = open_ledger("sqlite://").start_run(head, AT, batch=True)
    kernel = Kernel(host=Host.of(GenAcc, config=config), rules=RULES, journal=run)
    kernel.scribe.at = AT
    kernel.heard(Funded(ledger="gen_acc", amount=Decimal(1_000_000), rule="CAD-12"))
    return kernel


def _by_loop():
    """Volatility and Greeks of every contract, one call of nautilus's function each."""
    found = []
    for chain in CHAINS:
        left, mid = pricing.years_left(chain, xnys()), (chain.bid + chain.ask) / 2
        rows = zip(chain.put.tolist(), chain.strike.tolist(), left.tolist(), mid.tolist(), strict=True)
        found += [imply_vol_and_greeks(chain.spot, RATE, RATE, not p, k, t, m) for p, k, t, m in rows]
    return found


def _clocked(work, *arguments):
    """Milliseconds by the wall and of CPU, and what came of it."""
    wall, cpu = perf_counter(), process_time()
    found = work(*arguments)
    return 1000 * (perf_counter() - wall), 1000 * (process_time() - cpu), found


def test_one_decision_over_ten_chains_of_720_contracts(figures):
    taken = {"one decision, ten orders": [], "nautilus imply_vol_and_greeks, 7,200 contracts in a loop": []}
    ours, loop = taken.values()
    for number in range(ROUNDS + 1):
        kernel, view = _fresh(), _view()
        *decided, orders = _clocked(kernel.cycle, view)
        *asked, found = _clocked(_by_loop)
        assert len(orders) == len(SYMBOLS)
        assert all(order.legs[0].quantity < 0 for order in orders)
        assert len(found) == 7200
        if number:
            ours.append(decided)
            loop.append(asked)
    for what, each in taken.items():
        goal = {"most": 10} if each is ours else {}
        for measure, values in zip(("wall", "CPU"), zip(*each, strict=True), strict=True):
            figures.add(f"{what}, {measure}", values, "ms", **(goal if measure == "wall" else {}))
    figures.ratio("decision / loop, CPU", [each[1] for each in ours], [each[1] for each in loop])
