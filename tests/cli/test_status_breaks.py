"""What `allusr status` says of breaks between books and broker."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Broken, Mended, Noted, Paged, RunStarted

NOON = datetime(2026, 2, 12, 17, 0, tzinfo=UTC)
NAME = {"rule": "B03", "symbol": "AAPL", "subject": "AAPL  260213P00270000"}
FOUND = Broken(**NAME, what="another number", ours="-3", theirs="-2", action="SYMBOL", cause="a fill by hand")
PAGED = Paged(**NAME, why="open for 30 minutes")


@pytest.fixture
def home(tmp_path):
    """Write a run of events twenty minutes apart into a home."""

    def write(*events):
        head = RunStarted(
            mode="paper", market="by hand", first=date(2026, 2, 12), last=date(2026, 2, 13), seed=7,
            capital=Decimal("1000.00"), settings="", rulebook="", plugins={},
        )  # fmt: skip
        with open_ledger(tmp_path) as ledger:
            run = ledger.start_run(head, NOON)
            for number, event in enumerate(events):
                at = NOON + timedelta(minutes=20 * number)
                run.append(event, at=at, cycle=number, state="AUDIT", rulebook="")
        return tmp_path

    return write


def test_an_open_break_is_shown_with_its_age_and_cause(allusr, home):
    where = home(FOUND, Noted(key="a", text="b"), PAGED)
    shown = allusr("status", "--home", where)
    assert shown.code == 0
    assert (
        "Breaks between books and broker: 1 open\n"
        "  B03 AAPL 13 Feb 270 put, open for 40 min: another number; ours -3, theirs -2; no order goes out in its"
        " symbol; cause: a fill by hand; a person was called\n"
    ) in shown.out


def test_the_object_has_every_open_break_with_its_age_in_seconds(allusr, home):
    body = json.loads(allusr("status", "--home", home(FOUND, PAGED), "--json").out)
    assert body["breaks"] == [
        {
            "code": "B03", "subject": NAME["subject"], "symbol": "AAPL", "action": "SYMBOL", "what": "another number",
            "ours": "-3", "theirs": "-2", "cause": "a fill by hand", "opened": "2026-02-12T17:00:00Z", "age": 1200,
            "paged": True,
        }
    ]  # fmt: skip


def test_where_books_and_broker_agree_nothing_is_said_of_breaks(allusr, home):
    where = home(FOUND, Mended(**NAME, how="agree"))
    assert "Breaks" not in allusr("status", "--home", where).out
    assert json.loads(allusr("status", "--home", where, "--json").out)["breaks"] == []
