"""Random orders, fills and trouble by seeds, then quiet: one order a reference, every execution and fee once.

`ALLUSR_MISCHIEF=50 uv run pytest tests/ibkr/test_mischief.py` plays as many seeds.
"""

import os
from contextlib import suppress
from decimal import Decimal
from random import Random
from time import sleep

import pytest

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.model.broker import Execution, Report
from allusr_sdk.testing.tws import Fault
from tests.ibkr.adapter import ticket, until
from tests.ibkr.wire import CALL, LOWER, PUT

MESSAGES = ("placeOrder", "cancelOrder", "openOrder", "orderStatus", "execDetails", "commissionReport", "position")
ENDS = ("canceled", "expired", "rejected")
LIMITS = {PUT: "4.00", LOWER: "2.10", CALL: "3.00"}


class Desk:
    """A broker that is asked at random, and a hand that meddles at random."""

    def __init__(self, tws, brokers, seed):
        self.tws, self.random = tws, Random(seed)
        self._make = lambda: brokers(seconds=1.0, acknowledged=0.4, grace=0.05, fees=0.1, settle=0.05)
        self.broker = self._make()
        self.sent, self.told = [], []

    def turn(self):
        self.random.choice((self.submit, self.submit, self.fill, self.fill, self.reprice, self.cancel, self.meddle))()
        with suppress(BrokerSilent):
            self.told += self.broker.news(self.tws.control.now())
        if not self.broker.link.trades and self.random.random() < 0.4:
            self.tws.control.link(self.random.choice((1101, 1102)))
            sleep(0.05)  # a connection that was cut comes back

    def submit(self):
        name = self.random.choice((PUT, LOWER, CALL))
        quantity = self.random.choice((-3, -1, 1, 2))
        self.sent.append(ticket(
            self.tws, name=name, quantity=quantity, limit=LIMITS[name], reference=f"au-{len(self.sent)}"
        ))  # fmt: skip
        with suppress(BrokerSilent):
            self.broker.submit(self.sent[-1])

    def fill(self):
        working = [each for each in self.tws.control.orders() if each.working]
        if working:
            order = self.random.choice(working)
            self.tws.control.fill(order.reference, self.random.randint(1, order.left))

    def reprice(self):
        if self.sent:
            asked = self.random.choice(self.sent)
            with suppress(BrokerSilent):
                self.broker.reprice(asked.reference, asked.limit + Decimal("0.01") * self.random.randint(-5, 5))

    def cancel(self):
        if self.sent:
            with suppress(BrokerSilent):
                self.broker.cancel(self.random.choice(self.sent).reference)

    def meddle(self):
        control, random = self.tws.control, self.random
        random.choice((
            lambda: control.fault(Fault(message=random.choice(MESSAGES), deed=random.choice(("cut", "cut_after")))),
            lambda: control.fault(Fault(message=random.choice(MESSAGES), deed="drop")),
            lambda: control.fault(Fault(message=random.choice(MESSAGES[2:]), deed="swap")),
            lambda: control.fault(Fault(message="*", deed="duplicate", times=random.randint(1, 5))),
            lambda: control.link(1100),
            control.cut,
            self.corrected,
            self.restart,
            lambda: control.turn(executions_first=random.random() < 0.5, statuses=random.randint(1, 3)),
        ))()  # fmt: skip

    def corrected(self):
        fills = [each for each in self.tws.control.fills() if each.reference]
        if fills:
            with suppress(InputError):  # corrected before
                self.tws.control.correct(self.random.choice(fills).id, fee=Decimal("0.70"))

    def restart(self):
        """The engine ends, and another one hears everything of this day anew."""
        self.broker.close()
        self.broker, self.told = self._make(), []

    def quiet(self):
        """Nothing goes wrong any more, and everything is told."""
        self.tws.control.mend()
        self.tws.control.link(1102)
        found = []
        until(lambda: bool(self._stated(found)), 10)
        self.told += self.broker.news(self.tws.control.now())
        return found[0]

    def _stated(self, found):
        with suppress(BrokerSilent):
            found.append(self.broker.statement(self.tws.control.now()))
        return found


@pytest.mark.parametrize("seed", range(int(os.environ.get("ALLUSR_MISCHIEF", "3"))))
def test_after_any_trouble_both_sides_agree(tws, brokers, seed):
    desk = Desk(tws, brokers, seed)
    for _ in range(40):
        desk.turn()
    found, there = desk.quiet(), tws.control.account("DU1")
    references = [each.reference for each in tws.control.orders()]
    assert len(references) == len(set(references))
    assert {each.instrument: each.quantity for each in found.holdings} == there.holdings
    assert found.cash == there.cash
    assert {each.reference: each.left for each in found.orders} == {
        each.reference: each.left * (1 if each.buys else -1) for each in tws.control.orders() if each.working
    }
    ours = {each.id: (each.quantity, each.price, each.fee) for each in found.executions}
    theirs = {each.id: (each.quantity, each.price, each.fee) for each in tws.control.fills()}
    assert ours == theirs
    told = [each.id for each in desk.told if isinstance(each, Execution)]
    assert sorted(told) == sorted(ours)
    over = {each.reference for each in desk.told if isinstance(each, Report) and each.status in ENDS}
    assert not over & {each.reference for each in found.orders}
