"""rev_acc keeps the contract that the SDK asks of every sleeve."""

from allusr_rev_acc import RevAcc

from allusr_sdk.testing import sleeve_checks


@sleeve_checks(RevAcc)
def test_rev_acc(check):
    check()
