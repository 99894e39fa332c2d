"""The story of a subject as an object, its entries beside it."""

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.office.places import opened
from allusr_sdk.office.story import story


def test_a_story_has_chapters_and_the_entries_under_their_lines(home):
    with opened(home) as run:
        found = story(run, "aapl", entries=True)
    (chapter,) = found.chapters
    assert (chapter.symbol, chapter.ledger, chapter.position) == ("AAPL", "gen_acc", "short 3 × 13 Feb 270 put")
    told = {seq for line in chapter.lines for seq in line.entries}
    assert {raw.seq for raw in found.journal} == told
    assert "Filled" in {raw.kind for raw in found.journal}


def test_a_week_comes_with_its_types_and_a_symbol_without(home):
    with opened(home) as run:
        assert [head.week for head in story(run, "2026-W07").weeks] == ["2026-W07"] * 2
        assert story(run, "AAPL").weeks == ()
        assert story(run, "AAPL").journal == ()


def test_what_the_run_never_met_is_named_with_the_nearest(home):
    with opened(home) as run, pytest.raises(InputError, match=r"says nothing of AAPK; did you mean 'AAPL'"):
        story(run, "AAPK")
