"""Recorded views: what was not looked at is refused by name."""

import pytest
from attrs import evolve

from allusr_sdk.market.recording import NotRecorded
from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.model.options import Right
from allusr_sdk.model.views import Step
from tests.market.recorded import DAY, NEXT, NoBars, Told, looks, put, record, snapshot, step


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
