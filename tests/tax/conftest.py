"""An empty set of books for each test, and a home with a small year for the command."""

from contextlib import closing

import pytest

from allusr_sdk.ledger.opening import open_ledger
from tests.called import called
from tests.tax.books import Books

INDEX = "XSP   270618P00540000"


@pytest.fixture
def books():
    with closing(Books()) as made:
        yield made


@pytest.fixture
def tax(capsys, home):
    """Call `allusr ledger tax` on the small year."""

    def call(*arguments, at=home):
        return called(capsys, "ledger", "tax", *arguments, "--home", at)

    return call


@pytest.fixture(scope="package")
def home(tmp_path_factory):
    """A wash sale, an expired put, an index put over the year's end, a covered call at a loss, a dividend."""
    folder = tmp_path_factory.mktemp("year")
    with open_ledger(folder) as ledger:
        small_year(Books(ledger=ledger))
    return folder


def small_year(books):
    books.buy("2026-01-05", "TSLA", 100, "312", ledger="rev_acc")
    books.write("2026-05-21", "AAPL  260522P00210000", 2, "1.15", fee="1.40")
    books.expire("2026-05-22", "AAPL  260522P00210000", -2)
    books.sell("2026-06-15", "TSLA", 100, "300", ledger="rev_acc")
    books.buy("2026-06-20", "TSLA", 100, "290", ledger="f1.rev_acc")
    books.buy("2026-09-01", "NVDA", 100, "110", ledger="com_acc")
    books.dividend("2026-09-10", "NVDA", 100, "0.25", ledger="com_acc")
    books.buy("2026-10-01", INDEX, 1, "10", ledger="llms_hedge")
    books.write("2026-12-07", "NVDA  261211C00175000", 1, "2.00", ledger="com_acc")
    books.back("2026-12-10", "NVDA  261211C00175000", 1, "5.00", ledger="com_acc")
    books.mark("2026-12-31", "NVDA", "179", ledger="com_acc")
    books.mark("2026-12-31", INDEX, "14", ledger="llms_hedge")
    books.run.flush()
