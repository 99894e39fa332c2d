"""Small market files, made by the tests themselves."""

import pytest

from allusr_sdk.market.facts import Facts
from allusr_sdk.market.files import FileMarket

CANONICAL = "quote_time,symbol,expiry,right,strike,bid,ask,volume,open_interest,delta,spot\n"
ROW = "2026-02-12T15:00:00Z,XYZ,2026-02-13,P,100,1.00,1.05,200,900,-0.41,101.5\n"


@pytest.fixture
def folder(tmp_path):
    """An empty folder of chains."""
    place = tmp_path / "chains"
    place.mkdir()
    return place


@pytest.fixture
def market(folder):
    """Opens the folder as a market."""

    def open_folder(**options):
        return FileMarket(folder, options.pop("facts", Facts()), **options)

    return open_folder


@pytest.fixture
def canonical(folder):
    """Writes rows in canonical form, given as changes of one good row; returns the file."""
    names = CANONICAL.strip().split(",")

    def write(*changes, name="xyz.csv"):
        good = dict(zip(names, ROW.strip().split(","), strict=True))
        rows = [",".join(str({**good, **change}[n]) for n in names) for change in changes or ({},)]
        (folder / name).write_text(CANONICAL + "\n".join(rows) + "\n")
        return folder / name

    return write
