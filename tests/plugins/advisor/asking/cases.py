"""The set of questions, and how one of them is asked."""

import tomllib
from pathlib import Path

import pytest
from allusr_advisor.asking.answering import answer
from allusr_advisor.asking.reading import read

from tests.plugins.advisor.asking.homes import FAST

CASES = tomllib.loads(Path(__file__).with_name("questions.toml").read_text())["question"]


def params(cases=CASES):
    """A parameter a question; of homes that take longer a long one."""
    return [
        pytest.param(case, id=f"{case['home']}: {' > '.join(case['ask'])}", marks=_marks(case["home"]))
        for case in cases
    ]


def _marks(home):
    return () if home in FAST else (pytest.mark.long,)


def asked(record, case):
    """The last question of a case as it is understood after those before it."""
    last = None
    for text in case["ask"]:
        last = read(text, record.known, last)
    return last


def answered(record, case):
    """The answer that the rules write."""
    return answer(record, asked(record, case))
