"""Recordings that are not of this run, or were cut."""

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.execution.replay import replay
from allusr_sdk.host import Host
from allusr_sdk.market.recording.store import place
from allusr_sdk.model.views import Grain
from tests.execution.replay.recorded import WIDE


def test_the_views_of_another_run_are_refused(recorded, session, script, put, sleeves):
    mine = recorded(session, sleeves["seller"])
    other = recorded(script(Grain.GRID).at("10:00", {put: WIDE}).close(), sleeves["seller"], capital=500_000)
    host = Host.of(sleeves["seller"], config=Config.read(sets=("plugins.use=[]",)))
    with pytest.raises(BreakError, match="the recorded views are not those of run 1"):
        replay(other.market, mine.run, host, host.config.rulebook)


def test_a_sleeve_that_had_no_ledger_is_refused(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    with pytest.raises(InputError, match="sleeve second had no ledger in run 1"):
        found.again(sleeves["seller"], sleeves["second"])


def test_a_recording_that_was_cut_is_replayed_as_far_as_it_goes(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    path = place(found.folder, 1)
    path.write_bytes(path.read_bytes()[:-7])
    went = found.again(sleeves["seller"])
    assert (went.cycles, went.differences, went.unseen) == (4, (), 1)
    assert went.torn > 0
