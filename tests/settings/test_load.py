"""Settings from plain values: every problem at once, each with its path."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.errors import SettingsError
from allusr_sdk.settings import Secret, load, nearest, setting, settings, table


class Mode(StrEnum):
    CALM = "calm"
    BOLD = "bold"


@settings
class Limits:
    lots: int = setting(default=1, ge=1, le=9, help="Lots.")
    cost: Decimal = setting(default=Decimal("0.10"), ge=Decimal("0.05"), le=2, unit="USD", help="Cost.")


@settings
class Wheel:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    delta: float = setting(default=0.30, ge=0.05, le=0.50, help="Delta.")
    band: tuple[float, float] = setting(default=(0.1, 0.2), ge=0.05, le=0.5, help="Band.")
    limits: Limits = setting(default=Limits(), help="Limits.")
    rungs: tuple[Limits, ...] = setting(default=(), help="Rungs.")
    each: Mapping[str, Limits] = setting(default={}, help="Limits by symbol.")
    spare: Limits | None = setting(default=None, help="Spare.")
    mode: Mode = setting(default=Mode.CALM, help="Mode.")
    kind: str = setting(default="x", choices=("x", "y"), help="Kind.")
    on: bool = setting(default=True, help="On.")
    at: time = setting(default=time(9, 45), help="When.")


def problems(cls: type, values: Mapping[str, object], where: str = "sleeves.wheel") -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(cls, values, where=where)
    return caught.value.problems


def test_no_values_give_the_defaults():
    assert load(Wheel, {}) == Wheel()


def test_plain_values_become_their_declared_types():
    made = load(
        Wheel,
        {
            "symbols": ["A", "B"],
            "delta": 0.4,
            "band": [0.1, 0.5],
            "limits": {"lots": 2, "cost": "0.25"},
            "rungs": [{"lots": 3}, {"cost": 1}],
            "each": {"SPY": {"lots": 4}},
            "spare": {"cost": 0.1},
            "mode": "bold",
            "at": time(10),
        },
    )
    assert made == Wheel(
        symbols=("A", "B"),
        delta=0.4,
        band=(0.1, 0.5),
        limits=Limits(lots=2, cost=Decimal("0.25")),
        rungs=(Limits(lots=3), Limits(cost=Decimal(1))),
        each={"SPY": Limits(lots=4)},
        spare=Limits(cost=Decimal("0.1")),
        mode=Mode.BOLD,
        at=time(10),
    )


def test_every_problem_is_told_at_once_with_its_path():
    found = problems(
        Wheel,
        {
            "detla": 0.3,
            "delta": 3,
            "symbols": ["A", 1],
            "band": [0.01, 0.2],
            "limits": {"lotts": 1, "cost": 9},
            "rungs": [{}, {"lots": True, "csot": 1}],
            "each": {"SPY": {"lots": 0}},
            "spare": {"zzz": 1},
            "mode": "blod",
            "kind": "z",
            "on": 1,
            "at": "later",
        },
    )
    assert sorted(found) == [
        "sleeves.wheel.at: invalid RFC3339 encoded time",
        "sleeves.wheel.band: 0.01 is below the minimum 0.05",
        "sleeves.wheel.delta: 3.0 is above the maximum 0.5",
        "sleeves.wheel.detla: unknown setting; did you mean 'delta'?",
        "sleeves.wheel.each.SPY.lots: 0 is below the minimum 1",
        "sleeves.wheel.kind: 'z' is not one of x, y",
        "sleeves.wheel.limits.cost: 9 is above the maximum 2",
        "sleeves.wheel.limits.lotts: unknown setting; did you mean 'lots'?",
        "sleeves.wheel.mode: 'blod' is not one of calm, bold",
        "sleeves.wheel.on: expected bool, got int",
        "sleeves.wheel.rungs[1].csot: unknown setting; did you mean 'cost'?",
        "sleeves.wheel.rungs[1].lots: expected int, got bool",
        "sleeves.wheel.spare.zzz: unknown setting; valid: cost, lots",
        "sleeves.wheel.symbols[1]: expected str, got int",
    ]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"limits": 3}, "w.limits: expected a table, got a number"),
        ({"rungs": ["x"]}, "w.rungs[0]: expected a table, got text"),
        ({"band": [0.1]}, "w.band: expected 2 values, got 1"),
        ({"symbols": "SPY"}, "w.symbols: expected array, got str"),
        ({"delta": float("nan")}, "w.delta: nan is not a usable number"),
        ({"delta": float("inf")}, "w.delta: inf is not a usable number"),
        ({"limits": {"cost": float("nan")}}, "w.limits.cost: NaN is not a usable number"),
        ({"limits": {"cost": 0.05}}, None),
        ({"limits": {"cost": 0.0499}}, "w.limits.cost: 0.0499 is below the minimum 0.05"),
    ],
)
def test_each_kind_of_misfit_has_its_line(values, line):
    if line is None:
        load(Wheel, values)
    else:
        assert problems(Wheel, values, "w") == (line,)


@settings
class Needy:
    must: int = setting(help="Must be given.")


def test_a_missing_required_setting_is_a_problem():
    assert problems(Needy, {}, "") == ("must: required setting is missing",)


@settings
class Ordered:
    low: int = setting(default=1, help="Low.")
    high: int = setting(default=2, help="High.")

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")


def test_an_authors_own_check_across_fields_is_told_with_the_tables_path():
    assert problems(Ordered, {"low": 3}) == ("sleeves.wheel: low 3 is above high 2",)


def test_python_construction_checks_bounds_too():
    with pytest.raises(SettingsError, match=r"Limits\.lots: 10 is above the maximum 9"):
        Limits(lots=10)


@settings
class Span:
    low: float = setting(default=0.2, ge=0.1, le=0.4, up_to="high", help="Low.")
    high: float | None = setting(default=0.3, ge=0.1, le=0.4, help="High.")


def test_a_setting_may_go_up_to_another_one_and_no_further():
    assert load(Span, {"low": 0.3}).low == 0.3
    assert load(Span, {"low": 0.4, "high": None}).low == 0.4
    assert problems(Span, {"low": 0.25, "high": 0.2}) == (
        "sleeves.wheel: Span.low: 0.25 is above high, which is 0.2: set one of the two otherwise",
    )
    assert [row.bounds for row in table(Span)] == ["0.1 to 0.4 and high", "0.1 to 0.4"]


def test_a_setting_that_goes_up_to_none_of_its_class_is_refused_at_the_class():
    with pytest.raises(TypeError, match=r"Lost\.low: up_to='hihg' is no setting of the class"):

        @settings
        class Lost:
            low: int = setting(default=1, up_to="hihg", help="Low.")


def test_settings_are_frozen_and_keyword_only():
    with pytest.raises(AttributeError):
        Limits().lots = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        Limits(2)  # type: ignore[misc]


def test_a_field_that_is_no_setting_is_refused_at_the_class():
    with pytest.raises(TypeError, match=r"Loose\.x: declare it with setting"):

        @settings
        class Loose:
            x: int = 3


@settings
class Link:
    token: Secret | None = setting(default=None, secret=True, help="Token.")


def test_a_secret_comes_from_the_environment_and_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("ALLUSR_TEST_TOKEN", "hush")
    made = load(Link, {"token": "env:ALLUSR_TEST_TOKEN"})
    assert made.token is not None
    assert made.token.reveal() == "hush"
    assert "hush" not in f"{made} {made.token} {made.token!r}"


def test_a_secret_written_down_or_unset_is_a_problem_that_does_not_repeat_it(monkeypatch):
    monkeypatch.delenv("ALLUSR_TEST_TOKEN", raising=False)
    assert problems(Link, {"token": "hush"}, "link") == (
        "link.token: a secret is never written down: give env:NAME and set that variable",
    )
    assert problems(Link, {"token": "env:ALLUSR_TEST_TOKEN"}, "link") == (
        "link.token: environment variable ALLUSR_TEST_TOKEN is not set",
    )


def test_secret_and_its_type_go_together():
    @settings
    class Careless:
        token: str = setting(default="", secret=True, help="Token.")

    with pytest.raises(TypeError, match="go together"):
        load(Careless, {})


def test_the_nearest_name_is_offered_else_those_that_exist():
    assert nearest("detla", ["delta", "dte"]) == "did you mean 'delta'?"
    assert nearest("LQ1", ["lq-1", "x"]) == "did you mean 'lq-1'?"
    assert nearest("qqq", ["b", "a"]) == "valid: a, b"
    assert nearest("x", []) == "there are none"


@given(
    lots=st.integers(min_value=1, max_value=9),
    cost=st.decimals(min_value="0.05", max_value=2, places=3),
    delta=st.floats(min_value=0.05, max_value=0.5),
    symbols=st.lists(st.text(max_size=5)),
    mode=st.sampled_from(Mode),
)
def test_whatever_fits_loads_as_it_was_given(lots, cost, delta, symbols, mode):
    values = {"limits": {"lots": lots, "cost": str(cost)}, "delta": delta, "symbols": symbols, "mode": mode.value}
    made = load(Wheel, values)
    expected = Wheel(limits=Limits(lots=lots, cost=cost), delta=delta, symbols=tuple(symbols), mode=mode)
    assert made == expected


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["symbols", "delta", "band", "limits", "rungs", "each", "spare", "mode", "at", "delt"])


@given(st.dictionaries(names, plain, max_size=5))
def test_whatever_is_given_either_fits_or_is_refused_in_words(values):
    lines: tuple[str, ...] = ()
    try:
        load(Wheel, values)
    except SettingsError as error:
        lines = error.problems or ("refused without a word",)
    assert all(": " in line and "\n" not in line for line in lines)


@given(st.integers(max_value=0) | st.integers(min_value=10))
def test_no_value_out_of_bounds_is_ever_loaded(lots):
    assert str(lots) in problems(Limits, {"lots": lots})[0]
