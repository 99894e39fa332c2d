"""The wheel that the sleeves share: recovery under the basis, called shares, the pivot (CAD-9, CC-5, ORD-3)."""

from decimal import Decimal

import pytest
from allusr_com_acc import ComAcc
from allusr_gen_acc import GenAcc
from allusr_rev_acc import RevAcc

from allusr_sdk import Note, Right, Sell, Skip, wheel
from allusr_sdk.model.positions import Working
from tests.builders import RULES, books, contract, market, shares, short, sleeve_view
from tests.plugins.sleeves import FRIDAY, MONDAY, THURSDAY, TUESDAY, asked, day_of, made, only, seen, skipped, sold

SLEEVES = [GenAcc, RevAcc, ComAcc]
AAPL = {"symbol": "AAPL"}
DROWNED = {"high_water": Decimal(1_000_000)}
CSP_WHILE_LONG = RULES.tightened({"CAD-9.csp_while_long": True})


def call(strike=104, **more):
    return short(contract(strike, right=Right.CALL, expiry=FRIDAY), **more)


def test_wishes_are_granted_in_their_places():
    view = seen(GenAcc, THURSDAY, **AAPL)[1]
    terms = ("AAPL", FRIDAY, view.bands[0])
    said = view.skip("AAPL", "CAD-4", "nothing")
    one, other = (wheel.wish(view, *terms, rule) for rule in "AB")
    first, kept, second = wheel.granted(view, iter((one, said, other)))
    assert kept is said
    assert isinstance(first, Sell)
    assert [str(first), str(second)] == [str(wheel.write(view, *terms, rule)) for rule in "AB"]


# --- recovery ------------------------------------------------------------------------------------------------------


def recovery(day, basis, *more_held, **more):
    held = shares("AAPL", basis=basis)
    return asked(GenAcc, day, held, *more_held, **{"more": DROWNED, **AAPL, **more})


@pytest.mark.parametrize(
    ("day", "expiry"),
    [("2026-02-09", "2026-02-13"), ("2026-02-17", "2026-02-20"), ("2026-06-15", "2026-06-18")],
)
def test_recovery_calls_are_written_on_the_weeks_first_session_five_days_out(day, expiry):
    intent = sold(recovery(day, "101"))
    assert (intent.rule, intent.band.rule) == ("CAD-9", "CAD-9")
    assert intent.quote.contract.expiry == day_of(expiry)
    assert intent.quote.contract.strike >= 101
    assert 0.20 <= intent.delta <= 0.25
    assert "BELOW_BASIS" not in intent.why


@pytest.mark.parametrize("kind", [GenAcc, RevAcc])
def test_both_premium_sleeves_recover_alike(kind):
    held = shares("NVDA", basis="101", ledger=kind.name)
    assert sold(asked(kind, MONDAY, held, more=DROWNED)).rule == "CAD-9"


def test_recovery_waits_on_any_other_session():
    assert skipped(recovery(THURSDAY, "101")) == (
        "CAD-9: recovery calls are written on the week's first session, 2026-02-09"
    )


def test_recovery_waits_while_every_hundred_is_covered():
    assert skipped(recovery(MONDAY, "101", call())) == "CAD-9: every hundred of its shares is covered"


def test_recovery_looks_three_to_seven_days_ahead_for_the_expiry_nearest_to_five():
    listed = [day_of(d) for d in ("2026-02-11", "2026-02-13", "2026-02-16", "2026-02-17")]
    assert sold(recovery(MONDAY, "101", expiries=listed)).quote.contract.expiry == FRIDAY
    assert sold(recovery(MONDAY, "101", expiries=listed[2:])).quote.contract.expiry == day_of("2026-02-16")
    none = skipped(recovery(MONDAY, "101", expiries=[listed[0], listed[3]]))
    assert none == "CAD-3: no expiry 3 to 7 days out is listed"


