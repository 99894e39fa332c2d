"""What judges mutants kills an obvious one, lets one live that changes nothing, and does not trust itself unasked."""

import json
import os
import subprocess
import sys

import pytest
from attrs import evolve

from tests.mutation.making import ROOT
from tests.mutation.mutants import ARGUMENTS, OPERATORS, WORDS, kind, read
from tests.mutation.results import Results, pasted, reasons, told

MADE = """
from tests.mutation.switch import switched as _mutmut_mutated, MutantDict

mutants_x_owed__mutmut: MutantDict = {}

@_mutmut_mutated(mutants_x_owed__mutmut)
def owed(price, paid):
    return price - paid

def x_owed__mutmut_orig(price, paid):
    return price - paid

def x_owed__mutmut_1(price, paid):
    return price + paid

def x_owed__mutmut_2(price, paid):
    return price + -paid

def x_owed__mutmut_3(price, paid):
    while True: pass

mutants_x_owed__mutmut["_mutmut_orig"] = x_owed__mutmut_orig
mutants_x_owed__mutmut["x_owed__mutmut_1"] = x_owed__mutmut_1
mutants_x_owed__mutmut["x_owed__mutmut_2"] = x_owed__mutmut_2
mutants_x_owed__mutmut["x_owed__mutmut_3"] = x_owed__mutmut_3
"""
"""A module as mutmut leaves it, but for the import."""

TESTED = """
from till import owed

def test_owed():
    assert owed(5, 3) == 2
"""


def made():
    return [*read(MADE, "till", "till.py", "as it is")]


