"""Strike by delta (CAD-8)."""

from decimal import Decimal

import numpy as np
import pytest
from attrs import evolve

from allusr_sdk.contracts.selection import Pick, Search, choose, choose_each
from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.intents import Band, Skip
from tests.builders import AT, CALL, FRIDAY, NAN, PUT, chain, contract, market, priced, quote, sleeve_view, snapshot

SPOT = 100.0
YEARS = pricing.years(AT, pricing.expiry_close(FRIDAY, xnys()))


def strike_of(delta, right=PUT, volatility=0.30):
    """The strike whose delta it is, by bisection."""
    low, high = 80.0, 120.0
    for _ in range(60):
        middle = (low + high) / 2
        terms = {"strike": middle, "years": YEARS, "volatility": volatility, "rate": 0.04}
        size = abs(float(pricing.delta(put=right is PUT, spot=SPOT, **terms)))
        low, high = (middle, high) if (size < delta) == (right is PUT) else (low, middle)
    return round(low, 3)


def side(deltas, right=PUT, **more):
    """One expiry and right with strikes of the given deltas, each with the vendor's delta beside it."""
    quotes = []
    for i, delta in enumerate(deltas):
        found = priced(contract(strike_of(delta, right), right=right), SPOT, half=0.001)
        own = {"delta": -delta if right is PUT else delta}
        quotes.append(evolve(found, **(own | {k: v[i] for k, v in more.items()})))
    return chain("AAPL", AT, SPOT, quotes)


VIEW = sleeve_view(market(snapshot(spot=SPOT)))
GEN = Band("CAD-8", 0.40, 0.45, 0, 1, "sessions", 0.10)


def picked(found):
    assert isinstance(found, Pick), found
    return abs(found.delta)


def test_the_delta_nearest_the_middle_of_the_band_wins():
    found = choose(side([0.30, 0.41, 0.43, 0.445, 0.50]), GEN, VIEW)
    assert picked(found) == pytest.approx(0.43, abs=0.004)
    assert found.how == "delta in 0.40-0.45, nearest the middle of 3 strikes"
    assert found.numbers["spot"] == SPOT


@pytest.mark.parametrize("right", [PUT, CALL])
def test_it_is_chosen_on_both_sides_and_the_order_of_rows_does_not_matter(right):
    rows = side([0.38, 0.41, 0.424, 0.47], right)
    shuffled = rows.where(np.array([2, 0, 3, 1]))
    assert picked(choose(rows, GEN, VIEW)) == picked(choose(shuffled, GEN, VIEW)) == pytest.approx(0.424, abs=0.004)


@pytest.mark.parametrize(("right", "strike"), [(PUT, 98.0), (CALL, 102.0)])
def test_equal_distances_go_further_out_of_the_money_then_to_larger_interest(right, strike, monkeypatch):
    quotes = [quote(contract(k, right=right), oi=oi) for k, oi in ((98, 10), (100, 99), (102, 10), (strike, 20))]
    rows = chain("AAPL", AT, SPOT, quotes)
    same = np.full(4, -0.42 if right is PUT else 0.42)
    monkeypatch.setattr(pricing, "implied_each", lambda *_, **__: [(np.full(4, 0.3), same)])
    found = choose(rows, GEN, VIEW)
    assert isinstance(found, Pick)
    assert found.quote.contract.strike == Decimal(str(strike))
    assert found.quote.open_interest == 20


def test_without_a_strike_inside_the_nearest_below_is_taken_and_both_neighbours_are_named():
    found = choose(side([0.33, 0.36, 0.47]), GEN, VIEW)
    assert picked(found) == pytest.approx(0.36, abs=0.004)
    assert found.how == "BAND_MISS: no strike in 0.40-0.45, nearest below"
    assert "(delta 0.36" in found.numbers["below"]
    assert "(delta 0.47" in found.numbers["above"] or "(delta 0.46" in found.numbers["above"]


