"""The built-in fork rule keeps the contract that the SDK asks of every fork rule."""

from allusr_forks import Forks

from allusr_sdk.testing import fork_checks


@fork_checks(Forks)
def test_forks(check):
    check()
