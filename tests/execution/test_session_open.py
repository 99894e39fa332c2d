"""Mornings by hand: early assignments, dividends, splits and adjustments, in the books and at the broker."""

from datetime import date
from hashlib import blake2b

import pytest
from attrs import evolve

from allusr_sdk.contracts.assignment import Night, overnight
from allusr_sdk.execution.session_open import SessionOpen
from allusr_sdk.model.events import Filled
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, Settlement, Split, Step
from tests.builders import CALL, FRIDAY, PUT, THURSDAY, World, contract, market, moment, quote, snapshot, stub
from tests.execution.mornings import MONDAY, NEXT, TUESDAY, D

MORNING = moment(FRIDAY, "08:30")


@pytest.fixture
def world():
    """A kernel whose one sleeve can hold what a test fills."""
    with World(stub()) as made:
        yield made


def fill(world, instrument, quantity, price="1.00", symbol="AAPL", ledger="stub"):
    name = instrument if isinstance(instrument, str) else instrument.osi
    world.kernel.heard(Filled(
        ledger=ledger, symbol=symbol, key="", execution="", instrument=name, quantity=quantity, price=D(price),
        fee=D("0.00"), touch=None, opening=True, cause="entry",
    ))  # fmt: skip


def evening(spot, *quotes, close=None, **more):
    """Thursday's closing step."""
    view = market(snapshot("AAPL", spot, quotes, at=moment(clock="16:00"), **more), at=moment(clock="16:15"))
    settlements = (Settlement("AAPL", THURSDAY, D(close)),) if close else ()
    return Step(view, closing=True, settlements=settlements)


def dawn(world, before, *actions, seed=7, day=FRIDAY):
    """Open the session after an evening; returns what was booked and whether anything moved."""
    opening = SessionOpen(world.kernel, seed)
    if before is not None:
        opening.evening(before)
    seen = world.run.seq
    step = Step(market(snapshot("AAPL", at=moment(day)), at=moment(day)), actions=actions)
    moved = opening.open(step)
    opening.go_ex(step)
    return list(world.run.entries(after=seen)), moved


DEEP = contract(120, expiry=NEXT)
FORCED = EarlyExercise("AAPL", FRIDAY, put=True)


def test_an_ordinary_morning_writes_nothing_and_asks_for_no_quote(world):
    fill(world, contract(90, expiry=NEXT), -2)

    def unasked(contracts):
        raise AssertionError(f"asked for {contracts}")

    step = evening(100.0)
    quiet = evolve(step.view.snapshots["AAPL"], quotes=unasked)
    step = evolve(step, view=evolve(step.view, snapshots={"AAPL": quiet}))
    assert dawn(world, step) == ([], False)


def test_one_draw_assigns_a_contract_in_all_ledgers_that_hold_it_or_in_none():
    outcomes = set()
    for seed in range(40):
        with World(stub("com_acc"), stub("gen_acc")) as world:
            for ledger, count in (("com_acc", 1), ("gen_acc", 3)):
                fill(world, DEEP, -count, ledger=ledger)
            booked, _ = dawn(world, evening(100.0, quote(DEEP, 20.0, 20.02), close="100.00"), seed=seed)
            outcomes.add(tuple((e.event.ledger, e.event.quantity) for e in booked))
    assert outcomes == {(), (("com_acc", -1), ("gen_acc", -3))}


def test_a_forced_exercise_assigns_every_short_of_that_right_in_the_money_at_the_close(world):
    fill(world, DEEP, -2)
    fill(world, contract(105, expiry=NEXT), -1)
    fill(world, contract(99, expiry=NEXT), -1)
    fill(world, "AAPL", 100)
    fill(world, contract(95, expiry=NEXT, right=CALL), -1)
    booked, moved = dawn(world, evening(100.0, close="99.9961"), FORCED)
    assert moved
    assert {(e.event.instrument, e.event.quantity) for e in booked} == {
        (DEEP.osi, -2), (contract(105, expiry=NEXT).osi, -1),
    }  # fmt: skip
    first = booked[0].event
    assert (first.early, first.effective, first.settlement, first.rule) == (True, THURSDAY, D("100.00"), "LQ-6 CC-4")
    assert {e.at for e in booked} == {MORNING}
    assert world.book.ledgers["stub"].shares("AAPL") == 400


