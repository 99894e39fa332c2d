"""A synthetic market that goes as told: moves, VIX, feeds, halts, thin options, reports."""

from datetime import date, time, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.market.synthetic import Script, SyntheticMarket
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.options import Right

DAY, NEXT = date(2026, 2, 11), date(2026, 2, 12)


def steps(first=DAY, last=None, symbols=("SPY", "NVDA"), minutes=5, **tables):
    """The steps of a market that is told some tables."""
    market = SyntheticMarket(symbols=symbols, minutes=minutes, script=Script.read(tables))
    return list(market.steps(first, last or first))


def path(walked, symbol):
    """Spots by New York time."""
    return {step.view.clock.time(): step.view.snapshots[symbol].last for step in walked}


def before(walked, symbol):
    """The close before the first session."""
    view = walked[0].view
    return view.bars.before(symbol, view.session.day, 1)[0].close


def log_return(one, other):
    return float(np.log(other / one))


# --- moves ----------------------------------------------------------------------------------------------------------


def test_an_untold_market_is_the_same_bytes_as_one_told_nothing():
    plain = list(SyntheticMarket(symbols=("NVDA",)).steps(DAY, DAY))
    told = steps(symbols=("NVDA",), moves=[])
    assert [s.view.snapshots["NVDA"].last for s in plain] == [s.view.snapshots["NVDA"].last for s in told]
    assert np.array_equal(plain[9].view.snapshots["NVDA"].chain.bid, told[9].view.snapshots["NVDA"].chain.bid)


def test_a_move_without_noise_is_half_at_the_open_and_half_evenly_over_the_session():
    walked = steps(moves=[{"symbol": "NVDA", "day": DAY, "returns": -0.08, "noise": 0}])
    spots, close = path(walked, "NVDA"), before(walked, "NVDA")
    assert log_return(close, spots[time(9, 30)]) == pytest.approx(-0.04, abs=1e-4)
    assert log_return(close, spots[time(12, 45)]) == pytest.approx(-0.06, abs=1e-4)
    assert log_return(close, spots[time(16)]) == pytest.approx(-0.08, abs=1e-4)


def test_a_gap_is_all_there_at_the_open():
    walked = steps(moves=[{"symbol": "NVDA", "day": DAY, "returns": -0.20, "gap": 1, "noise": 0}])
    assert set(path(walked, "NVDA").values()) == {path(walked, "NVDA")[time(9, 30)]}
    assert log_return(before(walked, "NVDA"), path(walked, "NVDA")[time(9, 30)]) == pytest.approx(-0.20, abs=1e-4)


def test_a_move_at_an_instant_happens_there_and_several_of_a_session_add_up():
    falls = [{"symbol": "NVDA", "day": DAY, "returns": r, "at": at, "noise": 0}
             for r, at in ((-0.05, "10:30"), (0.02, "13:02"))]  # fmt: skip
    walked = steps(moves=falls)
    spots, close = path(walked, "NVDA"), before(walked, "NVDA")
    assert spots[time(9, 30)] == spots[time(10, 25)] == close
    assert log_return(close, spots[time(10, 30)]) == pytest.approx(-0.05, abs=1e-4)
    assert spots[time(10, 30)] == spots[time(13)]
    assert log_return(close, spots[time(13, 5)]) == pytest.approx(-0.03, abs=1e-4)


def test_a_path_goes_over_consecutive_sessions_across_a_holiday():
    returns = [-0.03, 0.02, -0.01]
    walked = steps(date(2026, 2, 13), date(2026, 2, 18), moves=[
        {"symbol": "NVDA", "day": "2026-02-13", "returns": returns}])  # fmt: skip
    closes = [before(walked, "NVDA"), *(s.view.snapshots["NVDA"].last for s in walked if s.closing)]
    assert np.diff(np.log(closes)) == pytest.approx(returns, abs=2e-4)
    assert [s.view.session.day.day for s in walked if s.closing] == [13, 17, 18]


