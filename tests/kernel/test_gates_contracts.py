"""One test a gate: whether this contract is opened; its veto stands there with rule and numbers (KS-11, RULE-0)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.gates import asked
from allusr_sdk.kernel.limits import cover
from allusr_sdk.model.intents import Band
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Working
from tests.builders import (
    CALL,
    FRIDAY,
    NAN,
    PUT,
    RULES,
    books,
    contract,
    market,
    quote,
    report,
    sell,
    shares,
    short,
    snapshot,
)
from tests.kernel.questions import CALL_280, CALL_BAND, PUT_270, entry, reasons, rules_of


def test_the_restricted_list_is_empty_until_somebody_fills_it():
    rules = RULES.tightened({"KS-11.restricted": ["AAPL", "TSLA"]})
    vetoes = asked(entry(rules=rules, approved=rules.stamp))
    assert reasons(vetoes) == "KS-11 AAPL is on the restricted list"
    assert RULES.texts("KS-11.restricted") == ()


def test_an_adjusted_contract_is_never_opened():
    odd = sell(quote(Contract("AAPL1", FRIDAY, PUT, Decimal(270))))
    assert reasons(asked(entry(odd))) == "LQ-4 AAPL1 is adjusted: its deliverable is not 100 shares"


def test_options_that_settle_on_an_opening_print_veto():
    spx = contract(5000, root="SPX")
    view = market(snapshot("SPX", 5010.0))
    vetoes = asked(entry(sell(quote(spx)), view=view, ledger=books(cash="900000")))
    assert reasons(vetoes) == "KS-11 SPX settles on an opening print, which no close replaces"


def test_a_put_starts_from_cash_only():
    held = books(short(contract(265)), cash="400000")
    assert reasons(asked(entry(ledger=held))) == "CAD-9 AAPL is in SHORT_PUT, a put starts from CASH"
    assert "is in STOCK" in reasons(asked(entry(ledger=books(shares(), cash="400000"))))


def test_with_the_flag_a_put_goes_beside_shares_but_not_beside_another_put():
    rules = RULES.tightened({"CAD-9.csp_while_long": True})
    more = {"rules": rules, "approved": rules.stamp}
    assert asked(entry(ledger=books(shares(), cash="400000"), **more)) == ()
    assert asked(entry(ledger=books(shares(), short(CALL_280), cash="400000"), **more)) == ()
    both = books(shares(), short(CALL_280), short(contract(265)), cash="400000")
    assert rules_of(asked(entry(ledger=both, **more))) == ["CAD-9"]


def test_a_put_that_may_still_be_assigned_leaves_no_room_for_another():
    old = contract(270, expiry=date(2026, 2, 11))
    vetoes = asked(entry(ledger=books(cash="400000", pinned={old.osi: Decimal(27000)})))
    assert reasons(vetoes) == f"LQ-6 {old.osi} may still be assigned until morning"
    other = contract(270, expiry=date(2026, 2, 11), root="MSFT")
    assert asked(entry(ledger=books(cash="400000", pinned={other.osi: Decimal(27000)}))) == ()


def test_a_working_entry_counts_as_if_it_were_filled():
    work = Working("w", "gen_acc", "AAPL", contract(265), 1, True, Decimal(26500))
    assert rules_of(asked(entry(ledger=books(cash="400000", working={"w": work})))) == ["CAD-9"]


def test_a_call_needs_a_hundred_uncovered_shares():
    call = sell(quote(CALL_280), delta=0.42, band=CALL_BAND)
    assert reasons(asked(entry(call))) == "CAD-10 no hundred uncovered shares"
    covered = books(shares(basis="270"), short(CALL_280))
    assert rules_of(asked(entry(call, ledger=covered))) == ["CAD-10"]
    assert asked(entry(call, ledger=books(shares(basis="270")))) == ()
    assert rules_of(asked(entry(call, ledger=books(shares(count=99, basis="270"))))) == ["CAD-10"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "no earnings calendar"),
        ({"AAPL": ()}, "no earnings calendar"),
        ({"AAPL": (report("AAPL", date(2026, 4, 30), as_of=date(2026, 2, 5)),)}, "7 days old"),
        ({"AAPL": (report("AAPL", date(2026, 2, 9)),)}, "report 2026-02-09 AMC (confirmed)"),
        ({"AAPL": (report("AAPL", date(2026, 2, 15)),)}, "report 2026-02-15"),
        ({"AAPL": (report("AAPL", date(2026, 2, 18), confirmed=False),)}, "report 2026-02-18 AMC (estimated)"),
        ({"AAPL": (report("AAPL", date(2026, 2, 6), confirmed=False),)}, "(estimated)"),
    ],
)
def test_an_earnings_week_skips_puts_and_says_why(known, words):
    vetoes = asked(entry(view=market(snapshot(spot=272.0), earnings=known)))
    assert rules_of(vetoes) == ["CC-3"]
    assert vetoes[0].why.startswith("EARNINGS_SKIP: ")
    assert words in vetoes[0].why
    assert vetoes[0].numbers == {"earnings": "skip"}


@pytest.mark.parametrize(
    "known",
    [
        (report("AAPL", date(2026, 4, 30), as_of=date(2026, 2, 6)),),
        (report("AAPL", date(2026, 2, 16)),),
        (report("AAPL", date(2026, 2, 19), confirmed=False),),
        (report("AAPL", date(2026, 2, 5), confirmed=False),),
    ],
)
def test_a_known_report_that_is_far_enough_does_not(known):
    assert asked(entry(view=market(snapshot(spot=272.0), earnings={"AAPL": known}))) == ()


def test_any_report_before_expiry_counts_in_a_later_week_too():
    later_put = sell(quote(contract(270, expiry=date(2026, 2, 27))), band=Band("CAD-8", 0.4, 0.45, 0, 30, "calendar"))
    known = {"AAPL": (report("AAPL", date(2026, 2, 24)),)}
    assert rules_of(asked(entry(later_put, view=market(snapshot(spot=272.0), earnings=known)))) == ["CC-3"]


def test_funds_are_exempt_from_the_earnings_filter():
    spy = sell(quote(contract(690, root="SPY")))
    view = market(snapshot("SPY", 691.0), earnings={})
    assert asked(entry(spy, view=view, ledger=books(cash="900000"))) == ()


@pytest.mark.parametrize(
    ("count", "written", "free"), [(100, 0, 0), (200, 0, 1), (300, 0, 1), (400, 1, 1), (400, 3, -1)]
)
def test_an_earnings_week_halves_the_cover_of_calls(count, written, free):
    calls = [short(CALL_280, lots=written)] if written else []
    held = books(shares(count=count, basis="270"), *calls)
    call = sell(quote(contract(285, right=CALL)), delta=0.42)
    assert cover(entry(call, ledger=held, view=market(snapshot(spot=272.0), earnings={})))[0] == free
    assert cover(entry(call, ledger=held)) == (count // 100 - written, "")


@pytest.mark.parametrize(
    ("delta", "passes"), [(-0.40, True), (-0.45, True), (-0.301, True), (-0.299, False), (-0.46, False), (NAN, False)]
)
def test_delta_lies_in_the_band_or_its_reach(delta, passes):
    vetoes = asked(entry(sell(quote(PUT_270), delta=delta)))
    assert rules_of(vetoes) == ([] if passes else ["KS-11"])
    if not passes:
        assert "is outside 0.3-0.45" in vetoes[0].why


@pytest.mark.parametrize(
    ("expiry", "unit", "left"),
    [
        (date(2026, 2, 20), "sessions", 5),
        (date(2026, 2, 20), "calendar", 8),
        (date(2026, 2, 11), "sessions", -1),
        (date(2026, 2, 11), "calendar", -1),
    ],
)
def test_days_to_expiry_lie_in_the_band(expiry, unit, left):
    band = evolve(CALL_BAND, unit=unit)
    vetoes = asked(entry(sell(quote(contract(270, expiry=expiry)), band=band)))
    assert f"KS-11 {left} {unit} to expiry is outside 0-1" in reasons(vetoes)
    assert {"dte": left} in [dict(v.numbers) for v in vetoes]


def test_a_call_under_the_basis_is_refused_even_where_its_band_names_no_floor():
    held = books(shares(basis="281"))
    call = sell(quote(CALL_280), delta=0.42)
    assert reasons(asked(entry(call, ledger=held))) == "CAD-8 strike 280 is under the basis 281.00"
    recovery = evolve(call, band=evolve(CALL_BAND, rule="CAD-9", floor=Decimal(279)))
    assert asked(entry(recovery, ledger=held)) == ()
    low = evolve(call, band=evolve(CALL_BAND, rule="CAD-9", floor=Decimal("280.5")))
    assert rules_of(asked(entry(low, ledger=held))) == ["CAD-8"]


@pytest.mark.parametrize(("atr", "passes"), [(8.0, True), (8.01, False), (2.0, True), (None, False), (NAN, False)])
def test_a_recovery_call_under_the_basis_lies_an_atr_over_spot(atr, passes):
    recovery = sell(quote(CALL_280), delta=0.42, band=evolve(CALL_BAND, rule="CAD-9"))
    vetoes = asked(entry(recovery, ledger=books(shares(basis="281")), atr=atr))
    assert rules_of(vetoes) == ([] if passes else ["CAD-8"])
    assert asked(entry(recovery, ledger=books(shares(basis="280")), atr=atr)) == ()


def test_an_illiquid_contract_vetoes_with_every_limit_it_misses():
    thin = quote(PUT_270, 1.94, 2.05, oi=499)
    view = market(snapshot(spot=272.0, volumes=(99.0, 50.0)))
    vetoes = asked(entry(sell(thin), view=view))
    assert rules_of(vetoes) == ["LQ-1", "LQ-1", "LQ-1"]
    assert [v.why for v in vetoes] == ["open interest 499 < 500", "volume 99 < 100", "spread 5.51% > 5.00%"]


@pytest.mark.parametrize(
    ("bid", "ask", "passes"), [(0.10, 0.10, False), (0.098, 0.102, True), (0.097, 0.101, False), (1.0, 1.02, True)]
)
def test_a_credit_under_the_minimum_vetoes(bid, ask, passes):
    vetoes = asked(entry(sell(quote(PUT_270, bid, ask))))
    assert ("CAD-11" in rules_of(vetoes)) is (not passes and bid < ask)
    assert bool(vetoes) is not passes


@pytest.mark.parametrize(
    ("bid", "ask"), [(NAN, 1.0), (1.0, NAN), (0.0, 1.0), (1.1, 1.0), (1.0, float("inf")), (-1.0, 1.0)]
)
def test_a_quote_that_is_unknown_one_sided_or_crossed_is_refused_and_nothing_raises(bid, ask):
    assert reasons(asked(entry(sell(quote(PUT_270, bid, ask))))) == "KS-11 no sound two-sided quote"
