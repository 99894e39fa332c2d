"""No value is settable that nothing reads, and none is marked as later that something does."""

from pathlib import Path

import pytest

from allusr_sdk.errors import RuleError
from allusr_sdk.rulebook import Rulebook

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "\n".join(p.read_text() for room in ("allusr_sdk", "plugins", "examples") for p in (ROOT / room).rglob("*.py"))
VALUES = [value for rule in Rulebook.default().rules.values() for value in rule.values.values()]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.key)
def test_a_value_is_read_by_the_code_unless_it_says_later(value):
    assert (f'"{value.key}"' in SOURCE) is not value.later


def test_setting_a_value_that_nothing_reads_is_refused():
    later = next(value for value in VALUES if value.later)
    with pytest.raises(RuleError, match="nothing reads it in this release"):
        Rulebook.default().tightened({later.key: later.value})