def test_noise_that_is_left_moves_around_the_told_path_and_ends_on_it():
    told = [{"symbol": "NVDA", "day": DAY, "returns": -0.05, "at": "10:30"}]
    quiet, noisy = (path(walked := steps(moves=[told[0] | {"noise": noise}]), "NVDA") for noise in (0, 1))
    assert len(set(quiet.values())) == 2
    assert len(set(noisy.values())) > 40
    assert noisy[time(16)] == pytest.approx(quiet[time(16)], abs=0.02)
    assert walked[-1].view.snapshots["NVDA"].last == noisy[time(16, 15)]


def test_the_market_takes_the_others_along_and_a_single_name_takes_none():
    plain = steps(symbols=("SPY", "NVDA", "AAPL"))
    alone = steps(symbols=("SPY", "NVDA", "AAPL"), moves=[{"symbol": "NVDA", "day": DAY, "returns": -0.3}])
    all_of_them = steps(symbols=("SPY", "NVDA", "AAPL"), moves=[{"symbol": "SPY", "day": DAY, "returns": -0.08}])
    for symbol in ("SPY", "AAPL"):
        assert path(plain, symbol) == path(alone, symbol)
        assert path(all_of_them, symbol)[time(16)] < 0.96 * path(plain, symbol)[time(16)]
    assert log_return(before(all_of_them, "SPX"), path(all_of_them, "SPX")[time(16)]) == pytest.approx(-0.08, abs=1e-3)


@settings(max_examples=12)
@given(
    st.floats(-0.3, 0.3), st.floats(0, 1), st.floats(0, 1),
    st.one_of(st.none(), st.times(time(9, 30), time(16))), st.sampled_from(["SPY", "NVDA", "IWM"]),
)  # fmt: skip
def test_however_it_is_told_a_session_ends_at_its_return(total, gap, noise, at, symbol):
    move = {"symbol": symbol, "day": DAY, "returns": total, "gap": gap, "noise": noise} | ({"at": at} if at else {})
    walked = steps(symbols=(symbol,), minutes=30, moves=[move])
    assert log_return(before(walked, symbol), path(walked, symbol)[time(16)]) == pytest.approx(total, abs=2e-4)


# --- VIX ------------------------------------------------------------------------------------------------------------


def test_vix_follows_its_levels_day_by_day_and_then_reverts():
    walked = steps(DAY, date(2026, 2, 13), vix=[{"day": DAY, "levels": [52, 66]}])
    by_day = {step.view.session.day.day: step.view.vix.value for step in walked if step.closing}
    assert (by_day[11], by_day[12]) == (52.0, 66.0)
    assert 40 < by_day[13] != 66.0
    assert walked[-1].view.vix.closes[-3:-1] == (52.0, 66.0)


@cache
def closes(first, last, **climate):
    """SPY's closes and VIX's over a period whose climate is told."""
    regime = [{"day": first, "until": last, **climate}] if climate else []
    walked = [s for s in steps(first, last, symbols=("SPY",), minutes=30, regimes=regime) if s.closing]
    return np.array([s.view.snapshots["SPY"].last for s in walked]), np.array([s.view.vix.value for s in walked])


SUMMER = date(2026, 4, 1), date(2026, 8, 28)


def test_a_regime_moves_the_level_that_vix_reverts_to():
    (_, plain), (_, high) = closes(*SUMMER), closes(*SUMMER, vix=40)
    assert high[0] < 1.1 * plain[0]
    assert np.all(high[60:] > 1.5 * plain[60:])


def test_a_regime_tilts_the_market_by_its_drift():
    (plain, _), (tilted, _) = closes(*SUMMER), closes(*SUMMER, drift=0.56)
    years = (len(plain) - 1) / 252
    assert log_return(plain[-1] / plain[0], tilted[-1] / tilted[0]) == pytest.approx(0.5 * years, abs=0.06)


