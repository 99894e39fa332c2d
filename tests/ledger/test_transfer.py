"""A database of a server is vacant until it has a run; its part is taken by a file here, without a server."""

import pytest
from sqlalchemy import make_url

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import transfer
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.engines import sqlite_file
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.transfer import vacant
from allusr_sdk.model.events import RulebookOpened

SERVER = make_url("postgresql://ada:secret@host/name")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "postgresql", lambda url: sqlite_file(tmp_path / FILE))
    return tmp_path


def refused():
    with pytest.raises(InputError, match=r"^postgresql://.*host/name has a ledger: restore into an empty") as said:
        vacant(SERVER)
    return "secret" not in str(said.value)


def test_a_database_without_tables_or_with_empty_ones_is_vacant(home):
    vacant(SERVER)
    open_ledger(home).close()
    vacant(SERVER)


def test_a_database_that_has_a_run_is_not_vacant(home, story):
    with open_ledger(home) as ledger:
        story.begin(ledger)
    assert refused()


def test_a_database_that_has_a_chain_of_a_home_alone_is_not_vacant(home, story):
    with open_ledger(home) as ledger:
        ledger.start_chain("rules", RulebookOpened(rulebook="2.0.0+x"), story.at(0), rulebook="rb")
    assert refused()
