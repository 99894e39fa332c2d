"""Recorded views: what was looked at comes back bit by bit, what was not is refused, and a cut file still plays."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.errors import DataError, InputError
from allusr_sdk.market.recording import Head, NotRecorded, Pass, RecordedMarket, Recorder
from allusr_sdk.market.recording.packing import packed, unpacked
from allusr_sdk.market.recording.store import place
from allusr_sdk.market.synthetic import Script, SyntheticMarket
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import (
    Adjustment,
    Bar,
    Dividend,
    EarlyExercise,
    EarningsDate,
    Grain,
    MarketView,
    Settlement,
    Snapshot,
    Split,
    Step,
    Vix,
)

DAY, NEXT = date(2026, 1, 8), date(2026, 1, 9)
HEAD = Head(first="0" * 64, market="told", settings="s", rulebook="r", plugins={}, tables={}, rules={})
NUMBERS = ("bid", "ask", "volume", "open_interest", "delta")


def record(folder, source, look, first=DAY, last=NEXT, run=1):
    """Walk a source as a run does, looking at each step; returns the recording."""
    recorder = Recorder(folder)
    try:
        for number, step in enumerate(recorder.watch(source, first, last)):
            if not number:
                recorder.begin(run, HEAD)
            look(step)
            recorder.passed("cycle", number, number + 1)
    finally:
        recorder.close()
    assert not recorder.problem
    return RecordedMarket(place(folder, run))


class Told:
    """A source of given steps."""

    description = "told"

    def __init__(self, *steps):
        self._steps = steps

    def steps(self, first, last):
        return iter(self._steps)


class NoBars:
    """A source of bars that knows one."""

    def before(self, symbol, day, count):
        known = [Bar(date(2026, 1, d), 1.0, 2.0, 0.5, 1.5) for d in (2, 5, 6, 7) if date(2026, 1, d) < day]
        return known[-count:]

    def on(self, symbol, day):
        return Bar(day, 1.0, 2.0, 0.5, 1.5) if symbol == "SPY" else None


def step(at="10:00", *, day=DAY, snapshots=(), **parts):
    """A step whose view shows little."""
    instant = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))
    told = {name: parts.pop(name) for name in ("closing", "settlements", "actions") if name in parts}
    view = {"vix": None, "earnings": {}, "grain": Grain.COARSE, **parts}
    shown = {s.symbol: s for s in snapshots}
    made = MarketView(
        at=instant, session=xnys().session(day), calendar=xnys(), snapshots=shown, bars=NoBars(), **view
    )  # fmt: skip
    return Step(made, **told)


def snapshot(symbol="SPY", at="10:00", day=DAY, **looks):
    """A snapshot without options."""
    instant = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))
    known = {"quotes": lambda wanted: [None for _ in wanted], "volumes": lambda contract: (), **looks}
    return Snapshot(symbol, instant, 99.0, 101.0, 100.0, known.pop("make_chain", None), **known)


def put(strike="100"):
    """A put whose strike is written as given."""
    return Contract("SPY", NEXT, Right.PUT, Decimal(strike))


def shown(view):
    """The light parts of a view, instants with their zones."""
    return (
        view.at, str(view.at.tzinfo), view.session, view.grain, view.vix, view.vix and str(view.vix.at.tzinfo),
        dict(view.earnings), dict(view.dividends), view.rate, view.halted,
        {s: (x.at, str(x.at.tzinfo), repr(x.bid), repr(x.ask), repr(x.last), x.dividend_yield, x.make_chain is None)
         for s, x in view.snapshots.items()},
    )  # fmt: skip


# --- what comes back -----------------------------------------------------------------------------------------------


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


# --- what was not looked at ----------------------------------------------------------------------------------------


def looks():
    """Looks that are each refused after a walk that looked at nothing, with the words."""
    day = DAY
    yield lambda view: view.snapshots["SPY"].chain, "the chain of SPY at 10:00:00"
    yield lambda view: view.snapshots["SPY"].quotes([put()]), "the quote of SPY 9 Jan 100 put at 10:00:00"
    yield lambda view: view.snapshots["SPY"].volumes(put()), "the volumes of SPY 9 Jan 100 put at 10:00:00"
    yield lambda view: view.bars.before("SPY", day, 30), "30 daily bars of SPY before 2026-01-08"
    yield lambda view: view.bars.on("SPY", day), "the daily bar of SPY on 2026-01-08"


@pytest.mark.parametrize(("look", "words"), list(looks()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_nobody_looked_at_is_refused_by_name_and_never_empty(tmp_path, look, words):
    source = Told(step(snapshots=[snapshot(make_chain=lambda: pytest.fail("nobody asked"))]))
    market = record(tmp_path, source, lambda step: None)
    view = next(market.steps(DAY, NEXT)).view
    with pytest.raises(NotRecorded, match=words):
        look(view)
    assert market.missed == [words]


def test_an_absent_quote_that_was_asked_for_is_absent_and_no_miss(tmp_path):
    source = Told(step(snapshots=[snapshot()]))
    market = record(tmp_path, source, lambda step: step.view.snapshots["SPY"].quotes([put()]))
    assert next(market.steps(DAY, NEXT)).view.snapshots["SPY"].quotes([put()]) == (None,)
    assert not market.missed


def test_an_opened_chain_answers_for_all_of_its_contracts(tmp_path):
    source = SyntheticMarket(seed=7, symbols=("SPY",), minutes=30, hedges=False)
    market = record(tmp_path, source, lambda step: step.view.snapshots["SPY"].chain)
    snap = next(market.steps(DAY, NEXT)).view.snapshots["SPY"]
    row = snap.chain.quote(3)
    assert snap.quotes([row.contract, put("0.01")]) == (row, None)


def test_of_longer_bars_the_newest_answer_a_shorter_question(tmp_path):
    source = Told(step(snapshots=[snapshot()]))
    market = record(tmp_path, source, lambda step: step.view.bars.before("SPY", DAY, 4))
    bars = next(market.steps(DAY, NEXT)).view.bars
    assert [bar.day.day for bar in bars.before("SPY", DAY, 2)] == [6, 7]
    with pytest.raises(NotRecorded, match="22 daily bars of SPY"):
        bars.before("SPY", DAY, 22)


def test_a_month_of_bars_is_there_though_nobody_asked(tmp_path):
    market = record(tmp_path, Told(step(snapshots=[snapshot()])), lambda step: None)
    bars = next(market.steps(DAY, NEXT)).view.bars
    assert [bar.day.day for bar in bars.before("SPY", DAY, 20)] == [2, 5, 6, 7]


def test_beside_volumes_that_were_asked_for_there_are_those_of_the_strikes_around(tmp_path):
    source = SyntheticMarket(seed=7, symbols=("SPY",), minutes=30, hedges=False)

    def look(step):
        snap = step.view.snapshots["SPY"]
        side = snap.chain.side(NEXT, Right.PUT)
        snap.volumes(side.quote(20).contract)

    market = record(tmp_path, source, look, DAY, DAY)
    fresh = next(source.steps(DAY, DAY)).view.snapshots["SPY"]
    snap = next(market.steps(DAY, NEXT)).view.snapshots["SPY"]
    side = snap.chain.side(NEXT, Right.PUT)
    for row in range(17, 24):
        contract = side.quote(row).contract
        assert tuple(snap.volumes(contract)) == tuple(fresh.volumes(contract))
    with pytest.raises(NotRecorded, match="the volumes of SPY"):
        snap.volumes(side.quote(24).contract)


def test_a_source_that_cannot_answer_for_a_neighbour_does_not_fail_the_run(tmp_path):
    class Narrow(NoBars):
        """Knows no month."""

        def before(self, symbol, day, count):
            if count > 5:
                raise LookupError(count)
            return super().before(symbol, day, count)

    told = step(snapshots=[snapshot()])
    narrow = Step(evolve(told.view, bars=Narrow()))
    market = record(tmp_path, Told(narrow), lambda step: step.view.bars.before("SPY", DAY, 1))
    assert len(next(market.steps(DAY, NEXT)).view.bars.before("SPY", DAY, 1)) == 1


def test_a_miss_passes_whoever_catches_errors_as_an_interrupt_does(tmp_path):
    market = record(tmp_path, Told(step(snapshots=[snapshot()])), lambda step: None)
    view = next(market.steps(DAY, NEXT)).view

    def careless():
        try:
            return view.snapshots["SPY"].volumes(put())
        except Exception:
            return ()

    with pytest.raises(NotRecorded):
        careless()


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(tmp_path):
    """A recording of three short steps, and its bytes."""
    steps = [step(at, snapshots=[snapshot(at=at)]) for at in ("10:00", "10:30", "11:00")]
    market = record(tmp_path / "whole", Told(*steps), lambda step: step.view.snapshots["SPY"].volumes(put()))
    return place(tmp_path / "whole", 1).read_bytes(), [shown(s.view) for s in market.steps(DAY, NEXT)]


def test_a_file_that_was_cut_anywhere_plays_what_is_whole_and_says_what_is_torn(whole, tmp_path):
    content, views = whole
    frames = []
    for end in range(len(content) + 1):
        (tmp_path / "1.views").write_bytes(content[:end])
        try:
            market = RecordedMarket(tmp_path / "1.views")
        except DataError:
            assert not frames  # only before the first frame there is nothing to play
            continue
        played = [shown(s.view) for s in market.steps(DAY, NEXT)]
        assert played == views[: len(played)]
        frames.append((len(played), market.torn))
    assert [count for count, torn in frames if torn == 0] == [0, 1, 2, 3]
    assert sorted({count for count, torn in frames if torn}) == [0, 1, 2]


def test_a_damaged_file_is_refused_where_it_is_damaged(whole, tmp_path):
    content, _ = whole
    (tmp_path / "1.views").write_bytes(content[:-10] + b"\0" + content[-9:])
    market = RecordedMarket(tmp_path / "1.views")
    with pytest.raises(DataError, match=r"1\.views: damaged at byte \d+"):
        list(market.steps(DAY, NEXT))


def test_another_file_or_none_is_refused(tmp_path):
    (tmp_path / "1.views").write_bytes(b"a,b,c\n1,2,3\n")
    with pytest.raises(DataError, match=r"1\.views: not a recording of views"):
        RecordedMarket(tmp_path / "1.views")
    with pytest.raises(InputError, match="no views at"):
        RecordedMarket(tmp_path / "2.views")


def test_a_newer_form_is_refused_with_what_to_do(tmp_path):
    recorder = Recorder(tmp_path)
    recorder.begin(1, Head(
        version=99, first="", market="", settings="", rulebook="", plugins={}, tables={}, rules={},
    ))  # fmt: skip
    recorder.close()
    with pytest.raises(InputError, match="update allusr-sdk"):
        RecordedMarket(place(tmp_path, 1))


def test_a_file_is_its_owners_alone(tmp_path):
    record(tmp_path / "views", Told(step()), lambda step: None)
    assert place(tmp_path / "views", 1).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "views").stat().st_mode & 0o777 == 0o700


def test_a_disk_that_is_full_ends_the_recording_and_not_the_run(tmp_path, monkeypatch):
    def full(self, record):
        raise OSError(28, "No space left on device")

    recorder, walked = Recorder(tmp_path), []
    for number, told in enumerate(recorder.watch(Told(step("10:00"), step("10:30")), DAY, NEXT)):
        if not number:
            recorder.begin(1, HEAD)
            monkeypatch.setattr("allusr_sdk.market.recording.store.Store.add", full)
        walked.append(told)
    recorder.close()
    assert len(walked) == 2
    assert recorder.problem == "the recording of views ended: No space left on device"


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path):
    index = Vix(np.float64(17.5), step().view.at, (np.float64(16.0),))
    told = Told(step(vix=index, rate=np.float64(0.05), snapshots=[snapshot(volumes=lambda c: np.array([1.0, 2.0]))]))
    market = record(tmp_path, told, lambda step: step.view.snapshots["SPY"].volumes(put()))
    view = next(market.steps(DAY, NEXT)).view
    assert (view.vix, view.rate, view.snapshots["SPY"].volumes(put())) == (index, 0.05, (1.0, 2.0))


@pytest.mark.parametrize("shown", [{"halted": frozenset({1, "SPY"})}, {"rate": object()}], ids=["view", "frame"])
def test_what_no_recording_can_keep_ends_it_and_not_the_run(tmp_path, shown):
    recorder, walked = Recorder(tmp_path), []
    for number, told in enumerate(recorder.watch(Told(step("10:00"), step("10:30", **shown)), DAY, NEXT)):
        if not number:
            recorder.begin(1, HEAD)
        walked.append(told)
    recorder.close()
    assert len(walked) == 2
    assert recorder.problem.startswith("the recording of views ended: ")
    assert len(list(RecordedMarket(place(tmp_path, 1)).steps(DAY, NEXT))) == 1


def test_a_look_that_cannot_be_noted_is_answered_all_the_same(tmp_path):
    recorder = Recorder(tmp_path)
    told = Told(step(snapshots=[snapshot(volumes=lambda contract: ("many",))]))
    for watched in recorder.watch(told, DAY, NEXT):
        recorder.begin(1, HEAD)
        assert watched.view.snapshots["SPY"].volumes(put()) == ("many",)
    recorder.close()
    assert recorder.problem.startswith("the recording of views ended: ValueError")


def test_equal_walks_are_recorded_as_equal_bytes(tmp_path):
    source = SyntheticMarket(seed=7, symbols=("SPY",), minutes=30)
    for name in ("one", "other"):
        record(tmp_path / name, source, lambda step: step.view.snapshots["SPY"].chain, DAY, DAY)
    assert place(tmp_path / "one", 1).read_bytes() == place(tmp_path / "other", 1).read_bytes()


def test_a_fixed_offset_is_kept_as_the_instant_it_names(tmp_path):
    index = Vix(17.0, datetime(2026, 1, 8, 9, 40, tzinfo=timezone(timedelta(hours=-5))))
    market = record(tmp_path, Told(step(vix=index)), lambda step: None)
    assert next(market.steps(DAY, NEXT)).view.vix.at == datetime(2026, 1, 8, 14, 40, tzinfo=UTC)
