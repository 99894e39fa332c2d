"""Recorded views: what was looked at comes back bit by bit."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.market.recording import Pass
from allusr_sdk.market.recording.packing import packed, unpacked
from allusr_sdk.market.synthetic import Script, SyntheticMarket
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, EarningsDate, Settlement, Split, Vix
from tests.market.recorded import DAY, NEXT, Told, put, record, shown, snapshot, step

NUMBERS = ("bid", "ask", "volume", "open_interest", "delta")


def test_a_week_that_was_looked_at_plays_again_as_it_was(tmp_path):
    source = SyntheticMarket(seed=7, symbols=("SPY", "AAPL"), minutes=30)
    seen = []

    def look(step):
        view = step.view
        chains = {s: view.snapshots[s].chain for s in ("SPY", "VIX")}
        contract = chains["SPY"].quote(40).contract
        quotes = view.snapshots["SPY"].quotes([contract])
        volumes = view.snapshots["SPY"].volumes(contract)
        bars = view.bars.before("SPY", view.session.day, 6), view.bars.on("SPY", view.session.day)
        seen.append((step, chains, contract, quotes, volumes, bars))

    market = record(tmp_path, source, look)
    played = list(market.play())
    assert len(played) == len(seen) == 30
    for told, (was, chains, contract, quotes, volumes, bars) in zip(played, seen, strict=True):
        now, view = told.step, told.step.view
        assert shown(view) == shown(was.view)
        assert (now.closing, now.settlements, now.actions) == (was.closing, was.settlements, was.actions)
        for symbol, chain in chains.items():
            same = view.snapshots[symbol].chain
            assert (same.symbol, same.at, same.spot, same.roots, same.expiries) == (
                chain.symbol, chain.at, chain.spot, chain.roots, chain.expiries,
            )  # fmt: skip
            for name in ("root", "expiry", "strike", "put", *NUMBERS):
                old, new = getattr(chain, name), getattr(same, name)
                assert old.dtype == new.dtype
                assert old.tobytes() == new.tobytes()
        assert tuple(view.snapshots["SPY"].quotes([contract])) == tuple(quotes)
        assert tuple(view.snapshots["SPY"].volumes(contract)) == tuple(volumes)
        assert (tuple(view.bars.before("SPY", view.session.day, 6)), view.bars.on("SPY", view.session.day)) == (
            tuple(bars[0]), bars[1],
        )  # fmt: skip
    assert not market.missed
    assert [told.passes for told in played] == [(Pass("cycle", n, n + 1),) for n in range(30)]


def test_trouble_of_feeds_and_halts_comes_back_as_it_arrived(tmp_path):
    script = Script.read({
        "feed": [{"symbol": "SPY", "day": DAY, "from": "10:00", "to": "11:00", "what": "stale"},
                 {"symbol": "VIX", "day": DAY, "from": "12:00", "to": "13:00", "what": "missing"}],
        "halts": [{"symbol": "AAPL", "day": DAY, "from": "10:00", "to": "12:00"}],
    })  # fmt: skip
    source = SyntheticMarket(seed=7, symbols=("SPY", "AAPL"), minutes=30, script=script)
    views = []
    market = record(tmp_path, source, lambda step: views.append(step.view))
    again = [step.view for step in market.steps(DAY, NEXT)]
    assert [shown(view) for view in again] == [shown(view) for view in views]
    assert any(view.halted for view in again)
    assert any(view.fresh("SPY") is None for view in again)
    assert any(view.vix is None for view in again)


def test_every_kind_of_news_comes_back_with_the_step_that_brought_it(tmp_path):
    report = EarningsDate("SPY", NEXT, "AMC", True, DAY)
    paid = Dividend("SPY", NEXT, Decimal("0.26"), date(2026, 1, 30))
    index = Vix(17.25, datetime(2026, 1, 8, 9, 31, tzinfo=NEW_YORK), (16.0, 17.0), before_open=18.0)
    actions = (paid, Split("SPY", DAY, 4), Adjustment("SPY", DAY, "merged"), EarlyExercise("SPY", DAY, True))
    steps = [
        step("10:00", vix=index, earnings={"SPY": (report,)}, dividends={"SPY": (paid,)}, actions=actions),
        step("10:30", vix=index, earnings={}, halted=frozenset({"SPY"}), rate=0.05),
        step("11:00", snapshots=[snapshot(at="11:00")]),
        step("16:15", closing=True, settlements=(Settlement("SPY", DAY, Decimal("100.12")),)),
    ]
    market = record(tmp_path, Told(*steps), lambda step: None)
    played = list(market.steps(DAY, NEXT))
    assert [shown(s.view) for s in played] == [shown(s.view) for s in steps]
    assert [(s.closing, s.settlements, s.actions) for s in played] == [
        (s.closing, s.settlements, s.actions) for s in steps
    ]


def test_strikes_and_zones_keep_their_form_because_it_shows_in_the_journal(tmp_path):
    late = datetime(2026, 1, 8, 9, 59, tzinfo=NEW_YORK)
    quote = Quote(put("100.0"), late, 1.0, 1.1, 5.0, float("nan"), -0.0)
    source = Told(step(snapshots=[snapshot(quotes=lambda wanted: [quote])]))
    market = record(tmp_path, source, lambda step: step.view.snapshots["SPY"].quotes([put()]))
    (again,) = next(market.steps(DAY, NEXT)).view.snapshots["SPY"].quotes([put()])
    assert (str(again.contract.strike), str(again.at), repr(again.delta)) == ("100.0", str(late), "-0.0")
    assert np.isnan(again.open_interest)


def test_the_evening_can_still_be_asked_in_the_morning_after(tmp_path):
    evening = snapshot(volumes=lambda contract: (1.0, 2.0))
    source = Told(step(snapshots=[evening]), step("09:30", day=NEXT, snapshots=[snapshot(at="09:30", day=NEXT)]))
    kept = []

    def look(step):
        kept.append(step.view.snapshots["SPY"])
        if len(kept) == 2:
            kept[0].volumes(put())

    market = record(tmp_path, source, look)
    first, _ = list(market.steps(DAY, NEXT))
    assert first.view.snapshots["SPY"].volumes(put()) == (1.0, 2.0)


def test_only_the_steps_of_the_period_are_played_and_know_what_came_before(tmp_path):
    steps = [step(rate=0.05), step(day=NEXT, rate=0.05)]
    market = record(tmp_path, Told(*steps), lambda step: None)
    assert [s.view.rate for s in market.steps(NEXT, NEXT)] == [0.05]
    assert market.description == "told, recorded"


FLOATS = st.one_of(
    st.floats(), st.sampled_from([float("nan"), -0.0, 0.0, float("inf"), 0.07, 1e300]),
    st.integers(0, 10**7).map(lambda cents: cents / 100), st.integers(-9999, 9999).map(lambda part: part / 10_000),
)  # fmt: skip


@given(st.lists(FLOATS, max_size=12))
def test_a_packed_column_has_the_same_bits_when_it_is_unpacked(values):
    column = np.array(values, float)
    again = unpacked(packed("bid", column))
    assert np.array_equal(np.isnan(column), np.isnan(again))
    known = ~np.isnan(column)
    assert column[known].tobytes() == again[known].tobytes()


def test_a_fixed_offset_is_kept_as_the_instant_it_names(tmp_path):
    index = Vix(17.0, datetime(2026, 1, 8, 9, 40, tzinfo=timezone(timedelta(hours=-5))))
    market = record(tmp_path, Told(step(vix=index)), lambda step: None)
    assert next(market.steps(DAY, NEXT)).view.vix.at == datetime(2026, 1, 8, 14, 40, tzinfo=UTC)
