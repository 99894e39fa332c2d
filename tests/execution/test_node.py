"""Nautilus's live node under a run: it lives as it is stepped, fails aloud, and leaves nothing behind."""

import signal
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import InstrumentId

from allusr_sdk.errors import KernelError
from allusr_sdk.execution.brokered import BrokerVenue
from allusr_sdk.execution.instruments import contract_id, named, option, spread, underlying
from allusr_sdk.execution.venue import Ears
from allusr_sdk.ledger.book import Fold
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import OrderChanged
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook
from tests.builders import contract
from tests.crash.near import Near

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGABRT)


class House:
    """A venue over a broker, orders by hand, and all that it said."""

    def __init__(self, make, **options):
        self._make, self.orders, self.said, self.fault = make, (), [], None
        self.near = Near.of(**options)
        ears = Ears(self._decide, self._heard, lambda fill, tag: None)
        fold = Fold()
        self.venue = BrokerVenue(ears, Rulebook.default(), self.near.connection(), lambda: fold.book)
        self.venue.build((), Decimal(0))

    def _decide(self, view):
        due, self.orders = self.orders, ()
        return due

    def _heard(self, event, at):
        if self.fault is not None and isinstance(event, OrderChanged):
            raise self.fault
        self.said.append(((at - self._make.clock("10:00")).total_seconds(), event))

    def at(self, text, *orders):
        self.orders, calendar = orders, xnys()
        at = self._make.clock(text)
        self.venue.advance(
            MarketView(at, calendar.session(self._make.day), calendar, Grain.GRID, {}, None, None, {})
        )  # fmt: skip

    @property
    def submitted(self):
        return [e.reference for e in self.near.control.journal() if e.who == "engine" and e.verb == "submit"]


@pytest.fixture
def house(make):
    """Makes houses and ends their nodes."""
    made = []

    def build(**options):
        made.append(House(make, **options))
        return made[-1]

    yield build
    for one in made:
        one.venue.dispose()


def sale(make, key="sleeve.260212.100000.XYZ.sell-v1", prices=("1.05", "1.00")):
    return make.order(bid="1.00", ask="1.10", prices=prices, key=key)


def test_a_desk_over_a_broker_lives_in_a_live_node_and_its_orders_walk_by_the_markets_time(house, make):
    one = house(fills="touch")
    assert isinstance(one.venue.node, TradingNode)
    assert one.venue.node.trader.is_running
    one.at("10:00", sale(make))
    one.at("10:01")
    assert [(at, e.kind, getattr(e, "status", "")) for at, e in one.said] == [
        (0, "OrderChanged", "accepted"),
        (10, "OrderChanged", "repriced"),
        (10, "Filled", ""),
    ]


def test_making_and_ending_a_node_leaves_signals_and_threads_as_they_were(house, make):
    def standing():
        return [signal.getsignal(one) for one in SIGNALS], threading.enumerate()

    before = standing()
    one = house()
    one.at("10:00", sale(make))
    one.venue.dispose()
    assert standing() == before


def test_an_error_of_nautilus_stops_the_run_and_not_the_process(house):
    one = house()
    one.venue.node.kernel.msgbus.send(endpoint="RiskEngine.process", msg="no event")
    with pytest.raises(KernelError, match="nautilus's node has stopped: Unexpected exception in event queue"):
        one.at("10:00")


def test_an_error_of_ours_comes_out_as_it_is_and_what_was_still_to_be_sent_is_not_sent(house, make):
    one = house()
    one.fault = ZeroDivisionError("of ours")
    with pytest.raises(ZeroDivisionError, match="of ours"):
        one.at("10:00", sale(make), sale(make, "sleeve.260212.100000.XYZ.sell-v2"))
    one.venue.dispose()
    assert len(one.submitted) == 1


def test_alerts_come_by_instant_and_name_as_in_the_engine_those_too_that_an_alert_has_set(house, make):
    one, rung = house(), []
    one.at("10:00")
    clock, start = one.venue.desk.clock, make.clock("10:00")

    def alert(name, seconds, then=lambda: None):
        def ring(event):
            rung.append((name, (event.ts_event - began) // 10**9, (clock.timestamp_ns() - began) // 10**9))
            then()

        clock.set_time_alert(name, start + timedelta(seconds=seconds), ring)

    began = clock.timestamp_ns()
    alert("last", 300)
    alert("first", 60, lambda: alert("between", 90))
    alert("second", 120)
    alert("another", 120)
    one.at("10:05")
    assert rung == [
        ("first", 60, 60),
        ("between", 90, 90),
        ("another", 120, 120),
        ("second", 120, 120),
        ("last", 300, 300),
    ]


@pytest.mark.parametrize("made", [
    underlying("BRK.B"), underlying("SPX"), option(contract(100)), option(contract("12.5", right=Right.CALL)),
    option(Contract.parse("AAPL1 260213P00100000", adjusted=True)), spread(contract(100), contract(95)),
], ids=lambda made: made.id.value)  # fmt: skip
def test_an_instrument_is_made_of_its_name_alone(made):
    again = named(made.id)
    assert type(again) is type(made)
    assert again.to_dict(again) == made.to_dict(made)


def test_what_names_no_instrument_is_refused():
    with pytest.raises(ValueError, match="not an OSI option symbol"):
        named(InstrumentId.from_str("AAPL260213X00100000.SIM"))
    assert contract_id(contract(100)) == option(contract(100)).id
