"""A tape is walked once and played as often as one likes, whole, cut or changed."""

import pytest
from attrs import evolve

from allusr_sdk.errors import InputError
from allusr_sdk.testing import Clock, Market, Sandbox, Tape


@pytest.fixture
def tape(market):
    return market.tape()


def test_it_has_the_steps_of_the_market_and_gives_them_again_and_again(tape, market):
    walked = list(market.source.steps(tape.first, tape.last))
    for _ in range(2):
        again = list(tape.steps(tape.first, tape.last))
        assert [step.view.at for step in again] == [step.view.at for step in walked]
    assert tape.sessions == tuple(session.day for session in market.sessions)


def test_a_period_is_narrowed_by_its_days(tape):
    middle = tape.sessions[3]
    assert {step.view.session.day for step in tape.steps(middle, middle)} == {middle}


def test_chains_are_made_once_for_all_replays(tape):
    one, other = (next(iter(tape.steps(tape.first, tape.last))).view.snapshots["SPY"].chain for _ in range(2))
    assert one is other


def test_until_ends_with_its_instant(tape, market):
    instant = Clock(market).at(2, "10:00")
    cut = tape.until(instant)
    assert (cut.steps_[-1].view.at, cut.first) == (instant, tape.first)
    assert cut.steps_ == tape.steps_[: len(cut.steps_)]


def test_after_drops_whole_sessions(tape):
    assert tape.after(3).sessions == tape.sessions[3:]


def test_changed_gives_every_step_to_a_function(tape):
    blind = tape.changed(lambda step: evolve(step, view=evolve(step.view, vix=None)))
    assert {step.view.vix for step in blind.steps_} == {None}
    assert all(step.view.vix for step in tape.steps_)


def test_a_tape_that_was_cut_or_changed_says_so_in_the_journals_head(tape, weekly):
    for other, says in ((tape.after(5), "after 5 sessions"), (tape.changed(lambda step: step), "changed")):
        assert says in Sandbox(other, weekly).run().entries[0].event.market


def test_the_past_does_not_know_how_the_tape_goes_on(tape, weekly, market):
    """A run over a cut tape is the beginning of the run over the whole."""
    instant = Clock(market).at(7, "16:15")
    whole, cut = (Sandbox(of, weekly).run().journal.splitlines() for of in (tape, tape.until(instant)))
    assert cut[1:-1] == whole[1 : len(cut) - 1]


def test_nothing_left_is_refused(tape):
    with pytest.raises(InputError, match="no instant"):
        tape.after(99)
    with pytest.raises(InputError, match="no instant"):
        Tape.of(Market().source, Market().day(0).replace(day=10), Market().day(0).replace(day=11))
