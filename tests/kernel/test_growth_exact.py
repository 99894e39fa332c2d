"""Growth at its limits: a fork of just what is free, shares of nothing, and what takes a budget (FK-1, FK-2, FK-7)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel import forking, reinvest
from allusr_sdk.model.events import Filled
from tests.builders import RULES, account, books, contract, short
from tests.kernel.grove import PHASES, TUESDAY, Grove, mini, refusals, rule, sleeves

D = Decimal
OPTION = contract(100).osi


def asked(fork, ledger):
    return forking.Asked(fork, account(ledger), ledger, {}, RULES)


@pytest.mark.parametrize(("cash", "held", "why"), [
    ("100000", (), ""), ("99999.99", (), "FK-2 free cash 99,999.99 < 100,000.00: it waits for expiries"),
    ("110000", (short(contract(100)),), ""), ("109999.99", (short(contract(100)),), "FK-2 free cash 99,999.99"),
])  # fmt: skip
def test_a_fork_may_take_all_that_is_free_and_not_a_cent_of_what_secures_a_put(cash, held, why):
    found = [f"{veto.rule} {veto.why}" for veto in forking.paid(asked(mini(), books(*held, cash=cash)))]
    assert len(found) == bool(why)
    assert all(said.startswith(why) for said in found)


@pytest.mark.parametrize(("cash", "count"), [("220000", 0), ("219999.99", 1)])
def test_a_fork_may_take_all_of_the_surplus_and_none_of_the_base(cash, count):
    assert len(list(forking.earned(asked(mini(), books(cash=cash, base="120000"))))) == count


@pytest.mark.parametrize("parts", [("100000", "0"), ("100001", "-1"), ("99999.50", "0.495"), ("100000.01", "0.01")])
def test_shares_of_nothing_or_less_or_of_half_a_cent_begin_no_account(parts):
    shares = tuple(zip(("gen_acc", "com_acc"), map(D, parts), strict=True))
    with Grove(lambda tree: [evolve(mini(), shares=shares)]) as world:
        world.earn("gen_acc", "150000")
        world.morning()
        assert [refused.rule.split()[0] for refused in refusals(world)] == ["FK-2"]
        assert world.told(*PHASES) == []


@pytest.mark.parametrize(("left", "parts"), [("1", ("99999", "1")), ("0.01", ("99999.99", "0.01"))])
def test_a_share_of_a_dollar_or_a_cent_is_one(left, parts):
    shares = tuple(zip(("gen_acc", "com_acc"), map(D, parts), strict=True))
    with Grove(lambda tree: [evolve(mini(), shares=shares)] if "m1" not in tree.nodes else []) as world:
        world.earn("gen_acc", "150000")
        world.morning()
        assert world.book.ledgers["m1.com_acc"].cash == D(left)


def test_the_key_of_a_fork_counts_its_parents_forks_of_the_week():
    weeks = {TUESDAY: 2, date(2026, 2, 23): 1}
    with Grove(lambda tree: [mini(amount="10000")] * weeks[tree.on]) as world:
        world.earn("gen_acc", "50000")
        world.morning()
        world.morning(date(2026, 2, 23), date(2026, 2, 20))
        assert [(e.key, e.node) for e in world.events("ForkIntended")] == [
            ("gen_acc:2026-W07:1", "m1"), ("gen_acc:2026-W07:2", "m2"), ("gen_acc:2026-W08:1", "m3"),
        ]  # fmt: skip


def test_a_smaller_fork_waits_behind_one_that_was_refused_and_another_ledgers_does_not():
    wishes = [mini(amount="60000"), mini(amount="10000"), mini("rev_acc", "10000")]
    with Grove(lambda tree: wishes) as world:
        world.earn("gen_acc", "50000")
        world.earn("rev_acc", "50000")
        world.morning()
        assert [e.ledger for e in world.events("ForkIntended")] == ["rev_acc"]
        (refused,) = refusals(world)
        assert (refused.ledger, refused.why) == ("gen_acc", "FK-1 60,000.00 > surplus 50,000.00")


def test_a_fork_is_decided_about_a_ledger_and_about_no_symbol():
    with Grove(lambda tree: [mini()]) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        (decided,) = [event for event in world.events("Decided") if event.verdict == "open"]
        assert (decided.ledger, decided.symbol, decided.subject) == ("gen_acc", "", "fork m1")


def test_a_fork_of_a_ledger_that_is_none_is_refused_in_no_ledgers_name():
    with Grove(lambda tree: [mini("nobody")]) as world:
        world.morning()
        (refused,) = refusals(world)
        assert (refused.ledger, refused.symbol, refused.rule) == ("", "", "FK-1 FK-2")
        assert refused.why == "FK-1 there is no ledger nobody"


def test_a_fork_too_many_is_told_of_its_ledger_under_its_rule():
    with Grove(lambda tree: [mini(amount="10000")] * 9) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        (capped,) = world.events("ForkCapped")
        assert (capped.ledger, capped.rule, capped.active, capped.amount) == ("gen_acc", "FK-5", 8, D("10000"))


def test_a_rule_after_one_that_fails_is_asked_all_the_same():
    def fails(tree):
        raise ValueError("no idea")

    first, second = rule(fails), rule(lambda tree: [mini()])
    first.name, second.name = "a_first", "b_second"
    with Grove(lambda tree: (), *sleeves(), first, second) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        assert [e.plugin for e in world.events("PluginFaulted")] == ["a_first"]
        assert len(world.events("ForkIntended")) == 1


@pytest.mark.parametrize(("shares", "error"), [
    ((("gen_acc", 5e4), ("com_acc", D("50000"))), "a Fork whose amounts are no dollars"),
    ((("gen_acc", D("Infinity")), ("com_acc", D("50000"))), "a Fork whose amounts are no dollars"),
    (((1, D("50000")), ("com_acc", D("50000"))), "a Fork whose words are no text"),
    ((("gen_acc", D("50000"), "more"), ("com_acc", D("50000"))), "ValueError: zip() argument 2 is shorter"),
    ((("gen_acc", D("50000")), ("com_acc", D("50000"), "more")), "ValueError: zip() argument 2 is longer"),
])  # fmt: skip
def test_shares_that_are_no_names_and_dollars_are_a_fault_of_the_rule(shares, error):
    with Grove(lambda tree: [evolve(mini(), shares=shares)]) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        assert error in world.events("PluginFaulted")[-1].error
        assert world.told(*PHASES) == []


FILL = Filled(
    ledger="com_acc", symbol="AAPL", rule="CAD-9", key="k", execution="e", instrument="AAPL", quantity=10,
    price=D("100"), fee=D("0.05"), touch=None, opening=True,
)  # fmt: skip


@pytest.mark.parametrize(("changed", "style", "budget", "spent"), [
    ({}, "com_acc", "5000", "1000.05"), ({"quantity": 1}, "com_acc", "5000", "100.05"),
    ({}, "com_acc", "1000.05", "1000.05"), ({}, "com_acc", "400", "400"), ({}, "com_acc", "0", None),
    ({}, "rev_acc", "5000", None), ({"opening": False, "quantity": -10}, "com_acc", "5000", None),
    ({"opening": False}, "com_acc", "5000", None), ({"quantity": -10}, "com_acc", "5000", None),
    ({"instrument": OPTION}, "com_acc", "5000", None),
    ({"instrument": OPTION, "quantity": -1}, "com_acc", "5000", None),
])  # fmt: skip
def test_only_shares_that_a_compounding_ledger_buys_take_from_its_budget(changed, style, budget, spent):
    ledger = books(name="m1.sleeve", style=style, contracts_budget=D(budget))
    found = reinvest.spent(evolve(FILL, **changed), ledger)
    assert (found.amount if found else None) == (D(spent) if spent else None)
    assert found is None or (found.ledger, found.symbol, found.key, found.budget) == (
        "m1.sleeve", "AAPL", "k/e", "contracts",
    )  # fmt: skip
