"""The example of a weekly index put keeps the contract, as far as anything of it leaves."""

import pytest
from allusr_spx_weekly import SpxWeekly

from allusr_sdk.testing import sleeve_checks

pytestmark = pytest.mark.long
NOTHING_LEAVES = {"S502": "one SPX contract moves more than KS-11 lets an order move, so nothing of it ever leaves"}


@sleeve_checks(SpxWeekly, expected_failures=NOTHING_LEAVES)
def test_the_example_of_a_weekly_index_put(check):
    check()
