"""Three hours of the soak of `python -m tests.ibkr.soak`, in a minute."""

import pytest

from tests.ibkr.soak import soak


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_live_morning_with_faults_ends_with_equal_books_and_flat_memory(tmp_path):
    assert "orders" in soak(tmp_path, hours=3, speed=200)
