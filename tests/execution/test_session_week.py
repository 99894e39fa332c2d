"""Pins let go in the morning, what week was before, and what is said between two instants."""

from datetime import timedelta

import pytest

from allusr_sdk.errors import BreakError
from allusr_sdk.execution.venue import Venue
from allusr_sdk.kernel.commands import Command
from allusr_sdk.model.views import EarlyExercise, Grain
from tests.builders import FRIDAY, THURSDAY, moment
from tests.execution.mornings import NEXT, TUESDAY, D

TIGHT = (1.00, 1.01, 5000, 5000)


@pytest.fixture
def put(make):
    """The SPY 100 put of Friday."""
    return make.put(100, FRIDAY, root="SPY")


def told(run, kind):
    return [entry.event for entry in run.entries(kind=kind)]


@pytest.mark.parametrize(("price", "pinned"), [("100.00", True), ("100.50", True), ("100.51", False)])
def test_a_put_that_ends_within_half_a_percent_stays_reserved_until_morning(play, script, make, put, price, pinned):
    later = make.put(99, NEXT, root="SPY")
    market = script().at("10:00", {put: TIGHT}).close().close(day=FRIDAY, SPY=price)
    run = play(market.at("10:00", {later: TIGHT}, day=TUESDAY).close(day=TUESDAY), fills="touch")
    pins = [(e.at, e.event.reserved) for e in run.entries(kind="Pinned")]
    friday = [e.reserved for e in told(run, "Valued") if e.day == FRIDAY]
    if not pinned:
        assert (pins, friday) == ([], [D("0.00")])
        return
    assert pins == [(moment(FRIDAY, "16:15"), D("30000.00")), (moment(TUESDAY, "08:30"), D("0.00"))]
    assert friday == [D("30000.00")]
    first, last = told(run, "Pinned")
    assert first.why == "UNKNOWN until morning: its holder may exercise until 17:30, within 0.5% of the strike"
    assert (first.rule, last.why) == ("LQ-6 CAD-10", "not exercised by the morning: let go")
    assert run.book.ledgers["seller"].reserved == D("29700")


def test_cash_settled_options_pin_nothing(play, script, make):
    put = make.put(100, FRIDAY, root="XSP")
    market = script().at("10:00", {put: TIGHT}, symbol="XSP").close().close(day=FRIDAY, XSP="100.10")
    run = play(market, sets=['sleeves.seller.symbols=["XSP"]'], fills="touch")
    assert told(run, "Expired")
    assert not told(run, "Pinned")


def test_a_week_is_typed_half_an_hour_after_its_last_close_and_again_next_morning(play, script, put):
    market = script().at("10:00", {put: TIGHT}).close().close(day=FRIDAY, SPY="98.50").close(day=TUESDAY)
    run = play(market, fills="touch")
    typed = [(e.at, e.event.ledger, e.event.week, e.event.status) for e in run.entries(kind="WeekTyped")]
    cut, morning = moment(FRIDAY, "16:30"), moment(TUESDAY, "08:30")
    assert typed == [
        (cut, "seller", "2026-W07", "PROVISIONAL"), (cut, "", "2026-W07", "PROVISIONAL"),
        (morning, "seller", "2026-W07", "FINAL"), (morning, "", "2026-W07", "FINAL"),
    ]  # fmt: skip


def test_an_assignment_of_the_last_night_still_counts_for_its_week(play, script, make):
    put = make.put(100, NEXT, root="SPY")
    market = script().at("10:00", {put: TIGHT}).close().at("15:00", {put: (4.9, 5.1, 9, 9)}, day=FRIDAY, spot=95.0)
    market.close(day=FRIDAY, SPY="95.00")
    forced = EarlyExercise("SPY", TUESDAY, put=True)
    run = play(market.at("10:00", {}, day=TUESDAY, actions=[forced]).close(day=TUESDAY), fills="touch")
    assert [e.effective for e in told(run, "Assigned")] == [FRIDAY]
    finals = [e for e in told(run, "WeekTyped") if e.status == "FINAL"]
    assert {(e.assignments, "ASSIGNMENT" in e.labels) for e in finals} == {(3, True)}


