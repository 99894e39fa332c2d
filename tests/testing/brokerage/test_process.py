"""The process of the test broker outlives engines and itself."""

import stat
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.model.broker import Execution, Identity, Report
from allusr_sdk.testing.brokerage import PLUGIN, Brokerage, Connection
from allusr_sdk.testing.checks import Status, check_broker, run_checks
from tests.testing.brokerage.account import AT, PUT, held, ticket, words


def test_the_connection_keeps_the_contract_of_its_kind(brokerage, monkeypatch):
    report = check_broker(Connection, {"place": str(brokerage.place)})
    assert {row.status for row in report.rows} == {Status.PASSED}, report
    for name, value in brokerage.environment.items():
        monkeypatch.setenv(name, value)
    (brought,) = run_checks(PLUGIN)
    assert (brought.subject, {row.status for row in brought.rows}) == ("test", {Status.PASSED}), brought


def test_an_order_that_is_submitted_twice_is_one_order(engine, control):
    engine.submit(ticket())
    engine.submit(ticket())
    assert words(engine.news(AT)) == ["accepted", -2]
    assert held(engine.statement(AT)) == {PUT: -2}
    assert [order.ticket.reference for order in control.orders()] == ["au-1"]
    assert control.submits("au-1") == control.submits() == 2


def test_who_it_is_can_be_told(engine, control):
    assert engine.identity().account == "DU1"
    other = Identity(account="U9", live=True, currency="EUR", permissions=frozenset({"shares"}))
    control.pass_as(other)
    assert engine.identity() == other


def test_a_killed_broker_that_is_started_again_has_all_that_it_answered_for(brokerage, engine, control):
    engine.submit(ticket("au-0", quantity=-1))
    for n in range(1, 12):
        engine.submit(ticket(f"au-{n}", limit="2.03"))
    control.refuse_cancels()
    before = control.look()
    brokerage.kill()
    with pytest.raises(BrokerSilent, match="identity was not answered"):
        engine.identity()
    brokerage.start()
    assert control.look() == before
    assert len(before.orders) == 11
    assert words(engine.news(AT)) == ["accepted", -1, *["accepted"] * 11]
    engine.cancel("au-1")
    assert words(engine.news(AT)) == ["kept"], "the manners outlive it too"


def test_a_broker_that_is_silent_down_or_not_there_raises_and_answers_again_afterwards(brokerage, control, tmp_path):
    engine = brokerage.connection(timeout=0.3)
    engine.statement(AT)
    control.silent()
    with pytest.raises(BrokerSilent, match="submit was not answered: timed out"):
        engine.submit(ticket())
    control.silent(False)
    assert engine.statement(AT).executions == (), "what was not answered was not done"
    control.down()
    for _ in range(2):
        with pytest.raises(BrokerSilent, match="statement was not answered"):
            engine.statement(AT)
    control.up()
    assert engine.identity().account == "DU1"
    with pytest.raises(BrokerSilent, match="No such file"):
        Connection(tmp_path / "nowhere").news(AT)


def test_what_cannot_be_done_is_refused_with_the_reason_and_the_process_goes_on(engine, control):
    with pytest.raises(InputError, match="order au-9: not known here"):
        control.fill("au-9")
    with pytest.raises(InputError, match="is not an OSI option symbol"):
        engine.submit(ticket(instrument="SPY 2026"))
    with pytest.raises(InputError, match="an order of nothing"):
        engine.submit(evolve(ticket(), legs=()))
    assert engine.identity().account == "DU1"


def test_the_journal_has_who_did_what_in_order(engine, control):
    engine.submit(ticket(limit="2.03"))
    engine.cancel("au-1")
    control.shift(Decimal(1))
    found = [(entry.who, entry.verb, entry.reference) for entry in control.journal()]
    assert found == [
        ("engine", "submit", "au-1"), ("broker", "accepted", "au-1"), ("engine", "cancel", "au-1"),
        ("broker", "canceled", "au-1"), ("control", "shift", ""),
    ]  # fmt: skip


def test_a_connection_is_made_without_a_broker_and_its_files_are_private(brokerage, engine):
    Connection("nowhere").close()
    engine.submit(ticket())
    for name in ("broker.json", "broker.ports"):
        file = brokerage.place.with_name(name)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_ends_when_it_is_told_to_or_nobody_comes_and_keeps_its_account(tmp_path: Path):
    with Brokerage(tmp_path, cash=5_000, account="DU7", seconds=60) as first:
        first.control.shift(Decimal(1))
        first.control.stop()
        assert first.wait() == 0
    with Brokerage(tmp_path, seconds=0.2) as second:
        connection = second.connection()
        found = connection.identity().account, connection.statement(AT).cash
        connection.close()
        assert second.wait() == 0
    assert found == ("DU7", Decimal("5001.00"))


def test_one_that_cannot_start_says_why(tmp_path: Path):
    (tmp_path / "broker.json").write_text("not JSON")
    with pytest.raises(
        RuntimeError, match=r"broker.json: is no account of a test broker: JSON is malformed.*: give another file"
    ):
        Brokerage(tmp_path).start()


def test_executions_and_reports_come_back_as_what_they_were(engine):
    engine.submit(ticket())
    accepted, done = engine.news(AT)
    assert (type(accepted), type(done)) == (Report, Execution)
    assert done == engine.statement(AT).executions[0]
