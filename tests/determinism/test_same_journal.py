"""The same inputs end with the same journal hash, wherever and whenever; another seed does not."""

import re
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol

from allusr_sdk.config import Config
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.market.sources import open_market


def journal(facts):
    """Every entry of a run's home as text."""
    with open_ledger(facts["home"]) as ledger:
        run = ledger.latest()
        return [(e.at, e.cycle, e.event.kind, e.event.payload().decode()) for e in run.entries()]


def test_the_small_market_gives_a_run_worth_comparing(first):
    """Entries, orders that end unfilled, levels, freezes and rolls."""
    kinds = {kind for _, _, kind, _ in journal(first)}
    assert {"IntentRecorded", "Filled", "OrderChanged", "LevelChanged", "RollPrepared", "Frozen", "Valued"} <= kinds
    assert first["ledgers"][0]["rolled"] > 0


def test_another_hash_seed_gives_the_same_journal(first, finished):
    again = finished(PYTHONHASHSEED="4242", TZ="America/New_York", LC_ALL="C.UTF-8")
    assert (again["head"], journal(again)) == (first["head"], journal(first))


@pytest.mark.long
def test_another_locale_and_time_zone_give_the_same_journal(first, finished, other_locale):
    again = finished(PYTHONHASHSEED="1", TZ="Asia/Kathmandu", LC_ALL=other_locale)
    assert (again["head"], journal(again)) == (first["head"], journal(first))


@pytest.mark.long
def test_another_directory_home_and_place_of_the_data_give_the_same_journal(first, finished, market, tmp_path):
    moved = tmp_path / "elsewhere with a space"
    shutil.copytree(market, moved)
    for name in ("chains", "daily"):
        for path in (moved / name).iterdir():
            path.touch()
    again = finished("elsewhere with a space", cwd=tmp_path)
    assert (again["head"], journal(again)) == (first["head"], journal(first))


@pytest.mark.long
def test_another_seed_gives_another_hash_of_the_same_market(first, finished):
    again = finished(more=("--seed", "8"))
    assert again["head"] != first["head"]


@pytest.mark.long
def test_data_that_differ_in_one_byte_give_another_hash(first, finished, market, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(market, changed)
    path = changed / "chains" / "QQQ.csv"
    path.write_text(path.read_text().replace(",2600,", ",2601,", 1))
    assert path.read_text() != (market / "chains" / "QQQ.csv").read_text()
    assert finished(changed)["head"] != first["head"]


def test_no_path_wall_clock_or_random_id_enters_the_journal(first, market):
    entries = journal(first)
    text = "\n".join(payload for *_, payload in entries)
    for place in (str(market), str(first["home"]), market.anchor + market.parts[1]):
        assert place not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text)
    assert datetime.now(UTC).date().isoformat() not in text
    instants = {at.date() for at, *_ in entries}
    assert min(instants) == date(2026, 2, 11)
    assert max(instants) == date(2026, 2, 13)


# --- the synthetic market ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def synthetic_head():
    """The head of a few sessions of the synthetic market."""

    def run(seed):
        """Hash, and instants and prices of every fill."""
        config = Config.read(options={"plugins.use": ["gen_acc", "rev_acc", "protocol"]})
        host = Host.load(config)
        source = open_market("synthetic", symbols=("SPY", "NVDA"), seed=seed)
        split = {"gen_acc": Decimal(50), "rev_acc": Decimal(50)}
        plan = Plan(
            mode="backtest", source=source, first=date(2026, 1, 5), last=date(2026, 1, 7), capital=Decimal(1000000),
            seed=seed, host=host, rules=config.rulebook, split=split, settings=host.digest,
        )  # fmt: skip
        with open_ledger("sqlite://") as ledger:
            done = simulate(plan, ledger)
            return done.head, [(e.at, e.event.price) for e in done.entries(kind="Filled")]

    return run


def test_the_synthetic_market_repeats_itself_by_seed_and_changes_with_it(synthetic_head):
    (head, fills), (again, _), (other, others) = (synthetic_head(seed) for seed in (7, 7, 8))
    assert head == again
    assert other != head
    assert fills
    assert fills != others


def test_asking_the_protocol_at_every_instant_gives_the_same_journal(synthetic_head, monkeypatch):
    """What stands is not asked again: that saves time and changes nothing."""
    asked = []
    assess = Protocol.assess
    monkeypatch.setattr(Protocol, "assess", lambda self, *about: asked.append(1) or assess(self, *about))
    saving, seldom = synthetic_head(7), len(asked)
    monkeypatch.setattr(Protocol, "calm", lambda *about: None)
    monkeypatch.setattr(Protocol, "quiet", lambda *about: None)
    assert synthetic_head(7) == saving
    assert len(asked) - seldom > 2 * seldom
