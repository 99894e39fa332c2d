"""What companies and exchanges do in the synthetic market: dividends, splits, adjustments, forced exercises."""

from datetime import date, timedelta
from decimal import Decimal
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.market.synthetic import INDICES, SHARES, Script, SyntheticMarket
from allusr_sdk.market.synthetic.units import Units
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, Split

BEFORE, DAY, EXPIRY = date(2026, 2, 10), date(2026, 2, 11), date(2026, 2, 20)


def steps(first=DAY, last=None, symbols=("AAPL",), minutes=30, **tables):
    """The steps of a market that is told some tables."""
    market = SyntheticMarket(symbols=symbols, minutes=minutes, script=Script.read(tables))
    return list(market.steps(first, last or first))


# --- dividends ------------------------------------------------------------------------------------------------------


def test_every_share_has_its_next_dividend_announced_and_indices_have_none():
    for step in steps(BEFORE, date(2026, 4, 10), tuple(SHARES))[::9]:
        assert set(step.view.dividends) == set(step.view.snapshots) == {*SHARES, *INDICES}
        for symbol, ahead in step.view.dividends.items():
            assert bool(ahead) == (symbol in SHARES and SHARES[symbol].dividend > 0)
            assert [d.ex_day for d in ahead] == sorted(d.ex_day for d in ahead)
            assert all(d.ex_day > step.view.session.day and isinstance(d.amount, Decimal) for d in ahead)
            assert not ahead or ahead[0].ex_day <= step.view.session.day + timedelta(days=100)


def test_a_dividend_takes_effect_once_on_the_first_step_of_its_ex_date():
    walked = steps(date(2026, 3, 2), date(2026, 3, 31), ("SPY", "GOOGL", "TSLA"))
    paid = [(step.view.session.day, action) for step in walked for action in step.actions]
    assert paid == [
        (date(2026, 3, 9), Dividend("GOOGL", date(2026, 3, 9), Decimal("0.21"), date(2026, 3, 16))),
        (date(2026, 3, 20), Dividend("SPY", date(2026, 3, 20), Decimal("1.90"), date(2026, 4, 30))),
    ]
    assert all(step.view.clock.strftime("%H:%M") == "09:30" for step in walked if step.actions)


def test_a_told_dividend_replaces_the_quarters_one_and_an_amount_of_zero_takes_it_away():
    told = [
        {"symbol": "AAPL", "ex_day": DAY, "amount": "5.00", "pay_day": date(2026, 2, 20)},
        {"symbol": "MSFT", "ex_day": DAY, "amount": 0},
    ]
    quiet = [{"symbol": "AAPL", "day": DAY, "returns": 0.0}]
    walked = steps(date(2026, 1, 5), date(2026, 3, 31), ("AAPL", "MSFT"), dividends=told, moves=quiet)
    paid = Dividend("AAPL", DAY, Decimal("5.00"), date(2026, 2, 20))
    assert [a for s in walked for a in s.actions] == [paid]
    assert walked[0].view.dividends["AAPL"][0] == paid
    closes = {s.view.session.day: s.view.snapshots["AAPL"].last for s in walked if s.closing}
    assert closes[DAY] == pytest.approx(closes[BEFORE] - 5.0, abs=0.02)
    assert walked[0].view.snapshots["AAPL"].last == steps(date(2026, 1, 5))[0].view.snapshots["AAPL"].last


def early_exercise(spot, strike, quote, dividend):
    """Probability that a call is exercised before its ex-date (CC-4)."""
    mid = (quote.bid + quote.ask) / 2
    gain, sd = dividend - max(mid - (spot - strike), 0), max(0.02, 0.10 * dividend)
    return 0.95 / (1 + exp(-(gain - 0.02) / sd))


def test_calls_deep_in_the_money_are_worth_their_exercise_on_the_eve_of_a_dividend():
    eve, expiry = date(2026, 3, 19), date(2026, 3, 27)
    view = steps(eve, symbols=("SPY",), minutes=5)[70].view
    snapshot = view.snapshots["SPY"]
    side = snapshot.chain.side(expiry, Right.CALL)
    deep, out = (int(np.argmin(np.abs(side.strike - snapshot.spot * by))) for by in (0.92, 1.01))
    amount = float(view.dividends["SPY"][0].amount)
    quotes = {row: side.quote(row) for row in (deep, out)}
    assert early_exercise(snapshot.spot, side.strike[deep], quotes[deep], amount) > 0.80
    assert quotes[deep].bid == pytest.approx(snapshot.spot - side.strike[deep], abs=0.25)
    assert quotes[deep].bid <= snapshot.spot - side.strike[deep] <= quotes[deep].ask
    assert quotes[out].bid - max(snapshot.spot - side.strike[out], 0) > amount / 2


