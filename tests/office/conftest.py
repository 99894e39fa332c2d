"""Homes by hand."""

import pytest

from tests.office import homes


@pytest.fixture
def home(tmp_path):
    """The home of `homes.ROWS`."""
    return str(homes.write(tmp_path / "home"))
