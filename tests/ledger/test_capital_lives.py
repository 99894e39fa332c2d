"""Whatever lives a user's ledgers lead: by forks, merges and transfers nothing is lost, doubled or realised (LG-3).

Between any two phases of what moves, anything else may happen; what is in flight belongs to the user all the same.
"""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from tests.ledger.lives.moves import Moving
from tests.ledger.lives.trades import Trading


class Lives(Trading, Moving):
    """A user whose ledgers trade, and whose accounts fork, transfer, reinvest and merge."""

    @initialize(forked=st.booleans())
    def begins(self, forked):
        if forked:
            self.forks(pick=0, amount=30_000, full=False)
            self.starts_again_after_a_stop()
            self.fill(self.user.book("a1.com_acc"), "AAPL", 250, Decimal("40.00"), opening=True)


BOUNDS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_no_life_of_accounts_loses_or_doubles_a_lot_a_share_or_a_cent():
    run_state_machine_as_test(Lives, settings=settings(max_examples=6, stateful_step_count=30, **BOUNDS))


@pytest.mark.long
def test_no_long_life_of_accounts_does_either():
    run_state_machine_as_test(Lives, settings=settings(max_examples=300, stateful_step_count=120, **BOUNDS))
