"""The trees of columns beside the engine's growth, on the same earnings: every fork, merge and transfer, to the cent."""

import pytest

from allusr_sdk.montecarlo import agreement, weeks_of
from tests.builders import RULES
from tests.montecarlo.orchard import lived

EARLY = RULES.tightened({"FK-3.years": 1, "FK-5.max_active": 3})


def compared(world, *, rules=RULES, **more):
    return agreement(world.run, weeks_of(world.run, rules), rules, **more)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_tree_of_the_engine_s_own_weeks_is_the_engine_s_tree_entry_for_entry(seed):
    with lived(seed, 110, rules=EARLY) as world:
        found = compared(world, rules=EARLY)
        assert found.agrees
        assert found.engine == found.columns
        assert set(world.book.ledgers) <= set(found.apart)
