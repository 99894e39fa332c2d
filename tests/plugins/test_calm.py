"""How long a hold stands: within its limits the protocol answers just the same when it is asked again."""

from datetime import UTC, timedelta
from decimal import Decimal
from math import floor, inf, isfinite

import pytest
from allusr_protocol.engine import Protocol, ProtocolSettings
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from allusr_sdk import Grain, Watch, assignment
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.views import Dividend
from tests.builders import (
    AT,
    CALL,
    FRIDAY,
    PUT,
    RULES,
    THURSDAY,
    books,
    contract,
    market,
    quote,
    shares,
    short,
    sleeve_view,
    snapshot,
)

PROTOCOL = Protocol(ProtocolSettings())
OPEN = xnys().session(THURSDAY).open.astimezone(UTC)
EXPIRIES = (THURSDAY, FRIDAY, FRIDAY + timedelta(days=7))
HELD = st.one_of(
    st.builds(lambda day, level: short(contract("100", expiry=day), level=level), st.sampled_from(EXPIRIES),
              st.integers(0, 3)),
    st.builds(lambda day, level: short(contract("100", expiry=day, right=CALL), level=level),
              st.sampled_from(EXPIRIES), st.integers(0, 2)),
    st.builds(lambda level: shares(level=level), st.integers(0, 3)),
)  # fmt: skip
SPOTS = st.integers(9300, 10700).map(lambda cents: cents / 100)
MINUTES = st.integers(0, 77).map(lambda mark: 5 * mark)
WORTHS = st.integers(-60, 300).map(lambda cents: cents / 100)
"""What a mid holds over what exercising gives."""


def seen_at(position, minute, spot, mid, **more):
    """The market of one symbol at a minute of Thursday's session, its one quoted option the position's."""
    at = OPEN + timedelta(minutes=minute)
    quotes = () if position.contract is None else (quote(position.contract, round(mid - 0.01, 2), mid + 0.01, at=at),)
    rules = more.pop("rules", RULES)
    view = market(snapshot(spot=spot, quotes=quotes, at=at), at=at, **more)
    return sleeve_view(view, books(position, shares(count=200)), rules=rules)


def exercised(position, spot):
    """Dollars a share that an option gives when it is exercised."""
    contract = position.contract
    return 0.0 if contract is None else max((100 - spot) * (1 if contract.is_put else -1), 0.0)


def answered(position, view):
    seen = PROTOCOL.assess(position, view)
    return seen, list(PROTOCOL.respond(position, seen, view))


def limits(position, view):
    """What the kernel would remember: the limits of a hold that left the watch as it was."""
    seen, wishes = answered(position, view)
    if seen.watch != position.watch or [type(w).__name__ for w in wishes] != ["Skip"] or wishes[0].numbers:
        return None, wishes
    return PROTOCOL.calm(position, seen, view), wishes


