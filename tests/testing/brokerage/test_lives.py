"""Whatever is done to an account of the test broker, in any order: it adds up, and lives the same life again."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from allusr_sdk.errors import InputError, KernelError
from tests.testing.brokerage.account import ASK, BID, CALL, LOWER, PUT, account, ticket

REFERENCES = st.sampled_from([f"au-{n}" for n in range(6)])
HELD = st.sampled_from([PUT, CALL, LOWER, "SPY"])
COUNTS = st.integers(-4, 4).filter(bool)
PRICES = st.decimals(Decimal("0.01"), Decimal("3.00"), places=2)
LIMITS = st.sampled_from([BID, Decimal("2.01"), Decimal("2.02"), Decimal("2.03"), ASK])


class Lives(RuleBasedStateMachine):
    """Anything that can happen to an account, in any order; what cannot be done is refused and changes nothing."""

    def __init__(self):
        super().__init__()
        self.account = account("seeded", partial=1)
        self.asked = {}

    @rule(reference=REFERENCES, quantity=COUNTS, limit=LIMITS, instrument=HELD, minutes=st.integers(1, 400))
    def submit(self, reference, quantity, limit, instrument, minutes):
        self.asked.setdefault(reference, abs(quantity))
        until = self.account.now + timedelta(minutes=minutes)
        self.account.submit(ticket(reference, quantity, str(limit), instrument, until))

    @rule(reference=REFERENCES, limit=LIMITS)
    def reprice(self, reference, limit):
        self.account.reprice(reference, limit)

    @rule(reference=REFERENCES)
    def cancel(self, reference):
        self.account.cancel(reference)

    @rule(reference=REFERENCES, quantity=st.integers(1, 4) | st.none(), price=PRICES | st.none())
    def fill(self, reference, quantity, price):
        self.refused(lambda: self.account.fill(reference, quantity, price))

    @rule(minutes=st.sampled_from([1, 5, 900]))
    def advance(self, minutes):
        self.account.advance(self.account.now + timedelta(minutes=minutes))

    @rule(instrument=HELD, count=st.integers(1, 3) | st.none(), shown=st.booleans())
    def assign(self, instrument, count, shown):
        self.refused(lambda: self.account.assign(instrument, count, with_executions=shown))
        self.refused(lambda: self.account.exercise(instrument, count, with_executions=shown))

    @rule(instrument=HELD)
    def expire(self, instrument):
        self.refused(lambda: self.account.expire(instrument))

    @rule(per_share=PRICES, amount=st.decimals(-50, 50, places=2))
    def cash(self, per_share, amount):
        self.account.dividend("SPY", per_share)
        self.account.line("interest", amount)
        self.account.shift(amount)

    @rule(instrument=HELD, quantity=COUNTS, price=PRICES)
    def foreign(self, instrument, quantity, price):
        self.account.foreign_position(instrument, quantity, price)
        self.account.foreign_order(instrument, quantity, price)

    @rule(data=st.data(), price=PRICES | st.none(), fee=PRICES | st.none())
    def correct(self, data, price, fee):
        if self.account.executions:
            chosen = data.draw(st.sampled_from([each.id for each in self.account.executions]))
            self.refused(lambda: self.account.correct(chosen, price=price, fee=fee))

    @rule()
    def split(self):
        self.account.split("SPY", 2)

    @invariant()
    def cash_and_holdings_are_what_the_movements_add_up_to(self):
        self.account.check()

    @invariant()
    def no_execution_is_known_twice_and_no_order_is_filled_beyond_what_was_asked(self):
        ids = [each.id for each in self.account.executions]
        assert len(set(ids)) == len(ids)
        filled = Counter()
        for each in self.account.effective():
            filled[each.reference] += abs(each.quantity)
        assert all(filled[reference] <= asked for reference, asked in self.asked.items())

    @invariant()
    def a_statement_has_no_position_of_zero_and_only_orders_that_miss_something(self):
        found = self.account.statement(self.account.now)
        assert all(each.quantity for each in found.holdings)
        assert all(each.left for each in found.orders)

    def refused(self, deed):
        before = self.account.cash, dict(self.account.holdings), len(self.account.executions)
        try:
            deed()
        except InputError:
            assert (self.account.cash, self.account.holdings, len(self.account.executions)) == before


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=50, stateful_step_count=40)


def test_cash_that_moves_alone_is_found():
    made = account()
    made.cash += 1
    with pytest.raises(KernelError, match=r"1000001.00 and \{\}; movements say 1000000.00"):
        made.check()