@pytest.mark.parametrize("deltas", [[0.46, 0.60], [0.05, 0.29], [0.20, 0.80]])
def test_never_above_the_band_and_never_further_below_than_its_reach(deltas):
    found = choose(side(deltas), GEN, VIEW)
    assert isinstance(found, Skip)
    assert (found.rule, found.verdict) == ("CAD-8", "refuse")
    assert found.why.startswith("NO_STRIKE: none in 0.40-0.45")


def test_a_strict_band_refuses_what_lies_below():
    found = choose(side([0.36, 0.50]), evolve(GEN, reach=0.0), VIEW)
    assert isinstance(found, Skip)
    assert found.why.startswith("NO_STRIKE")


@pytest.mark.parametrize(
    ("vendor", "passes"), [(-0.38, True), (-0.36, False), (-0.49, False), (NAN, True), (0.42, False)]
)
def test_own_and_vendor_delta_that_differ_are_an_anomaly_and_an_absent_one_is_not(vendor, passes):
    found = choose(side([0.42], delta=[vendor]), GEN, VIEW)
    assert isinstance(found, Pick) is passes
    if not passes:
        assert (found.rule, found.why) == ("CAD-8", "DATA_ANOMALY: own and vendor delta differ")
        assert found.numbers["vendor"] == vendor


def test_calls_stay_at_or_over_the_floor():
    rows = side([0.44, 0.43, 0.41], CALL)
    floor = Decimal(str(rows.strike[2]))
    assert picked(choose(rows, evolve(GEN, floor=floor), VIEW)) == pytest.approx(0.41, abs=0.004)
    beyond = choose(rows, evolve(GEN, floor=floor + 1), VIEW)
    assert isinstance(beyond, Skip)
    assert beyond.why.endswith(f"under it at or over {floor + 1:.2f}")
    assert isinstance(choose(rows, evolve(GEN, floor=Decimal("NaN")), VIEW), Skip)


def test_what_is_not_listed_or_not_quoted_is_no_strike():
    assert choose(None, GEN, VIEW).why == "no contract of this expiry and right is listed"
    assert choose(chain("AAPL", AT, SPOT, []), GEN, VIEW).verdict == "refuse"
    broken = side([0.41, 0.43], bid=[NAN, 0.0])
    assert choose(broken, GEN, VIEW).why == "none of 2 strikes has a sound quote"


def test_an_unknown_spot_gives_no_delta_and_so_no_strike():
    assert isinstance(choose(evolve(side([0.42]), spot=NAN), GEN, VIEW), Skip)


def test_a_pick_becomes_an_intent_that_rests_on_its_rule_and_band():
    intent = choose(side([0.42]), GEN, VIEW).sell("CAD-4", 2)
    assert (intent.symbol, intent.rule, intent.lots, intent.band) == ("AAPL", "CAD-4", 2, GEN)
    assert intent.why == "delta in 0.40-0.45 and the only strike there"


def test_several_at_once_are_each_what_it_is_alone():
    view = sleeve_view(market(snapshot(spot=SPOT), evolve(snapshot("MSFT", spot=SPOT), dividend_yield=0.05)))
    other = evolve(side([0.35, 0.424], CALL), symbol="MSFT", roots=("MSFT",))
    searches = [
        Search(side([0.38, 0.41, 0.424]), GEN, nth=1),
        Search(None, GEN),
        Search(other, evolve(GEN, floor=Decimal(102))),
        Search(side([0.41], bid=[NAN]), GEN),
        Search(other, GEN),
    ]
    alone = [choose(search.side, search.band, view, nth=search.nth) for search in searches]
    assert choose_each(searches, view) == alone
    assert [type(found) for found in alone] == [Pick, Skip, Skip, Skip, Pick]
    assert choose_each([], view) == []


# --- what is never a strike ----------------------------------------------------------------------------------------


