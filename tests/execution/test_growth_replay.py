"""A recorded run whose accounts fork and merge replays equal: mornings are stored, forks run by today's kernel."""

from allusr_sdk.execution.replay import replay
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.recording import RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from tests.crash.phased import GROWN


def test_a_run_with_forks_and_merges_replays_equal(tmp_path):
    made = GROWN.plan()
    with open_ledger("sqlite://") as ledger:
        run = simulate(made, ledger, recorder=Recorder(tmp_path))
        assert any(node.closed_at for node in run.book.nodes.values())
        again = GROWN.plan()
        found = replay(RecordedMarket(place(tmp_path, run.id)), run, again.host, again.rules)
    assert (found.cycles > 100, found.different, found.differences, found.unseen) == (True, 0, (), 0)
