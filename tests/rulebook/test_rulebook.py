"""The rules as data: complete, typed, hashed; what the user fixed can only become stricter."""

import os
import pkgutil
import re
import subprocess
import sys
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.errors import RuleError
from allusr_sdk.rulebook import Rulebook, Value

BOOK = Rulebook.default()
VALUES = {value.key: value for rule in BOOK.rules.values() for value in rule.values.values()}
FIXED = {key: value for key, value in VALUES.items() if value.fixed and not value.later}
SECTIONS = {"RULE", "CAD", "PE", "CC", "FK", "LL", "WK", "KS", "ORD", "FEE", "RATE", "LQ", "LG", "TX"}


def step(value: Value, *, stricter: bool) -> object:
    """A wish one step in or against the direction in which a fixed value is tightened."""
    number = value.default
    if value.tighten == "inside":
        low, high = number  # type: ignore[misc]
        return [low + 0.01, high - 0.01] if stricter else [low, high + 0.01]
    if value.tighten == "none":
        if stricter or not isinstance(number, tuple):
            return number if stricter else number + 1
        return [n + 1 for n in number] if value.name == "levels" else number[::-1]  # levels rise
    up = (value.tighten == "up") == stricter
    size = 1 if value.kind == "integer" else abs(number) / 10 or 0.01
    return number + size if up else number - size


def test_every_rule_of_the_specification_is_in_the_data():
    folder = Path(os.environ.get("ALLUSR_DATA", "../shared/data"))
    source = Path(__file__).resolve().parents[2] / folder.parent / "RULES.md"
    if not source.is_file():
        pytest.skip("the specification is not beside the project")
    part = source.read_text("utf-8").split("# Part 2", 1)[1]
    wanted = {i for i in re.findall(r"\b([A-Z]+-\d+)\b", part) if i.split("-")[0] in SECTIONS}
    assert wanted | {"RECON"} == set(BOOK.rules)  # section 9 numbers its breaks and gives its rule no id


def test_every_rule_says_what_it_means_and_every_value_in_what_it_counts():
    for rule in BOOK.rules.values():
        assert rule.title
        assert rule.text.endswith(".")
    for value in VALUES.values():
        assert value.unit or value.kind in ("flag", "text"), value.key
        assert value.tighten in ("up", "down", "inside", "none")
        assert value.read(value.default) == value.default


@pytest.mark.parametrize("rule", [r for r in BOOK.rules.values() if r.where], ids=lambda r: r.id)
def test_what_enforces_a_rule_exists(rule):
    assert callable(pkgutil.resolve_name(rule.where)) or isinstance(pkgutil.resolve_name(rule.where), property)


def test_each_getter_reads_its_kind():
    assert BOOK.number("LQ-1.open_interest") == 500.0
    assert BOOK.integer("LQ-1.open_interest") == 500
    assert BOOK.money("FEE-1.option") == Decimal("0.7")
    assert BOOK.flag("CAD-4.primary") is True
    assert BOOK.text("PE-1.method") == "sma"
    assert BOOK.clock("CAD-7.entry_from") == time(9, 45)
    assert BOOK.numbers("PE-2.levels") == (1.0, 2.0, 3.0)
    assert BOOK.texts("LQ-2.penny") == ("SPY", "QQQ", "IWM")
    assert BOOK.band("CAD-8.gen_band") == (0.40, 0.45)
    assert (BOOK.number("KS-1.halt"), BOOK.number("KS-6.hedged_deploy")) == (80.0, 0.475)


@pytest.mark.parametrize(
    ("getter", "key", "words"),
    [
        ("number", "LQ-1.open_intrest", "LQ-1: has no value 'open_intrest'; did you mean 'open_interest'?"),
        ("number", "LQ-11.open_interest", "LQ-11: unknown rule; did you mean 'LQ-1'?"),
        ("flag", "LQ-1.open_interest", "LQ-1.open_interest: is a whole number, not what was asked for"),
        ("integer", "LQ-1.spread", "LQ-1.spread: is a number, not what was asked for"),
        ("number", "lq_1.spread", "lq_1.spread: write LQ-1.spread"),
    ],
)
def test_a_getter_refuses_what_it_cannot_read(getter, key, words):
    with pytest.raises(RuleError) as caught:
        getattr(BOOK, getter)(key)
    assert str(caught.value) == words


@pytest.mark.parametrize("key", FIXED)
def test_a_step_in_the_strict_direction_is_accepted(key):
    wish = step(FIXED[key], stricter=True)
    book = BOOK.tightened({key: wish})
    assert book.value(key).value == FIXED[key].read(wish)
    assert not book.loosened


