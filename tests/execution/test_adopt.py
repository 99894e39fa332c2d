"""A run that does not come out as it was: its journal is taken as it stands, and it goes on."""

from contextlib import suppress
from datetime import date

import pytest

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.errors import BreakError
from allusr_sdk.execution.fills import Draws
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import OrderChanged, Valued

NOTHING = dict.fromkeys(
    ("config", "market", "daily", "earnings", "symbols", "capital", "seed", "scenario", "home", "rules"), None
)
OPTIONS = Options(
    **NOTHING, plugins=("com_acc", "protocol"), sets=(), what_if=(), mode="paper", first=date(2026, 1, 5),
    last=date(2026, 1, 7), pace="fast",
)  # fmt: skip
FILLED = ("Filled", 4)
"""Some orders have filled by then, others work."""


class Died(BaseException):
    """The engine's process is gone."""


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Run, or go on; it dies before the entry of a kind and a number. Returns the run's entries and the restarts."""

    def run(dies=(None, 0), draws=None):
        (kind, number), append, count = dies, Run.append, [0]

        def dying(self, event, **at):
            count[0] += event.kind == kind
            if number and count[0] == number:
                raise Died
            return append(self, event, **at)

        with open_ledger(tmp_path) as ledger:
            with monkeypatch.context() as patched, suppress(Died):
                patched.setattr(Run, "append", dying)
                if draws is not None:
                    patched.setattr(Draws, "fills", draws)
                simulate(plan(OPTIONS), ledger)
            assert all(report.ok for report in verify_all(ledger))
            restarts = ledger.chain("restarts")
            return tuple(ledger.latest().entries()), tuple(restarts.entries()) if restarts else ()

    return run


def never(self, key, step, *, price, near, far):
    """Nothing fills inside the spread any more."""
    return False


def working(entries):
    """Keys of intents without an end."""
    over = {e.event.key for e in entries if isinstance(e.event, OrderChanged) and e.event.status == "canceled"}
    filled = {e.event.key for e in entries if e.kind == "Filled"}
    return {e.event.key for e in entries if e.kind == "IntentRecorded"} - over - filled


@pytest.mark.parametrize("dies", [FILLED, ("IntentRecorded", 6), ("Valued", 1), ("Valued", 2), ("Marked", 2)])
def test_what_comes_out_otherwise_is_taken_as_it_stands_and_goes_on(go, dies):
    before, _ = go(dies=dies)
    after, restarts = go(draws=never)
    assert after[: len(before)] == before
    assert after[-1].kind == "RunEnded"
    (told,) = (entry.event.adopted for entry in restarts if entry.event.adopted)
    assert "lived through again it would be" in told
    assert {e.event.day for e in after if isinstance(e.event, Valued)} == {date(2026, 1, d) for d in (5, 6, 7)}


def test_orders_of_the_life_before_end_before_anything_is_sent(go):
    before, _ = go(dies=FILLED)
    assert working(before)
    after, _ = go(draws=never)
    new = after[len(before) :]
    ended = [n for n, entry in enumerate(new) if entry.event.rule == "RULE-2"]
    assert {new[n].event.reason for n in ended} == {"its simulated venue died with the engine"}
    assert {new[n].event.key for n in ended} == working(before)
    assert max(ended) < next(n for n, entry in enumerate(new) if entry.kind == "IntentRecorded")


def test_a_journal_that_is_damaged_is_never_adopted(go, tmp_path):
    before, _ = go(dies=FILLED)
    with open_ledger(tmp_path) as ledger, ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE entries SET rule = 'CAD-1' WHERE seq = {len(before) - 2}")
    with open_ledger(tmp_path) as ledger, pytest.raises(BreakError, match="breaks the chain"):
        simulate(plan(OPTIONS), ledger)
