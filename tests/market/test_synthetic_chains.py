"""Chains of the synthetic market: pure, on ticks, listed by rule and free of arbitrage beyond their spreads."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from allusr_sdk.market import pricing
from allusr_sdk.market.synthetic import NO_SCRIPT, SHARES, Script, SyntheticMarket
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.noise import bells, keys, salts
from allusr_sdk.market.synthetic.walk import Walk
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.options import Contract, Right

COLUMNS = ("expiry", "strike", "put", "bid", "ask", "volume", "open_interest", "delta")
DAY = date(2026, 2, 12)


def views(day, symbols=None, last=None):
    return [step.view for step in SyntheticMarket(symbols=symbols).steps(day, last or day)]


@pytest.fixture(scope="module")
def day():
    return views(DAY)


@pytest.fixture(scope="module")
def chains(day):
    """Chains of all symbols at 09:45 and 13:00."""
    return [day[mark].snapshots[symbol].chain for mark in (3, 42) for symbol in SHARES]


def same(one, other):
    return all(np.array_equal(getattr(one, c), getattr(other, c)) for c in COLUMNS)


def opening(on, symbols=None):
    return next(iter(SyntheticMarket(symbols=symbols).steps(on, on))).view


def listed(symbol, on):
    return opening(on, (symbol,)).snapshots[symbol].chain.expiries


def test_looking_at_chains_changes_nothing():
    looked, unlooked = views(DAY, ("AAPL",)), views(DAY, ("AAPL",))
    for view in looked[:60]:
        assert len(view.snapshots["AAPL"].chain) > 0
    assert same(looked[70].snapshots["AAPL"].chain, unlooked[70].snapshots["AAPL"].chain)


def test_a_chain_made_after_the_walk_went_on_is_the_chain_of_its_instant():
    late, prompt = views(DAY, ("NVDA",), date(2026, 2, 20)), views(DAY, ("NVDA",))
    assert same(late[10].snapshots["NVDA"].chain, prompt[10].snapshots["NVDA"].chain)


@pytest.mark.parametrize("right", [Right.PUT, Right.CALL])
def test_a_side_that_is_worked_out_alone_is_that_of_the_whole_chain(right):
    looked, alone = (views(DAY, ("AAPL",))[42].snapshots["AAPL"].chain for _ in range(2))
    for expiry in alone.expiries:
        rows = np.flatnonzero((looked.expiry == np.datetime64(expiry, "D")) & (looked.put == (right is Right.PUT)))
        whole = looked.where(rows[np.argsort(looked.strike[rows], kind="stable")])
        side = alone.side(expiry, right)
        assert len(side) > 0
        assert same(side, whole)
        assert same(side.side(expiry, right), whole)
        assert same(alone.side(expiry, right, "AAPL"), whole)
        assert len(alone.side(expiry, right, "MSFT")) == 0
    assert len(alone.side(DAY - timedelta(days=1), right)) == 0


@pytest.mark.parametrize("symbol", ["SPY", "META"])
@pytest.mark.parametrize("mark", [0, 20, 78, 79])
def test_quotes_of_single_contracts_are_the_chains_rows(day, symbol, mark):
    snapshot = day[mark].snapshots[symbol]
    rows = [snapshot.chain.quote(row) for row in range(0, len(snapshot.chain), 29)]
    alone = views(DAY, (symbol,))[mark].snapshots[symbol]
    assert list(alone.quotes([row.contract for row in rows])) == rows


def test_a_contract_that_is_not_listed_has_no_quote_and_no_volumes(day):
    snapshot = day[5].snapshots["AAPL"]
    odd = [
        Contract("AAPL", date(2026, 2, 13), Right.PUT, Decimal("271.13")),
        Contract("AAPL", date(2026, 2, 12), Right.PUT, Decimal("270")),
        Contract("MSFT", date(2026, 2, 13), Right.PUT, Decimal("270")),
    ]
    assert list(snapshot.quotes(odd)) == [None] * 3
    assert [list(snapshot.volumes(contract)) for contract in odd] == [[]] * 3


@pytest.fixture(scope="module")
def week():
    return views(date(2026, 2, 2), ("NVDA",), DAY)


def test_volumes_begin_with_the_session_in_which_a_contract_was_listed(week):
    now, closings = week[-1].snapshots["NVDA"], [view.snapshots["NVDA"].chain for view in week[79::80]]
    expiries = [closings[-1].expiries[n] for n in (2, 5, 8)]
    sides = [now.chain.side(expiry, Right.CALL) for expiry in expiries]
    since = set()
    for contract in (side.quote(row).contract for side in sides for row in range(0, len(side), 4)):
        shown = [row.volume for chain in closings if (row := chain.find(contract)) is not None]
        assert list(now.volumes(contract)[-len(closings) :]) == shown
        since.add(len(shown))
    assert len(since) > 2


def test_a_contracts_volumes_are_those_of_its_days(week):
    now = week[-40].snapshots["NVDA"]
    side = now.chain.side(date(2026, 2, 20), Right.PUT)
    quote = side.quote(int(np.argmin(np.abs(side.delta + 0.4))))
    history = now.volumes(quote.contract)
    assert history[-1] == quote.volume
    closings = [view for view in week[79::80] if view.session.day < DAY]
    shown = [view.snapshots["NVDA"].chain.find(quote.contract) for view in closings]
    assert list(history[-9:-1]) == [row.volume for row in shown]
    assert 2 <= len(history) <= 20


def test_bids_and_asks_are_on_ticks(chains):
    for chain in chains:
        for side in (chain.bid, chain.ask):
            tick = np.where((side < 3) | SHARES[chain.symbol].penny, 0.01, 0.05)
            assert np.allclose(side / tick, np.round(side / tick), atol=1e-6)
            assert np.array_equal(side, np.round(side, 2))
        assert np.all((chain.bid >= 0.01) | (chain.bid == 0.0))
        assert np.all(chain.ask > chain.bid)


def test_puts_and_calls_are_in_parity_within_their_spreads(day):
    for symbol in SHARES:
        snapshot = day[42].snapshots[symbol]
        chain = snapshot.chain
        years = pricing.years_left(chain, xnys())
        due = SyntheticMarket().dividends(symbol, DAY, date(2029, 1, 1))
        half = len(chain) // 2
        puts, calls = slice(0, half), slice(half, None)
        assert np.array_equal(chain.strike[puts], chain.strike[calls])
        cash = [(d.ex_day, float(d.amount)) for d in due]
        paid = np.array([sum(a for day, a in cash if DAY < day <= e) for e in chain.expiry[puts].astype(object)])
        strike, discount = chain.strike[puts], np.exp(-0.04 * years[puts])
        # American bounds: S - D - K <= C - P <= S - K exp(-rT)
        most = (chain.ask[calls] - chain.bid[puts]) - (chain.spot - paid - strike)
        least = (chain.spot - strike * discount) - (chain.bid[calls] - chain.ask[puts])
        assert most.min() >= -0.011
        assert least.min() >= -0.011


def test_no_option_can_be_bought_and_exercised_at_a_profit(chains):
    for chain in chains:
        worth = np.maximum(np.where(chain.put, chain.strike - chain.spot, chain.spot - chain.strike), 0)
        assert np.all(chain.ask >= worth - 0.03)


def test_no_vertical_or_butterfly_pays_for_nothing(chains):
    for chain in chains:
        for expiry in chain.expiries:
            for right in Right:
                side = chain.side(expiry, right)
                bid, ask, strike = (side.bid, side.ask, side.strike)
                rising = slice(None) if right is Right.PUT else slice(None, None, -1)
                assert np.all(bid[rising][1:] - ask[rising][:-1] <= np.abs(np.diff(strike)[rising]) + 1e-9)
                assert np.all(ask[rising][1:] >= bid[rising][:-1])
                weight = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
                assert np.all(weight * ask[:-2] + (1 - weight) * ask[2:] >= bid[1:-1] - 1e-9)


def test_volume_only_grows_and_open_interest_stands_still_within_a_session(day):
    earlier = None
    for mark in (0, 1, 20, 50, 78, 79):
        chain = day[mark].snapshots["TSLA"].chain
        if earlier is not None:
            assert np.all(chain.volume >= earlier.volume)
            assert np.array_equal(chain.open_interest, earlier.open_interest)
        earlier = chain
    assert np.all(day[0].snapshots["TSLA"].chain.volume == 0)


def test_open_interest_is_zero_on_the_first_day_and_then_there():
    monday, tuesday = (opening(d, ("NVDA",)).snapshots["NVDA"].chain for d in (date(2026, 2, 9), date(2026, 2, 10)))
    new = monday.expiry == np.datetime64(date(2026, 2, 18))
    old = tuesday.expiry == np.datetime64(date(2026, 2, 18))
    first_day = opening(date(2026, 2, 5), ("NVDA",)).snapshots["NVDA"].chain
    fresh = first_day.expiry == np.datetime64(date(2026, 2, 18))
    assert fresh.any()
    assert np.all(first_day.open_interest[fresh] == 0)
    assert np.median(monday.open_interest[new]) > 0
    assert np.median(tuesday.open_interest[old]) > 0


def test_deltas_agree_with_those_of_the_mids(chains):
    for chain in chains:
        _, own = pricing.implied(chain, xnys(), rate=0.04)
        asked = (np.abs(chain.delta) > 0.15) & (np.abs(chain.delta) < 0.5)
        soon = chain.expiry <= np.datetime64(date(2026, 3, 20))
        assert np.nanmax(np.abs(own - chain.delta)[asked & soon & (chain.bid > 0.05)]) < 0.05


def test_volatility_rises_when_spot_falls_and_puts_cost_more_than_calls(day):
    at_the_money = {}
    for name, told in (("calm", {}), ("fall", {"moves": [{"symbol": "SPY", "day": DAY, "returns": -0.05}]})):
        steps = SyntheticMarket(symbols=("SPY",), script=Script.read(told)).steps(DAY, DAY)
        chain = [step.view for step in steps][78].snapshots["SPY"].chain
        side = chain.side(date(2026, 3, 20), Right.PUT)
        sigma, _ = pricing.implied(side, xnys(), rate=0.04)
        at_the_money[name] = sigma[np.argmin(np.abs(side.strike - side.spot))]
        assert sigma[np.argmin(np.abs(side.delta + 0.15))] > at_the_money[name]
    assert at_the_money["fall"] > 1.2 * at_the_money["calm"]


def test_sellers_of_volatility_are_paid_a_small_premium():
    sessions, ratios = xnys().between(m.START, date(2026, 12, 31)), []
    for seed in range(1, 7):
        walk = Walk(seed, ("SPY", "IWM"), 30, NO_SCRIPT, sessions)
        for row in range(len(sessions)):
            walk.draw(row)
        realised = np.diff(np.log(walk.history.close), axis=0).var(axis=0) * m.SESSIONS
        ratios.append(np.sqrt((walk.history.vol_open[1:] ** 2).mean(axis=0) / realised))
    assert 1.06 < np.mean(ratios) < 1.18


def test_a_report_ahead_is_in_the_price_and_gone_after_it():
    report = next(e.day for e in opening(DAY, ("NVDA",)).earnings["NVDA"] if e.day >= DAY)
    before, after = report, xnys().after(report).day
    expiry = next(e for e in listed("NVDA", before) if e > after)
    sigma = {}
    for session in (before, after):
        side = views(session, ("NVDA",))[42].snapshots["NVDA"].chain.side(expiry, Right.PUT)
        own, _ = pricing.implied(side, xnys(), rate=0.04)
        sigma[session] = own[np.argmin(np.abs(side.strike - side.spot))]
    assert sigma[before] > 1.3 * sigma[after]


def test_funds_list_every_session_and_single_names_monday_wednesday_friday():
    monday = date(2026, 2, 23)
    near = [e for e in listed("SPY", monday) if e <= date(2026, 3, 6)]
    assert near == [s.day for s in xnys().between(monday, date(2026, 3, 6))]
    assert [e.day for e in listed("AAPL", monday) if e <= date(2026, 3, 6)] == [23, 25, 27, 2, 4, 6]
    assert [e.day for e in listed("GOOG", monday) if e <= date(2026, 3, 6)] == [27, 6]


def test_a_weekly_falls_back_to_thursday_when_friday_is_a_holiday():
    for symbol in ("AAPL", "GOOG", "SPY"):
        expiries = listed(symbol, date(2026, 3, 30))
        assert date(2026, 4, 2) in expiries
        assert date(2026, 4, 3) not in expiries


def test_a_holiday_is_no_expiry_and_a_half_day_is_one():
    expiries = listed("SPY", date(2026, 11, 23))
    assert date(2026, 11, 27) in expiries
    assert date(2026, 11, 26) not in expiries
    assert [e.day for e in listed("TSLA", date(2026, 11, 23)) if e <= date(2026, 11, 27)] == [23, 25, 27]


def test_the_june_monthly_of_2026_is_a_thursday():
    assert date(2026, 6, 18) in listed("MSFT", DAY)
    assert date(2026, 6, 19) not in listed("MSFT", DAY)


def test_a_wednesday_on_which_a_name_reports_is_not_listed():
    report = next(e.day for e in opening(DAY, ("NVDA",)).earnings["NVDA"] if e.day >= DAY)
    assert report.weekday() == 2
    assert report not in listed("NVDA", DAY)
    assert report in listed("AAPL", DAY)


def test_hedges_rolls_and_leaps_find_their_expiries():
    for session in (date(2026, 1, 5), date(2026, 5, 20), date(2026, 9, 14)):
        view = opening(session)
        for symbol in SHARES:
            chain = view.snapshots[symbol].chain
            left = (chain.expiry - np.datetime64(session)).astype(int)
            assert np.any((left >= 14) & (left <= 35))
            leaps = (left >= 365) & (left <= 550) & ~chain.put
            assert np.any(leaps & (chain.delta >= 0.25) & (chain.delta <= 0.35))
            hedges = (left >= 180) & (left <= 365) & chain.put
            assert np.any(hedges & (np.abs(chain.strike / chain.spot - 0.8) < 0.03))


def test_a_listed_contract_stays_listed_until_it_expires():
    known = set()
    for view in views(date(2026, 4, 1), ("TSLA",), date(2026, 5, 8))[::80]:
        chain = view.snapshots["TSLA"].chain
        shown = {chain.quote(row).contract for row in range(len(chain))}
        assert {c for c in known if c.expiry >= view.session.day} <= shown
        known |= shown


def test_noise_is_bell_shaped_and_differs_by_contract():
    key = keys(7, np.arange(20_000))
    draws, others = bells(key ^ salts(1, 2))
    assert len(set(key.tolist())) == 20_000
    assert abs(draws.mean()) < 0.03
    assert abs(draws.std() - 1) < 0.03
    assert abs(np.corrcoef(draws, others)[0, 1]) < 0.03
