"""The real chains, read in place."""

import math
from collections import Counter
from datetime import date

import numpy as np
import pytest

from allusr_sdk.market import pricing
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Grain

WED, THU, FRI = (date(2026, 2, day) for day in (11, 12, 13))


@pytest.fixture(scope="module")
def week(data_dir):
    """The steps of the real week and its source."""
    source = open_market(
        f"chains:{data_dir / 'chains_2026_02'}", daily=data_dir / "daily", earnings=data_dir / "earnings.csv"
    )
    return source, list(source.steps(WED, FRI))


def found(week, clock, symbol):
    """The fresh snapshot of a symbol at a New York time of Thursday."""
    return next(
        snapshot
        for step in week[1]
        if f"{step.view.clock:%d %H:%M:%S}" == clock and (snapshot := step.view.fresh(symbol)) is not None
    )


def test_the_twelve_snapshots_come_at_their_own_instants(week):
    instants = [(f"{s.view.clock:%d %H:%M:%S}", *s.view.fresh_symbols) for s in week[1] if not s.closing]
    assert instants == [
        ("11 11:19:32", "SPY"),
        ("11 11:30:38", "NVDA"),
        ("11 12:27:02", "AAPL"),
        ("12 10:09:25", "AAPL"),
        ("12 10:09:46", "NVDA"),
        ("12 10:10:02", "SPY"),
        ("12 12:58:24", "AAPL"),
        ("12 12:58:46", "NVDA"),
        ("12 12:59:03", "SPY"),
        ("13 10:49:54", "AAPL"),
        ("13 10:50:16", "NVDA"),
        ("13 10:50:31", "SPY"),
    ]
    assert week[0].grain is Grain.COARSE
    assert week[0].notices == ()


@pytest.mark.parametrize(
    ("clock", "osi", "bid", "ask", "interest", "volume", "delta"),
    [
        ("12 10:09:25", "AAPL  260213P00270000", 1.69, 1.70, 6347, 26882, -0.401),
        ("12 10:10:02", "SPY   260213P00690000", 1.94, 1.95, 14111, 14889, -0.417),
    ],
)
def test_thursday_s_puts_stand_as_they_stood(week, clock, osi, bid, ask, interest, volume, delta):
    contract = Contract.parse(osi)
    snapshot = found(week, clock, contract.underlying)
    quote = snapshot.quotes([contract])[0]
    assert (quote.bid, quote.ask, quote.open_interest, quote.volume) == (bid, ask, interest, volume)
    calendar = week[1][0].view.calendar
    side = snapshot.chain.side(contract.expiry, contract.right)
    _, deltas = pricing.implied(side, calendar, rate=0.04)
    assert deltas[side.strike == float(contract.strike)] == pytest.approx(delta, abs=1e-3)


def test_thursday_s_volume_history_holds_wednesday_s(week):
    snapshot = found(week, "12 10:09:25", "AAPL")
    assert snapshot.volumes(Contract.parse("AAPL  260213P00270000")) == (4948, 26882)


def test_the_spot_is_the_file_s_and_falls_by_noon(week):
    assert found(week, "12 10:09:25", "AAPL").spot == pytest.approx(271.3638, abs=1e-4)
    assert found(week, "12 12:58:24", "AAPL").spot == pytest.approx(262.15, abs=1e-4)


def test_only_known_closes_settle(week):
    closes = [(s.view.session.day, {x.symbol: str(x.price) for x in s.settlements}) for s in week[1] if s.closing]
    assert closes == [(WED, {"NVDA": "190.04"}), (THU, {"NVDA": "186.93"}), (FRI, {"NVDA": "182.80"})]


def test_vix_and_report_dates_are_in_the_view(week):
    first = week[1][0].view
    assert (first.vix.value, first.vix.daily) == (pytest.approx(17.87), True)
    assert [e.day for e in first.earnings["NVDA"]] == [date(2026, 2, 25)]
    assert week[1][-1].view.vix.value == pytest.approx(20.6)


