"""The indices that hedges trade: SPX and XSP after SPY, and options on VIX."""

from datetime import date, timedelta

import numpy as np
import pytest

from allusr_sdk.market import pricing
from allusr_sdk.market.synthetic import INDICES, Script, SyntheticMarket
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.options import Right

DAY = date(2026, 2, 12)
INSIDE = 40


def walked(first=DAY, last=None, **options):
    return list(SyntheticMarket(**options).steps(first, last or first))


@pytest.fixture(scope="module")
def view():
    return walked(symbols=("SPY",))[INSIDE].view


def test_indices_are_shown_beside_whatever_is_asked_for_and_only_if_wanted():
    assert set(walked(symbols=("NVDA",))[0].view.snapshots) == {"NVDA", *INDICES}
    assert set(walked(symbols=("NVDA", "XSP"), hedges=False)[0].view.snapshots) == {"NVDA", "XSP"}
    assert set(walked(symbols=("NVDA",), hedges=False)[0].view.snapshots) == {"NVDA"}


def test_an_index_has_the_same_path_whoever_is_beside_it(view):
    other = walked(symbols=("NVDA",))[INSIDE].view
    for symbol in INDICES:
        assert other.snapshots[symbol].last == view.snapshots[symbol].last
        assert other.bars.before(symbol, DAY, 300) == view.bars.before(symbol, DAY, 300)


def test_spx_and_xsp_are_multiples_of_spy_day_after_day(view):
    closes = {s: np.array([bar.close for bar in view.bars.before(s, DAY, 300)]) for s in ("SPY", "SPX", "XSP")}
    assert closes["SPX"] / closes["SPY"] == pytest.approx(np.full(300, 10.0), rel=2e-3)
    assert closes["SPX"] / closes["XSP"] == pytest.approx(np.full(300, 10.0), rel=2e-3)
    assert np.isnan(view.snapshots["SPX"].bid)
    assert view.snapshots["SPX"].spot == pytest.approx(10 * view.snapshots["SPY"].spot, rel=2e-3)


@pytest.mark.parametrize(("symbol", "root"), [("SPX", "SPXW"), ("XSP", "XSP")])
def test_index_options_are_european_cash_settled_and_listed_for_more_than_a_year(view, symbol, root):
    chain = view.snapshots[symbol].chain
    assert chain.roots == (root,)
    kind = chain.quote(0).contract.kind
    assert (kind.underlying, kind.european, kind.cash_settled, kind.morning) == (symbol, True, True, False)
    days = [(expiry - DAY).days for expiry in chain.expiries]
    assert any(180 <= d <= 365 for d in days)
    assert max(days) > 365
    rows = [chain.quote(row) for row in range(0, len(chain), 97)]
    assert list(view.snapshots[symbol].quotes([row.contract for row in rows])) == rows


@pytest.mark.parametrize("symbol", ["SPX", "XSP"])
@pytest.mark.parametrize("day", [date(2025, 6, 3), date(2025, 10, 1), DAY, date(2026, 7, 14), date(2026, 12, 1)])
def test_puts_that_hedge_can_be_bought_in_any_season(symbol, day):
    view = walked(day, symbols=("SPY",), minutes=30)[9].view
    chain = view.snapshots[symbol].chain
    expiry = min((e for e in chain.expiries if 182 <= (e - day).days <= 365), key=lambda e: abs((e - day).days - 180))
    side = chain.side(expiry, Right.PUT)
    for below in (0.90, 0.85, 0.80):
        quote = side.quote(int(np.argmin(np.abs(side.strike - below * side.spot))))
        assert abs(float(quote.contract.strike) / side.spot - below) < 0.02
        assert quote.sound
        assert quote.spread <= 0.05
    liquid = (side.open_interest >= 500) & (np.abs(side.strike / side.spot - 0.9) < 0.03)
    assert liquid.any()


def test_an_index_put_in_the_money_may_be_worth_less_than_its_exercise(view):
    side = view.snapshots["SPX"].chain.side(max(view.snapshots["SPX"].chain.expiries), Right.PUT)
    deep = int(np.argmin(np.abs(side.strike - 1.15 * side.spot)))
    assert side.ask[deep] < side.strike[deep] - side.spot


