"""A market by sentences: each is what it says, in the session that it names, and leaves the market before alone."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.testing import Market


def closes(market, symbol):
    """Settlement prices by session."""
    return [
        next(float(s.price) for s in step.settlements if s.symbol == symbol)
        for step in market.tape().steps_
        if step.closing
    ]


def opening(market, symbol, session):
    """The first spot of a session."""
    return (
        next(step for step in market.tape().steps_ if step.view.session.day == market.day(session))
        .view.snapshots[symbol]
        .spot
    )


def at(market, session, clock):
    """The view of an instant."""
    return next(
        step.view
        for step in market.tape().steps_
        if step.view.session.day == market.day(session) and f"{step.view.clock:%H:%M}" == clock
    )


def test_a_path_is_returns_from_close_to_close():
    prices = closes(Market().path("AAPL", 0.01, -0.02, 0.0, on=4), "AAPL")
    changes = [after / before - 1 for before, after in pairwise(prices[3:7])]
    assert changes == pytest.approx([0.01, -0.02, 0.0], abs=1e-4)


def test_a_gap_is_there_at_the_open_and_at_the_close():
    market = Market(("NVDA",)).gap("NVDA", -0.12, on=9)
    prices = closes(market, "NVDA")
    assert prices[9] / prices[8] == pytest.approx(0.88, abs=1e-4)
    assert opening(market, "NVDA", 9) / prices[8] == pytest.approx(0.88, abs=0.02)


def test_spy_moves_the_others_by_their_betas():
    calm, moved = Market().path("SPY", 0.0, on=5), Market().path("SPY", -0.05, on=5)
    assert closes(moved, "AAPL")[5] < 0.96 * closes(calm, "AAPL")[5]


def test_vix_holds_its_levels_over_consecutive_sessions():
    market = Market().vix(52, 48, on=3)
    assert [at(market, day, "12:00").vix.value for day in (3, 4)] == pytest.approx([52.0, 48.0])
    assert at(market, 2, "12:00").vix.value < 45


def test_a_report_and_a_calendar_that_nobody_has():
    told = Market().earnings("AAPL", on=4, session="BMO", confirmed=False)
    found = {entry.day: entry for entry in at(told, 0, "10:00").earnings["AAPL"]}
    assert (found[told.day(4)].session, found[told.day(4)].confirmed) == ("BMO", False)
    assert "AAPL" not in at(told.no_earnings_calendar("AAPL"), 0, "10:00").earnings


def test_a_thin_chain_has_little_of_everything_and_wide_quotes_while_it_lasts():
    calm, thin = Market(), Market().thin("SPY", on=1, until=2, depth=0.001, spread=5.0)

    def looked(market, session):
        chain = at(market, session, "10:00").snapshots["SPY"].chain
        return float(chain.open_interest.sum()), float((chain.ask - chain.bid).mean())

    for session in (1, 2):
        assert looked(thin, session)[0] < 0.01 * looked(calm, session)[0]
        assert looked(thin, session)[1] > 2 * looked(calm, session)[1]
    for session in (0, 3):
        assert looked(thin, session) == looked(calm, session)


def test_a_halt_is_known_from_its_start_to_its_end():
    market = Market().halt("AAPL", on=2, start="10:00", end="10:30")
    assert [at(market, 2, clock).halted for clock in ("09:45", "10:00", "10:15", "10:30")] == [
        frozenset(), {"AAPL"}, {"AAPL"}, frozenset(),
    ]  # fmt: skip


def test_dividends_splits_and_exercises_are_there_at_the_first_instant_of_their_session():
    market = Market().dividend("AAPL", "0.26", on=3).split("AAPL", 4, on=5).exercise("SPY", on=3, put=False)
    acted = {step.view.session.day: step.actions for step in market.tape().steps_ if step.actions}
    assert [type(action).__name__ for action in acted[market.day(3)]] == ["EarlyExercise", "Dividend"]
    assert acted[market.day(3)][1].amount == Decimal("0.26")
    assert [(type(action).__name__, action.ratio) for action in acted[market.day(5)]] == [("Split", 4)]
    assert closes(market, "AAPL")[5] == pytest.approx(closes(market, "AAPL")[4] / 4, rel=0.1)


def test_a_feed_in_trouble_is_so_for_as_long_as_told():
    market = Market().feed("AAPL", "missing", on=2, start="10:00", end="10:30").feed("VIX", "missing", on=2)
    assert [at(market, 2, clock).snapshots["AAPL"].chain is None for clock in ("09:45", "10:15", "10:30")] == [
        False, True, False,
    ]  # fmt: skip
    assert at(market, 2, "12:00").vix is None


def test_whatever_else_a_script_knows_can_be_told_by_its_table():
    market = Market().told("before_open", day=Market().day(2), high=80.0)
    assert at(market, 2, "10:00").vix.before_open == 80.0


def test_sessions_are_numbers_from_0_or_dates():
    market = Market()
    assert market.day(0) == date(2026, 1, 5)
    assert market.day(10) == date(2026, 1, 20), "the 19th is a holiday"
    assert market.vix(30, on=10) == market.vix(30, on=date(2026, 1, 20))
    assert len(market.sessions) == 14


def test_each_sentence_gives_a_new_market():
    calm = Market()
    assert calm.vix(52, on=3) != calm == Market()
    assert calm.tape() is Market().tape()


def test_it_compiles_to_the_synthetic_market():
    market = Market(("AAPL",), seed=3, minutes=30).vix(30, on=0)
    assert isinstance(market.source, SyntheticMarket)
    assert (
        market.tape().description
        == market.source.description
        == (f"synthetic seed 3, 30 minutes, AAPL, script {market.script.digest}")
    )


def test_one_symbol_needs_no_tuple():
    assert Market("AAPL") == Market(("AAPL",)) == Market(["AAPL"])


@pytest.mark.parametrize(
    ("say", "complaint"),
    [
        (lambda: Market("APPL"), "no symbol APPL"),
        (lambda: Market(minutes=7), "a grid of 7 minutes"),
        (lambda: Market(weeks=0), "no session in 0 weeks"),
        (lambda: Market().vix(52, on=14), "no session 14: its sessions are 0 to 13"),
        (lambda: Market().vix(52, on=-1), "no session -1"),
        (lambda: Market().vix(52, on=date(2026, 1, 10)), "2026-01-10 is no session"),
        (lambda: Market().vix(0, on=1), "0.0 is not above zero"),
        (lambda: Market().path("AAPL", -1.0), "leaves no price"),
        (lambda: Market().path("APPL", 0.1), "did you mean 'AAPL'"),
        (lambda: Market().gap("NVDA", -0.1, on=3), "NVDA is not among AAPL, SPY: add it to symbols"),
        (lambda: Market().feed("AAPL", "late", on=1), "'late' is none of stale, missing, crossed, zero"),
        (lambda: Market().halt("AAPL", on=1, start="11:00", end="10:00"), "11:00 is not before 10:00"),
        (lambda: Market().split("AAPL", 1, on=1), "expected 2 to 100"),
        (lambda: Market(hedges=True).dividend("SPX", "1", on=1), "SPX is an index"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_said(say, complaint):
    with pytest.raises(InputError, match=complaint):
        say()
