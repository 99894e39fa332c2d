"""The example of a wheel keeps the contract, from its folder."""

from pathlib import Path

from allusr_sdk.testing import sleeve_checks

EXAMPLES = Path(__file__).parents[2] / "examples"


@sleeve_checks(str(EXAMPLES / "wheel"))
def test_the_example_of_a_wheel(check):
    check()