def judged(folder, mutants, tests=TESTED):
    """Judge mutants by tests in a pytest of their own; what was told, and the results."""
    (folder / "till.py").write_text(MADE)
    (folder / "test_till.py").write_text(tests)
    results, order = Results(folder / "results.jsonl", "this tree", {}), folder / "asked.json"
    asked = {"quick": [mutant.name for mutant in mutants], "whole": [], "seconds": 1, "equivalent": [],
             "stamps": {mutant.name: {"file": mutant.stamp, "tree": results.tree} for mutant in mutants},
             "calls": str(folder / "calls.json"), "results": str(results.place)}  # fmt: skip
    order.write_text(json.dumps(asked))
    line = (sys.executable, "-m", "pytest", "-q", "-s", "-c", os.devnull, "--rootdir", folder, "-p", "no:cacheprovider",
            "-p", "tests.mutation.judging", "--mutants", order, folder)  # fmt: skip
    more = {"PYTHONPATH": f"{ROOT}:{folder}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(line, env=os.environ | more, capture_output=True, text=True, check=False), results


def test_an_obvious_mutant_is_killed_and_one_that_changes_nothing_survives(tmp_path):
    mutants = made()[:2]
    said, results = judged(tmp_path, mutants)
    assert said.returncode == 0
    obvious, same = (results.read()[mutant.name] for mutant in mutants)
    assert (obvious["killed"], obvious["by"]) == (True, "test_till.py::test_owed")
    assert (same["killed"], same["tests"], same["whole"]) == (False, 1, True)
    lines, fine = told(mutants, (OPERATORS,), results)
    assert lines[-3:] == ["survived 1 tests: till.owed  [x_owed__mutmut_2]", "-     return price - paid",
                          "+     return price + -paid"]  # fmt: skip
    assert not fine


@pytest.mark.long
def test_a_mutant_that_does_not_end_is_killed_by_its_time(tmp_path):
    endless = made()[2]
    _, results = judged(tmp_path, [endless])
    assert (results.read()[endless.name]["killed"], results.read()[endless.name]["by"]) == (True, "time")


@pytest.mark.parametrize(("tests", "said"), [
    ("def test_nothing(): pass", "no test calls a function that has a mutant"),
    ("from till import owed\ndef test_owed():\n    try: owed(5, 3)\n    except RuntimeError: pass",
     "no test fails where every function does"),
    ("import os\nfrom till import owed\ndef test_owed():\n    owed(5, 3)\n"
     "    assert not os.environ['MUTANT_UNDER_TEST'].startswith('none')", "test_till.py::test_owed fails in a fork"),
])  # fmt: skip
def test_without_a_control_that_lives_and_one_that_dies_nothing_is_judged(tmp_path, tests, said):
    ended, results = judged(tmp_path, made(), tests)
    assert ended.returncode == 4
    assert ended.stderr.splitlines()[1].startswith(f"control: {said}")
    assert results.read() == {}


@pytest.mark.parametrize(("before", "after", "what"), [
    ("if a < 1: b()", "if a <= 1: b()", OPERATORS),
    ("a = b + 1", "a = b + 2", OPERATORS),
    ("f(a, 'open')", "f(a, 'OPEN')", OPERATORS),
    ("a = b", "a = None", ARGUMENTS),
    ("f(a, b)", "f(a, None)", ARGUMENTS),
    ("f(a, b=1)", "f(a, )", ARGUMENTS),
    ("f('no such day')", "f('NO SUCH DAY')", WORDS),
    ("f('RECON B14')", "f('XXRECON B14XX')", OPERATORS),
    ("raise Refused(a, b)", "raise Refused(a, None)", WORDS),
    ("raise Refused(a)", "raise None", ARGUMENTS),
])  # fmt: skip
def test_a_change_is_of_a_kind(before, after, what):
    assert kind(before, after) == what


def line(mutant, *, killed=False, tree="now"):
    verdict = {"mutant": mutant.name, "killed": killed, "by": "", "tests": 1, "whole": True, "seconds": 0.1}
    return json.dumps(verdict | {"file": mutant.stamp, "tree": tree}) + "\n"


def test_what_survives_is_fine_only_where_the_list_explains_it(tmp_path):
    same = made()[1]
    (tmp_path / "results.jsonl").write_text(line(same))
    listed = {(same.function, same.change): "a sign"}
    assert told([same], (OPERATORS,), Results(tmp_path / "results.jsonl", "now", listed))[1]
    assert not told([same], (OPERATORS,), Results(tmp_path / "results.jsonl", "now", {}))[1]
    assert pasted([same]).strip() == '["till.owed"]\n"return price - paid -> return price + -paid" = ""'


def test_a_kill_holds_while_its_file_is_the_same_and_a_survival_while_everything_is(tmp_path):
    obvious, same, _ = made()
    (tmp_path / "results.jsonl").write_text(line(obvious, killed=True) + line(same))
    later = Results(tmp_path / "results.jsonl", "later", {})
    assert later.known([obvious, same]).keys() == {obvious.name}
    assert later.known([evolve(obvious, stamp="changed")]) == {}


def test_an_entry_of_the_list_that_a_test_notices_or_that_is_no_mutant_is_told(tmp_path):
    obvious = made()[0]
    (tmp_path / "results.jsonl").write_text(line(obvious, killed=True))
    listed = {(obvious.function, obvious.change): "same", (obvious.function, "a -> b"): "same"}
    lines, _ = told([obvious], (OPERATORS,), Results(tmp_path / "results.jsonl", "now", listed))
    assert lines[-2:] == [f"equivalent: till.owed: {obvious.change}: a test notices it",
                          "equivalent: till.owed: a -> b: no such mutant"]  # fmt: skip


def test_the_list_names_functions_that_are_there_and_a_reason_for_each_change():
    for (function, change), why in reasons().items():
        found = next(ROOT / "allusr_sdk" / file for file in places(function) if (ROOT / "allusr_sdk" / file).is_file())
        begins = tuple(f"def {function.rpartition('.')[2]}{mark}" for mark in "([")
        assert any(begin in found.read_text("utf-8") for begin in begins), function
        assert " -> " in change, function
        assert len(why) > 10, function


def places(function):
    """Files that a function, or a method, may stand in."""
    words = function.split(".")
    return ["/".join(words[:-left]) + ".py" for left in (1, 2)]
