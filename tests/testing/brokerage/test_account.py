"""What an account of the test broker does with orders, and what happens to what it holds."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.model.broker import Part, Ticket
from allusr_sdk.model.options import Contract
from tests.testing.brokerage.account import ASK, AT, BID, CALL, CASH, CLOSE, LOWER, PUT, account, ticket, words


def roll(limit, reference="au-roll", lots=3):
    """Bought back at 2.00 by 2.04, sold lower at 1.00 by 1.10: 0.90 at the best, 1.04 at the touch."""
    legs = (Part(PUT, lots, BID, ASK), Part(LOWER, -lots, Decimal("1.00"), Decimal("1.10")))
    return Ticket(reference=reference, legs=legs, limit=Decimal(limit), until=CLOSE)


def told(made):
    """What the account has told since this was asked last, as short words."""
    news, made.out = [each.what for each in made.out], []
    return words(news)


def test_an_order_at_its_touch_fills_at_once_and_one_inside_rests():
    made = account()
    made.submit(ticket(limit="1.95"))
    assert told(made) == ["accepted", -2]
    assert made.executions[-1].price == BID
    made.submit(ticket("au-2", limit="2.02"))
    assert told(made) == ["accepted"]
    made.reprice("au-2", BID)
    assert told(made) == ["repriced", -2]
    assert made.cash == CASH + 4 * 100 * BID - 4 * Decimal("0.65")


def test_a_draw_depends_on_seed_reference_and_limit_alone_and_is_likelier_towards_the_touch():
    def filled(limit, seed=7):
        made = account("seeded", seed=seed)
        for n in range(300):
            made.submit(ticket(f"au-{n}", -1, limit))
        return {each.reference for each in made.executions}

    assert filled("2.02") == filled("2.02") != filled("2.02", seed=8)
    counts = [len(filled(limit)) for limit in ("2.04", "2.03", "2.02", "2.01", "2.00")]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 300)
    assert 60 < counts[2] < 120, "three of ten at the mid"


def test_what_is_told_never_to_fill_waits_for_the_test():
    made = account("never")
    made.submit(ticket(limit="1.00"))
    assert told(made) == ["accepted"]
    made.fill("au-1", 1, Decimal("1.50"))
    assert [(each.quantity, each.price) for each in made.executions] == [(-1, Decimal("1.50"))]
    assert [each.left for each in made.statement(AT).orders] == [-1]


def test_a_partial_filler_goes_on_with_each_later_instant():
    made = account(partial=2)
    made.submit(ticket(quantity=-5))
    assert told(made) == ["accepted", -2]
    made.advance(AT)
    assert told(made) == []
    made.advance(AT + timedelta(minutes=1))
    made.advance(AT + timedelta(minutes=2))
    assert told(made) == [-2, -1]
    assert made.statement(AT).orders == ()


@pytest.mark.parametrize(("limit", "prices"), [
    ("1.04", ("2.04", "1.00")), ("1.20", ("2.04", "1.00")), ("0.97", ("2.04", "1.07")), ("0.92", ("2.02", "1.10")),
])  # fmt: skip
def test_a_combo_fills_whole_at_prices_of_its_legs_that_add_up(limit, prices):
    made = account("never", partial=1)
    made.submit(roll(limit))
    with pytest.raises(InputError, match="a combo fills whole"):
        made.fill("au-roll", 1)
    made.fill("au-roll")
    assert [(each.instrument, each.quantity) for each in made.executions] == [(PUT, 3), (LOWER, -3)]
    assert tuple(str(each.price) for each in made.executions) == prices
    bought, sold = made.executions
    assert bought.price - sold.price == min(Decimal(limit), Decimal("1.04"))


def test_an_order_ends_by_itself_when_its_time_is_told_and_is_not_taken_behind_it():
    made = account("never")
    made.submit(ticket())
    made.advance(CLOSE + timedelta(minutes=5))
    assert [(each.report.status, each.report.at) for each in made.out][1:] == [("expired", CLOSE)]
    made.out.clear()
    made.submit(ticket("au-2"))
    assert told(made) == ["rejected"]


def test_time_does_not_go_back():
    made = account()
    assert made.statement(AT - timedelta(days=1)).at == AT


def test_what_is_asked_of_an_order_that_ended_is_kept_and_of_one_that_is_unknown_rejected():
    made = account()
    made.submit(ticket())
    told(made)
    made.cancel("au-1")
    made.reprice("au-1", ASK)
    made.cancel("au-9")
    assert told(made) == ["kept", "kept", "rejected"]


def test_a_correction_names_what_it_replaces_and_moves_the_difference():
    made = account()
    made.submit(ticket())
    before, (first,) = made.cash, made.executions
    second = made.correct(first.id, price=Decimal("1.90"))
    third = made.correct(second.id, fee=Decimal("2.00"))
    assert [second.corrects, third.corrects] == [first.id, second.id]
    assert made.cash == before - 2 * 100 * Decimal("0.10") - Decimal("0.70")
    with pytest.raises(InputError, match="corrected already"):
        made.correct(first.id, fee=Decimal(0))


@pytest.mark.parametrize(("instrument", "quantity", "shares", "strike"), [
    (PUT, -2, 200, 690), (CALL, -1, -100, 700), (PUT, 2, -200, 690), (CALL, 1, 100, 700),
])  # fmt: skip
def test_an_exercise_ends_the_contracts_and_moves_shares_at_the_strike(instrument, quantity, shares, strike):
    made = account()
    made.foreign_position(instrument, quantity)
    (made.assign if quantity < 0 else made.exercise)(instrument)
    assert made.holdings == {"SPY": shares}
    assert made.cash == CASH - shares * strike


def test_a_part_of_a_position_is_assigned_and_more_than_there_is_refused():
    made = account()
    made.foreign_position(PUT, -3)
    made.assign(PUT, 2)
    assert made.holdings == {PUT: -1, "SPY": 200}
    with pytest.raises(InputError, match="-1 held, so 2 cannot be assigned"):
        made.assign(PUT, 2)
    with pytest.raises(InputError, match="cannot be exercised"):
        made.exercise(PUT)


def test_an_index_option_settles_in_cash():
    made, name = account(), "SPXW  260213P06900000"
    made.foreign_position(name, -1)
    with pytest.raises(InputError, match="give the spot"):
        made.assign(name)
    made.assign(name, spot=Decimal("6880.50"))
    assert (made.holdings, made.cash) == ({}, CASH - 1950)


def test_a_day_of_expiry_settles_by_official_prices_and_leaves_what_has_none():
    made, other = account(), "AAPL  260213P00270000"
    for name in (PUT, LOWER, other):
        made.foreign_position(name, -1)
    made.settle(Contract.parse(PUT).expiry, {"SPY": Decimal(685)})
    assert made.holdings == {"SPY": 100, other: -1}


def test_a_split_changes_shares_and_contracts_and_is_told_through_the_next_session():
    made, (old, new) = account(), ("AAPL  260220P00280000", "AAPL  260220P00070000")
    made.foreign_position("AAPL", 50)
    made.foreign_position(old, -2)
    made.split("AAPL", 4)
    assert made.holdings == {"AAPL": 200, new: -8}
    assert made.statement(AT + timedelta(days=4)).splits == {"AAPL": 4}
    assert made.statement(AT + timedelta(days=5)).splits == {}
    assert made.statement(AT).executions == (), "nothing tells of it but the holdings"


def test_lines_are_dated_and_carry_what_the_shares_earned():
    made = account()
    made.foreign_position("SPY", 300)
    line = made.dividend("SPY", Decimal("1.75"))
    assert (line.kind, line.amount, line.on, line.symbol) == ("dividend", Decimal("525.00"), AT.date(), "SPY")
    assert made.statement(AT).lines == (line,)