def test_indices_pay_nothing_report_nothing_and_settle_but_for_vix_on_their_close():
    steps = walked(date(2026, 3, 20), symbols=("SPY",))
    assert all(action.symbol == "SPY" for step in steps for action in step.actions)
    for known in (steps[0].view.dividends, steps[0].view.earnings):
        assert [known[symbol] for symbol in INDICES] == [(), (), ()]
    prices = {s.symbol: float(s.price) for s in steps[-1].settlements}
    assert set(prices) == {"SPY", "SPX", "XSP"}
    assert prices["SPX"] == steps[-1].view.snapshots["SPX"].last


def test_vix_is_the_index_itself_and_its_bars_are_its_days(view):
    assert view.snapshots["VIX"].spot == view.vix.value
    assert [bar.close for bar in view.bars.before("VIX", DAY, 30)] == list(view.vix.closes[-30:])


def test_vix_options_expire_on_wednesdays_thirty_days_before_a_monthly_expiry(view):
    expiries = view.snapshots["VIX"].chain.expiries
    assert len(expiries) >= 8
    for expiry in expiries:
        later = expiry + timedelta(days=30)
        assert expiry.weekday() == 2 or xnys().session(expiry + timedelta(days=1)) is None or later.weekday() == 3
        assert 14 <= later.day <= 21


def forwards(view):
    """The forward of each expiry, from put-call parity at the strike next to it."""
    chain, found = view.snapshots["VIX"].chain, {}
    for expiry in chain.expiries:
        puts, calls = (chain.side(expiry, right) for right in (Right.PUT, Right.CALL))
        years = (expiry - view.session.day).days / 365
        gap = (calls.bid + calls.ask - puts.bid - puts.ask) / 2
        near = int(np.argmin(np.abs(gap)))
        found[expiry] = float(puts.strike[near] + gap[near] * np.exp(0.04 * years))
    return found


@pytest.mark.parametrize("level", [12.0, 45.0])
def test_vix_forwards_lie_between_the_index_and_its_mean_the_later_the_nearer_to_it(level):
    script = Script.read({"vix": [{"day": DAY, "levels": [level]}]})
    view = walked(symbols=("SPY",), script=script)[INSIDE].view
    curve = list(forwards(view).values())
    distance = np.abs(np.array(curve) - 18.3)
    assert np.all(np.diff(distance) < 0.3)
    assert distance[-1] < 0.25 * abs(level - 18.3)
    assert np.all((np.array(curve) - 18.3) * (level - 18.3) > 0)


def test_vix_volatility_is_high_and_falls_with_time(view):
    chain, sigma = view.snapshots["VIX"].chain, []
    for expiry, forward in forwards(view).items():
        side = chain.side(expiry, Right.CALL)
        near, years = int(np.argmin(np.abs(side.strike - forward))), (expiry - DAY).days / 365
        sigma.append(float(pricing.implied_volatility(
            (side.bid[near] + side.ask[near]) / 2, put=False, spot=forward * np.exp(-0.04 * years),
            strike=side.strike[near], years=years, rate=0.04)))  # fmt: skip
    assert sigma == sorted(sigma, reverse=True)
    assert 0.7 < sigma[0] < 1.3
    assert 0.35 < sigma[-1] < 0.6


def test_a_call_on_vix_that_hedges_can_be_bought(view):
    chain = view.snapshots["VIX"].chain
    expiry = min((e for e in chain.expiries if (e - DAY).days >= 120), key=lambda e: abs((e - DAY).days - 180))
    side = chain.side(expiry, Right.CALL)
    quote = side.quote(int(np.argmin(np.abs(side.strike - 30))))
    assert float(quote.contract.strike) == 30
    assert quote.sound
    assert 0.2 < quote.mid < 4
    assert quote.open_interest >= 500
    assert round(quote.ask - quote.bid, 2) <= 0.05  # one tick of its class
    assert view.snapshots["VIX"].quotes([quote.contract]) == (quote,)