def test_missing_volumes_zero_bids_and_crossed_quotes_survive(week):
    chain = found(week, "12 10:09:25", "AAPL").chain
    assert len(chain) == 2604
    assert np.isnan(chain.volume).sum() == 124
    assert (chain.bid == 0).sum() == 242
    assert (chain.bid > chain.ask).sum() == 8
    crossed = chain.quote(int(np.flatnonzero(chain.bid > chain.ask)[0]))
    assert not crossed.sound


def test_a_narrower_reading_gives_the_same_quotes(data_dir, week):
    source = open_market(f"chains:{data_dir / 'chains_2026_02'}", symbols=("AAPL",), dte_max=8)
    steps = [step for step in source.steps(THU, THU) if not step.closing]
    assert [step.view.fresh_symbols for step in steps] == [("AAPL",), ("AAPL",)]
    narrow, whole = steps[0].view.fresh("AAPL"), found(week, "12 10:09:25", "AAPL")
    contract = Contract.parse("AAPL  260213P00270000")
    one, other = narrow.quotes([contract])[0], whole.quotes([contract])[0]
    assert (one.at, one.bid, one.ask, one.volume) == (other.at, other.bid, other.ask, other.volume)
    assert 0 < len(narrow.chain) < len(whole.chain)


@pytest.fixture(scope="module")
def spx(data_dir):
    """The steps of the end-of-day chains and their source."""
    source = open_market(f"chains:{data_dir / 'chains_spx_2019'}")
    return source, list(source.steps(date(2019, 4, 25), date(2019, 6, 13)))


def test_thirty_three_of_thirty_four_days_are_sessions_and_the_holiday_is_noticed(spx):
    source, steps = spx
    decisions = [step for step in steps if not step.closing]
    assert source.grain is Grain.EOD
    assert len(decisions) == 33
    assert {f"{step.view.clock:%H:%M}" for step in decisions} == {"16:00"}
    assert [(n.symbol, n.rule, n.why) for n in source.notices] == [
        ("SPX", "CAD-1", "snapshot dated 2019-05-27, not a session: skipped")
    ]


def test_the_missing_fridays_have_no_settlement(spx):
    unknown = [step.view.session.day for step in spx[1] if step.closing and not step.settlements]
    assert unknown == [date(2019, 5, 10), date(2019, 5, 17)]
    known = {s.day: str(s.price) for step in spx[1] for s in step.settlements}
    assert known[date(2019, 5, 24)] == "2826.06"


def test_both_roots_and_the_share_of_unknown_numbers_survive(spx):
    chains = [step.view.fresh("SPX").chain for step in spx[1] if not step.closing]
    roots = Counter(root for chain in chains for root in chain.roots)
    assert roots == {"SPX": 33, "SPXW": 33}
    rows = sum(len(chain) for chain in chains)
    assert sum((chain.bid == 0).sum() for chain in chains) / rows == pytest.approx(0.06, abs=0.01)
    assert sum((chain.open_interest == 0).sum() for chain in chains) / rows == pytest.approx(0.38, abs=0.02)
    assert all(math.isfinite(chain.spot) for chain in chains)
    assert not any((chain.delta == 0).any() for chain in chains)


def test_own_volatilities_agree_with_the_exchange_s_deltas(spx):
    """Cboe's deltas come from another rate and dividend; the bulk of ours has to lie close all the same."""
    step = next(step for step in spx[1] if not step.closing)
    chain = step.view.fresh("SPX").chain
    _, deltas = pricing.implied(chain, step.view.calendar, rate=0.024, dividend_yield=0.019)
    near = np.isfinite(deltas) & (np.abs(deltas) > 0.05) & (np.abs(deltas) < 0.95)
    assert near.sum() > 3000
    assert np.median(np.abs(deltas - chain.delta)[near & np.isfinite(chain.delta)]) < 0.01