@pytest.mark.parametrize("key", FIXED)
def test_a_step_against_it_is_refused_naming_the_rule_and_granted_to_a_what_if(key):
    wish = step(FIXED[key], stricter=False)
    with pytest.raises(RuleError) as caught:
        BOOK.tightened({key: wish})
    message = str(caught.value)
    assert message.startswith(f"{FIXED[key].rule}: {FIXED[key].name} is fixed at ")
    assert "--what-if" in message
    assert "\n" not in message
    loosened = BOOK.what_if({key: wish})
    assert list(loosened.loosened) == [key]
    assert loosened.hash != BOOK.hash


@given(st.floats(min_value=0, max_value=1))
def test_no_wish_ever_loosens_the_spread(wish):
    try:
        book = BOOK.tightened({"lq_1.spread": wish})
    except RuleError:
        assert wish > 0.05
    else:
        assert book.number("LQ-1.spread") == wish <= 0.05


@given(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_a_band_is_tightened_only_by_lying_inside(low, high):
    try:
        book = BOOK.tightened({"cad_8.rev_band": [low, high]})
    except RuleError:
        assert not 0.30 <= low <= high <= 0.35
    else:
        assert book.band("CAD-8.rev_band") == (low, high)


def test_a_default_may_be_set_either_way_and_is_then_a_setting():
    book = BOOK.tightened({"ks_11.child_max": "60", "cad_7.entry_from": "10:00", "cad_8.strict": "true"})
    assert book.integer("KS-11.child_max") == 60
    assert book.clock("CAD-7.entry_from") == time(10)
    assert book.flag("CAD-8.strict")
    assert book.value("KS-11.child_max").origin == "setting"
    assert BOOK.value("KS-11.child_max").origin == "default"
    assert BOOK.value("LQ-1.spread").origin == "fixed by the user"


@pytest.mark.parametrize(
    ("key", "wish"),
    [
        ("lq_1.open_interest", "many"),
        ("lq_1.open_interest", 600.5),
        ("lq_1.open_interest", True),
        ("lq_1.spread", "nan"),
        ("lq_1.spread", -0.01),
        ("lq_1.spread", "inf"),
        ("cad_10.deploy_max", 1.2),
        ("cad_8.strict", 1),
        ("cad_8.gen_band", [0.44, 0.41]),
        ("cad_8.gen_band", [0.42]),
        ("cad_8.gen_band", "0.42"),
        ("cad_7.entry_from", "25:00"),
        ("cad_7.entry_from", 945),
        ("pe_1.method", "ema"),
        ("pe_2.levels", ["a", "b", "c"]),
        ("cc_3.exempt", "SPY"),
        ("cc_3.exempt", None),
    ],
)
def test_a_wish_of_the_wrong_kind_is_one_line_with_the_key(key, wish):
    with pytest.raises(RuleError) as caught:
        BOOK.what_if({key: wish})
    assert str(caught.value).startswith(f"{BOOK.value(key).key}: expected ")
    assert "\n" not in str(caught.value)


def test_keys_of_wishes_ignore_case_and_take_underscores():
    for key in ("LQ-1.open_interest", "lq_1.open_interest", "lq-1.OPEN_INTEREST"):
        assert BOOK.tightened({key: 600}).integer("LQ-1.open_interest") == 600


def test_tightening_makes_a_new_book_and_leaves_the_old_one():
    book = BOOK.tightened({"lq_1.open_interest": 600})
    assert BOOK.integer("LQ-1.open_interest") == 500
    assert book.stamp != BOOK.stamp
    with pytest.raises(AttributeError):
        book.version = "2"  # type: ignore[misc]
    with pytest.raises(TypeError):
        book.rules["LQ-1"] = None  # type: ignore[index]


def test_a_wish_for_the_value_in_force_changes_no_hash():
    assert BOOK.tightened({"lq_1.open_interest": "500"}).stamp == BOOK.stamp


def test_tightening_after_a_what_if_ends_the_what_if():
    book = BOOK.what_if({"lq_1.open_interest": 0}).tightened({"lq_1.open_interest": 500})
    assert not book.loosened
    assert book.hash == BOOK.hash


def test_a_what_if_that_is_strict_loosens_nothing():
    assert not BOOK.what_if({"lq_1.open_interest": 900, "ks_11.child_max": 50}).loosened


def test_a_what_if_of_what_nobody_fixed_is_remembered_for_no_bound_says_that_it_is_stricter():
    assert list(BOOK.what_if({"ks_11.child_max": 60}).loosened) == ["KS-11.child_max"]
    assert not BOOK.tightened({"ks_11.child_max": 60}).loosened


def test_the_stamp_is_version_and_hash_and_the_same_under_another_hash_seed():
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", BOOK.stamp)
    code = "from allusr_sdk.rulebook import Rulebook; print(Rulebook.default().stamp)"
    environment = {**os.environ, "PYTHONHASHSEED": "99", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == BOOK.stamp
