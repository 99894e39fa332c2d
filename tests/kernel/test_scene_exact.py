"""What a reset asks of the books, at its limits: cover, drawdown, levels, and which ledgers a scope binds (PE-11)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.scene import Scene, drawdown_of
from allusr_sdk.model.views import Vix
from tests.builders import AT, CALL, RULES, account, books, contract, market, shares, short, snapshot

D = Decimal


def scene(*ledgers, vix=15.0):
    known = Vix(vix, AT, (vix, vix)) if vix is not None else None
    return Scene(market(snapshot(), vix=known), account(*ledgers), RULES)


@pytest.mark.parametrize(("cash", "found"), [
    ("10000", ()), ("9999.99", ("gen_acc reserves 10,000.00 and has 9,999.99",)),
    ("-5", ("gen_acc reserves 10,000.00 and has -5.00",)),
])  # fmt: skip
def test_a_put_is_covered_by_just_its_strike_in_cash(cash, found):
    assert scene(books(short(contract(100)), cash=cash)).uncovered() == found


def test_a_ledger_that_owes_nothing_and_has_nothing_is_covered():
    assert scene(books(cash="0"), books(name="rev_acc", cash="-1")).uncovered() == ()


@pytest.mark.parametrize(("count", "lacks"), [(200, ""), (199, "100"), (100, "100"), (300, ""), (0, "200")])
def test_calls_are_covered_by_a_hundred_shares_each(count, lacks):
    calls = short(contract(110, right=CALL), lots=2)
    held = (calls, shares(count=count)) if count else (calls,)
    found = scene(books(*held)).uncovered()
    assert found == ((f"gen_acc lacks {lacks} shares of AAPL behind its calls",) if lacks else ())


def test_every_ledger_and_every_symbol_is_looked_at():
    calls = [short(contract(k, right=CALL, root=root), ledger="rev_acc") for k, root in ((110, "AAPL"), (510, "SPY"))]
    found = scene(books(), books(*calls, name="rev_acc")).uncovered()
    assert [why.split(" behind")[0] for why in found] == [
        f"rev_acc lacks 100 shares of {root}" for root in ("AAPL", "SPY")
    ]


@pytest.mark.parametrize(("high", "cash", "fallen"), [
    ("100000", "85000", 0.15), ("100000", "100000", 0.0), ("0", "0", 0.0), ("0.80", "0.60", 0.25),
])  # fmt: skip
def test_how_far_a_sleeve_has_fallen_is_a_share_of_its_high(high, cash, fallen):
    assert drawdown_of(books(cash=cash, high_water=D(high))) == pytest.approx(fallen)


@pytest.mark.parametrize("changed", [
    {"name": "llms"}, {"name": "llms_hedge"}, {"name": "m1.llms", "style": "llms"},
    {"name": "m1.com_acc", "closed": date(2026, 2, 10)},
])  # fmt: skip
def test_a_ladder_and_what_was_merged_have_no_drawdown(changed):
    fallen = books(cash="10", high_water=D("100000"))
    assert drawdown_of(fallen) > 0.99
    assert drawdown_of(evolve(fallen, **changed)) == 0


@pytest.mark.parametrize(("vix", "why"), [
    (49.9, ()), (50.0, ("VIX is 50.0, not under 50",)), (None, ("VIX is unknown, not under 50",)),
])  # fmt: skip
def test_the_vix_lets_a_sleeve_be_reset_under_fifty(vix, why):
    assert scene(books(), vix=vix).steady("gen_acc") == why


@pytest.mark.parametrize(("high", "why"), [
    ("117647.05", ()), ("117648", ("gen_acc is 15.0% under its high",)),
])  # fmt: skip
def test_fifteen_per_cent_under_its_high_a_sleeve_is_not_reset(high, why):
    assert scene(books(high_water=D(high))).steady("gen_acc") == why


def test_a_scope_binds_its_own_ledger_and_the_account_binds_all():
    calm, deep = books(), books(short(contract(100), ledger="rev_acc", level=2), name="rev_acc")
    shown = scene(calm, deep)
    assert shown.steady("gen_acc") == ()
    assert shown.steady("rev_acc") == shown.steady("") == (f"rev_acc:{contract(100).osi} is at level 2",)
    assert [book.name for book in shown.bound("gen_acc")] == ["gen_acc"]
    assert [book.name for book in shown.bound("")] == ["gen_acc", "rev_acc"]


def test_a_switch_of_a_ledger_is_not_one_of_the_account():
    shown = Scene(market(snapshot()), account(books(switches={"L3": "SAFE"}), tier="HEDGED"), RULES)
    assert (shown.tier("L3", "gen_acc"), shown.tier("L3"), shown.tier("VIX"), shown.tier("VIX", "gen_acc")) == (
        "SAFE", "NONE", "HEDGED", "NONE",
    )  # fmt: skip
