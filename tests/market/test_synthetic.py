"""The synthetic market as a source: deterministic, without look-ahead, and with the facts that rules rest on."""

import os
import subprocess
import sys
from datetime import date, time, timedelta
from hashlib import sha256

import numpy as np
import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.market.synthetic import INDICES, SHARES, Script, SyntheticMarket
from allusr_sdk.model.views import Grain

MONDAY, FRIDAY = date(2026, 2, 9), date(2026, 2, 13)
CRASH = date(2026, 2, 11)


def digest(seed=7, first=MONDAY, last=FRIDAY, symbols=("AAPL", "SPY", "GOOG")):
    """Everything a week shows: spots at every step, and the chain columns of three instants a day."""
    told = sha256()
    for step in SyntheticMarket(seed=seed, symbols=symbols).steps(first, last):
        view = step.view
        told.update(repr((view.at, step.closing, view.vix, step.settlements, view.earnings)).encode())
        for symbol, snapshot in view.snapshots.items():
            told.update(repr((symbol, snapshot.bid, snapshot.ask, snapshot.last)).encode())
            if step.closing or (view.clock.minute == 30 and view.clock.hour % 3 == 0):
                chain = snapshot.chain
                for name in ("expiry", "strike", "put", "bid", "ask", "volume", "open_interest", "delta"):
                    told.update(np.ascontiguousarray(getattr(chain, name)).tobytes())
                told.update(repr(view.bars.before(symbol, view.session.day, 30)).encode())
    return told.hexdigest()


def told(*moves):
    """A script of log-returns by symbol and day."""
    return Script.read({"moves": [{"symbol": s, "day": d, "returns": r} for s, d, r in moves]})


def spots(steps):
    return [(step.view.at, step.closing, *(s.last for s in step.view.snapshots.values())) for step in steps]


@pytest.fixture(scope="module")
def week():
    return list(SyntheticMarket().steps(MONDAY, FRIDAY))


def test_the_same_seed_gives_the_same_bytes_again_and_in_another_process():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_synthetic; print(test_synthetic.digest())"
    other = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    command = [sys.executable, "-c", code, os.path.dirname(__file__)]
    shown = subprocess.run(
        command, env=other, capture_output=True, text=True, check=True, cwd=os.path.dirname(__file__)
    )
    assert digest() == digest() == shown.stdout.strip()


def test_another_seed_is_another_market():
    assert digest(seed=8, last=MONDAY) != digest(seed=7, last=MONDAY)


def test_what_is_known_on_a_day_does_not_depend_on_how_far_the_run_goes(week):
    assert spots(SyntheticMarket().steps(MONDAY, MONDAY + timedelta(days=1))) == spots(week)[: 2 * 80]


def test_a_run_that_begins_later_sees_the_same_market(week):
    assert spots(SyntheticMarket().steps(FRIDAY, FRIDAY)) == spots(week)[-80:]


def test_a_symbol_has_the_same_path_whoever_is_beside_it(week):
    alone = [step.view.snapshots["NVDA"].last for step in SyntheticMarket(symbols=("NVDA",)).steps(MONDAY, FRIDAY)]
    assert alone == [step.view.snapshots["NVDA"].last for step in week]


def test_steps_are_every_mark_from_open_to_close_and_one_closing_step(week):
    clocks = [step.view.clock for step in week[:80]]
    assert (clocks[0].time(), clocks[1].time(), clocks[78].time(), clocks[79].time()) == (
        time(9, 30), time(9, 35), time(16), time(16, 15)
    )  # fmt: skip
    assert [step.closing for step in week[:80]] == [False] * 79 + [True]
    assert all(step.view.grain is Grain.GRID for step in week)
    assert all(step.view.fresh_symbols == tuple(sorted({**SHARES, **INDICES})) for step in week)


def test_a_half_day_closes_at_one():
    steps = list(SyntheticMarket(symbols=("SPY",)).steps(date(2026, 11, 27), date(2026, 11, 27)))
    assert [step.view.clock.time() for step in steps[-2:]] == [time(13), time(13, 15)]
    assert len(steps) == 44


def test_settlements_are_the_last_spots_and_known_only_after_the_close(week):
    assert all(step.settlements == () for step in week if not step.closing)
    for before, step in zip(week[78::80], week[79::80], strict=True):
        assert {s.symbol: float(s.price) for s in step.settlements} == {
            symbol: snapshot.last for symbol, snapshot in before.view.snapshots.items() if symbol != "VIX"
        }
        assert {s.day for s in step.settlements} == {step.view.session.day}


def test_todays_bar_and_vix_close_are_known_only_on_the_closing_step(week):
    inside, closing = week[78].view, week[79].view
    assert inside.bars.on("SPY", MONDAY) is None
    assert inside.bars.before("SPY", date(2030, 1, 1), 1)[0].day < MONDAY
    assert closing.bars.on("SPY", MONDAY).close == inside.snapshots["SPY"].last
    assert len(closing.vix.closes) == len(inside.vix.closes)
    assert closing.vix.closes[:-1] == inside.vix.closes[1:]
    assert closing.vix.closes[-1] == closing.vix.value


