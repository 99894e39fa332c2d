"""Every rule is enforced and tested, and has a guard that a test misses."""

import pkgutil
import re
import sys
from pathlib import Path

import pytest

from allusr_sdk.rulebook import Rulebook
from tests.rulebook.guards import GUARDS

ROOT = Path(__file__).resolve().parents[2]
RULES = Rulebook.default().rules
ENFORCED = [rule for rule in RULES.values() if rule.where]
TESTS = "\n".join(
    p.read_text("utf-8") for p in (ROOT / "tests").rglob("test_*.py") if p.parent.name not in ("rulebook", "bench")
)

UNREAD = {
    "CAD-12.rebalance": "capital: only `none` exists; quarterly rebalancing moves capital between sleeves",
    "PE-4.up_samples": "the watch remembers one earlier sample, so two confirm",
    "PE-5.intervals": "a live feed polls by them; files are looked at whenever they have something",
    "KS-10.margin_entries": "broker: an account of secured puts and covered calls uses no margin",
    "KS-10.margin_reduce": "broker: an account of secured puts and covered calls uses no margin",
    "RATE-1.dividend_yield": "sources that know dividends say so in their snapshots; all others say zero",
    "WK-6.weeks": "a plugin is given no rulebook: the advisor begins at fifty, the packaged value",
    "FK-7.leaps": "LEAPs have what contracts leave of the rest, so that the parts are the whole to the cent",
    "LQ-6.itm": "official prices are rounded to the cent, so whatever is in the money is by a cent",
}
"""Values of enforced rules that nothing reads yet, and why."""


def test_every_rule_is_enforced():
    assert [rule.id for rule in RULES.values() if not rule.where] == []


def test_a_value_of_an_enforced_rule_that_nothing_reads_is_named_with_the_reason():
    assert sorted(UNREAD) == sorted(v.key for rule in ENFORCED for v in rule.values.values() if v.later)


@pytest.mark.parametrize("rule", ENFORCED, ids=lambda rule: rule.id)
def test_what_enforces_a_rule_lives_where_the_rule_is_named(rule):
    found = pkgutil.resolve_name(rule.where)
    function = found.fget if isinstance(found, property) else found
    source = Path(sys.modules[function.__module__].__file__).read_text("utf-8")
    assert names(rule.id, source), f"{rule.where} enforces {rule.id} and its module does not say so"


@pytest.mark.parametrize("rule", ENFORCED, ids=lambda rule: rule.id)
def test_an_enforced_rule_is_named_by_a_test(rule):
    assert names(rule.id, TESTS), f"no test names {rule.id}"


def test_every_enforced_rule_has_a_guard_and_no_other_rule_has_one():
    assert {guard.rule for guard in GUARDS} == {rule.id for rule in ENFORCED}


@pytest.mark.parametrize("guard", GUARDS, ids=str)
def test_a_guard_and_the_test_that_misses_it_exist(guard):
    pkgutil.resolve_name(guard.target)
    file, _, name = guard.node.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.M), guard.node


def names(rule, text):
    """Whether a text names a rule, as a word."""
    return re.search(rf"(?<![\w-]){rule}(?![\w-])", text) is not None
