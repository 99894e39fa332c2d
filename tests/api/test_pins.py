"""A snapshot that no longer holds says what changed, what that means, and how to renew it."""

import re

import pytest

from tests.api import pins


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(pins, "SNAPSHOTS", tmp_path)
    monkeypatch.delenv(pins.UPDATE, raising=False)
    (tmp_path / "hooks.txt").write_text("allusr_a()\nallusr_b()\n")
    return tmp_path


def test_what_holds_passes():
    pins.holds("hooks", ["allusr_a()", "allusr_b()"])


@pytest.mark.parametrize(
    ("name", "now", "line"),
    [("hooks", ["allusr_a()"], "-allusr_b()"), ("hooks", ["allusr_a()", "allusr_b()", "allusr_c()"], "+allusr_c()"),
     ("new", ["allusr_a()"], "+allusr_a()")],
    ids=["removed", "added", "without a snapshot"],
)  # fmt: skip
def test_what_changed_fails_with_its_line_its_meaning_and_the_way_to_renew(name, now, line):
    with pytest.raises(pytest.fail.Exception) as failed:
        pins.holds(name, now)
    text = str(failed.value)
    assert [found for found in text.splitlines() if re.match(r"[+-](?![+-])", found)] == [line]
    for word in ("a minor release", "_deprecations.py", "allusr.v2", f"{pins.UPDATE}=1 uv run pytest"):
        assert word in text


def test_the_variable_writes_it_anew(elsewhere, monkeypatch):
    monkeypatch.setenv(pins.UPDATE, "1")
    with pytest.raises(pytest.skip.Exception):
        pins.holds("hooks", ["allusr_c()"])
    assert (elsewhere / "hooks.txt").read_text() == "allusr_c()\n"
