"""What the observer writes."""

import json
from collections.abc import Callable
from pathlib import Path

import allusr_journal_tail
import pytest

from allusr_sdk.testing import Market, Sandbox, observer_checks

MARKET = Market(symbols=("SPY",), weeks=1)


@observer_checks(allusr_journal_tail)
def test_conforms(check: Callable[[], None]) -> None:
    check()


def test_each_event_of_a_run_is_a_line_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = tmp_path / "events.jsonl"
    monkeypatch.setenv("ALLUSR_TAIL", str(tail))
    run = Sandbox(MARKET, "gen_acc", "protocol", allusr_journal_tail).run()
    lines = [json.loads(line) for line in tail.read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in lines] == [entry.kind for entry in run.entries if entry.kind != "RunStarted"]
    assert not run.faults


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLUSR_TAIL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert not Sandbox(MARKET, "gen_acc", "protocol", allusr_journal_tail).run().faults
    assert not [*tmp_path.iterdir()]


def test_a_file_that_cannot_be_written_detaches_it_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLUSR_TAIL", str(tmp_path))
    run = Sandbox(MARKET, "gen_acc", "protocol", allusr_journal_tail).run()
    assert [fault.plugin for fault in run.faults] == ["allusr_journal_tail"] * 3
    assert run.entries[-1].kind == "RunEnded"