def test_a_rich_premium_makes_shares_move_less_than_their_options_say():
    (plain, _), (rich, vix) = closes(*SUMMER), closes(*SUMMER, premium=2.24, vix=22)
    moved = [float(np.std(np.diff(np.log(spots)))) for spots in (plain, rich)]
    assert moved[1] < 0.7 * moved[0]
    assert float(vix.mean()) > 100 * moved[1] * np.sqrt(252) * 1.8


def test_a_print_shows_for_its_minutes_and_leaves_options_alone():
    plain = steps()
    spiked = steps(prints=[{"day": DAY, "level": 81, "from": "11:00", "to": "11:15"}])
    shown = {step.view.clock.time(): step.view.vix.value for step in spiked}
    assert [clock for clock, value in shown.items() if value == 81.0] == [time(11), time(11, 5), time(11, 10)]
    at = 20
    assert plain[at].view.clock.time() == time(11, 10)
    assert np.array_equal(*(walked[at].view.snapshots["SPY"].chain.bid for walked in (plain, spiked)))
    assert spiked[at].view.snapshots["VIX"].spot == 81.0
    assert plain[-1].view.vix == spiked[-1].view.vix


def test_a_print_before_the_open_is_known_all_session_and_on_no_other():
    walked = steps(DAY, NEXT, before_open=[{"day": DAY, "high": 65.73}])
    shown = {(step.view.session.day, step.view.vix.before_open) for step in walked}
    assert shown == {(DAY, 65.73), (NEXT, None)}


def test_vix_that_stays_old_or_away():
    stretch = {"symbol": "VIX", "day": DAY, "from": "10:00", "to": "10:30"}
    plain = steps()
    stale, missing = (steps(feed=[stretch | {"what": what}]) for what in ("stale", "missing"))
    for usual, old, none in zip(plain, stale, missing, strict=True):
        inside = time(10) <= usual.view.clock.time() < time(10, 30)
        assert (none.view.vix is None) == inside
        assert old.view.vix.at == (plain[5].view.at if inside else usual.view.at)
        assert old.view.vix.value == (plain[5].view.vix.value if inside else usual.view.vix.value)


def test_vix_that_never_came_is_unknown():
    walked = steps(feed=[{"symbol": "VIX", "day": DAY, "what": "stale", "to": "09:40"}])
    assert [step.view.vix is None for step in walked[:3]] == [True, True, False]


# --- feeds ----------------------------------------------------------------------------------------------------------


def stretch(what, symbol="NVDA"):
    return [{"symbol": symbol, "day": DAY, "what": what, "from": "10:00", "to": "10:30"}]


def test_a_stale_snapshot_stays_as_old_as_it_is():
    walked = steps(feed=stretch("stale"))
    kept = walked[5].view.snapshots["NVDA"]
    assert all(step.view.snapshots["NVDA"] is kept for step in walked[6:12])
    assert walked[12].view.snapshots["NVDA"].at == walked[12].view.at
    assert [step.view.fresh("NVDA") is None for step in walked[5:13]] == [False] + [True] * 6 + [False]
    assert all(step.view.fresh("SPY") for step in walked)
    assert walked[-1].settlements == steps()[-1].settlements


def test_a_feed_that_is_down_for_all_leaves_nothing_fresh():
    walked = steps(feed=stretch("stale", "*"))
    assert walked[7].view.fresh_symbols == ()
    assert walked[7].view.vix.at == walked[5].view.at
    assert "SPX" in walked[12].view.fresh_symbols


def test_a_symbol_that_never_came_is_not_shown():
    walked = steps(feed=[{"symbol": "NVDA", "day": DAY, "what": "stale"}])
    assert all("NVDA" not in step.view.snapshots for step in walked)


