"""The example of a wheel keeps the contract, from its folder."""

from pathlib import Path

import pytest

from allusr_sdk.testing import sleeve_checks

pytestmark = pytest.mark.long
EXAMPLES = Path(__file__).parents[2] / "examples"


@sleeve_checks(str(EXAMPLES / "wheel"))
def test_the_example_of_a_wheel(check):
    check()
