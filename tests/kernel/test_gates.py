"""One test a gate: whether anything is entered now; its veto stands there with rule and numbers (KS-11, RULE-0)."""

from datetime import date, timedelta

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import checked
from allusr_sdk.kernel.gates import GATES, asked
from allusr_sdk.model.breaks import Break
from allusr_sdk.model.intents import Shares
from allusr_sdk.model.positions import Sent
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    NAN,
    RULES,
    THURSDAY,
    books,
    contract,
    market,
    moment,
    quote,
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


def test_another_rulebook_than_the_approved_one_opens_nothing():
    other = RULES.tightened({"LQ-1.volume": 101})
    vetoes = asked(entry(rules=other))
    assert reasons(vetoes) == f"KS-11 rulebook {other.stamp} is not the approved {RULES.stamp}"


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
