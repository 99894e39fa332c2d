"""What stands against a purchase of a ladder: each veto with its rule, its words and its numbers (LL-1, LL-2, LL-4)."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.contracts.ladders import LadderView
from allusr_sdk.kernel import rungs
from allusr_sdk.model.intents import Hedge, Veto
from allusr_sdk.model.outstanding import Sent
from allusr_sdk.model.positions import Working
from allusr_sdk.model.views import Grain, Vix
from tests.builders import AT, NAN, RULES, THURSDAY, World, account, books, contract, moment, quote, stub
from tests.kernel.ladder_ledgers import llms, rung_of
from tests.kernel.ladder_scenes import JUNE, buys, call, give, long_calls, rung

D = Decimal
OWN = quote(call(), 5.70, 6.30)
OWN_PUT = contract(85, expiry=date(2026, 10, 16))


def asked(wish=None, *, view=None, ledger=None, rules=RULES, approved=RULES.stamp, **of_book):
    """A purchase by a ladder with 5,000 dollars, unless told otherwise."""
    held = ledger or books(name="llms", cash="5000")
    seen = LadderView(view or long_calls(), held, rules, lambda symbol: None, (), lambda symbol: None)
    return rungs.Purchase(wish or rung(OWN), seen, account(held, **of_book), approved)


def hedge(quote_, **more):
    return Hedge("AAPL", "LL-4", "as told", buy=quote_, lots=1, trigger="ROLL", **more)


def working(key="w"):
    return {key: Working(key, "llms", "AAPL", call(), 1, True)}


SENT = Sent("llms", "AAPL", call().osi, 1, True, AT - timedelta(seconds=90), "k")


def test_a_quarantine_holds_the_ladder():
    held = asked(ledger=books(name="llms", quarantined="looked at"))
    assert [*rungs.unfrozen(held)] == [Veto("RULE-0", "the ladder is quarantined: looked at")]


@pytest.mark.parametrize(("expiry", "why"), [
    (THURSDAY, ["it traded for the last time at this close and settles"]), (JUNE, []),
])  # fmt: skip
def test_at_the_end_of_a_day_only_what_expires_on_it_is_too_late(expiry, why):
    view = long_calls(at=moment(clock="16:00"), grain=Grain.EOD)
    wish = rung(quote(call(expiry=expiry), 5.70, 6.30, at=view.at))
    assert [*rungs.in_session(asked(wish, view=view))] == [Veto("CAD-1", text) for text in why]


def test_off_the_grid_too_early_and_after_the_close_is_told_by_its_rule():
    early, late = (asked(view=long_calls(at=moment(clock=clock))) for clock in ("09:31", "16:00"))
    quiet = Veto("CAD-7", "just after the open or just before the close")
    assert [*rungs.in_session(early)] == [quiet]
    assert [*rungs.in_session(late)] == [quiet, Veto("CAD-1", "the session closed at 16:00")]


def test_what_was_sent_and_what_works_both_hold_a_rung_whatever_the_machines_clock(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    twice = asked(ledger=books(name="llms", working=working()), sent=(SENT, SENT))
    found = [*rungs.once(twice)]
    monkeypatch.undo()
    time.tzset()
    assert found == [
        Veto("KS-11", "sent at 09:58:30: tried again in the next session"),
        Veto("KS-11", "duplicate of, or across, the working order w"),
    ]


def test_a_market_that_is_old_unsound_or_halted_is_told_with_its_quote():
    old, crossed = quote(call(), 5.70, 6.30, at=AT - timedelta(seconds=6)), quote(call(), 6.30, 5.70)
    stale = Veto("KS-11", "no market of AAPL at this instant")
    halted = asked(rung(old), view=evolve(long_calls(), halted=frozenset({"AAPL"})))
    assert [*rungs.current(halted)] == [stale, Veto("KS-11", "trading in AAPL is halted")]
    assert Veto("KS-11", "no sound two-sided quote", {"bid": 6.3, "ask": 5.7}) in [*rungs.current(asked(rung(crossed)))]


@pytest.mark.parametrize(("what", "changed", "veto"), [
    (call(), {"rules": RULES.tightened({"KS-11.restricted": ["AAPL"]})},
     Veto("KS-11", "AAPL is on the restricted list")),
    (call(root="AAPL1"), {}, Veto("LQ-4", "AAPL1 is adjusted: its deliverable is not 100 shares")),
    (call(root="SPX"), {}, Veto("KS-11", "SPX settles on an opening print, which no close replaces")),
    (call(), {"approved": "other"}, Veto("KS-11", f"rulebook {RULES.stamp} is not the approved other")),
    (call(), {}, None),
])  # fmt: skip
def test_only_a_standard_contract_under_the_approved_rules_is_bought(what, changed, veto):
    rules = changed.get("rules", RULES)
    held = asked(rung(quote(what, 5.70, 6.30)), **{"approved": rules.stamp, **changed})
    assert [*rungs.standard(held)] == ([veto] if veto else [])


@pytest.mark.parametrize(("of_book", "switches", "vetoes"), [
    ({"switches": {"STALE": "SAFE"}}, {}, [Veto("KS-5", "tier SAFE of the account (STALE) adds no rung")]),
    ({}, {"STALE": "SAFE"}, [Veto("PE-5", "tier SAFE of llms (STALE) adds no rung")]),
    ({"waiting": ("SAFE", 2)}, {}, [Veto("KS-2", "2 VIX samples ask for tier SAFE")]),
    ({"waiting": ("SAFE", 0)}, {"L3": "CALLS"}, []),
])  # fmt: skip
def test_switches_that_add_no_rung_are_told_by_scope_and_cause(of_book, switches, vetoes):
    ledger = books(name="llms", switches=switches)
    purchase = asked(ledger=ledger)
    purchase = evolve(purchase, book=evolve(purchase.book, **of_book))
    assert [*rungs.permitted(purchase)] == vetoes


def test_a_wild_vix_before_the_open_and_an_unknown_one_hold_a_rung():
    wild = long_calls(vix=Vix(15.0, AT, (15.0,), before_open=66.0))
    assert [veto.rule for veto in rungs.permitted(asked(view=wild))] == ["KS-2"]
    assert [veto.rule for veto in rungs.permitted(asked(view=long_calls(vix=None)))] == ["KS-5"]


def test_a_delta_outside_of_the_band_is_told_as_our_own():
    purchase = asked(rung(quote(call(110), 13.0, 13.2)))
    (veto,) = rungs.fitting(purchase)
    delta = veto.numbers["delta"]
    assert (veto.rule, veto.why) == ("LL-1", f"delta {delta:.3f} is outside 0.25-0.35")
    assert 0.4 < delta < 0.6


def test_a_ladder_that_is_being_added_to_waits():
    ledger = books(name="llms", working=working())
    assert [*rungs.fitting(asked(ledger=ledger))] == [Veto("LL-2", "a rung is being bought")]


def test_what_the_budget_does_not_pay_is_told_in_dollars():
    poor = asked(ledger=books(name="llms", cash="630.69"))
    assert [*rungs.afforded(poor)] == [
        Veto("LL-2", "costs 630.70, the budget has 630.69", {"need": "630.70", "free": "630.69"})
    ]
    assert [*rungs.afforded(asked(ledger=books(name="llms", cash="630.70")))] == []


def test_an_expiry_that_has_a_rung_already_is_told():
    ledger = books(rung_of(call(140), "500"), name="llms", cash="5000")
    assert [*rungs.afforded(asked(ledger=ledger))] == [Veto("LL-2", "the expiry 2027-06-17 has a rung already")]


@pytest.mark.parametrize(("cap", "vetoes"), [
    (1.05, []), (1.049, [Veto("KS-11", "limit 6.30 is over 6.2940")]),
])  # fmt: skip
def test_a_limit_of_just_so_much_over_the_mid_is_sent(cap, vetoes):
    assert [*rungs.collared(asked(rules=RULES.tightened({"KS-11.buy_cap": cap})))] == vetoes


def test_a_hedge_that_lies_elsewhere_is_told_with_the_spot():
    near = hedge(quote(contract(95, expiry=OWN_PUT.expiry), 4.9, 5.1))
    (veto,) = rungs.rolled(asked(near))
    assert (veto.rule, dict(veto.numbers)) == ("LL-4", {"spot": 100.0})
    assert "lies 5.0% out of the money" in veto.why


def test_a_hedge_is_no_spread_and_without_a_market_nobody_knows_where_it_lies():
    fine = hedge(quote(OWN_PUT, 4.9, 5.1), sell=quote(contract(80, expiry=OWN_PUT.expiry), 2.9, 3.1))
    assert [*rungs.rolled(asked(fine))] == [Veto("LL-4", "a ladder buys puts, no spreads")]
    old = evolve(long_calls(), at=AT + timedelta(minutes=1))
    (veto,) = rungs.rolled(asked(evolve(fine, sell=None), view=old))
    assert veto.rule == "LL-4"
    assert str(veto.numbers["spot"]) == str(NAN)


# --- what the journal has of it ---


def test_a_refusal_is_journaled_with_contract_and_numbers_and_an_order_with_its_delta():
    with World(stub(), buys(150)) as world:
        give(world)
        world.cycle(long_calls())
        said = world.events("Decided", ledger="llms")[-1]
        assert (said.verdict, said.subject, said.symbol) == ("refuse", "ladder", "AAPL")
        assert said.numbers["contract"] == call(150).osi
        assert 0.1 < said.numbers["delta"] < 0.25
    with World(stub(), buys(130)) as world:
        give(world)
        world.cycle(long_calls())
        (intent,) = world.events("IntentRecorded")
        assert dict(intent.numbers) == {"delta": 0.3}
        assert llms(world).working
