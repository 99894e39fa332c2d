"""The built-in ladder keeps the contract that the SDK asks of every ladder."""

from allusr_llms import Llms

from allusr_sdk.testing import ladder_checks


@ladder_checks(Llms)
def test_llms(check):
    check()
