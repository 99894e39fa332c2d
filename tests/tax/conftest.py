"""An empty set of books for each test."""

import pytest

from tests.tax.books import Books


@pytest.fixture
def books():
    made = Books()
    yield made
    made.ledger.close()
