"""One test a gate: its veto stands there with rule and numbers, and every veto is kept (KS-11, RULE-0)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import checked
from allusr_sdk.kernel.gates import GATES, asked
from allusr_sdk.kernel.limits import cover
from allusr_sdk.model.breaks import Break
from allusr_sdk.model.intents import Band, Shares
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Sent, Working
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    CALL,
    FRIDAY,
    NAN,
    PUT,
    RULES,
    THURSDAY,
    books,
    contract,
    market,
    moment,
    quote,
    report,
    sell,
    shares,
    short,
    snapshot,
)
from tests.kernel.questions import CALL_280, CALL_BAND, PUT_270, entry, order, reasons, rules_of


def test_a_sound_put_in_its_window_passes_every_gate_and_check():
    asks = entry()
    assert asked(asks) == ()
    assert checked(asks, order(asks.intent)) == ()


@pytest.mark.parametrize("tier", ["FREEZE", "SAFE", "HALT"])
def test_a_tier_that_opens_nothing_vetoes(tier):
    assert reasons(asked(entry(tier=tier))) == f"KS-6 tier {tier} of the account (VIX) opens nothing"


@pytest.mark.parametrize(
    ("scope", "cause", "tier", "rule"),
    [
        ("account", "STALE", "SAFE", "KS-5"),
        ("account", "LOSS", "FREEZE", "KS-10"),
        ("account", "L3", "SAFE", "PE-11"),
        ("account", "GUARD", "HALT", "KS-6"),
        ("account", "USER", "SAFE", "KS-6"),
        ("gen_acc", "STALE", "SAFE", "PE-5"),
        ("gen_acc", "L3", "SAFE", "PE-11"),
    ],
)
def test_a_switch_is_named_by_its_tier_cause_and_scope_under_the_rule_that_threw_it(scope, cause, tier, rule):
    held = books(cash="400000", switches={cause: tier} if scope == "gen_acc" else {})
    thrown = {cause: tier} if scope == "account" else {}
    asks = entry(ledger=held)
    (veto,) = asked(evolve(asks, book=evolve(asks.book, switches=thrown)))
    where = "the account" if scope == "account" else scope
    assert (veto.rule, veto.why) == (rule, f"tier {tier} of {where} ({cause}) opens nothing")
    assert veto.numbers == {"tier": tier, "cause": cause, "scope": scope}


def test_every_switch_that_stands_against_it_is_named():
    held = books(cash="400000", switches={"L3": "SAFE", "PIVOT": "CALLS"})
    assert rules_of(asked(entry(ledger=held, tier="SAFE"))) == ["KS-6", "PE-11", "ORD-3"]


def test_a_switch_of_another_sleeve_binds_it_alone():
    assert asked(entry(others=(books(name="rev_acc", switches={"L3": "SAFE"}),))) == ()


def test_a_pivot_stops_puts_and_purchases_and_lets_calls_through():
    pivoted = {"switches": {"PIVOT": "CALLS"}}
    put = asked(entry(ledger=books(cash="400000", **pivoted)))
    assert reasons(put) == "ORD-3 tier CALLS of gen_acc (PIVOT) opens covered calls alone"
    call = sell(quote(CALL_280), delta=0.42, band=CALL_BAND)
    assert asked(entry(call, ledger=books(shares(basis="270"), **pivoted))) == ()
    bought = Shares("AAPL", "CAD-9", quantity=100)
    assert rules_of(asked(entry(bought, ledger=books(cash="400000", **pivoted)))) == ["ORD-3"]


@pytest.mark.parametrize("state", ["EMERGENCY", "MAINTENANCE", "AUDIT"])
def test_a_state_outside_the_ring_vetoes(state):
    assert reasons(asked(entry(state=state))) == f"KS-11 state {state} opens nothing"


def test_shares_that_are_sold_pass_no_gate():
    assert asked(entry(Shares("AAPL", "CAD-9", quantity=-100), tier="HALT")) == ()


def test_a_hedged_tier_lets_entries_through():
    assert asked(entry(tier="HEDGED")) == ()


def test_an_unknown_or_stale_vix_vetoes():
    snap = snapshot(spot=272.0)
    assert reasons(asked(entry(view=market(snap, vix=None)))).startswith("KS-5 the VIX is unknown")
    assert reasons(asked(entry(view=market(snap, vix=Vix(NAN, AT))))).startswith("KS-5 the VIX is unknown")
    old = market(snap, vix=Vix(15.0, AT - timedelta(seconds=121)))
    assert rules_of(asked(entry(view=old))) == ["KS-5"]


def test_a_tier_that_waits_for_confirmation_holds_entries():
    vetoes = asked(entry(waiting=("HEDGED", 2)))
    assert reasons(vetoes) == "KS-2 2 VIX samples ask for tier HEDGED: entries wait for the next"
    assert asked(entry(waiting=("NONE", 0))) == ()


@pytest.mark.parametrize(
    ("early", "clock", "passes"),
    [
        (65.0, "09:45", True),
        (65.73, "09:45", False),
        (65.73, "10:14", False),
        (65.73, "10:15", True),
        (NAN, "10:00", False),
    ],
)
def test_a_wild_vix_before_the_open_delays_the_entries(early, clock, passes):
    at = moment(clock=clock)
    view = market(snapshot(spot=272.0, at=at), at=at, vix=Vix(38.0, at, (38.0, 38.0), before_open=early))
    vetoes = asked(entry(sell(quote(PUT_270, at=at)), view=view))
    assert rules_of(vetoes) == ([] if passes else ["KS-2"])


@pytest.mark.parametrize(("scope", "words"), [("*", "the sleeve"), ("AAPL", "AAPL")])
def test_a_freeze_of_sleeve_or_symbol_vetoes_and_names_what_froze_it(scope, words):
    frozen = books(cash="400000", frozen={scope: "PE-11"})
    assert reasons(asked(entry(ledger=frozen))) == f"PE-7 entries of {words} are frozen by PE-11"


def test_a_freeze_of_another_symbol_does_not():
    assert asked(entry(ledger=books(cash="400000", frozen={"SPY": "PE-7"}))) == ()


def test_shares_frozen_by_their_level_may_still_be_written_against():
    held = books(shares(basis="270"), frozen={"AAPL": "PE-3"})
    call = sell(quote(CALL_280), delta=0.42, band=CALL_BAND)
    assert asked(entry(call, ledger=held)) == ()
    assert rules_of(asked(entry(ledger=books(cash="400000", frozen={"AAPL": "PE-3"})))) == ["PE-7"]


def test_a_quarantined_sleeve_is_vetoed_with_the_reason():
    held = books(cash="400000", quarantined="it raised")
    assert reasons(asked(entry(ledger=held))) == "RULE-0 the sleeve is quarantined: it raised"


@pytest.mark.parametrize(
    ("clock", "open_"), [("09:44", False), ("09:45", True), ("10:55", True), ("10:56", False), ("15:40", False)]
)
def test_entries_lie_in_the_window(clock, open_):
    at = moment(clock=clock)
    view = market(snapshot(spot=272.0, at=at), at=at)
    vetoes = asked(entry(sell(quote(PUT_270, at=at)), view=view))
    assert rules_of(vetoes) == ([] if open_ else ["CAD-7"])


def test_end_of_day_data_has_no_window_but_sells_nothing_that_ends_with_the_day():
    at = moment(clock="16:00")
    view = market(snapshot(spot=272.0, at=at), at=at, grain=Grain.EOD)
    assert asked(entry(sell(quote(PUT_270, at=at)), view=view)) == ()
    ending = sell(quote(contract(270, expiry=THURSDAY), at=at))
    assert rules_of(asked(entry(ending, view=view))) == ["CAD-14"]


def test_after_the_close_nothing_is_entered():
    at = moment(clock="16:00")
    vetoes = asked(entry(sell(quote(PUT_270, at=at)), view=market(snapshot(spot=272.0, at=at), at=at)))
    assert rules_of(vetoes) == ["CAD-7", "CAD-1"]


def test_a_quote_older_than_five_seconds_or_from_the_future_vetoes():
    for seconds, passes in ((5, True), (6, False), (-1, False)):
        vetoes = asked(entry(sell(quote(PUT_270, at=AT - timedelta(seconds=seconds)))))
        assert rules_of(vetoes) == ([] if passes else ["KS-11"])
    assert vetoes[0].numbers == {"age": -1.0, "limit": 5.0}


def test_a_symbol_without_a_market_at_this_instant_vetoes_and_its_volume_is_unknown():
    vetoes = asked(entry(view=market(snapshot(spot=272.0, at=AT - timedelta(minutes=5)))))
    assert reasons(vetoes).startswith("KS-11 no market of AAPL at this instant; LQ-1 volume nan < 100")


def sent(clock, *, symbol="AAPL", ledger="gen_acc", quantity=-1, opening=True):
    return Sent(ledger, symbol, "", quantity, opening, moment(clock=clock), "")


@pytest.mark.parametrize(
    ("before", "passes"),
    [
        ("10:05", False), ("10:06:30", False), ("10:04:59", True), ("10:00", True), ("10:07", True), ("10:08", True),
    ],
)  # fmt: skip
def test_an_attempt_is_made_once_a_step(before, passes):
    at = moment(clock="10:07")
    view = market(snapshot(spot=272.0, at=at), at=at)
    vetoes = asked(entry(sell(quote(PUT_270, at=at)), view=view, sent=(sent(before),)))
    assert rules_of(vetoes) == ([] if passes else ["CAD-7"])


@pytest.mark.parametrize(
    "other", [{"symbol": "MSFT"}, {"ledger": "rev_acc"}, {"opening": False}, {"quantity": 100}]
)  # fmt: skip
def test_what_another_sent_or_for_something_else_is_no_attempt_of_it(other):
    at = moment(clock="10:07")
    view = market(snapshot(spot=272.0, at=at), at=at)
    assert asked(entry(sell(quote(PUT_270, at=at)), view=view, sent=(sent("10:06", **other),))) == ()


def test_coarse_data_has_no_steps():
    at = moment(clock="10:07")
    view = market(snapshot(spot=272.0, at=at), at=at, grain=Grain.COARSE)
    assert asked(entry(sell(quote(PUT_270, at=at)), view=view, sent=(sent("10:06"),))) == ()


def test_a_halted_symbol_is_not_entered():
    halted = evolve(market(snapshot(spot=272.0)), halted=frozenset({"AAPL"}))
    assert reasons(asked(entry(view=halted))) == "KS-11 trading in AAPL is halted"
    elsewhere = evolve(halted, halted=frozenset({"MSFT"}))
    assert asked(entry(view=elsewhere)) == ()


def test_the_restricted_list_is_empty_until_somebody_fills_it():
    rules = RULES.tightened({"KS-11.restricted": ["AAPL", "TSLA"]})
    vetoes = asked(entry(rules=rules, approved=rules.stamp))
    assert reasons(vetoes) == "KS-11 AAPL is on the restricted list"
    assert RULES.texts("KS-11.restricted") == ()


def test_an_adjusted_contract_is_never_opened():
    odd = sell(quote(Contract("AAPL1", FRIDAY, PUT, Decimal(270))))
    assert reasons(asked(entry(odd))) == "LQ-4 AAPL1 is adjusted: its deliverable is not 100 shares"


def test_another_rulebook_than_the_approved_one_opens_nothing():
    other = RULES.tightened({"LQ-1.volume": 101})
    vetoes = asked(entry(rules=other))
    assert reasons(vetoes) == f"KS-11 rulebook {other.stamp} is not the approved {RULES.stamp}"


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


def disagreed(**more):
    """An open break about AAPL's shares."""
    return Break(**{
        "code": "B03", "subject": "AAPL", "symbol": "AAPL", "action": "SYMBOL", "what": "AAPL: 100 shares, 200 there",
        "ours": "100", "theirs": "200", "cause": "", "opened": AT, **more,
    })  # fmt: skip


