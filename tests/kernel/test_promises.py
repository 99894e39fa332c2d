"""What of a sleeve's intents breaks its own declarations, in its words; what just keeps them is no breach (KS-11)."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from attrs import evolve

from allusr_sdk import Shares, Skip
from allusr_sdk.kernel.promises import broken_promise
from allusr_sdk.model.intents import Close, Note
from tests.builders import GEN_BAND, contract, market, quote, sell, short, sleeve_view, snapshot

SLEEVE = SimpleNamespace(symbols=("AAPL",))


def broken(*intents, bands=(GEN_BAND,)):
    return broken_promise(intents, SLEEVE, sleeve_view(market(snapshot()), bands=bands))


def bought(count):
    return Shares("AAPL", "CAD-9", quantity=count)


@pytest.mark.parametrize(("intent", "why"), [
    (Close("AAPL", "CC-1", position=short(contract()), quote=quote()), "proposed a Close, which opens nothing"),
    (evolve(sell(), why=7), "proposed a Sell whose why is no text"),
    (evolve(sell(), numbers=7), "proposed a Sell whose numbers are no mapping"),
    (evolve(sell(), quote=None), "proposed a Sell whose quote is none"),
    (evolve(sell(), band="CAD-8"), "proposed a Sell whose band is none"),
    (evolve(sell(), band=evolve(GEN_BAND, floor=None)), "proposed a Sell whose band is none"),
    (evolve(sell(), delta="0.4"), "proposed a Sell whose delta is none"),
    (evolve(sell(), lots=0), "proposed a Sell whose lots is none"),
    (bought(0), "proposed a Shares whose quantity is none"),
    (bought(1.0), "proposed a Shares whose quantity is none"),
    (bought(True), "proposed a Shares whose quantity is none"),
    (Skip("AAPL", "CAD-9", verdict=7), "proposed a Skip whose text is none"),
    (Note("AAPL", "CAD-9", key="k", text=7), "proposed a Note whose text is none"),
    (evolve(sell(), rule=""), "gave no rule for Sell AAPL"),
    (Shares("TSLA", "CAD-9", quantity=1), "proposed TSLA, which is not among its symbols"),
    (evolve(sell(quote(contract(root="SPY"))), symbol="AAPL"), f"proposed {contract(root='SPY')} for AAPL"),
    (evolve(sell(), band=evolve(GEN_BAND, high=0.46)), f"rested {contract()} on a band that it does not declare"),
])  # fmt: skip
def test_what_is_broken_is_said(intent, why):
    assert broken(intent) == why


@pytest.mark.parametrize("intent", [
    sell(), sell(lots=1), bought(1), bought(-1), Skip("TSLA", "CAD-9"), Note("TSLA", "CAD-9", key="k", text=""),
])  # fmt: skip
def test_what_just_keeps_a_promise_is_none_that_is_broken(intent):
    assert broken(intent) == ""


def test_a_symbol_is_traded_once_a_kind_and_told_of_as_often_as_one_likes():
    assert broken(sell(), bought(100), Skip("AAPL", "CAD-9"), Skip("AAPL", "CAD-9")) == ""
    assert broken(sell(), sell(quote(contract(99)))) == "proposed two Sell of AAPL at one instant"
    assert broken(bought(1), bought(2)) == "proposed two Shares of AAPL at one instant"


@pytest.mark.parametrize("changed", [{"low": 0.42, "high": 0.42}, {"nearest": 1, "furthest": 1}, {"reach": 0.0}])
def test_a_band_of_a_single_delta_or_day_lies_in_the_one_that_is_declared(changed):
    assert broken(sell(band=evolve(GEN_BAND, **changed))) == ""


@pytest.mark.parametrize("changed", [
    {"low": 0.43, "high": 0.42}, {"nearest": 1, "furthest": 0}, {"low": 0.39}, {"furthest": 2}, {"reach": 0.11},
    {"nearest": -1}, {"rule": "CAD-9"}, {"unit": "calendar"},
])  # fmt: skip
def test_a_band_that_is_turned_around_or_reaches_further_is_not_declared(changed):
    assert broken(sell(band=evolve(GEN_BAND, floor=Decimal(5), **changed))).endswith("a band that it does not declare")
