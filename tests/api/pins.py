"""Snapshots: readable text that says what is promised, and what it means when the code says otherwise."""

import os
from collections.abc import Iterable
from difflib import unified_diff
from pathlib import Path

import pytest

UPDATE = "ALLUSR_UPDATE_API"
SNAPSHOTS = Path(__file__).parent / "snapshots"
MEANING = f"""
What this says is public (docs/deprecations.md). A line added (+) makes a minor release: say so in CHANGELOG.md. A line
removed or changed (-) breaks somebody's plugin or script: keep the old use alive by an entry in
allusr_sdk/_deprecations.py for two feature releases; a hook or contract class that must change its meaning begins a new
API group, allusr.v2. When the change is meant: {UPDATE}=1 uv run pytest -n 0 tests/api, and commit the snapshot."""


def holds(name: str, lines: Iterable[str]) -> None:
    """Compare with the snapshot of a name; with the variable set, write it anew."""
    file, now = SNAPSHOTS / f"{name}.txt", [*lines]
    if os.environ.get(UPDATE):
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(now) + "\n")
        pytest.skip(f"{file.name} was written anew")
    before = file.read_text().splitlines() if file.exists() else []
    if before != now:
        changed = unified_diff(before, now, f"snapshots/{file.name}", "the code", lineterm="", n=1)
        pytest.fail("\n".join([*changed, MEANING]), pytrace=False)
