"""What a file leaves out, or gives as a number that it cannot be: it is refused by its row, or nothing is opened."""

import pytest
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol

from allusr_sdk.errors import DataError
from allusr_sdk.market.sources import open_market
from tests.builders import FRIDAY, THURSDAY, World, board, moment
from tests.cli.conftest import write_daily
from tests.market.conftest import CANONICAL

AT, SPOT = moment(clock="10:05"), 200.0
STRIKES = [SPOT + n for n in range(-6, 7)]
MISSING = ("", "nan", "inf", "-inf", "0", "-1")
FIELDS = {"bid": "KS-11", "ask": "KS-11", "volume": "LQ-1", "open_interest": "LQ-1", "spot": "RULE-0 CAD-8"}


def rows(**changed):
    for q in board("SPY", SPOT, [FRIDAY], STRIKES, at=AT):
        row = {
            "quote_time": AT.isoformat(), "symbol": "SPY", "expiry": FRIDAY, "right": q.contract.right.value,
            "strike": q.contract.strike, "bid": round(q.bid, 2), "ask": round(q.ask, 2), "volume": 9000,
            "open_interest": 6000, "delta": "", "spot": SPOT,
        }  # fmt: skip
        yield ",".join(str({**row, **changed}[name]) for name in CANONICAL.strip().split(","))


@pytest.fixture
def opened(tmp_path):
    """Opening orders of the session's snapshots of a file, and the rules of all that was decided, or why it is none."""
    write_daily(tmp_path / "daily")
    (tmp_path / "chains").mkdir()

    def walk(**changed):
        (tmp_path / "chains" / "spy.csv").write_text(CANONICAL + "\n".join(rows(**changed)) + "\n")
        market = open_market(f"chains:{tmp_path / 'chains'}", daily=tmp_path / "daily")
        with World(GenAcc, Protocol) as world:
            try:
                steps = [step for step in market.steps(THURSDAY, THURSDAY) if not step.closing]
            except DataError as why:
                return [], set(str(why).split())
            orders = [order for step in steps for order in world.cycle(step.view) if order.opening]
            return orders, {rule for e in world.events("Decided", symbol="SPY") for rule in e.rule.split()}

    return walk


def test_a_whole_file_opens_a_put(opened):
    (order,), _ = opened()
    assert order.legs[0].name.startswith("SPY ")


@pytest.mark.parametrize("told", MISSING)
@pytest.mark.parametrize("field", FIELDS)
def test_what_a_file_does_not_tell_opens_nothing(opened, field, told):
    orders, said = opened(**{field: told})
    assert orders == []
    assert said & {*FIELDS[field].split(), field}, said