def test_an_exercise_is_forced_before_its_session():
    forced = [{"symbol": "AAPL", "day": DAY, "put": True}, {"symbol": "META", "day": DAY, "put": True}]
    walked = steps(BEFORE, DAY, exercises=forced)
    assert [(s.view.session.day, s.actions) for s in walked if s.actions] == [
        (DAY, (EarlyExercise("AAPL", DAY, True),))
    ]


# --- splits ---------------------------------------------------------------------------------------------------------


def split_and_not(ratio, first=BEFORE, last=date(2026, 2, 12), symbol="AAPL", **more):
    told = [{"symbol": symbol, "day": DAY, "ratio": ratio}]
    return steps(first, last, (symbol,), splits=told, **more), steps(first, last, (symbol,), **more)


def test_a_split_is_told_on_the_first_step_of_its_day():
    walked, _ = split_and_not(7)
    assert [(s.view.session.day, s.actions) for s in walked if s.actions] == [(DAY, (Split("AAPL", DAY, 7),))]


def test_up_to_the_day_of_a_split_nothing_is_different():
    split, plain = split_and_not(7)
    for one, other in zip(split[:15], plain[:15], strict=True):
        assert one.view.snapshots["AAPL"].last == other.view.snapshots["AAPL"].last
        assert one.view.bars.before("AAPL", DAY, 5) == other.view.bars.before("AAPL", DAY, 5)
    assert np.array_equal(*(w[3].view.snapshots["AAPL"].chain.ask for w in (split, plain)))


@settings(max_examples=10)
@given(st.sampled_from([2, 3, 4, 5, 7, 10, 20]), st.integers(15, 29), st.sampled_from(list(Right)))
def test_n_new_contracts_are_worth_an_old_one_whatever_the_split(ratio, instant, right):
    split, plain = split_and_not(ratio)
    one, other = (walked[instant].view.snapshots["AAPL"] for walked in (split, plain))
    assert one.spot * ratio == pytest.approx(other.spot, abs=0.01 * ratio)
    side = other.chain.side(EXPIRY, right)
    for row in range(0, len(side), 7):
        old = side.quote(row)
        new = one.quotes([old.contract.after_split(ratio)])[0]
        assert new is not None
        # Strike and share are rounded to cents, quotes to ticks, and a cheaper option has the wider spread.
        assert ratio * float(new.mid) == pytest.approx(float(old.mid), abs=0.03 * ratio + 0.05)
        assert new == one.chain.find(new.contract)
        assert (new.open_interest, new.delta) == (ratio * old.open_interest, old.delta)
        assert new.volume == pytest.approx(ratio * old.volume, abs=ratio)
        assert one.volumes(new.contract)[:-1] == pytest.approx(
            [ratio * v for v in other.volumes(old.contract)[:-1]], abs=ratio
        )


def test_what_was_held_over_a_split_is_listed_and_quoted_and_its_old_terms_are_not():
    split, _ = split_and_not(7)
    held = split[13].view.snapshots["AAPL"].chain.side(EXPIRY, Right.PUT)
    after = split[15].view.snapshots["AAPL"]
    old = [held.quote(row).contract for row in range(len(held))]
    assert all(quote is not None for quote in after.quotes([c.after_split(7) for c in old]))
    assert after.quotes([c for c in old if c.strike > 150]) == (None,) * sum(c.strike > 150 for c in old)
    assert after.quotes([Contract("AAPL", EXPIRY, Right.PUT, Decimal("38.57"))])[0] is not None


