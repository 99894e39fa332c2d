"""How many contracts (CAD-10, CAD-11)."""

from decimal import Decimal

import pytest

from allusr_sdk.kernel.sizing import Capital, Demand, allot
from tests.builders import RULES


def capital(deployable, *, universe=7, eligible=1, share="0.95", committed=0):
    return Capital(Decimal(deployable), Decimal(share), Decimal(committed), universe, eligible)


def demand(strike, *, symbol="AAPL", credit="1.00", exposure=0, cap=50):
    return Demand(symbol, Decimal(strike), Decimal(credit), Decimal(exposure), cap)


def lots(demands, money):
    return {symbol: a.lots for symbol, a in allot(demands, money, RULES).items()}


@pytest.mark.parametrize(
    ("base", "strike", "universe", "expected"),
    [
        (120_000, 230, 7, 1),
        (40_000, 230, 7, 1),
        (40_000, 500, 7, 0),
        (400_000, 600, 7, 1),
        (90_000, 180, 2, 2),
        (300_000, 180, 2, 8),
    ],
)
def test_the_vectors_of_the_rulebook_are_met(base, strike, universe, expected):
    assert lots([demand(strike)], capital(base, universe=universe)).get("AAPL", 0) == expected


def test_a_symbol_too_dear_for_its_cap_gets_nothing_while_another_fits():
    got = lots([demand(600, symbol="SPY"), demand(230)], capital(120_000, eligible=2))
    assert got == {"SPY": 0, "AAPL": 1}


def test_a_target_under_one_lot_leaves_the_lots_to_the_second_pass():
    names = {"GOOG": 250, "AAPL": 230, "AMZN": 225, "IWM": 220, "SPY": 600, "QQQ": 520, "MSFT": 500}
    demands = [demand(strike, symbol=name) for name, strike in names.items()]
    got = lots(demands, capital(101_000, eligible=7))
    assert {name: n for name, n in got.items() if n} == {"IWM": 1, "AMZN": 1, "AAPL": 1, "GOOG": 1}
    assert all("CAD-11" not in a.rule for a in allot(demands, capital(101_000, eligible=7), RULES).values())


def test_the_exception_goes_to_the_cheapest_only_and_says_its_rule():
    found = allot([demand(240, symbol="MSFT"), demand(230)], capital(40_000, eligible=2), RULES)
    assert (found["AAPL"].lots, found["MSFT"].lots) == (1, 0)
    assert found["AAPL"].why.startswith("min-lot exception")


def test_the_exception_needs_an_untouched_sleeve():
    assert lots([demand(230)], capital(40_000, committed=1)) == {"AAPL": 0}


def test_the_exception_does_not_lift_a_cap_of_nothing():
    assert lots([demand(230, cap=0)], capital(40_000)) == {"AAPL": 0}


def test_a_target_shares_the_capital_among_the_eligible_and_a_second_pass_gives_what_is_left_by_yield():
    demands = [demand(90, symbol="AAA", credit="1"), demand(90, symbol="BBB", credit="2")]
    money = capital(100_000, universe=1, eligible=10)
    assert lots(demands, money) == {"AAA": 5, "BBB": 5}
    assert lots(demands, capital(100_000, universe=1, eligible=1, committed=85_000)) == {"AAA": 1, "BBB": 0}
    scarce = capital(100_000, universe=1, eligible=10, committed=76_900)
    assert lots(demands, scarce) == {"AAA": 1, "BBB": 1}


def test_one_lot_left_over_goes_to_the_better_yield_then_to_the_earlier_name():
    one_left = capital(100_000, universe=1, eligible=10, committed=67_500)
    better = [demand(90, symbol="AAA", credit="1"), demand(90, symbol="BBB", credit="2")]
    equal = [demand(90, symbol="BBB"), demand(90, symbol="AAA")]
    assert lots(better, one_left) == {"AAA": 1, "BBB": 2}
    assert lots(equal, one_left) == {"AAA": 2, "BBB": 1}


def test_a_hedged_week_halves_what_may_be_committed():
    assert lots([demand(100)], capital(100_000, universe=1)) == {"AAPL": 9}
    assert lots([demand(100)], capital(100_000, universe=1, share="0.475")) == {"AAPL": 4}


def test_no_cap_of_the_intent_or_the_symbol_is_ever_passed():
    assert lots([demand(100, cap=2)], capital(1_000_000, universe=1)) == {"AAPL": 2}
    assert lots([demand(100, exposure=240_000)], capital(1_000_000)) == {"AAPL": 1}


def test_an_overcommitted_sleeve_gets_nothing():
    assert lots([demand(100)], capital(100_000, committed=200_000)) == {"AAPL": 0}


def test_every_size_says_its_bound_and_numbers():
    found = allot([demand(230)], capital(120_000), RULES)["AAPL"]
    assert found.why == "symbol cap 30,000 / 23,000 = 1"
    assert set(found.numbers) >= {"budget left", "symbol cap", "target", "deployable", "eligible", "left"}


def test_the_exception_is_granted_up_to_its_limit_and_says_both():
    unit = 100 * Decimal(230) + RULES.money("FEE-1.option")
    enough = unit / RULES.money("CAD-11.min_lot_share")
    found = allot([demand(230, cap=1)], capital(enough), RULES)["AAPL"]
    assert (found.lots, found.rule) == (1, "CAD-10 CAD-11")
    assert {name: Decimal(value) for name, value in found.numbers.items()} == {"unit": unit, "limit": unit}
    missed = allot([demand(230, cap=1)], capital(enough - 1), RULES)["AAPL"]
    assert (missed.lots, missed.rule, Decimal(missed.numbers["unit"])) == (0, "CAD-10", unit)


def test_a_size_says_the_numbers_of_every_bound():
    numbers = allot([demand(230)], capital(120_000), RULES)["AAPL"].numbers
    assert {name: Decimal(value) for name, value in numbers.items()} == {
        "budget left": 114_000, "symbol cap": 30_000, "target": 114_000, "deployable": 114_000, "eligible": 1,
        "left": 91_000,
    }  # fmt: skip


def test_a_size_says_that_it_was_capped_only_where_more_would_have_fitted():
    assert allot([demand(100, cap=2)], capital(1_000_000, universe=1), RULES)["AAPL"].why == "capped at 2"
    assert allot([demand(230, cap=1)], capital(120_000), RULES)["AAPL"].why == "symbol cap 30,000 / 23,000 = 1"


def test_the_second_pass_fills_a_symbols_cap_to_the_dollar():
    unit = 9000 + RULES.money("FEE-1.option")
    money = capital(100_000, universe=1, eligible=10)
    assert lots([demand(90, exposure=91_000 - unit)], money) == {"AAPL": 2}
    assert lots([demand(90, exposure=91_001 - unit)], money) == {"AAPL": 1}


def test_yield_is_credit_by_what_is_tied_and_not_credit_alone():
    demands = [demand(200, symbol="AAA", credit="2.00"), demand(90, symbol="BBB", credit="1.50")]
    assert lots(demands, capital(100_000, universe=1, eligible=10, committed=65_000)) == {"AAA": 0, "BBB": 3}


@pytest.mark.parametrize(("more", "expected"), [(0, 1), (1, 0)])
def test_a_contract_ties_its_fee_too(more, expected):
    left = 10_000 + RULES.money("FEE-1.option")
    assert lots([demand(100)], capital(100_000, universe=1, committed=95_000 - left + more)) == {"AAPL": expected}
