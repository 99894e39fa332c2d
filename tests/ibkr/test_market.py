"""The world behind the protocol, under a market: quotes follow snapshots, sessions end, nights book what expired."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite

import msgspec
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ib_async import LimitOrder, Stock

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.testing.brokerage import Rules
from allusr_sdk.testing.tws.codec import decode
from allusr_sdk.testing.tws.lines import Line
from allusr_sdk.testing.tws.records import Quoted
from allusr_sdk.testing.tws.requests import REQUESTS
from allusr_sdk.testing.tws.starting import Setting, begin
from tests.ibkr.asked import words
from tests.ibkr.flows import option
from tests.ibkr.wire import LOWER, PUT, QUOTES

MONDAY, FRIDAY = date(2026, 2, 9), date(2026, 2, 13)


def world(folder, *, fills="touch", partial=0, **market):
    """A new world, or the one of this folder."""
    rules = Rules(fills=fills, partial=partial)
    setting = Setting(accounts={"DU1": Decimal(1_000_000)}, rules=rules, **market)
    return begin(setting, folder / "tws.json")


@pytest.fixture
def week(tmp_path):
    """A week of SPY in the synthetic market, at its first snapshot."""
    return world(tmp_path, symbols=("SPY",), first=MONDAY, last=FRIDAY)


@pytest.fixture
def still(tmp_path):
    """No market: what is quoted here."""
    made = world(tmp_path, market="none", fills="never")
    quote(made)
    return made


def quote(made, **other):
    for name, (bid, ask) in (QUOTES | other).items():
        made.quote(name, Quoted(at=made.state.now, bid=bid, ask=ask))


def place(made, name, number=1, side="SELL", lots=1, limit=None, **more):
    """Place a limit order at the near touch, or at a limit."""
    shown = made.shown(name)
    price = limit if limit is not None else shown.bid if side == "SELL" else shown.ask
    order = LimitOrder(side, lots, price, orderRef=f"au-{number}", account="DU1", **{"tif": "DAY", **more})
    kind, *fields = words("placeOrder", number, named(name), order)
    message, wrong = decode(REQUESTS[int(kind)], fields)
    assert wrong == ()
    made.place(7, message)
    return made.found(7, number)


def named(name):
    return option(name) if " " in name else Stock(name, "SMART", "USD")


def near(made, expiry, right=Right.PUT, out=0.0):
    """The listed option of an expiry whose strike is nearest to the spot, or to so far out of the money."""
    spot = made.shown("SPY").mark - (out if right is Right.PUT else -out)
    listed = [each for each in made.listed("SPY") if (each.expiry, each.right) == (expiry, right)]
    return min(listed, key=lambda each: abs(float(each.strike) - spot))


def new_york(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


def test_the_clock_begins_at_the_first_snapshot_and_walks_from_one_to_the_next(week):
    assert week.state.now == new_york(MONDAY, 9, 30)
    week.advance(week.market.next_at)
    assert week.state.now == new_york(MONDAY, 9, 35)
    assert week.shown("SPY").at == week.state.now


def test_quotes_are_the_snapshots_with_greeks_of_their_middle(week):
    name = near(week, FRIDAY).osi
    shown, quoted = week.shown(name), week.market.view.snapshots["SPY"].quotes([Contract.parse(name)])[0]
    assert (shown.bid, shown.ask, shown.open_interest) == (quoted.bid, quoted.ask, quoted.open_interest)
    assert -0.6 < shown.delta < -0.4
    assert shown.theta < 0 < shown.vega


def test_only_what_changed_is_ticked(week):
    line = Line(number=4, instrument="SPY", generics=frozenset(), snapshot=False)
    first = list(line.ticks(week.shown("SPY"), week.state.now, greeks=True))
    assert {name for name, _ in first} == {"tickPrice", "tickString"}
    assert list(line.ticks(week.shown("SPY"), week.state.now, greeks=True)) == []
    week.advance(week.market.next_at)
    assert ("tickString", 45) in [(n, v["tickType"]) for n, v in line.ticks(week.shown("SPY"), None, greeks=True)]


def test_a_day_order_ends_with_its_session_and_one_that_comes_after_waits_for_the_next(week):
    order = place(week, near(week, FRIDAY).osi, limit=500)
    assert order.until == new_york(MONDAY, 16)
    week.advance(new_york(MONDAY, 15, 59))
    assert week.found(7, 1).working
    week.advance(new_york(MONDAY, 17))
    assert (week.found(7, 1).status, week.found(7, 1).ended) == ("Cancelled", new_york(MONDAY, 16))
    late = place(week, near(week, FRIDAY).osi, number=2, limit=500)
    assert (late.status, late.until) == ("PreSubmitted", new_york(date(2026, 2, 10), 16))
    week.advance(new_york(date(2026, 2, 10), 9, 30))
    assert week.found(7, 2).status == "Submitted"


def test_a_put_that_expires_in_the_money_is_assigned_overnight(week):
    far, deep = near(week, FRIDAY, out=30), near(week, FRIDAY, out=-30)
    for number, each in enumerate((far, deep), start=1):
        assert place(week, each.osi, number=number).status == "Filled"
    week.advance(new_york(FRIDAY, 20))
    books = week.state.accounts["DU1"]
    assert books.holdings == {far.osi: -1, deep.osi: -1}
    week.advance(new_york(date(2026, 2, 14), 2))
    assert books.holdings == {"SPY": 100}
    booked = [fill for fill in week.state.fills if not fill.perm_id]
    assert sorted((f.instrument, f.price) for f in booked) == [
        ("SPY", deep.strike), (far.osi, 0), (deep.osi, 0),
    ]  # fmt: skip
    assert all(fill.at.astimezone(NEW_YORK).hour < 3 for fill in booked)
    books.check()


def test_a_night_without_executions_is_told_by_positions_alone(tmp_path):
    made = world(tmp_path, symbols=("SPY",), first=MONDAY, last=MONDAY)
    made.state.manners = evolve(made.state.manners, told_nights=False)
    put = near(made, MONDAY, out=-20)
    place(made, put.osi)
    made.changed()
    made.advance(new_york(date(2026, 2, 10), 3))
    assert made.changed() == {"DU1": [put.osi, "SPY"]}
    assert [fill.perm_id for fill in made.state.fills] == [made.found(7, 1).perm_id]


def test_what_fills_in_parts_goes_on_with_each_snapshot(tmp_path):
    made = world(tmp_path, symbols=("SPY",), first=MONDAY, last=MONDAY, partial=2)
    place(made, near(made, FRIDAY).osi, lots=5)
    found = [made.found(7, 1).filled]
    while made.found(7, 1).working and made.market.next_at.hour < 16:
        made.advance(made.market.next_at)
        found.append(made.found(7, 1).filled)
    assert found[:3] == [2, 4, 5]


def test_a_world_goes_on_where_its_state_stands_with_the_same_market(tmp_path):
    first = world(tmp_path, symbols=("SPY",), first=MONDAY, last=FRIDAY)
    name = near(first, FRIDAY).osi
    place(first, name, lots=2)
    first.advance(first.state.now + timedelta(hours=2))
    (tmp_path / "tws.json").write_bytes(msgspec.json.encode(first.state))
    again = world(tmp_path, symbols=("SPY",), first=MONDAY, last=FRIDAY)
    assert again.state == first.state
    assert str(again.shown(name)) == str(first.shown(name))
    assert again.registry.id(name) == first.registry.id(name)


def test_the_week_of_february_2026_is_shown_snapshot_by_snapshot(tmp_path, data_dir):
    made = world(
        tmp_path, market=f"chains:{data_dir / 'chains_2026_02'}", daily=data_dir / "daily", first=date(2026, 2, 11),
        last=FRIDAY,
    )  # fmt: skip
    seen = []
    while made.market.next_at is not None:
        made.advance(made.market.next_at)
        seen.append(made.state.now)
    assert seen == sorted(seen)
    assert {at.astimezone(NEW_YORK).date() for at in seen} == {date(2026, 2, day) for day in (11, 12, 13)}
    assert made.market.knows("VIX")
    assert isfinite(made.shown("VIX").last)
    assert not isfinite(made.shown("SPY").bid)
    assert {each.underlying for symbol in ("SPY", "AAPL", "NVDA") for each in made.listed(symbol)} == {
        "SPY", "AAPL", "NVDA",
    }  # fmt: skip


def test_an_index_of_which_only_closes_are_known_has_bars_of_them(week):
    bars, shares = week.market.bars("VIX", 3), week.market.bars("SPY", 3)
    assert [bar.day for bar in bars] == [bar.day for bar in shares]
    assert [bar.close for bar in bars] == list(week.market.view.vix.closes[-3:])


def test_an_order_without_margin_is_refused_where_that_is_checked(still):
    refused = place(still, PUT, lots=900)
    assert (refused.status, refused.why[:14]) == ("Inactive", "Order rejected")
    still.state.manners = evolve(still.state.manners, check_margin=False)
    assert place(still, PUT, number=2, lots=900).status == "Submitted"


def test_drawn_fills_are_the_same_whenever_they_are_drawn(tmp_path):
    found = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        made = world(tmp_path / folder, market="none", fills="seeded")
        quote(made)
        for number in range(1, 21):
            place(made, PUT, number=number, limit=4.02)
        found.append([order.status for order in made.state.orders.values()])
    assert found[0] == found[1]
    assert set(found[0]) == {"Filled", "Submitted"}


def _newest(books):
    return {each.id for each in books.effective()}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deeds=st.lists(
        st.tuples(
            st.sampled_from(["sell", "buy", "assign", "expire", "split", "dividend", "liquidate", "correct", "shift"]),
            st.sampled_from([PUT, LOWER, "SPY"]),
            st.integers(1, 4),
        ),
        max_size=20,
    )
)
def test_books_add_up_after_anything_that_can_happen(still, deeds):
    still.renew()
    quote(still)
    books = still.state.accounts["DU1"]
    for number, (deed, name, count) in enumerate(deeds, start=1):
        held, price = books.holdings.get(name, 0), Decimal(count)
        if deed in ("sell", "buy"):
            order = place(still, name, number=number, side=deed.upper(), lots=count, limit=float(price))
            if order is not None and order.working:
                still.fill(order, count, price)
        elif deed == "assign" and held <= -count and name != "SPY":
            books.assign(name, count)
        elif deed == "expire" and held and name != "SPY":
            books.expire(name)
        elif deed == "dividend":
            books.dividend("SPY", price)
        elif deed == "shift":
            books.shift(price)
        elif deed == "liquidate" and abs(held) >= count:
            still.liquidate("DU1", name, count, price)
        elif deed == "correct":
            for fill in [each for each in still.state.fills if each.fee and each.id in _newest(books)][-1:]:
                still.correct(fill.id, price, None)
        books.check()
        assert set(books.costs) >= set(books.holdings)
    worth = books.worth(still.price)
    marks = {name: still.price(name) or books.average(name) / (100 if " " in name else 1) for name in books.holdings}
    owned = sum(count * marks[name] * (100 if " " in name else 1) for name, count in books.holdings.items())
    assert abs(worth.nav - books.cash - owned) < Decimal("0.05")