def test_a_call_forced_in_delivers_the_shares_that_cover_it(world):
    fill(world, "AAPL", 200)
    fill(world, contract(95, expiry=NEXT, right=CALL), -1)
    booked, _ = dawn(world, evening(100.0), EarlyExercise("AAPL", FRIDAY, put=False))
    assert [e.event.quantity for e in booked] == [-1]
    held = world.book.ledgers["stub"]
    assert (held.shares("AAPL"), held.called) == (100, {"AAPL": THURSDAY})


@pytest.mark.parametrize(
    ("what", "quantity", "cause"),
    [
        (contract(120, expiry=NEXT), 2, "entry"),
        (contract(120, expiry=THURSDAY), -2, "entry"),
        (contract(120, expiry=NEXT), -2, "hedge:L2"),
        (contract(120, expiry=NEXT, root="SPXW"), -2, "entry"),
        (contract(120, expiry=NEXT, root="XSP"), -2, "entry"),
    ],
)
def test_what_is_owned_has_expired_hedges_or_is_european_is_never_assigned_early(world, what, quantity, cause):
    world.kernel.heard(Filled(
        ledger="stub", symbol=what.underlying, key="", execution="", instrument=what.osi, quantity=quantity,
        price=D("1.00"), fee=D("0.00"), touch=None, opening=True, cause=cause,
    ))  # fmt: skip
    at = moment(clock="16:00")
    seen = {name: snapshot(name, 100.0, [quote(what, 20.0, 20.1)], at=at) for name in ("AAPL", "SPX", "XSP")}
    before = Step(market(*seen.values(), at=moment(clock="16:15")), closing=True)
    forced = [EarlyExercise(name, FRIDAY, put=True) for name in seen]
    assert dawn(world, before, *forced) == ([], False)


def test_without_a_known_close_nothing_is_assigned(world):
    fill(world, DEEP, -2)
    assert dawn(world, None, FORCED) == ([], False)
    old = Step(market(snapshot("AAPL", 100.0, at=moment(date(2026, 2, 11))), at=moment(clock="16:15")), closing=True)
    assert dawn(world, old, FORCED) == ([], False)


@pytest.mark.parametrize("bid", [float("nan"), -1.0])
def test_without_a_quote_no_probability_is_known_and_none_is_drawn(world, bid):
    fill(world, DEEP, -2)
    for seed in range(20):
        assert dawn(world, evening(100.0, quote(DEEP, bid, 20.1)), seed=seed) == ([], False)


@pytest.mark.parametrize("right", [PUT, CALL])
def test_the_model_assigns_as_often_as_its_seeded_draw_falls_under_cc4s_probability(right):
    what = contract(112 if right is PUT else 88, expiry=NEXT, right=right)
    near = quote(what, 11.96, 12.06)
    chance = overnight(Night(right is PUT, 100.0, float(what.strike), near.bid, near.ask, days=1))
    assert 0.1 < chance < 0.9
    drawn, expected = [], []
    for seed in range(12):
        with World(stub()) as world:
            fill(world, "AAPL", 100)
            fill(world, what, -1)
            booked, _ = dawn(world, evening(100.0, near), seed=seed)
            drawn.append(bool(booked))
        text = f"{seed}:stub:{what.osi}:{FRIDAY}"
        expected.append(int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64 < chance)
    assert drawn == expected
    assert len(set(drawn)) == 2


def test_a_dividend_of_the_morning_makes_a_call_without_time_value_leave(world):
    call = contract(90, expiry=NEXT, right=CALL)
    fill(world, "AAPL", 100)
    fill(world, call, -1)
    before = evening(100.0, quote(call, 10.0, 10.06))
    assert dawn(world, before, seed=1) == ([], False)
    booked, _ = dawn(world, before, Dividend("AAPL", FRIDAY, D("0.80")), seed=1)
    assert [e.kind for e in booked] == ["Assigned"]


