"""Of which version a ledger's schema is: told without making or migrating anything."""

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.schema import HEAD, schema_of
from tests.ledger.copies import earlier


def test_a_ledger_tells_its_version_and_keeps_it(tmp_path):
    open_ledger(tmp_path).close()
    assert schema_of(tmp_path) == HEAD
    earlier(tmp_path / FILE)
    assert [schema_of(tmp_path), schema_of(f"sqlite:///{tmp_path / FILE}")] == ["0004", "0004"]


def test_where_no_ledger_is_there_is_no_version_and_nothing_is_made(tmp_path):
    assert (schema_of(tmp_path), schema_of("sqlite://"), [*tmp_path.iterdir()]) == (None, None, [])


def test_what_is_no_ledger_is_refused_in_one_line(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(InputError, match=r"ledger .* cannot be read: file is not a database") as said:
        schema_of(tmp_path)
    assert "\n" not in str(said.value)


def test_a_server_that_does_not_answer_is_no_ledger_that_is_not_there():
    with pytest.raises(InputError, match=r"ledger postgresql://.* cannot be read: ") as said:
        schema_of("postgresql://nobody@127.0.0.1:1/none")
    assert "\n" not in str(said.value)