@given(HELD, MINUTES, SPOTS, WORTHS, st.data())
def test_within_the_limits_the_same_is_answered_again(position, minute, spot, worth, data):
    calm, said = limits(position, seen_at(position, minute, spot, max(exercised(position, spot) + worth, 0.05)))
    if calm is None:
        return
    last = int((calm.until - OPEN).total_seconds() // 60) - 1
    assume(minute < last)
    later = data.draw(st.integers(minute + 1, last))
    other = data.draw(st.floats(calm.low, calm.high, exclude_min=True, exclude_max=True))
    over = -60 if calm.time_value is None else floor(calm.time_value * 100)
    new_mid = max(exercised(position, other) + data.draw(st.integers(over, over + 200)) / 100, 0.05)
    view = seen_at(position, later, other, new_mid)
    assume(calm.low < view.fresh("AAPL").spot < calm.high)
    assume(calm.above is None or new_mid > calm.above + 0.01)
    bid = round(new_mid - 0.01, 2)
    assume(calm.time_value is None or bid - exercised(position, view.fresh("AAPL").spot) > calm.time_value)
    seen, again = answered(position, view)
    assert again == said
    assert seen.watch == position.watch


@given(st.sampled_from(("100", "103", "96")), st.booleans(), SPOTS, WORTHS, st.data())
def test_no_early_exercise_is_likelier_than_the_most_that_is_told_for_the_limits(strike, put, spot, worth, data):
    held = contract(strike, expiry=FRIDAY + timedelta(days=7), right=PUT if put else CALL)
    gap = (float(strike) - spot) * (1 if put else -1)
    assume(gap > 0)
    paid = {"AAPL": (Dividend("AAPL", FRIDAY, data.draw(st.sampled_from((Decimal("0.20"), Decimal("1.10"))))),)}
    dividends = data.draw(st.sampled_from(({}, paid)))
    wide = data.draw(st.integers(2, 40)) / 100
    bid = gap + worth
    assume(bid > 0)
    at = OPEN + timedelta(minutes=60)
    one = quote(held, bid, bid + wide, at=at)
    view = evolve(market(snapshot(spot=spot, quotes=(one,), at=at), at=at), dividends=dividends)
    further = spot - data.draw(st.floats(0, 3)) if put else spot + data.draw(st.floats(0, 3))
    less = worth - data.draw(st.floats(0, 1))
    most = assignment.most_before_expiry(one, view, spot=further, time_value=less)
    assert assignment.before_expiry(one, view) <= most + 1e-9


@pytest.mark.parametrize("spot", [103.3, 104.6, 100.2])
def test_a_put_out_of_the_money_stands_whatever_its_quote_is(spot):
    calm, _ = limits(short(contract("100")), seen_at(short(contract("100")), 60, spot, 1.0))
    assert (calm.above, calm.time_value) == (None, None)


@pytest.mark.parametrize(("right", "spot"), [(PUT, 96.4), (CALL, 103.6)])
def test_an_option_in_the_money_stands_while_its_bid_holds_time_value(right, spot):
    position = short(contract("100", expiry=FRIDAY + timedelta(days=7), right=right), level=1)
    position = evolve(position, watch=evolve(position.watch, prepared=THURSDAY))
    calm, _ = limits(position, seen_at(position, 60, spot, 4.5))
    assert calm.low < spot < calm.high
    assert -0.5 < calm.time_value < 0.9
    at_parity = seen_at(position, 60, spot, 3.0)
    assert [type(wish).__name__ for wish in answered(position, at_parity)[1]] == ["Close"]


def test_a_put_at_level_1_stands_on_any_sound_quote_where_no_early_exercise_can_be():
    position = short(contract("100", expiry=FRIDAY + timedelta(days=7)), level=1)
    prepared = evolve(position, watch=evolve(position.watch, prepared=THURSDAY))
    calm, _ = limits(prepared, seen_at(prepared, 60, 98.4, 2.5))
    assert isfinite(calm.time_value)
    last = evolve(short(contract("100", expiry=THURSDAY), level=1), watch=prepared.watch)
    assert limits(last, seen_at(last, 60, 98.4, 2.5))[0].time_value == -inf
    unquoted = sleeve_view(market(snapshot(spot=98.4), at=AT), books(last))
    assert limits(last, unquoted)[0] is None


@pytest.mark.parametrize(("right", "outside", "inside", "edge"), [
    (PUT, 100.3, 100.2, 100.2506), (CALL, 99.7, 99.8, 99.7506),
])  # fmt: skip
def test_in_its_last_hour_an_option_stands_out_of_the_money_and_off_the_pin_band_alone(right, outside, inside, edge):
    position = short(contract("100", expiry=THURSDAY, right=right), price="0.03")
    calm, _ = limits(position, seen_at(position, 340, outside, 0.05))
    assert (calm.low if right is PUT else calm.high) == pytest.approx(edge, abs=2e-4)
    assert calm.until > xnys().session(THURSDAY).close
    assert limits(position, seen_at(position, 340, inside, 0.05))[0] is None
    easy = RULES.what_if({"CC-6.prep": "0.4"})
    assert limits(position, seen_at(position, 340, outside, 0.05, rules=easy))[0] is None


def test_a_call_stands_until_the_manage_window_and_only_while_its_mid_is_over_what_is_bought_back():
    position = short(contract("105", right=CALL), price="2.00")
    calm, _ = limits(position, seen_at(position, 60, 100.3, 1.0))
    assert calm.until == xnys().session(THURSDAY).close - timedelta(minutes=90)
    assert 0.70 < calm.above < 0.75


def test_a_call_rests_on_its_shares_alone_before_the_manage_window_and_in_it_on_all_books():
    position = short(contract("105", right=CALL, expiry=FRIDAY + timedelta(days=7)), price="2.00")
    early, late = seen_at(position, 60, 100.3, 1.0), seen_at(position, 300, 100.3, 1.0)
    calm, _ = limits(position, early)
    assert calm.alone
    assert calm.beside is early.book.positions["gen_acc:AAPL"]
    calm, _ = limits(position, late)
    assert (calm.alone, calm.beside) == (False, None)
    bare = sleeve_view(early.market, books(position))
    assert not limits(position, bare)[0].alone


def test_the_close_alone_ends_no_hold():
    for position in (shares(), short(contract("100"))):
        calm, _ = limits(position, seen_at(position, 60, 103.3, 1.0))
        assert calm.until > xnys().session(THURSDAY).close


def test_shares_have_no_roll_to_prepare_so_theirs_is_a_hold_that_stands_over_that_threshold_too():
    prepares, (_, second, _) = RULES.number("PE-2.prepare_gen"), RULES.numbers("PE-2.levels")
    position = shares(level=1)
    view = seen_at(position, 60, 93.4, 1.0)
    assert prepares < PROTOCOL.assess(position, view).m < second
    calm, _ = limits(position, view)
    assert calm is not None
    assert calm.alone


def test_what_waits_for_a_second_sample_does_not_stand():
    position = evolve(short(contract("100")), watch=Watch(level=0, rising=1, rising_at=OPEN))
    view = seen_at(position, 60, 103.3, 1.0)
    seen = PROTOCOL.assess(position, view)
    assert PROTOCOL.calm(position, evolve(seen, watch=position.watch), view) is None


def test_coarse_data_and_triggers_that_look_at_quotes_are_asked_for_each_time():
    position = short(contract("100"))
    assert limits(position, seen_at(position, 60, 103.3, 1.0, grain=Grain.COARSE))[0] is None
    for key, value in {"PE-6.premium_stop": "1.5", "PE-6.delta_stop": "0.5", "PE-6.day_loss": "0.5"}.items():
        rules = RULES.what_if({key: value})
        assert limits(position, seen_at(position, 60, 103.3, 1.0, rules=rules))[0] is None
