"""The page of ways names tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explanation" / "fail-closed.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(\w+/test_\w+\.py)::(\w+)`", PAGE)))
RULE = re.compile(r"[A-Z]+-[0-9]+|as above")


@cache
def defined(file):
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_what_closes_a_way_is_a_test(file, name):
    assert name in defined(file)


def test_every_way_names_a_rule_and_a_test():
    rows = [line.strip("| \n").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    ways = [row for row in rows if row[-1] != "test"]
    assert len(ways) > 40
    assert [row for row in ways if len(row) != 4 or not RULE.search(row[2])] == []
    assert [row for row in ways if "::test_" not in row[3] and row[3] != "the same"] == []
