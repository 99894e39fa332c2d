"""Scripts as plain data: what can be told, and every mistake as a line that says where."""

import tomllib
from datetime import date, time
from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError, SettingsError
from allusr_sdk.market.sources import open_market
from allusr_sdk.market.synthetic import NO_SCRIPT, Script, SyntheticMarket
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, Split

DAY = date(2026, 2, 11)

EVERYTHING = """
name = "all_at_once"

[[moves]]
symbol = "SPY"
day = 2026-02-11
returns = [-0.03, 0.01]
at = "10:30"
gap = 0.25
noise = 0.0

[[vix]]
day = 2026-02-11
levels = [55, 66.5]

[[regimes]]
day = 2026-02-11
until = 2026-06-30
drift = 0.3
vix = 40
premium = 2.5

[[prints]]
day = 2026-02-11
level = 81.0
from = 11:00:00
to = "11:10"

[[before_open]]
day = 2026-02-12
high = 65.73

[[feed]]
symbol = "*"
day = 2026-02-12
what = "stale"
from = "10:00"
to = "10:30"

[[halts]]
symbol = "NVDA"
day = 2026-02-12
from = "10:00"
to = "11:00"
quotes = "stale"

[[liquidity]]
symbol = "TSLA"
day = 2026-02-09
until = 2026-02-13
depth = 0.01
spread = 4

[[splits]]
symbol = "AAPL"
day = 2026-02-11
ratio = 7

[[adjustments]]
symbol = "META"
day = 2026-02-11
why = "special dividend"

[[dividends]]
symbol = "MSFT"
ex_day = 2026-02-12
amount = 0.91

[[exercises]]
symbol = "AAPL"
day = 2026-02-12
put = false

[[earnings]]
symbol = "NVDA"
day = 2026-02-12
session = "BMO"
confirmed = false
as_of = 2026-02-02

[[calendars]]
symbol = "TSLA"
day = 2026-02-09
as_of = 2026-01-05
"""


def test_everything_that_can_be_told_is_read_from_a_toml_table():
    script = Script.read(tomllib.loads(EVERYTHING))
    (move,), (shown,), (halt,) = script.moves, script.prints, script.halts
    assert (move.returns, move.at, move.gap, move.noise) == ((-0.03, 0.01), time(10, 30), 0.25, 0.0)
    assert (shown.start, shown.end, shown.level) == (time(11), time(11, 10), 81.0)
    assert (halt.start, halt.quotes) == (time(10), "stale")
    assert script.vix[0].levels == (55.0, 66.5)
    assert (script.regime(DAY).drift, script.regime(DAY).vix, script.regime(DAY).premium) == (0.3, 40.0, 2.5)
    assert script.regime(date(2026, 7, 1)).premium == 1.12
    assert script.splits == (Split("AAPL", date(2026, 2, 11), 7),)
    assert script.adjustments == (Adjustment("META", date(2026, 2, 11), "special dividend"),)
    assert script.dividends == (Dividend("MSFT", date(2026, 2, 12), Decimal("0.91")),)
    assert script.exercises == (EarlyExercise("AAPL", date(2026, 2, 12), put=False),)
    assert all(getattr(script, name) for name in tomllib.loads(EVERYTHING))


def test_a_script_is_a_value_and_its_digest_tells_it_from_others():
    one, again = (Script.read(tomllib.loads(EVERYTHING)) for _ in range(2))
    other = Script.read(tomllib.loads(EVERYTHING.replace("-0.03", "-0.0300001")))
    assert one == again
    assert hash(one) == hash(again)
    assert one.digest == again.digest != other.digest
    assert one.digest in SyntheticMarket(script=one).description
    assert "all_at_once" in SyntheticMarket(script=one).description
    assert Script.read({}) == NO_SCRIPT
    assert "script" not in SyntheticMarket(script=Script.read({})).description


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"move": []}, "market.move: unknown; did you mean 'moves'?"),
        ({"moves": [{"symbol": "SPY"}]}, "market.moves[0].day: is missing"),
        ({"moves": "SPY"}, "market.moves: expected tables"),
        ({"name": 7}, "market.name: expected a text, got 7"),
        ({"splits": [{"symbol": "AAPL", "day": DAY, "ration": 7}]}, "market.splits[0].ration: unknown; did"),
        ({"splits": [{"symbol": "AAPL", "day": DAY, "ratio": 1}]}, "market.splits[0].ratio: 1 new shares"),
        ({"splits": [{"symbol": "AAPL", "day": DAY, "ratio": 2.5}]}, "expected a whole number, got 2.5"),
        ({"splits": [{"symbol": "APPL", "day": DAY, "ratio": 2}]}, "no symbol APPL; did you mean 'AAPL'?"),
        ({"splits": [{"symbol": "*", "day": DAY, "ratio": 2}]}, "'*' is for feeds only"),
        ({"splits": [{"symbol": "SPX", "day": DAY, "ratio": 2}]}, "SPX is an index; name a share or a fund"),
        ({"moves": [{"symbol": "VIX", "day": DAY, "returns": 0.1}]}, "VIX is told in [[market.vix]]"),
        ({"splits": [{"symbol": "AAPL", "day": date(2026, 2, 14), "ratio": 2}]}, "2026-02-14 is no session"),
        ({"regimes": [{"day": DAY, "until": DAY, "premium": 0}]}, "market.regimes[0].premium: 0.0 is not above zero"),
        ({"regimes": [{"day": DAY, "until": date(2026, 2, 10)}]}, "market.regimes[0].until: 2026-02-10 lies before"),
        ({"vix": [{"day": DAY, "levels": [20, -1]}]}, "market.vix[0].levels: -1.0 is not above zero"),
        ({"vix": [{"day": "soon", "levels": 20}]}, "market.vix[0].day: expected a day as 2026-02-11, got 'soon'"),
        ({"prints": [{"day": DAY, "level": 20, "from": "11:00", "to": "10:00"}]}, "11:00 is not before 10:00"),
        ({"prints": [{"day": DAY, "level": 20, "from": "noon"}]}, "market.prints[0].from: expected a time"),
        ({"feed": [{"symbol": "SPY", "day": DAY, "what": "bad"}]}, "'bad' is none of stale, missing, crossed"),
        ({"moves": [{"symbol": "SPY", "day": DAY, "returns": 7.0}]}, "7.0 is no log-return"),
        ({"moves": [{"symbol": "SPY", "day": DAY, "returns": [], "gap": 2}]}, "moves[0].returns: expected a number"),
        ({"dividends": [{"symbol": "SPY", "ex_day": DAY, "amount": "much"}]}, "expected an amount in dollars"),
        ({"exercises": [{"symbol": "SPY", "day": DAY, "put": "yes"}]}, "put: expected true or false, got 'yes'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_line_that_says_where(table, line):
    with pytest.raises(SettingsError) as problem:
        Script.read(table)
    assert line in str(problem.value)
    assert "\n" not in str(problem.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(SettingsError) as problem:
        Script.read({"vixx": [], "before_open": [{"day": DAY, "high": 0}, {"high": 66}]})
    assert len(problem.value.problems) == 3


def test_only_the_synthetic_market_plays_a_script(canonical, folder):
    canonical({})
    told = {"name": "calm", "vix": [{"day": DAY, "levels": 20}]}
    assert "script calm" in open_market("synthetic", script=told).description
    with pytest.raises(InputError, match="only the synthetic market plays a scenario"):
        open_market(f"chains:{folder}", script=told)
