"""Cuts, deaths, silences and restarts between `IbkrBroker` and a simulated TWS: nothing twice, nothing lost."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.execution.ibkr.link import Reach
from allusr_sdk.testing.checks import Status, check_broker
from allusr_sdk.testing.tws import Fault
from tests.ibkr.adapter import CLIENT, heard, reports, runs, ticket, until
from tests.ibkr.leaving import MOST
from tests.ibkr.wire import LOWER, PUT


def silent(ask):
    """Whether a question has no answer."""
    try:
        ask()
    except BrokerSilent:
        return True
    return False


def stubborn(ask, seconds=8):
    """Ask until there is an answer."""
    until(lambda: not silent(ask), seconds)


def references(tws):
    return sorted(each.reference for each in tws.control.orders())


# --- 1: whose account it is ---------------------------------------------------------------------------------------


def test_a_cold_start_tells_each_account_its_own(tws, brokers, left):
    tws.control.position("DU1", "SPY", 100, Decimal("695.00"))
    tws.control.position("DU2", PUT, -2, Decimal("4.00"))
    one = brokers()
    first = one.statement(tws.control.now())
    one.close()
    two = brokers(account="DU2")
    second = two.statement(tws.control.now())
    told = [[(each.instrument, each.quantity) for each in found.holdings] for found in (first, second)]
    assert told == [[("SPY", 100)], [(PUT, -2)]]
    assert (first.cash, second.cash) == (Decimal("930500.00"), Decimal("500800.00"))
    assert first.at == second.at == tws.control.now()
    assert left.peak <= MOST
    assert all(each.strikes == 0 for each in tws.control.rates())


def test_an_account_is_paper_by_its_name_and_live_by_its_port(tws, brokers):
    found = brokers().identity()
    assert (found.account, found.live, found.currency, found.permissions) == (
        "DU1",
        False,
        "USD",
        {"shares", "options"},
    )


def test_an_account_that_the_login_has_not_is_refused(brokers):
    with pytest.raises(InputError, match="the login has DU1, DU2"):
        brokers(account="U9").identity()


def test_nothing_is_connected_before_the_first_question(tws, brokers):
    broker = brokers()
    assert (broker.link.reach, tws.control.clients()) == (Reach.DOWN, ())
    broker.news(tws.control.now())
    assert tws.control.clients() == (CLIENT,)


# --- 16 to 18: cuts and deaths ------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["cut", "cut_after"])
@pytest.mark.parametrize("message", ["placeOrder", "openOrder", "orderStatus"])
def test_an_order_is_there_once_whenever_the_socket_was_cut(tws, brokers, message, deed):
    broker = brokers()
    broker.statement(tws.control.now())
    tws.control.fault(Fault(message=message, deed=deed, after=int(message != "orderStatus")))  # a what-if is first
    silent(lambda: broker.submit(ticket(tws)))
    stubborn(lambda: broker.submit(ticket(tws)))
    assert references(tws) == ["au-1"]
    assert reports(heard(broker, tws)) == ["accepted"]
    (order,) = broker.statement(tws.control.now()).orders
    assert (order.reference, order.left) == ("au-1", -2)


def test_another_engine_knows_an_order_by_its_reference_and_ends_it(tws, brokers):
    first = brokers()
    first.submit(ticket(tws))
    first.close()
    second = brokers()
    (order,) = second.statement(tws.control.now()).orders
    assert order.reference == "au-1"
    second.submit(ticket(tws))
    second.cancel("au-1")
    assert [(each.reference, each.status) for each in tws.control.orders()] == [("au-1", "Cancelled")]


ENGINE = """
import sys
from tests.ibkr.adapter import broker, ticket
from allusr_sdk.testing.tws import Tws
from pathlib import Path
tws = Tws(Path(sys.argv[1]))
made = broker(tws)
made.statement(tws.control.now())
made.submit(ticket(tws))
print("sent", flush=True)
while True:
    made.news(tws.control.now())
