"""May this be opened at this size (LQ-1)."""

import pytest

from allusr_sdk.contracts.liquidity import average_volume, illiquid, oversized, traded_volume
from tests.builders import NAN, RULES, quote

BUSY = (1000.0, 1000.0)


def why(found, volumes=BUSY):
    return [veto.why for veto in illiquid(found, volumes, RULES)]


@pytest.mark.parametrize(
    ("interest", "said"), [(499, ["open interest 499 < 500"]), (500, []), (NAN, ["open interest nan < 500"])]
)
def test_open_interest_of_five_hundred_is_enough(interest, said):
    assert why(quote(oi=interest)) == said


@pytest.mark.parametrize(
    ("bid", "ask", "said"),
    [(1.95, 2.05, []), (1.94, 2.05, ["spread 5.51% > 5.00%"]), (NAN, 2.05, ["no sound two-sided quote"])],
)
def test_a_spread_of_five_percent_is_narrow_enough(bid, ask, said):
    assert why(quote(bid=bid, ask=ask)) == said


@pytest.mark.parametrize(
    ("volumes", "said"),
    [
        ((100.0, 3.0), []),
        ((3.0, 100.0), []),
        ((100.0, NAN), []),
        ((99.0, 99.0), ["volume 99 < 100"]),
        ((5000.0, 99.0, 99.0), ["volume 99 < 100"]),
        ((NAN, NAN), ["volume nan < 100"]),
        ((), ["volume nan < 100"]),
    ],
)
def test_a_hundred_contracts_today_or_the_session_before_are_enough(volumes, said):
    assert why(quote(), volumes) == said


def test_a_miss_names_value_limit_and_distance():
    numbers = illiquid(quote(oi=499), BUSY, RULES)[0].numbers
    assert numbers == {"open interest": 499, "open interest required": 500.0, "open interest missed by": 1.0}


@pytest.mark.parametrize(("lots", "said"), [(123, []), (124, ["124 contracts > 10% of ADV 1234"])])
def test_a_tenth_of_the_average_volume_is_the_most(lots, said):
    assert [v.why for v in oversized(lots, 0.0, (1234.0,), 1e9, RULES)] == said


def test_the_average_is_over_the_sessions_that_are_known_and_their_number_is_told():
    assert average_volume((100.0, NAN, 200.0), 20) == (150.0, 2)
    assert average_volume((9e9, *[100.0] * 20), 20) == (100.0, 20)
    assert average_volume((), 20)[1] == 0
    veto = oversized(60, 0.0, (100.0, NAN, 200.0), 1e9, RULES)[0]
    assert veto.numbers == {"quantity": 60, "adv": 150.0, "sessions": 2, "share": 0.10}


def test_the_larger_of_two_sessions_counts():
    assert traded_volume((1.0, 7.0, 5.0)) == 7.0


@pytest.mark.parametrize(
    ("lots", "delta", "share_volume", "passes"),
    [(10, -0.5, 500_000.0, True), (10, -0.5, 499_999.0, False), (20, 0.5, None, True), (21, 0.5, None, False),
     (1, NAN, 1e9, False), (1, 0.5, NAN, False)],
)  # fmt: skip
def test_delta_shares_stay_under_a_thousandth_of_the_shares_volume(lots, delta, share_volume, passes):
    vetoes = oversized(lots, delta, (1e6,), share_volume, RULES)
    assert [v.rule for v in vetoes] == ([] if passes else ["LQ-1"])


def test_an_unknown_contract_volume_is_never_enough():
    assert [v.rule for v in oversized(1, 0.1, (NAN,), 1e9, RULES)] == ["LQ-1"]


@pytest.mark.parametrize("lots", [3, 7, 29, 58])
def test_exactly_the_share_passes_whatever_the_floats_make_of_it(lots):
    for share in (0.01, 0.03, 0.07):
        rules = RULES.tightened({"LQ-1.adv_share": share})
        assert not oversized(lots, 0.0, (lots / share,), 1e9, rules)
        assert oversized(lots + 1, 0.0, (lots / share,), 1e9, rules)


def test_exactly_a_thousandth_of_the_shares_volume_passes():
    assert not oversized(10, 0.29, (1e6,), 290_000.0, RULES)
    assert oversized(10, 0.29, (1e6,), 289_000.0, RULES)
