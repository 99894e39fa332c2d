"""No public signature says Any, in words or by silence, and every public name is documented."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from allusr_sdk import Sleeve
from tests.api.surface import documentation, functions, hints, loose, ours, reached

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def everything():
    """Public names, and the classes that their types lead to."""
    return reached()


def test_no_type_says_any(everything):
    places = [(f"{name}: {place}", hint) for name, thing in everything.items() for place, hint in hints(thing)]
    assert len(places) > 1000
    assert [f"{place} is {found}" for place, hint in places for found in loose(hint)] == []


@pytest.mark.parametrize(
    "hint", [Any, list[Any], dict, Callable[..., int], tuple[dict[str, Any], ...], Sleeve], ids=str
)
def test_what_says_nothing_is_noticed(hint):
    assert [*loose(hint)] != []


@pytest.mark.long
def test_a_checker_knows_the_type_of_every_public_symbol(everything):
    command = [sys.executable, "-m", "basedpyright", "--verifytypes", "allusr_sdk", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    symbols = {s["name"]: s for s in json.loads(done.stdout)["typeCompleteness"]["symbols"]}
    homes = tuple(f"{thing.__module__}.{thing.__qualname__}" for thing in everything.values() if defined(thing))
    mine = {name: s for name, s in symbols.items() if name in homes or name.startswith(tuple(f"{h}." for h in homes))}
    assert len(mine) > len(everything)
    assert [name for name, s in mine.items() if not s["isTypeKnown"] or s["isTypeAmbiguous"]] == []


def defined(thing):
    """Whether something is a class or function of the SDK."""
    return ours(thing) and (inspect.isclass(thing) or inspect.isroutine(thing))


def test_every_public_name_and_method_has_a_docstring(everything):
    found = dict(everything)
    for name, thing in everything.items():
        if inspect.isclass(thing):
            found |= {f"{name}.{method}": function for method, function in functions(thing) if method != "__init__"}
    assert [name for name, thing in found.items() if not documentation(thing)] == []
