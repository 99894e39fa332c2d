"""ARCHITECTURE.md is true of the code: files that it names are there, and its three ways are those that a run goes."""

import re
import traceback
from pathlib import Path

import pytest
from allusr_com_acc import ComAcc
from attrs import evolve

from allusr_sdk.cli.planning import plan
from allusr_sdk.execution.crowd import Crowd
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.writer import Writer
from allusr_sdk.model.views import MarketView
from tests.execution.operator.homes import FIRST, OPTIONS
from tests.shape.source import PACKAGE, ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text()


def told(heading):
    """The files of a table, in order."""
    rows = PAGE.partition(f"| {heading} | what happens there |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([\w/]+\.py)`", rows, re.MULTILINE)


def went():
    """Files of the package on the stack, from the outermost to whoever calls, each once in a row."""
    files = [Path(frame.filename) for frame in traceback.extract_stack()]
    ours = [str(file.relative_to(ROOT / PACKAGE)) for file in files if file.is_relative_to(ROOT / PACKAGE)]
    return [file for file, before in zip(ours, [None, *ours], strict=False) if file != before]


@pytest.fixture(scope="module")
def ways():
    """The ways of the first view, intent and fill of a day, by where they were looked at."""
    found: dict[str, list[str]] = {}

    def watch(patch, cls, name, called=lambda *given: True):
        before = getattr(cls, name)

        def watched(*given, **named):
            at = called(*given)
            if at and at not in found:
                found[at] = went()
            return before(*given, **named)

        patch.setattr(cls, name, watched)

    with pytest.MonkeyPatch.context() as patch:
        watch(patch, MarketView, "__init__", lambda *_: "made")
        watch(patch, ComAcc, "propose", lambda *_: "asked")
        watch(patch, Crowd, "takes", lambda *_: "sent")
        watch(patch, Writer, "write", lambda writer, rows, *_: rows.entries[0]["kind"])
        with open_ledger("sqlite://") as ledger:
            simulate(plan(evolve(OPTIONS, last=FIRST)), ledger)
    return found


def behind(way, first):
    """A way from the last time on at which it came through a file."""
    return way[len(way) - 1 - way[::-1].index(first) :]


def test_a_view_of_the_market_reaches_a_plugin_as_told(ways):
    source, *rest = told("a view of the market")
    assert ways["made"][-1] == source
    assert ways["asked"][: len(rest)] == rest


def test_an_intent_is_durable_and_leaves_as_told(ways):
    *written, desk, opposite = told("an intent")
    assert [*behind(ways["IntentRecorded"], written[0]), "ledger/writer.py"] == written
    assert [ways["sent"][-1], "execution/crowd.py"] == [desk, opposite]


def test_a_fill_reaches_the_journal_as_told(ways):
    files = told("a fill")
    assert [*behind(ways["Filled"], files[0]), "ledger/writer.py"] == files


def test_every_file_and_room_that_the_page_names_is_there():
    named = set(re.findall(r"`([\w/]+(?:\.py|/))`", PAGE))
    places = (ROOT / PACKAGE, ROOT)
    rooms = tuple(folder for folder in (ROOT / PACKAGE).rglob("*") if folder.is_dir())
    missing = {name for name in named if not any((place / name).exists() for place in (*places, *rooms))}
    assert len(named) > 50
    assert missing == set()