def test_a_recovery_call_under_the_basis_lies_an_atr_over_spot_and_is_flagged():
    intent = sold(recovery(MONDAY, "115"))
    assert intent.why.startswith("BELOW_BASIS, one ATR over spot: ")
    assert 102 <= intent.quote.contract.strike < 115
    assert (intent.numbers["basis"], intent.numbers["atr"]) == ("115.0000", 2.0)


def test_a_wide_range_pushes_the_recovery_call_further_out():
    strikes = [sold(recovery(MONDAY, "115", atr=atr)).quote.contract.strike for atr in (2.0, 3.0)]
    assert strikes[0] < 103 <= strikes[1]


def test_without_an_atr_no_call_is_written_under_the_basis():
    found = only(recovery(MONDAY, "115", atr=None))
    assert isinstance(found, Skip)
    assert found.verdict == "refuse"


@pytest.mark.parametrize(("high", "recovers"), [("116004.4", True), ("115783.9", False)])
def test_a_sleeve_within_five_percent_of_its_high_uses_its_own_band_over_the_basis(high, recovers):
    """Equity is 100,000 and 101 a share for a hundred: 110,100, which is 5 % under 115,894.7."""
    more = {"high_water": Decimal(high)}
    found = skipped(recovery(TUESDAY, "101", more=more))
    assert found.startswith("CAD-9: recovery" if recovers else "CAD-4: ")


def test_exactly_five_percent_is_near_enough():
    _, view = seen(
        GenAcc, TUESDAY, shares("AAPL", basis="101"), more={"high_water": Decimal(110_100) / 19 * 20}, **AAPL
    )
    assert not wheel.under_water(view, "AAPL")


@pytest.mark.parametrize(("basis", "expected"), [("100.01", True), ("100.00", False), ("99", False)])
def test_shares_are_under_water_below_their_basis_and_not_at_it(basis, expected):
    _, view = seen(GenAcc, TUESDAY, shares("AAPL", basis=basis), more=DROWNED, **AAPL)
    assert wheel.under_water(view, "AAPL") is expected


# --- called away ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "on", "refused", "settled", "allowed"),
    [
        (RevAcc, "2026-02-06", "2026-02-09", "2026-02-09", "2026-02-10"),
        (RevAcc, "2026-02-13", "2026-02-17", "2026-02-17", "2026-02-23"),
        (GenAcc, "2026-02-11", "2026-02-12", "2026-02-12", "2026-02-13"),
        (GenAcc, "2026-04-02", "2026-04-02", "2026-04-06", "2026-04-09"),
        (ComAcc, "2026-02-06", "2026-02-09", "2026-02-09", "2026-02-17"),
    ],
)
def test_called_shares_come_back_by_a_put_strictly_after_settlement(kind, on, refused, settled, allowed):
    more = {"called": {"NVDA": day_of(on)}, "notes": {"seeded": "2026-01-05"}}
    assert skipped(asked(kind, refused, more=more)) == (
        f"CC-5: called away on {on}, settled on {settled}: a put at the first entry session after that"
    )
    assert sold(asked(kind, allowed, more=more)).quote.contract.is_put


# --- pivot ---------------------------------------------------------------------------------------------------------

PIVOT = {"switches": {"PIVOT": "CALLS"}}


@pytest.mark.parametrize(("kind", "day"), [(GenAcc, THURSDAY), (RevAcc, MONDAY)])
def test_a_pivoted_sleeve_writes_calls_and_no_puts(kind, day):
    assert skipped(asked(kind, day, more=PIVOT)).startswith("ORD-3: PIVOT: no new puts")
    held = shares("NVDA", basis="90", ledger=kind.name)
    assert not sold(asked(kind, day, held, more=PIVOT)).quote.contract.is_put


def test_other_switches_of_the_sleeve_are_no_pivot():
    assert sold(asked(GenAcc, THURSDAY, more={"switches": {"L3": "SAFE"}}))  # the gates refuse it, by its own rule


# --- states --------------------------------------------------------------------------------------------------------


def due(*positions, rules=RULES, pods=False, **more):
    return wheel.due(seen(GenAcc, THURSDAY, *positions, rules=rules, more=more, **AAPL)[1], "AAPL", pods=pods)


