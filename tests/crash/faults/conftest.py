"""A broker process with an account, and engines on it."""

from contextlib import ExitStack

import pytest

from tests.crash.brokered import Brokered, calm_week


@pytest.fixture
def account(tmp_path):
    """Makes accounts, each with a broker process that ends with the test."""
    with ExitStack() as made:

        def make(*sleeves, market=None, **options):
            return made.enter_context(Brokered(tmp_path, market or calm_week(), *sleeves, **options))

        yield make
