"""Whatever market and broker do: secured, covered, balanced, exits first, and the same again (RULE-1, RULE-2)."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from allusr_com_acc import ComAcc
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol
from allusr_rev_acc import RevAcc
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Assigned, Expired
from allusr_sdk.model.views import Vix
from tests.builders import NAN, World, board, market, moment, snapshot

SYMBOLS = ("AAPL", "NVDA", "SPY")
FUNDS = {"gen_acc": "120000", "rev_acc": "60000", "com_acc": "90000"}
FIRST = date(2026, 2, 9)
CLOCKS = ("09:45", "10:00", "14:35")


class Luck:
    """A market and a broker that a seed drives."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.spots = dict.fromkeys(SYMBOLS, 100.0)

    def view(self, day, clock):
        at = moment(day, clock)
        for symbol in SYMBOLS:
            self.spots[symbol] = round(self.spots[symbol] * (1 + self.random.gauss(0, 0.02)), 2)
        vix = self.random.choices([Vix(15.0, at), Vix(55.0, at), Vix(70.0, at), None, Vix(NAN, at)], [20, 1, 1, 1, 1])[
            0
        ]
        return market(*(self._snapshot(symbol, day, at) for symbol in SYMBOLS), at=at, vix=vix)

    def _snapshot(self, symbol, day, at):
        ends = [xnys().week(day + timedelta(days=7 * n))[-1].day for n in range(5)]
        spot = self.spots[symbol]
        rows = board(symbol, spot, ends, [spot // 1 + n for n in range(-18, 19)], at=at)
        hidden = self.random.random() < 0.05
        return snapshot(symbol, spot, [evolve(q, ask=NAN) for q in rows] if hidden else rows, at=at)

    def answer(self, world, order, at):
        """Fill all, some or nothing of an order; what is left is cancelled or goes on working."""
        luck = self.random.random()
        if luck < 0.55:
            world.fill(order, at=at)
        elif luck < 0.75 and order.quantity > 1 and len(order.legs) == 1:
            world.fill(order, self.random.randint(1, order.quantity - 1), at=at)
        if luck >= 0.6 and self._working(world, order):
            world.cancel(order, at=at)

    @staticmethod
    def _working(world, order):
        return order.key in world.book.ledgers[order.ledger].working


def settle(world, day, spots):
    """Expire or assign what ends today at the last spots."""
    at = moment(day, "16:05")
    for position in world.book.positions:
        contract = position.contract
        if contract is None or contract.expiry != day:
            continue
        price = Decimal(str(spots[position.symbol]))
        about = {
            "ledger": position.ledger, "symbol": position.symbol, "rule": "LQ-6", "instrument": contract.osi,
            "quantity": position.quantity, "settlement": price,
        }  # fmt: skip
        world.kernel.heard((Assigned if contract.intrinsic(price) > 0 else Expired)(**about), at)


def check_secured(world):
    """No put without its cash, no call without its shares, working orders included (RULE-1)."""
    for ledger in world.book.ledgers.values():
        assert ledger.cash >= ledger.reserved, (ledger.name, ledger.cash, ledger.reserved)
        assert ledger.cash >= 0
        for symbol in SYMBOLS:
            assert ledger.uncovered(symbol) >= 0, (ledger.name, symbol)
            assert ledger.shares(symbol) >= 0


def check_order_of(orders):
    opening = [order.opening for order in orders]
    assert opening == sorted(opening), "an entry was ordered before an exit"


def live(seed, days=11):
    """Some days of a life; returns the journal's head, its first bad entry and the kinds of what happened."""
    luck = Luck(seed)
    with World(GenAcc, RevAcc, ComAcc, Protocol, funds=FUNDS, seed=seed) as world:
        for session in xnys().between(FIRST, FIRST + timedelta(days=days)):
            for clock in CLOCKS:
                view = luck.view(session.day, clock)
                orders = world.cycle(view)
                for key in world.kernel.cancels():
                    order = next((o for o in orders if o.key == key), None)
                    if order is not None:
                        world.cancel(order)
                check_order_of(orders)
                check_secured(world)
                for order in orders:
                    if luck._working(world, order):
                        luck.answer(world, order, view.at + timedelta(seconds=30))
                check_secured(world)
            for ledger in world.book.ledgers.values():
                for work in list(ledger.working.values()):
                    world.cancel(work, moment(session.day, "16:00"))
            settle(world, session.day, luck.spots)
            check_secured(world)
        world.run.flush()
        kinds = [event.kind for event in world.events()]
        return world.run.head, verify(world.run).bad, kinds


LIVES = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LIVES
@given(st.integers(0, 10_000))
def test_every_put_has_its_cash_every_call_its_shares_and_exits_come_first(seed):
    _, problem, _ = live(seed)
    assert problem is None


def test_the_same_inputs_give_the_same_head_and_another_market_another():
    first, second, other = live(3), live(3), live(4)
    assert first[0] == second[0] != other[0]


def test_these_lives_are_worth_looking_at():
    kinds = {kind for seed in range(4) for kind in live(seed)[2]}
    wanted = {
        "Filled",
        "Expired",
        "Assigned",
        "LevelChanged",
        "RollPrepared",
        "Frozen",
        "SwitchChanged",
        "OrderChanged",
    }
    assert wanted <= kinds