def test_shares_called_in_the_night_earn_no_dividend_and_shares_put_then_do(world):
    call = contract(90, expiry=NEXT, right=CALL)
    fill(world, "AAPL", 300)
    fill(world, call, -1)
    fill(world, DEEP, -2)
    both = [EarlyExercise("AAPL", FRIDAY, put=put) for put in (True, False)]
    booked, _ = dawn(world, evening(100.0), *both, Dividend("AAPL", FRIDAY, D("0.265"), NEXT))
    due = booked[-1].event
    assert (due.kind, due.shares, due.per_share, due.cash, due.pay_day, due.rule) == (
        "DividendAccrued", 400, D("0.265"), D("106.00"), NEXT, "LQ-7",
    )  # fmt: skip


def test_a_dividend_moves_no_cash_on_its_ex_date_and_is_paid_on_the_first_morning_from_its_pay_day_on(world):
    fill(world, "AAPL", 100)
    cash = world.book.ledgers["stub"].cash
    _, moved = dawn(world, evening(100.0), Dividend("AAPL", FRIDAY, D("0.26"), MONDAY))
    assert (moved, world.book.ledgers["stub"].cash) == (False, cash)
    booked, moved = dawn(world, evening(100.0), day=TUESDAY)
    (paid,) = (entry.event for entry in booked)
    assert (paid.kind, paid.cash, paid.ex_day, paid.rule, moved) == (
        "DividendReceived", D("26.00"), FRIDAY, "LQ-7", True,
    )  # fmt: skip
    assert world.book.ledgers["stub"].cash - cash == D("26.00")
    assert dawn(world, evening(100.0), day=NEXT) == ([], False)


def test_a_morning_that_is_opened_twice_has_one_dividend(world):
    fill(world, "AAPL", 100)
    for booked in (1, 0):
        found, _ = dawn(world, evening(100.0), Dividend("AAPL", FRIDAY, D("0.26"), NEXT))
        assert len(found) == booked


def test_a_dividend_whose_pay_day_the_market_does_not_know_is_paid_two_weeks_later(world):
    fill(world, "AAPL", 100)
    booked, _ = dawn(world, evening(100.0), Dividend("AAPL", FRIDAY, D("0.26")))
    assert booked[-1].event.pay_day == date(2026, 2, 27)
    assert dawn(world, evening(100.0), day=date(2026, 2, 26)) == ([], False)
    booked, _ = dawn(world, evening(100.0), day=date(2026, 2, 27))
    assert [entry.kind for entry in booked] == ["DividendReceived"]


def test_over_a_broker_a_dividend_is_receivable_and_its_payment_is_the_brokers_to_tell(world):
    fill(world, "AAPL", 100)
    opening = SessionOpen(world.kernel, 7, simulated=False)
    for day, actions in ((FRIDAY, (Dividend("AAPL", FRIDAY, D("0.26")),)), (date(2026, 3, 2), ())):
        step = Step(market(snapshot("AAPL", at=moment(day)), at=moment(day)), actions=actions)
        opening.open(step)
        opening.go_ex(step)
    (due,) = world.book.ledgers["stub"].awaited
    assert (due.symbol, due.ex_day, due.cash, due.pay_day) == ("AAPL", FRIDAY, D("26.00"), None)


def test_a_split_and_an_adjustment_of_one_morning_each_find_the_books_as_the_other_left_them(world):
    fill(world, contract(90, expiry=NEXT), -2)
    booked, moved = dawn(world, evening(100.0), Split("AAPL", FRIDAY, 2), Adjustment("AAPL", FRIDAY, "spun off a part"))
    assert moved
    assert [(e.kind, e.event.instrument) for e in booked if e.kind == "Adjusted"] == [
        ("Adjusted", contract(45, expiry=NEXT).osi)
    ]
    (held,) = world.book.positions
    assert (held.quantity, held.contract.strike, held.contract.root) == (-4, D("45.00"), "AAPL1")


def test_a_second_adjustment_takes_the_next_digit(world):
    adjustment = Adjustment("AAPL", FRIDAY, "spun off a part")
    for _ in range(2):
        fill(world, contract(90, expiry=NEXT), -2)
        dawn(world, evening(100.0), adjustment)
    assert sorted((p.contract.root, p.quantity) for p in world.book.positions) == [("AAPL1", -2), ("AAPL2", -2)]
