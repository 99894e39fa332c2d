"""com_acc keeps the contract that the SDK asks of every sleeve."""

import pytest
from allusr_com_acc import ComAcc

from allusr_sdk.testing import sleeve_checks

pytestmark = pytest.mark.long


@sleeve_checks(ComAcc)
def test_com_acc(check):
    check()