"""


def test_an_engine_that_is_killed_finds_its_fill_and_fee_once_and_sends_nothing_again(tws, brokers):
    process = subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(tws.place.parent)], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == "sent\n"
        process.kill()
    tws.control.fill("au-1")
    broker = brokers()
    (run,) = broker.statement(tws.control.now()).executions
    assert (run.reference, run.quantity, run.fee) == ("au-1", -2, Decimal("1.30"))
    broker.submit(ticket(tws))
    assert references(tws) == ["au-1"]
    assert [each.id for each in runs(heard(broker, tws))] == [run.id]
    assert len(broker.statement(tws.control.now()).executions) == 1


def test_of_a_hundred_orders_that_are_cut_in_the_middle_each_is_there_once(tws, brokers, left):
    broker = brokers()
    broker.statement(tws.control.now())
    wanted = [f"au-{i:03d}" for i in range(100)]
    for place, deed in ((30, "cut"), (20, "cut_after")):
        tws.control.fault(Fault(message="placeOrder", deed=deed, after=place))
    for reference in wanted:
        stubborn(
            lambda name=reference: broker.submit(ticket(tws, name=LOWER, quantity=1, limit="1.00", reference=name))
        )
    assert references(tws) == wanted
    assert left.peak <= MOST
    assert all(each.strikes == 0 for each in tws.control.rates())


def test_a_connection_that_is_cut_while_an_order_is_filled_tells_the_fill(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.down()
    tws.control.fill("au-1")
    assert silent(lambda: broker.news(tws.control.now()))
    tws.control.up()
    told = []
    stubborn(lambda: told.extend(heard(broker, tws)))
    assert [(each.quantity, each.fee) for each in runs(told)] == [(-2, Decimal("1.30"))]


def test_a_new_limit_that_was_lost_with_its_connection_is_kept(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.fault(Fault(message="placeOrder", deed="cut"))
    assert silent(lambda: broker.reprice("au-1", Decimal("3.95")))
    told = []
    stubborn(lambda: told.extend(heard(broker, tws)))
    assert reports(told) == ["accepted", "kept"]
    assert tws.control.orders()[0].limit == Decimal("4.0")


# --- 19: cut off from IBKR ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("restored", [1101, 1102])
def test_nothing_new_is_sent_while_tws_is_cut_off_and_no_fill_is_lost(tws, brokers, restored):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.link(1100)
    tws.control.link(1100)
    tws.control.fill("au-1")
    until(lambda: broker.link.reach is Reach.DEGRADED)
    for ask in (
        lambda: broker.submit(ticket(tws, reference="au-2")),
        lambda: broker.cancel("au-1"),
        lambda: broker.reprice("au-1", Decimal("3.95")),
        lambda: broker.statement(tws.control.now()),
    ):
        with pytest.raises(BrokerSilent, match="DEGRADED"):
            ask()
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.link(restored)
    until(lambda: broker.link.reach is Reach.CONNECTED)
    assert [each.quantity for each in runs(heard(broker, tws))] == [-2]
    assert [each.quantity for each in broker.statement(tws.control.now()).holdings] == [-2]
    assert references(tws) == ["au-1"]
    assert [each.what for each in broker.alarms if "1100" in each.what]


# --- 20: the daily restart ----------------------------------------------------------------------------------------


def test_the_daily_restart_is_quiet_and_the_next_day_begins_with_equal_positions(tws, brokers):
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    begun = datetime.now(UTC).astimezone(ZoneInfo("America/New_York")) - timedelta(minutes=1)
    broker = brokers(restart=f"{begun:%H:%M}", restart_minutes=60)
    broker.submit(ticket(tws))
    tws.control.fill("au-1")
    (run,) = runs(heard(broker, tws))
    before = broker.statement(tws.control.now())
    tws.control.down()
    tws.control.tick(24 * 3600)
    until(lambda: broker.link.reach is Reach.DOWN)
    assert silent(lambda: broker.statement(tws.control.now()))
    tws.control.up()
    found = []
    stubborn(lambda: found.append(broker.statement(tws.control.now())))
    assert (found[0].holdings, found[0].cash) == (before.holdings, before.cash)
    assert [each.id for each in found[0].executions] == [run.id]
    assert broker.alarms == ()
    assert heard(broker, tws) == []


def test_an_order_that_ended_overnight_is_over(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.down()
    tws.control.tick(24 * 3600)
    tws.control.up()
    told = []
    stubborn(lambda: told.extend(heard(broker, tws, 1)))
    assert reports(told) == ["expired"]


# --- 21: nobody there, or somebody mute ---------------------------------------------------------------------------


def test_outages_are_told_once_and_the_client_id_stays(tws, brokers):
    tws.control.hold_id(CLIENT)
    broker = brokers()
    assert silent(broker.identity)
    tws.control.free_id(CLIENT)
    stubborn(broker.identity)
    tws.control.mute()
    assert silent(lambda: broker.news(tws.control.now()))
    tws.control.mute(False)
    stubborn(broker.identity)
    assert tws.control.clients() == (CLIENT,)
    broker.news(tws.control.now())
    assert any("326" in each.what for each in broker.alarms)
    assert any("was not answered" in each.what or "heartbeat" in each.what for each in broker.alarms)
    raised = broker.raised()
    ends = [place for place, each in enumerate(raised) if not each.calls]
    first = [each.what for each in raised[: ends[0]]]
    assert (len(ends), len(first)) == (2, len(set(first)))
    assert broker.raised() == ()


def test_an_answer_that_is_not_whole_is_no_statement(tws, brokers):
    broker = brokers(seconds=0.5)
    broker.submit(ticket(tws))
    tws.control.fill("au-1")
    assert len(broker.statement(tws.control.now()).holdings) == 1
    for message in ("positionEnd", "openOrderEnd", "execDetailsEnd", "accountUpdateMultiEnd"):
        tws.control.fault(Fault(message=message, deed="drop"))
        assert silent(lambda: broker.statement(tws.control.now()))
        stubborn(broker.identity)
    assert len(broker.statement(tws.control.now()).holdings) == 1


# --- what every broker connection must do -------------------------------------------------------------------------


def test_a_closed_connection_is_down_and_is_made_again_by_a_question(tws, brokers):
    broker = brokers()
    broker.identity()
    broker.close()
    assert broker.link.reach is Reach.DOWN
    until(lambda: tws.control.clients() == ())
    assert broker.identity().account == "DU1"


def test_it_passes_the_checks_of_every_broker_connection(tws):
    from allusr_sdk.execution.ibkr import IbkrBroker
    from tests.ibkr.adapter import settings

    tws.control.quote("SPY   260213P00690000", 2.00, 2.04)
    report = check_broker(IbkrBroker, {"settings": settings(tws, seconds=2.0)})
    assert {row.status for row in report.rows} == {Status.PASSED}, report
