"""gen_acc keeps the contract that the SDK asks of every sleeve."""

import pytest
from allusr_gen_acc import GenAcc

from allusr_sdk.testing import sleeve_checks

pytestmark = pytest.mark.long


@sleeve_checks(GenAcc)
def test_gen_acc(check):
    check()