def test_three_hundred_daily_bars_are_there_before_the_first_step_and_hold_together(week):
    view = week[0].view
    for symbol in SHARES:
        bars = view.bars.before(symbol, MONDAY, 300)
        assert len(bars) == 300
        assert bars[-1].day == date(2026, 2, 6)
        assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
        assert all(bar.volume > 0 for bar in bars)
        assert [bar.day for bar in bars] == sorted({bar.day for bar in bars})


def test_the_grids_own_extremes_are_the_days_bar(week):
    seen = [step.view.snapshots["TSLA"].last for step in week[:79]]
    bar = week[79].view.bars.on("TSLA", MONDAY)
    assert (bar.open, bar.high, bar.low, bar.close) == (seen[0], max(seen), min(seen), seen[-1])


def test_vix_is_confirmed_at_every_step(week):
    assert all(step.view.vix.at == step.view.at and 8 < step.view.vix.value < 100 for step in week)


def test_report_dates_are_fresh_confirmed_and_known_of_funds_to_be_none(week):
    for step in week[::40]:
        for symbol, known in step.view.earnings.items():
            today = step.view.session.day
            assert all(today - timedelta(days=3) <= e.as_of <= today and e.confirmed for e in known)
            assert (known == ()) == (symbol in INDICES or SHARES[symbol].fund)
            assert not known or (known[0].day < today <= known[1].day < known[2].day)


def test_a_dividend_lowers_the_price_on_its_ex_date():
    market = SyntheticMarket(symbols=("SPY",), script=told(("SPY", date(2026, 3, 20), 0.0)))
    (dividend,) = market.dividends("SPY", date(2026, 3, 1), date(2026, 3, 31))
    assert dividend.ex_day == date(2026, 3, 20)
    last = list(market.steps(dividend.ex_day, dividend.ex_day))[-1].view
    before = last.bars.before("SPY", dividend.ex_day, 1)[0].close
    assert last.snapshots["SPY"].last == pytest.approx(before - float(dividend.amount), abs=0.006)


def test_a_told_crash_happens_raises_vix_and_leaves_the_days_before_alone(week):
    market = SyntheticMarket(script=told(("SPY", CRASH, -0.10), ("AAPL", CRASH, -0.15)))
    bent = list(market.steps(MONDAY, FRIDAY))
    assert spots(bent)[: 2 * 80] == spots(week)[: 2 * 80]
    before, after = bent[2 * 80 - 1].view, bent[3 * 80 - 1].view
    move = {s: np.log(after.snapshots[s].last / before.snapshots[s].last) for s in SHARES}
    assert move["SPY"] == pytest.approx(-0.10, abs=1e-4)
    assert move["AAPL"] == pytest.approx(-0.15, abs=1e-4)
    assert all(move[s] < -0.04 for s in SHARES)
    assert after.vix.value > 1.5 * before.vix.value
    assert market.description != SyntheticMarket().description


def test_a_told_vix_level_holds_for_the_day_and_reverts():
    script = Script.read({"vix": [{"day": CRASH, "levels": [55.0]}]})
    bent = list(SyntheticMarket(symbols=("SPY",), script=script).steps(MONDAY, FRIDAY))
    assert {step.view.vix.value for step in bent if step.view.session.day == CRASH} == {55.0}
    assert 30 < bent[-1].view.vix.value != 55.0


def test_names_move_together_by_their_betas_and_share_classes_as_one():
    view = list(SyntheticMarket(minutes=30).steps(date(2026, 12, 30), date(2026, 12, 30)))[-1].view
    after = view.session.day + timedelta(days=1)
    closes = {s: np.array([bar.close for bar in view.bars.before(s, after, 700)]) for s in SHARES}
    moves = {s: np.diff(np.log(c)) for s, c in closes.items()}
    with_market = {s: np.corrcoef(moves["SPY"], moves[s])[0, 1] for s in SHARES}
    assert np.corrcoef(moves["GOOG"], moves["GOOGL"])[0, 1] > 0.999
    assert all(0.3 < with_market[s] < 0.9 for s in SHARES if not SHARES[s].fund)
    assert with_market["QQQ"] > 0.75
    assert np.diff(np.log(view.vix.closes)).std() > 0.04
    assert np.corrcoef(np.diff(np.log(view.vix.closes)), moves["SPY"][-299:])[0, 1] < -0.6


def test_the_tables_spots_hold_where_the_year_begins():
    view = next(iter(SyntheticMarket().steps(date(2026, 1, 2), date(2026, 1, 2)))).view
    for symbol, profile in SHARES.items():
        assert view.bars.before(symbol, view.session.day, 1)[0].close == pytest.approx(profile.spot, rel=2e-3)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"symbols": ("AAPL", "IBM")}, "IBM"), ({"symbols": ()}, "AAPL"), ({"minutes": 7}, "7 minutes")],
)
def test_an_unknown_symbol_or_grid_is_refused(wrong, told):
    with pytest.raises(InputError, match=told):
        SyntheticMarket(**wrong)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(2024, 6, 3), date(2024, 6, 7), "begins on 2025-03"),
        (date(2026, 2, 2), date(2026, 2, 1), "ends before it begins"),
        (date(2026, 2, 2), date(2090, 2, 1), "calendar"),
    ],
)
def test_a_period_outside_the_market_is_refused_in_one_line(first, last, told):
    with pytest.raises(InputError, match=told) as refusal:
        list(SyntheticMarket().steps(first, last))
    assert "\n" not in str(refusal.value)