def test_adjusted_contracts_and_other_shares_are_never_chosen():
    rows = side([0.424, 0.41])
    renamed = evolve(rows, roots=("AAPL1", "AAPL"), root=np.array([0, 1], np.int8))
    assert picked(choose(renamed, GEN, VIEW)) == pytest.approx(0.41, abs=0.004)
    strange = evolve(rows, roots=("MSFT",), root=np.array([0, 0], np.int8))
    assert choose(strange, GEN, VIEW).why == "no contract of this expiry and right is listed"


@pytest.mark.parametrize(("bid", "ask"), [(NAN, 1.0), (0.0, 1.0), (1.0, 1.0), (1.2, 1.0), (1.0, NAN), (1.0, np.inf)])
def test_a_quote_without_two_sound_sides_is_no_strike(bid, ask):
    rows = side([0.424, 0.36], bid=[bid, 1.0], ask=[ask, 1.02])
    kept = side([0.36])
    rows = evolve(rows, bid=np.array([bid, kept.bid[0]]), ask=np.array([ask, kept.ask[0]]))
    assert picked(choose(rows, GEN, VIEW)) == pytest.approx(0.36, abs=0.004)


@pytest.mark.parametrize(("vendor", "passes"), [(-0.46, True), (-0.4601, False)])
def test_a_delta_that_differs_by_exactly_the_tolerance_is_no_anomaly(vendor, passes, monkeypatch):
    rows = chain("AAPL", AT, SPOT, [quote(contract(99), delta=vendor)])
    monkeypatch.setattr(pricing, "implied_each", lambda *_, **__: [(np.full(1, 0.3), np.full(1, -0.41))])
    assert isinstance(choose(rows, GEN, VIEW), Pick) is passes


@pytest.mark.parametrize("right", [PUT, CALL])
def test_below_the_band_too_a_tie_goes_further_out_of_the_money(right, monkeypatch):
    rows = chain("AAPL", AT, SPOT, [quote(contract(k, right=right)) for k in (97, 98, 102, 103)])
    monkeypatch.setattr(pricing, "implied_each", lambda *_, **__: [(np.full(4, 0.3), np.full(4, -0.38))])
    assert choose(rows, GEN, VIEW).quote.contract.strike == (97 if right is PUT else 103)


@pytest.mark.parametrize(
    ("size", "chosen"), [(0.2999, False), (0.30, True), (0.40, True), (0.45, True), (0.4501, False)]
)
def test_the_edges_of_the_band_and_of_its_reach_belong_to_it(size, chosen, monkeypatch):
    rows = chain("AAPL", AT, SPOT, [quote(contract(99))])
    monkeypatch.setattr(pricing, "implied_each", lambda *_, **__: [(np.full(1, 0.3), np.full(1, -size))])
    assert isinstance(choose(rows, GEN, VIEW), Pick) is chosen


# --- neighbouring strikes (LQ-3) -----------------------------------------------------------------------------------


def test_pods_go_through_the_strikes_of_the_band_by_nearness_to_its_middle_and_begin_again():
    rows = side([0.30, 0.405, 0.423, 0.44, 0.50])
    found = [choose(rows, GEN, VIEW, nth=n) for n in range(4)]
    assert [round(picked(each), 2) for each in found] == pytest.approx([0.42, 0.44, 0.41, 0.42], abs=0.011)
    assert found[3].quote.contract == found[0].quote.contract
    assert found[1].how == "delta in 0.40-0.45, number 2 by nearness to the middle of 3 strikes"


def test_a_band_with_one_strike_or_none_gives_every_pod_the_same():
    assert choose(side([0.42]), GEN, VIEW, nth=5).quote.contract == choose(side([0.42]), GEN, VIEW).quote.contract
    below = side([0.36, 0.33])
    assert picked(choose(below, GEN, VIEW, nth=3)) == pytest.approx(0.36, abs=0.004)


def test_a_pick_names_its_pod():
    assert choose(side([0.42]), GEN, VIEW).sell("CAD-5", 2, pod=3).pod == 3