def quoted(walked, mark, symbol="NVDA"):
    """A contract near the money, its row in the chain and its quote alone."""
    snapshot = walked[mark].view.snapshots[symbol]
    plain = steps()[mark].view.snapshots[symbol].chain.side(date(2026, 2, 20), Right.PUT)
    usual = plain.quote(int(np.argmin(np.abs(plain.strike - plain.spot))))
    return usual, snapshot.chain and snapshot.chain.find(usual.contract), snapshot.quotes([usual.contract])[0]


def test_a_missing_chain_is_none_and_quotes_nothing_while_the_share_goes_on():
    walked = steps(feed=stretch("missing"))
    usual, row, alone = quoted(walked, 8)
    assert (row, alone) == (None, None)
    assert walked[8].view.snapshots["NVDA"].volumes(usual.contract) == ()
    assert walked[8].view.fresh("NVDA").spot > 0
    usual, row, alone = quoted(walked, 12)
    assert usual == row == alone


@pytest.mark.parametrize(("what", "sides"), [("crossed", lambda q: (q.ask, q.bid)), ("zero", lambda q: (0.0, 0.0))])
def test_crossed_and_zero_quotes_are_in_the_chain_and_alone_and_not_sound(what, sides):
    usual, row, alone = quoted(steps(feed=stretch(what)), 8)
    assert row == alone
    assert (row.bid, row.ask) == sides(usual)
    assert usual.sound
    assert not row.sound
    assert row.open_interest == usual.open_interest


# --- halts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quotes", ["gone", "stale"])
def test_a_halt_is_told_freezes_the_price_and_ends_with_a_jump(quotes):
    halt = [{"symbol": "NVDA", "day": DAY, "from": "10:00", "to": "11:00", "quotes": quotes}]
    fall = [{"symbol": "NVDA", "day": DAY, "returns": -0.1, "noise": 0, "gap": 0}]
    walked, plain = steps(halts=halt, moves=fall), steps(moves=fall)
    assert [step.view.halted for step in walked[5:19]] == [frozenset()] + [frozenset({"NVDA"})] * 12 + [frozenset()]
    spots = path(walked, "NVDA")
    assert {spots[time(10, m)] for m in range(0, 60, 5)} == {path(plain, "NVDA")[time(9, 55)]}
    assert spots[time(11)] == path(plain, "NVDA")[time(11)]
    assert walked[8].view.fresh("NVDA") is not None
    _, row, alone = quoted(walked, 8)
    assert row.sound == (quotes == "stale")
    assert row == alone
    assert row.at == (walked[5].view.at if quotes == "stale" else walked[8].view.at)
    assert quoted(walked, 18)[1].sound


def test_a_halt_into_the_close_opens_where_the_path_went():
    halt = [{"symbol": "NVDA", "day": DAY, "from": "15:00"}]
    walked, plain = steps(DAY, NEXT, halts=halt), steps(DAY, NEXT)
    end = next(i for i, step in enumerate(walked) if step.closing)
    assert walked[end].view.snapshots["NVDA"].last == plain[end - 14].view.snapshots["NVDA"].last
    assert {s.symbol: float(s.price) for s in walked[end].settlements}["NVDA"] == walked[end].view.snapshots[
        "NVDA"
    ].last
    assert [s.view.snapshots["NVDA"].last for s in walked[end + 1 :]] == [
        s.view.snapshots["NVDA"].last for s in plain[end + 1 :]
    ]


def test_a_second_halt_shows_the_quotes_before_itself():
    halts = [
        {"symbol": "NVDA", "day": day, "from": "10:00", "to": "11:00", "quotes": "stale"}
        for day in (DAY, date(2026, 2, 13))
    ]
    walked = steps(DAY, date(2026, 2, 13), halts=halts)
    halted = [step.view for step in walked if step.view.halted]
    assert {view.session.day - view.snapshots["NVDA"].chain.at.date() for view in halted} == {timedelta(0)}


