"""Whatever exits and hedges are wished and however they fill: secured, covered, never more than was held (RULE-1)."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.model.events import Filled
from allusr_sdk.model.intents import Close, Hedge, Roll, Shares
from tests.builders import AT, CALL, FRIDAY, PUT, World, contract, later, market, quote, snapshot, stub
from tests.kernel.watchers import watcher

NEXT, AUGUST = date(2026, 2, 20), date(2026, 8, 21)
STRIKES = (95, 100, 105)
BOUGHT, SOLD = contract(90, expiry=AUGUST), contract(80, expiry=AUGUST)


class Whims:
    """A protocol's wishes and a broker's answers, drawn from a seed."""

    def __init__(self, seed):
        self.random = Random(seed)

    def respond(self, position, view):
        if position.contract is None:
            count = self.random.choice([100, position.quantity])
            return [Shares("AAPL", "PE-3", quantity=-min(count, position.quantity), position=position)]
        if self.random.random() < 0.5:
            return [self.roll(position, view)] if position.contract.expiry < NEXT else []
        return [self.close(position, view)]

    def roll(self, position, view):
        held = position.contract
        lower = [k for k in STRIKES if k <= held.strike] if held.is_put else STRIKES
        new = contract(self.random.choice(lower), expiry=NEXT, right=held.right)
        buy, sell = view.quote(held), view.quote(new)
        return Roll("AAPL", "PE-8", position=position, buy=buy, sell=sell, debit=buy.mid - sell.mid)

    def close(self, position, view):
        held, urgent = abs(position.quantity), self.random.random() < 0.5
        lots = self.random.choice([None, self.random.randint(1, held)])
        found = view.quote(position.contract)
        return Close("AAPL", "PE-11", position=position, quote=found, lots=lots, urgent=urgent)

    def hedge(self, view):
        held = [p for p in view.book.positions.values() if p.hedges]
        if self.random.random() < 0.4:
            sell = view.quote(SOLD) if self.random.random() < 0.7 else None
            lots = self.random.randint(1, 60)
            return [Hedge("AAPL", "PE-10", buy=view.quote(BOUGHT), sell=sell, lots=lots, trigger="L2")]
        return [self.close(self.random.choice(held), view)] if held else []

    def view(self, at):
        rows = [quote(contract(k, expiry=e, right=r), *self.sides(), at=at)
                for k in STRIKES for e in (FRIDAY, NEXT) for r in (PUT, CALL)]  # fmt: skip
        rows += [quote(BOUGHT, 3.0, 3.2, at=at), quote(SOLD, *self.sides(top=2.5), at=at)]
        return market(snapshot("AAPL", 100.0, rows, at=at, volumes=(self.random.choice([50.0, 900.0]),) * 2), at=at)

    def sides(self, top=12.0):
        bid = round(self.random.uniform(0.05, top), 2)
        return bid, round(bid + self.random.choice([0.02, 0.1, 1.0]), 2)

    def answer(self, world, order):
        luck = self.random.random()
        if luck < 0.5:
            world.fill(order)
        elif luck < 0.8 and order.quantity > 1:
            world.fill(order, self.random.randint(1, order.quantity - 1))
        if luck > 0.6 and order.key in world.book.ledgers[order.ledger].working:
            world.cancel(order)


def opened(world, lots, shares):
    for what, count, price in (("AAPL", shares, "100"), (contract(105), -lots, "5"), (contract(100), -lots, "2"),
                               (contract(100, right=CALL), -(shares // 100), "2")):  # fmt: skip
        if count:
            world.kernel.heard(Filled(
                ledger="stub", symbol="AAPL", rule="CAD-4", key="", execution="e", quantity=count, price=Decimal(price),
                instrument=what if isinstance(what, str) else what.osi, fee=Decimal(0), touch=None, opening=True,
            ), AT - timedelta(days=1))  # fmt: skip


def check(world, before):
    """Cash behind every put, shares behind every call, longs behind every spread, and no contract more than before."""
    ledger = world.book.ledgers["stub"]
    assert ledger.cash >= ledger.reserved
    assert ledger.uncovered("AAPL") >= 0
    assert ledger.shares("AAPL") >= 0
    hedges = [p for p in ledger.positions.values() if p.hedges]
    assert sum(p.quantity for p in hedges) >= 0
    after = held(ledger)
    assert all(after[right] <= before[right] for right in after)


def held(ledger):
    """Short contracts by right, hedges left out."""
    count = Counter()
    for position in ledger.positions.values():
        if position.short and position.contract and not position.hedges:
            count[position.contract.right] -= position.quantity
    return count


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(0, 4))
def test_no_sequence_of_exits_and_fills_leaves_a_short_without_what_secures_it(seed, lots, hundreds):
    whims = Whims(seed)
    cash = lots * 21_000 + hundreds * 10_000 + whims.random.choice([0, 300, 50_000])
    with World(stub(), watcher(whims.respond, hedge=whims.hedge), funds={"stub": str(cash)}) as world:
        opened(world, lots, hundreds * 100)
        view = whims.view(AT)
        for _ in range(8):
            before = held(world.book.ledgers["stub"])
            orders = world.cycle(view)
            check(world, before)
            assert all(order.quantity <= 50 for order in orders if len(order.legs) == 2 or order.position is None)
            for order in orders:
                whims.answer(world, order)
                check(world, before)
            for work in list(world.book.ledgers["stub"].working.values()):
                world.cancel(work)
            view = whims.view(later(view).at)
        assert world.events("PluginFaulted") == []


def test_these_sequences_roll_close_hedge_release_and_are_refused():
    seen = Counter()
    for seed in range(25):
        whims = Whims(seed)
        with World(stub(), watcher(whims.respond, hedge=whims.hedge), funds={"stub": "130000"}) as world:
            opened(world, 5, 200)
            view = whims.view(AT)
            for _ in range(8):
                for order in world.cycle(view):
                    seen[order.action] += 1
                    world.fill(order)
                view = whims.view(later(view).at)
            seen["refused"] += len(world.said("refuse"))
            seen["released"] += sum(
                p.cause == "PE-11" and not p.opening and p.quantity < 0 for p in world.events("Filled")
            )
    assert all(seen[what] for what in ("roll", "close", "hedge", "shares", "refused", "released")), seen