def test_bars_are_in_the_dollars_of_the_day_that_asks():
    split, plain = split_and_not(7)
    for one, other in zip(split[15::5], plain[15::5], strict=True):
        bars, raw = (s.view.bars.before("AAPL", s.view.session.day, 20) for s in (one, other))
        assert [b.close * 7 for b in bars] == pytest.approx([b.close for b in raw], abs=0.001)
        assert [b.high * 7 for b in bars] == pytest.approx([b.high for b in raw], abs=0.001)
        assert [b.volume for b in bars] == [7 * b.volume for b in raw]
    closing = split[-1].view
    assert closing.bars.on("AAPL", closing.session.day).close == pytest.approx(
        closing.snapshots["AAPL"].last, abs=0.006
    )


def test_an_option_settles_on_the_new_price_and_dividends_shrink_with_the_share():
    told = [{"symbol": "AAPL", "ex_day": date(2026, 2, 12), "amount": "7.00"}]
    walked = steps(BEFORE, date(2026, 2, 12), splits=[{"symbol": "AAPL", "day": DAY, "ratio": 7}], dividends=told)
    closing = walked[-1]
    price = next(s.price for s in closing.settlements if s.symbol == "AAPL")
    assert float(price) == closing.view.snapshots["AAPL"].last < 60
    assert walked[0].view.dividends["AAPL"][0].amount == Decimal("7.00")
    assert [a.amount for s in walked for a in s.actions if isinstance(a, Dividend)] == [Decimal("1.00")]


def test_splits_follow_one_another_and_round_each_time_as_contracts_do():
    strikes = np.arange(100.0, 400.0, 2.5)
    twice = Units((3, 4)).strike(strikes)
    for strike, shown in zip(strikes.tolist(), twice.tolist(), strict=True):
        contract = Contract("AAPL", EXPIRY, Right.PUT, Decimal(str(strike))).after_split(3).after_split(4)
        assert float(contract.strike) == shown


# --- adjustments ----------------------------------------------------------------------------------------------------


def test_after_an_adjustment_old_contracts_stand_beside_standard_ones_under_another_root():
    told = [{"symbol": "AAPL", "day": DAY, "why": "special dividend"}]
    walked = steps(BEFORE, date(2026, 2, 12), adjustments=told)
    assert [s.actions for s in walked if s.actions] == [(Adjustment("AAPL", DAY, "special dividend"),)]
    before, after = (walked[mark].view.snapshots["AAPL"] for mark in (13, 15))
    assert before.chain.roots == ("AAPL",)
    assert after.chain.roots == ("AAPL", "AAPL1")
    old = {
        before.chain.quote(row).contract
        for row in range(len(before.chain))
        if before.chain.expiry[row] > np.datetime64(DAY)
    }
    odd = after.chain.under("AAPL1")
    listed = {odd.quote(row).contract for row in range(len(odd))}
    moved = {Contract("AAPL1", c.expiry, c.right, c.strike) for c in old}
    assert moved <= listed
    assert all(c.kind.adjusted and c.underlying == "AAPL" for c in listed)
    assert not any(c.kind.adjusted for c in (after.chain.quote(row).contract for row in range(50)))


def test_an_adjusted_contract_is_quoted_widely_alone_and_in_the_chain():
    walked = steps(DAY, adjustments=[{"symbol": "AAPL", "day": DAY, "why": "merger"}])
    snapshot = walked[5].view.snapshots["AAPL"]
    side = snapshot.chain.side(EXPIRY, Right.PUT, "AAPL")
    usual = side.quote(int(np.argmin(np.abs(side.strike - side.spot))))
    odd = Contract("AAPL1", EXPIRY, Right.PUT, usual.contract.strike)
    (alone,) = snapshot.quotes([odd])
    assert alone == snapshot.chain.find(odd)
    adjusted = snapshot.chain.side(EXPIRY, Right.PUT, "AAPL1")
    assert alone in [adjusted.quote(row) for row in range(len(adjusted))]
    assert alone.ask - alone.bid > 1.5 * (usual.ask - usual.bid)
    assert abs(alone.mid - usual.mid) <= Decimal("0.10")


def test_an_adjusted_root_gets_nothing_new():
    later = date(2026, 2, 20)
    walked = steps(later, adjustments=[{"symbol": "AAPL", "day": DAY, "why": "merger"}])
    chain = walked[3].view.snapshots["AAPL"].chain
    roots = {root: set(chain.under(root).expiries) for root in chain.roots}
    assert date(2026, 4, 2) in roots["AAPL"] - roots["AAPL1"]
    assert date(2026, 3, 20) in roots["AAPL1"]
