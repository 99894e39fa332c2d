"""Trouble at the venue: rejections, executions in parts, executions reported twice, a line that is cut."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk.execution.faults import Faults
from allusr_sdk.model.events import Filled, IntentRecorded

D = Decimal
KEY = "sleeve.260212.100000.XYZ.sell-v1"
LADDER = ["1.20", "1.19", "1.18", "1.17"]


def test_a_rejected_order_ends_at_once_and_is_not_sent_again(bench, make):
    one = bench(faults=Faults(reject=1.0))
    one.at("10:00", make.order(bid="1.69", ask="1.70", prices=["1.69"], key=KEY))
    one.flush()
    ((at, ended),) = one.said
    assert (at, ended.status, ended.rule) == (0.0, "rejected", "ORD-1")
    assert not one.venue.desk.working


def test_a_share_of_orders_is_rejected_by_seed_and_key_alone(bench, make):
    told = []
    for _ in range(2):
        one = bench(faults=Faults(seed=3, reject=0.4))
        one.at("10:00", *(
            make.order(make.put(100 + n), bid="1.00", ask="1.10", prices=["1.00"], key=f"s.{n}") for n in range(30)
        ))  # fmt: skip
        one.flush()
        told.append({e.key for _, e in one.said if getattr(e, "status", "") == "rejected"})
        assert len(one.fills) == 30 - len(told[-1])
    assert told[0] == told[1]
    assert 0 < len(told[0]) < 30


def test_an_order_that_fills_in_parts_ends_with_what_it_got(bench, make):
    """Each execution takes two fifths of what is left; the rest goes when the ladder has ended."""
    one = bench(faults=Faults(partial=0.4))
    one.at("10:00", make.order(quantity=-10, bid="1.00", ask="1.40", prices=["1.20", "1.00"], key=KEY))
    one.flush()
    assert [fill.quantity for fill in one.fills] == [-4, -2]
    assert len({fill.execution for fill in one.fills}) == 2
    assert one.statuses(KEY)[-1][1] == "canceled"
    assert not one.venue.desk.working


def test_a_part_is_at_least_one_contract(bench, make):
    one = bench(faults=Faults(partial=0.4))
    one.at("10:00", make.order(quantity=-2, bid="1.00", ask="1.40", prices=["1.00"], key=KEY))
    one.flush()
    assert [fill.quantity for fill in one.fills] == [-1, -1]


def test_a_combo_fills_whole(bench, make):
    held = make.held(make.put(270), -5, "1.69", first_credit="1.69")
    one = bench(positions=[held], faults=Faults(partial=0.5))
    one.at("10:00", make.roll(
        buy=(make.put(270), "8.00", "8.10"), sell=(make.put(260, make.day.replace(day=20)), "3.70", "3.80"),
        prices=["4.40"], position=held, quantity=5,
    ))  # fmt: skip
    one.flush()
    assert [fill.quantity for fill in one.fills] == [5, -5]


def test_an_execution_that_is_reported_twice_has_one_name(bench, make):
    one = bench(faults=Faults(duplicate_fills=1.0))
    one.at("10:00", make.order(bid="1.69", ask="1.70", prices=["1.69"], key=KEY))
    one.flush()
    first, second = one.fills
    assert first == second


# --- a line that is cut ---------------------------------------------------------------------------------------------


def cut(after=1, seconds=600.0):
    return Faults(disconnect_after=after, disconnect_seconds=seconds)


def test_what_is_sent_over_a_cut_line_is_asked_about_when_it_is_mended_and_only_then_sent_again(bench, make):
    one = bench(faults=cut(seconds=20.0))
    first = make.order(make.put(99), bid="1.69", ask="1.70", prices=["1.69"], key="s.1-v1")
    second = make.order(bid="1.00", ask="1.40", prices=LADDER, key="s.2-v1")
    one.at("10:00", first, second)
    one.flush()
    assert [fill.key for fill in one.fills] == ["s.1-v1"]
    (sent,) = (at for at, e in one.said if isinstance(e, IntentRecorded))
    assert 20.0 <= sent <= 23.0
    assert all(at >= 20.0 for at, e in one.said if e.key != "s.1-v1")
    assert not one.venue.desk.working


def test_a_line_that_stays_cut_beyond_the_ladder_ends_the_order(bench, make):
    one = bench(faults=cut(after=0))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.flush()
    assert [(e.kind, getattr(e, "status", "")) for _, e in one.said] == [("OrderChanged", "denied")]
    assert one.said[0][0] <= 10.0 * len(LADDER) + 3


def test_what_works_at_the_venue_stands_still_while_the_line_is_cut(bench, make):
    one = bench(faults=cut(seconds=35.0))
    one.at("10:00", make.order(make.put(99), bid="1.00", ask="1.40", prices=LADDER, key="s.1-v1"),
           make.order(bid="1.00", ask="1.40", prices=LADDER, key="s.2-v1"))  # fmt: skip
    one.flush()
    assert [(at, status) for at, status, _ in one.statuses("s.1-v1")] == [
        (0.0, "accepted"), (40.0, "repriced"), (50.0, "repriced"), (60.0, "repriced"), (70.0, "canceled"),
    ]  # fmt: skip


def test_a_cancellation_waits_for_the_line_and_keeps_its_reason(bench, make):
    one = bench(faults=cut(seconds=25.0))
    one.at("10:00", make.order(make.put(99), bid="1.00", ask="1.40", prices=LADDER, key="s.1-v1"),
           make.order(bid="1.00", ask="1.40", prices=LADDER, key="s.2-v1"))  # fmt: skip
    one.venue.desk.cancel({"s.1-v1": ("KS-6", "halt")})
    one.flush()
    ((at, ended),) = [(at, e) for at, e in one.said if getattr(e, "status", "") == "canceled" and e.key == "s.1-v1"]
    assert (at, ended.rule, ended.reason) == (30.0, "KS-6", "halt")


def test_every_session_counts_anew(bench, make):
    """So a restart in the morning meets the same trouble."""
    one = bench(faults=cut(after=1, seconds=5 * 3600.0))
    for day in (make.day, make.day.replace(day=13)):
        orders = [make.order(make.put(90 + n), bid="1.69", ask="1.70", prices=["1.69"]) for n in (1, 2)]
        one.at("10:00", *(evolve(order, key=f"s.{day.day}.{n}") for n, order in enumerate(orders, 1)), day=day)
        one.flush(day=day)
    assert [fill.key for fill in one.fills] == ["s.12.1", "s.13.1"]


def test_what_never_arrived_ends_with_its_cancellation_and_is_not_sent_again(bench, make):
    one = bench(faults=cut(after=0, seconds=5.0))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key="s.1-v1"))
    one.venue.desk.cancel({"s.1-v1": ("KS-6", "halt")})
    one.flush()
    assert [(e.kind, e.key, e.status, e.rule) for _, e in one.said] == [("OrderChanged", "s.1-v1", "canceled", "KS-6")]


def test_nothing_works_beyond_the_close_whatever_the_line_does(bench, make):
    one = bench(faults=cut(after=1, seconds=3600.0))
    one.at("15:59:50", make.order(make.put(99), bid="1.00", ask="1.40", prices=LADDER, key="s.1-v1"),
           make.order(bid="1.00", ask="1.40", prices=LADDER, key="s.2-v1"))  # fmt: skip
    one.flush()
    assert not one.venue.desk.working
    assert not any(isinstance(e, Filled) for _, e in one.said)
    assert {e.key for _, e in one.said if getattr(e, "status", "") in ("canceled", "denied")} == {"s.1-v1", "s.2-v1"}