def test_cash_gives_a_put_and_uncovered_shares_a_call():
    assert due() is Right.PUT
    assert due(shares()) is Right.CALL
    assert due(shares(count=200), call()) is Right.CALL
    assert due(shares(count=99)) is Right.PUT


@pytest.mark.parametrize(
    ("held", "state"), [([shares(), call()], "SHORT_CALL"), ([short(contract(99, expiry=FRIDAY))], "SHORT_PUT")]
)
def test_nothing_new_until_the_open_option_ends(held, state):
    found = due(*held)
    assert isinstance(found, Skip)
    assert f"{found.rule}: {found.why}" == f"CAD-9: AAPL is in {state}: nothing new until it ends"


def test_a_put_beside_shares_is_written_only_where_the_rule_lets_it_and_once():
    covered = [shares(), call()]
    assert due(*covered, rules=CSP_WHILE_LONG) is Right.PUT
    assert due(shares(), rules=CSP_WHILE_LONG) is Right.CALL
    put = short(contract(99, expiry=FRIDAY))
    assert isinstance(due(*covered, put, rules=CSP_WHILE_LONG), Skip)
    work = Working("w", "gen_acc", "AAPL", contract(99, expiry=FRIDAY), 1, True)
    assert isinstance(due(*covered, rules=CSP_WHILE_LONG, working={"w": work}), Skip)


def test_a_working_put_of_this_session_stops_no_other_pod():
    at = seen(GenAcc, THURSDAY, **AAPL)[1].at
    work = Working("w", "gen_acc", "AAPL", contract(99, expiry=FRIDAY), 1, True, sent=at)
    assert due(pods=True, working={"w": work}) is Right.PUT
    assert isinstance(due(working={"w": work}), Skip)
    unknown = Working("w", "gen_acc", "AAPL", contract(99, expiry=FRIDAY), 1, True)
    assert isinstance(due(pods=True, working={"w": unknown}), Skip)


def test_hedges_are_no_part_of_the_wheel():
    hedge = short(contract(80, expiry=FRIDAY), cause="hedge:L2")
    assert due(hedge) is Right.PUT


# --- what all three declare and promise ----------------------------------------------------------------------------


def test_settings_narrow_a_band_and_strict_takes_every_reach():
    assert made(GenAcc, delta_low=0.42, delta_high=0.44).bands(RULES)[0].low == 0.42
    strict = RULES.tightened({"CAD-8.strict": True})
    assert {b.reach for kind in SLEEVES for b in made(kind).bands(RULES)} == {0.10}
    assert {b.reach for kind in SLEEVES for b in made(kind).bands(strict)} == {0.0}
    assert all(made(kind).bands(RULES)[1].rule == "CAD-9" for kind in SLEEVES)


@pytest.mark.parametrize("kind", SLEEVES)
def test_a_symbol_without_a_fresh_market_is_not_spoken_of(kind):
    sleeve = made(kind)
    assert list(sleeve.propose(sleeve_view(market(), books(name=kind.name), bands=sleeve.bands(RULES)))) == []


@pytest.mark.parametrize("kind", SLEEVES)
def test_a_market_without_options_ends_in_a_reason(kind):
    held = [shares("NVDA", basis="90", ledger="com_acc")] if kind is ComAcc else []
    found = asked(kind, THURSDAY if kind is GenAcc else MONDAY, *held, expiries=[], more={"notes": {"seeded": "x"}})
    skip = only([w for w in found if not isinstance(w, Note)])
    assert isinstance(skip, Skip)
    assert skip.why
    assert skip.rule


@pytest.mark.parametrize(("kind", "day"), [(GenAcc, THURSDAY), (RevAcc, MONDAY)])
def test_what_is_sold_lies_in_a_declared_band(kind, day):
    sleeve, view = seen(kind, day)
    wish = only(list(sleeve.propose(view)))
    assert isinstance(wish, Sell)
    assert wish.band in view.bands