WIDE = (1.00, 1.40, 5000, 5000)


def killing(text, **more):
    return Command(at=moment(clock=text), action="kill", actor="Ann", reason="enough", **more)


def test_a_kill_between_two_instants_cancels_what_works_at_once(play, script, put):
    market = script(Grain.GRID).at("10:00", {put: WIDE}).at("10:05", {put: WIDE}).close()
    run = play(market, what_if=("lq_1.spread=1",), fills="touch", commands=(killing("10:00:15"),))
    (switch,) = run.entries(kind="SwitchChanged")
    assert (switch.at, switch.event.cause, switch.event.after) == (moment(clock="10:00:15"), "USER", "SAFE")
    ended = [(e.at, e.event.status) for e in run.entries(kind="OrderChanged") if e.event.status == "canceled"]
    assert ended == [(moment(clock="10:00:15"), "canceled")]
    assert [e.status for e in told(run, "OrderChanged")].count("repriced") == 1
    assert len(told(run, "IntentRecorded")) == 1


def test_commands_are_obeyed_in_order_and_late_ones_never(play, script, put):
    late = Command(at=moment(NEXT, "10:00"), action="kill")
    again = Command(at=moment(FRIDAY, "07:00"), action="kill", closes=False, actor="Ann", reason="all of it")
    market = script().at("10:00", {put: TIGHT}).at("10:05", {put: TIGHT}).close()
    run = play(market.close(day=FRIDAY, SPY="101.00"), fills="touch", commands=(late, again, killing("10:03")))
    assert [(e.at, e.event.after) for e in run.entries(kind="SwitchChanged")] == [
        (moment(clock="10:03"), "SAFE"), (moment(FRIDAY, "07:00"), "HALT"),
    ]  # fmt: skip


def test_a_command_that_is_refused_is_journaled_and_the_run_goes_on(play, script, put):
    unsigned = Command(at=moment(clock="10:03"), action="rearm")
    market = script().at("10:00", {put: TIGHT}).at("10:05", {put: TIGHT}).close()
    run = play(market, fills="touch", commands=(killing("10:01"), unsigned))
    assert any("rearm refused" in e.why for e in told(run, "Decided"))
    assert run.book.switches == {"USER": "SAFE"}
    assert told(run, "Valued")


def test_a_break_found_in_the_morning_ends_the_run_in_audit(play, script, make, monkeypatch):
    put = make.put(100, NEXT, root="SPY")
    checks, check = [], Venue.check

    def breaking(self, positions, cash):
        checks.append(cash)
        if len(checks) == 2:
            raise BreakError("B09 cash: books hold 1, the venue 2")
        return check(self, positions, cash)

    monkeypatch.setattr(Venue, "check", breaking)
    market = script().at("10:00", {put: TIGHT}).at("15:55", {put: TIGHT}, spot=95.0).close()
    forced = EarlyExercise("SPY", FRIDAY, put=True)
    with pytest.raises(BreakError, match="B09"):
        play(market.at("10:00", {put: TIGHT}, day=FRIDAY, actions=[forced]), fills="touch")
    *_, broken, last = play.journal.entries()
    assert (broken.kind, broken.at) == ("Broken", moment(FRIDAY, "08:30"))
    assert (last.event.before, last.event.after) == ("SAFE", "AUDIT")


def test_after_a_morning_that_moved_something_venue_and_books_agree_all_day(play, script, make):
    put = make.put(100, NEXT, root="SPY")
    market = script().at("10:00", {put: TIGHT}).at("15:55", {put: TIGHT}, spot=95.0).close()
    forced = EarlyExercise("SPY", FRIDAY, put=True)
    market.at("10:00", {put: TIGHT}, day=FRIDAY, actions=[forced]).close(day=FRIDAY)
    run = play(market, fills="touch")
    assert [(e.quantity, e.settlement) for e in told(run, "Assigned")] == [(-3, D("95.00"))]
    book = run.book.ledgers["seller"]
    assert (book.shares("SPY"), book.cash) == (300, D("1000297.90") - 30000)
    assert book.lots[0].opened == THURSDAY == FRIDAY - timedelta(days=1)