@pytest.mark.parametrize(
    "intent", [sell(quote(PUT_270)), Shares("AAPL", "CAD-9", quantity=-100)], ids=["put", "leaving"]
)
def test_nothing_is_opened_and_no_share_sold_in_a_symbol_of_which_books_and_broker_disagree(intent):
    broken = disagreed()
    (veto,) = asked(entry(intent, breaks={broken.name: broken}))
    assert (veto.rule, veto.why) == ("B03", "books and broker disagree: AAPL: 100 shares, 200 there")
    assert dict(veto.numbers) == {"ours": "100", "theirs": "200"}


@pytest.mark.parametrize("more", [{"symbol": "MSFT"}, {"action": "CANCEL"}, {"action": "ACCOUNT", "symbol": ""}])
def test_another_symbols_break_and_an_orphan_hold_no_symbol(more):
    broken = disagreed(**more)
    assert asked(entry(breaks={broken.name: broken})) == ()


def test_every_gate_is_asked_and_every_veto_kept():
    held = books(short(contract(265)), cash="400000", frozen={"*": "PE-7"}, quarantined="raised", closing="3x")
    at = moment(clock="09:31")
    view = market(snapshot(spot=272.0, at=at), at=at, vix=None, earnings={})
    intent = sell(quote(contract(270, expiry=date(2026, 3, 20)), 0.01, 0.02, at=at, oi=NAN), delta=-0.9)
    broken = disagreed(opened=at)
    vetoes = asked(entry(intent, view=view, ledger=held, tier="SAFE", breaks={broken.name: broken}))
    assert rules_of(vetoes) == [
        "KS-6", "KS-5", "PE-7", "RULE-0", "FK-3", "B03", "CAD-7", "CAD-9", "CC-3", "KS-11", "KS-11", "LQ-1", "LQ-1",
        "CAD-11",
    ]  # fmt: skip
    assert len(GATES) == 16