# --- liquidity ------------------------------------------------------------------------------------------------------


def test_thin_options_have_a_part_of_the_volume_and_wider_spreads_on_their_days():
    thin = steps(DAY, NEXT, liquidity=[{"symbol": "NVDA", "day": DAY, "until": DAY, "depth": 0.01, "spread": 4}])
    plain = steps(DAY, NEXT)
    for mark, thinner in ((40, True), (120, False)):
        one, other = (w[mark].view.snapshots["NVDA"] for w in (thin, plain))
        assert np.array_equal(one.chain.strike, other.chain.strike)
        assert (one.chain.open_interest.sum() < 0.011 * other.chain.open_interest.sum()) == thinner
        assert (one.chain.volume.sum() < 0.011 * other.chain.volume.sum()) == thinner
        assert (np.median(one.chain.ask - one.chain.bid) > 2 * np.median(other.chain.ask - other.chain.bid)) == thinner
        side = other.chain.side(date(2026, 2, 20), Right.PUT)
        contract = side.quote(len(side) // 2).contract
        assert (max(one.volumes(contract)) < 0.02 * max(other.volumes(contract))) == thinner
    assert np.array_equal(*(w[40].view.snapshots["SPY"].chain.ask for w in (thin, plain)))


# --- reports --------------------------------------------------------------------------------------------------------


def test_a_told_report_replaces_the_quarters_one_in_the_calendar_and_in_the_price():
    told = steps(DAY, date(2026, 2, 27), ("NVDA",), 30, earnings=[
        {"symbol": "NVDA", "day": NEXT, "session": "BMO", "confirmed": False}])  # fmt: skip
    plain = steps(DAY, date(2026, 2, 27), ("NVDA",), 30)
    ahead = [e for e in told[0].view.earnings["NVDA"] if e.day >= DAY]
    assert [(e.day, e.session, e.confirmed) for e in ahead[:1]] == [(NEXT, "BMO", False)]
    assert not any(e.day.month == 2 and e.day != NEXT for e in ahead)
    assert ahead[0].as_of == DAY - timedelta(days=1)

    def gaps(walked):
        opens = {s.view.session.day: s.view for s in walked if s.view.clock.time() == time(9, 30)}
        last = {d: v.bars.before("NVDA", d, 1)[0].close for d, v in opens.items()}
        return {d: log_return(last[d], v.snapshots["NVDA"].last) for d, v in opens.items()}

    usual = next(e.day for e in plain[0].view.earnings["NVDA"] if e.day >= DAY)
    told_gaps, plain_gaps = gaps(told), gaps(plain)
    changed = {d for d in told_gaps if abs(told_gaps[d] - plain_gaps[d]) > 0.01}
    assert changed <= {NEXT, xnys().after(usual).day}
    assert xnys().after(usual).day in changed


def test_both_share_classes_report_together():
    walked = steps(symbols=("GOOG", "GOOGL"), minutes=30, earnings=[{"symbol": "GOOG", "day": NEXT}])
    for symbol in ("GOOG", "GOOGL"):
        assert NEXT in [e.day for e in walked[0].view.earnings[symbol]]


@pytest.mark.parametrize("as_of", [None, date(2026, 1, 12)])
def test_a_calendar_that_is_absent_or_too_old(as_of):
    trouble = {"symbol": "NVDA", "day": DAY, "until": DAY} | ({"as_of": as_of} if as_of else {})
    walked = steps(DAY, NEXT, ("NVDA", "AAPL"), 30, calendars=[trouble])
    first, last = walked[0].view.earnings, walked[-1].view.earnings
    assert ("NVDA" in first) == (as_of is not None)
    assert {e.as_of for e in first.get("NVDA", ())} == ({as_of} if as_of else set())
    assert {e.as_of for e in last["NVDA"]} == {DAY}
    assert {e.as_of for e in first["AAPL"]} == {DAY - timedelta(days=1)}
