"""A tax year from PostgreSQL is the one from SQLite, and neither reads what cannot matter."""

import pytest

from allusr_sdk.ledger.opening import open_ledger
from tests.ledger import servers
from tests.tax.books import Books
from tests.tax.conftest import small_year

OLD = "MSFT  250221P00400000"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path):
    if request.param == "sqlite":
        with open_ledger(tmp_path) as opened:
            yield opened
        return
    with servers.running() as server, servers.database(server) as url, open_ledger(url) as opened:
        yield opened


def test_a_year_is_the_same_wherever_the_ledger_lies(ledger):
    books = Books(ledger=ledger)
    books.write("2025-02-17", OLD, 1, "2.00")
    books.expire("2025-02-21", OLD, -1)
    small_year(books)
    year = books.year()
    assert (f"{year.gain}", len(year.lines), len(year.index), len(year.waiting)) == ("628.60", 2, 1, 1)
    assert OLD not in {parcel.instrument for parcel in year.parcels}
    assert [f"{line.gain}" for line in books.year(2025).lines] == ["200.00"]
