"""What raises a level besides m: premium, delta, the day's loss (PE-6); and distances scaled with time (PE-2)."""

from datetime import timedelta
from decimal import Decimal
from math import sqrt

import pytest
from allusr_protocol.engine import Protocol, ProtocolSettings
from allusr_protocol.levels import confirm, distance
from attrs import evolve

from allusr_sdk import Close, Grain, Skip, Watch
from tests.builders import AT, CALL, FRIDAY, NAN, RULES, books, contract, market, quote, shares, short, sleeve_view
from tests.builders import snapshot as board

PROTOCOL = Protocol(ProtocolSettings())
HELD = contract(100)


def rules(**values):
    return RULES.tightened({key.replace("__", ".").replace("_", "-", 1): value for key, value in values.items()})


PREMIUM, DELTA, LOSS = rules(PE_6__premium_stop=3.0), rules(PE_6__delta_stop=0.8), rules(PE_6__day_loss=0.03)


def seen(position, book, *, bid=1.0, ask=1.02, spot=101.0, others=(), grain=Grain.GRID, **more):
    rows = [quote(HELD, bid, ask), *others]
    held = books(position, **more)
    view = sleeve_view(market(board(spot=spot, quotes=rows), grain=grain), held, rules=book)
    found = PROTOCOL.assess(position, view)
    return found, list(PROTOCOL.respond(position, found, view))


def put(**more):
    return short(HELD, price="1.00", **more)


def waiting(level):
    """One sample of five minutes ago reached a level."""
    return put(watch=Watch(rising=level, rising_at=AT - timedelta(minutes=5)))


@pytest.mark.parametrize(("bid", "ask", "level"), [(2.99, 3.01, 3), (2.98, 3.00, 0), (NAN, 3.5, 0), (3.5, 3.1, 0)])
def test_a_mark_of_three_credits_is_level_three_on_the_second_sample(bid, ask, level):
    found, answers = seen(waiting(3), PREMIUM, bid=bid, ask=ask)
    assert found.watch.level == level
    if level:
        assert found.rule == "PE-1 PE-2 PE-4 PE-6"
        assert found.numbers["trigger"] == "premium_stop"
        assert found.numbers["mark"] == "3.00"
        assert [(type(a), a.rule, a.urgent) for a in answers] == [(Close, "PE-11", True)]


def test_one_bad_print_stops_nothing_on_a_grid_but_coarse_data_has_no_second():
    assert seen(put(), PREMIUM, bid=3.1, ask=3.2)[0].watch.level == 0
    assert seen(put(), PREMIUM, bid=3.1, ask=3.2)[0].watch.rising == 3
    assert seen(put(), PREMIUM, bid=3.1, ask=3.2, grain=Grain.EOD)[0].watch.level == 3


def test_all_triggers_are_off_unless_set():
    found, answers = seen(waiting(3), RULES, bid=9.0, ask=9.2, day_start=Decimal("999999"))
    assert found.watch.level == 0
    assert [type(a) for a in answers] == [Skip]


def test_a_trigger_that_goes_on_holds_the_level():
    calm = put(watch=Watch(level=2, rising=2, calm=9, calm_since=AT - timedelta(hours=1)))
    assert seen(calm, PREMIUM, bid=1.0, ask=1.1)[0].watch.level == 1
    assert seen(calm, PREMIUM, bid=3.0, ask=3.1)[0].watch.rising == 3
    held = confirm(calm.watch, -1.0, AT, RULES, raised=2, consecutive=True)
    assert (held.level, held.calm) == (2, 0)


@pytest.mark.parametrize(("spot", "bid", "ask", "level"), [(97.0, 3.0, 3.1, 2), (99.0, 1.3, 1.4, 0), (97.0, NAN, 3, 1)])
def test_a_delta_of_eighty_is_level_two(spot, bid, ask, level):
    found, _ = seen(evolve(waiting(2), price=Decimal(9)), DELTA, spot=spot, bid=bid, ask=ask)
    assert found.watch.level == level
    assert ("trigger" in found.numbers) is (level == 2)
    if level == 2:
        assert found.numbers["trigger"] == "delta_stop"
        assert found.numbers["delta"] <= -0.8


def test_a_day_that_lost_three_percent_at_the_mids_is_level_two():
    lost = {"cash": "100000", "day_start": Decimal("102988")}
    assert seen(waiting(2), LOSS, **lost)[0].watch.level == 0
    found, _ = seen(waiting(2), LOSS, bid=1.0, ask=1.02, **{**lost, "day_start": Decimal("102989")})
    assert found.watch.level == 2
    assert found.numbers["trigger"] == "day_loss"
    assert found.numbers["loss"] == pytest.approx(0.03, abs=1e-5)


def test_a_position_without_a_mid_leaves_the_days_loss_unknown():
    other = short(contract(50, root="MSFT"))
    lost = books(waiting(2), other, day_start=Decimal("200000"))
    view = sleeve_view(market(board(spot=101.0, quotes=[quote(HELD)])), lost, rules=LOSS)
    assert PROTOCOL.assess(waiting(2), view).watch.level == 0
    known = evolve(view, book=books(waiting(2), day_start=Decimal("200000")))
    assert PROTOCOL.assess(waiting(2), known).watch.level == 2


def test_a_days_loss_raises_shares_too_and_covered_calls_know_no_trigger():
    day = {"day_start": Decimal("300000")}
    lot = evolve(shares(), watch=Watch(rising=2, rising_at=AT - timedelta(minutes=5)))
    view = sleeve_view(market(board(spot=101.0)), books(lot, **day), rules=LOSS)
    assert PROTOCOL.assess(lot, view).watch.level == 2
    written = contract(100, right=CALL)
    call = short(written, watch=Watch(rising=2, rising_at=AT - timedelta(minutes=5)))
    strict = rules(PE_6__premium_stop=1.1, PE_6__delta_stop=0.1, PE_6__day_loss=0.01)
    rows = [quote(written, 9.0, 9.2)]
    view = sleeve_view(market(board(spot=100.5, quotes=rows)), books(shares(), call, **day), rules=strict)
    assert PROTOCOL.assess(call, view).watch.level == 0


def test_the_highest_trigger_counts_beside_m():
    both = rules(PE_6__premium_stop=3.0, PE_6__delta_stop=0.8)
    found, _ = seen(waiting(3), both, spot=97.0, bid=3.4, ask=3.5)
    assert found.watch.level == 3
    assert found.numbers["m"] == pytest.approx(1.5)


# --- PE-2 ----------------------------------------------------------------------------------------------------------

SCALED = RULES.tightened({"PE-2.horizon_scaling": "sqrt"})


@pytest.mark.parametrize(("sessions", "factor"), [(4, 2.0), (1, 1.0), (0, 0.5)])
def test_distances_may_be_scaled_with_the_root_of_the_sessions_left(sessions, factor):
    assert distance(short(HELD), 98.0, 2.0, SCALED, sessions=sessions) == pytest.approx(1 / factor)
    assert distance(short(HELD), 98.0, 2.0, RULES, sessions=sessions) == 1.0


def test_the_protocol_counts_the_sessions_and_leaves_shares_as_they_are():
    far = short(contract(100, expiry=FRIDAY + timedelta(days=7)))
    view = sleeve_view(market(board(spot=98.0)), books(far, shares()), rules=SCALED)
    assert PROTOCOL.assess(far, view).m == pytest.approx(1 / sqrt(5))
    assert PROTOCOL.assess(shares(), view).m == pytest.approx(1 / sqrt(5))
