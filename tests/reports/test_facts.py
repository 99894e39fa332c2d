"""The facts of a run, from journals by hand."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk.model import events as ev
from allusr_sdk.reports.facts import of_run
from allusr_sdk.reports.needs import waiting
from tests.reports.journals import CALL, PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}


def gen(run):
    return of_run(run).ledgers[0]


def test_a_sold_put_is_premium_taken_and_nothing_kept_yet(journal):
    facts = gen(journal(("12 10:09", *order("k", PUT, -3, [("1.69", -2), ("1.70", -1)]))))
    assert (facts.sold, facts.orders, facts.premium_taken) == (3, 1, D("508.00"))
    assert (facts.premium_kept, facts.realised) == (D("0.00"), D("0.00"))
    assert (facts.fees, facts.cash, facts.collateral) == (D("2.10"), D("400505.90"), D("81000.00"))


def test_an_expired_put_is_kept_whole_and_a_bought_back_one_less_its_cost(journal):
    expired = ev.Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-1, settlement=D("275"))
    facts = gen(journal(
        ("12 10:09", *order("k", PUT, -3, [("1.69", -3)])),
        ("12 15:00", *order("c", PUT, 2, [("0.50", 2)], action="close", cause="CC-1", limit="0.50")),
        ("13 16:15", expired),
    ))  # fmt: skip
    assert (facts.sold, facts.closed, facts.expired) == (3, 2, 1)
    assert facts.premium_kept == D("507.00") - D("2.10") - D("100.00") - D("1.40")
    assert facts.realised == facts.premium_kept
    assert facts.equity == facts.cash == D("400000") + facts.realised


def spread_beside_a_put():
    """A put that a sleeve writes and buys back, and a bear spread whose written leg is bought back dear (PE-10)."""
    low, high = "SPY   260220P00600000", "SPY   260220P00640000"
    hedge = {"rule": "PE-10", "key": "h", "cause": "hedge", "touch": None, "ledger": "gen_acc", "symbol": "SPY",
             "fee": D(0)}  # fmt: skip
    opened = (ev.Filled(**hedge, execution="1", instrument=high, quantity=1, price=D(9), opening=True),
              ev.Filled(**hedge, execution="2", instrument=low, quantity=-1, price=D(4), opening=True))  # fmt: skip
    ended = {**hedge, "key": "i", "rule": "PE-10", "cause": "PE-10", "opening": False}
    closed = (ev.Filled(**ended, execution="3", instrument=high, quantity=-1, price=D(30)),
              ev.Filled(**ended, execution="4", instrument=low, quantity=1, price=D(24)))  # fmt: skip
    return (
        ("12 10:09", *order("k", PUT, -1, [("1.69", -1)]), *opened),
        ("12 15:00", *order("c", PUT, 1, [("0.50", 1)], action="close", cause="CC-1", limit="0.50"), *closed),
    )


def test_the_written_leg_of_a_hedge_takes_no_premium_and_keeps_none(journal):
    facts = gen(journal(*spread_beside_a_put()))
    assert facts.premium_taken == D("169.00")
    assert facts.premium_kept == D("169.00") - D("50.00") - D("1.40")
    assert facts.realised == facts.premium_kept + D(2100) - D(2000)


def test_an_assignment_moves_the_premium_into_the_basis(journal):
    facts = gen(journal(
        ("12 10:09", *order("k", PUT, -1, [("1.69", -1)])),
        ("13 16:15", ev.Assigned(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-1, settlement=D("260"))),
        ("13 16:15", ev.Marked(**ABOUT, rule="LG-3", position="gen_acc:AAPL", mark=D("260"))),
    ))  # fmt: skip
    assert (facts.assigned, facts.premium_kept, facts.collateral) == (1, D("0.00"), D("0.00"))
    assert facts.unrealised == D("26000") - (D("27000") - D("168.30"))


def test_a_roll_counts_as_rolled_alone(journal):
    later = "AAPL  260220P00260000"
    about = {"rule": "PE-8", "key": "r", "cause": "roll", "touch": None}
    intent = ev.IntentRecorded(
        **ABOUT, rule="PE-8", key="r", action="roll", legs=((PUT, 2), (later, -2)), limit=D("0.10"), mid=D("0.10"),
        worst=D("0.10"), opening=False, cause="roll", position=f"gen_acc:{PUT}",
    )  # fmt: skip
    bought = ev.Filled(
        **ABOUT, **about, execution="1", instrument=PUT, quantity=2, price=D(3), fee=D("1.40"), opening=False
    )
    sold = ev.Filled(
        **ABOUT, **about, execution="2", instrument=later, quantity=-2, price=D("2.90"), fee=D("1.40"), opening=True,
        rolls=1, roll_debit=D("0.10"), first_credit=D("1.69"),
    )  # fmt: skip
    facts = gen(journal(("12 10:09", *order("k", PUT, -2, [("1.69", -2)])), ("12 13:00", intent, bought, sold)))
    assert (facts.sold, facts.closed, facts.rolled) == (2, 0, 2)


def test_orders_that_found_nobody_are_unfilled_and_working_ones_are_not(journal):
    canceled = ev.OrderChanged(**ABOUT, rule="ORD-1", key="k", status="canceled")
    facts = gen(journal(
        ("12 10:09", *order("k", PUT, -1, []), canceled), ("12 10:15", *order("l", CALL, -1, [])),
    ))  # fmt: skip
    assert (facts.unfilled, facts.orders, facts.sold) == (1, 0, 0)


def test_shares_are_counted_apart_from_contracts(journal):
    buying = {"action": "buy", "limit": "260"}
    selling = {"action": "shares", "cause": "exit", "limit": "250"}
    facts = gen(journal(
        ("12 10:09", *order("b", "AAPL", 200, [("260", 200)], **buying)),
        ("12 15:00", *order("s", "AAPL", -100, [("250", -100)], **selling)),
    ))  # fmt: skip
    assert (facts.sold, facts.shares_bought, facts.shares_sold) == (0, 200, 100)


def test_the_touch_is_what_equity_would_be_without_improvement(journal):
    intent, accepted, fill = order("k", PUT, -1, [("1.69", -1)])
    facts = gen(journal(("12 10:09", intent, accepted, evolve(fill, touch=D("1.65")))))
    assert facts.equity - facts.at_touch == D("4.00")


def test_what_waits_for_a_human_is_named_until_it_is_settled(journal):
    lost = ev.Unsettled(
        **ABOUT, rule="RULE-0", instrument=PUT, quantity=-1, reserved=D("27000"), why="no price: give one"
    )
    rows = (("12 10:09", *order("k", PUT, -1, [("1.69", -1)])), ("13 16:15", lost))
    waiting = of_run(journal(*rows)).needs
    assert [(need.kind, need.symbol) for need in waiting] == [("unsettled", "AAPL")]
    assert "27,000.00 stay reserved" in waiting[0].why
    settled = ev.Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-1, settlement=D("275"))
    assert of_run(journal(*rows, ("17 9:30", settled))).needs == ()


def test_freezes_quarantines_faults_and_breaks_wait_too(journal):
    run = journal((
        "12 10:09",
        ev.Frozen(ledger="gen_acc", symbol="AAPL", rule="PE-7", why="level 2"),
        ev.Frozen(ledger="gen_acc", symbol="*", rule="PE-7", why="level 2"),
        ev.Thawed(ledger="gen_acc", symbol="*", rule="PE-7", why="calm"),
        ev.Quarantined(ledger="gen_acc", plugin="gen_acc", rule="RULE-0", why="it raised"),
        ev.PluginFaulted(plugin="gen_acc", where="propose", error="ValueError", rule="RULE-0"),
        ev.PluginFaulted(plugin="gen_acc", where="propose", error="ValueError", rule="RULE-0"),
        ev.Broken(rule="B03", what="B03 quantity", ours="1", theirs="2"),
    ))  # fmt: skip
    found = [(need.kind, need.symbol) for need in of_run(run).needs]
    assert found == [("frozen", "AAPL"), ("quarantined", ""), ("fault", ""), ("broken", "")]
    assert waiting(run) == of_run(run).needs


def test_what_another_process_writes_after_the_books_were_read_waits_with_the_next_look(journal):
    run = journal(("12 10:09", ev.Frozen(ledger="gen_acc", symbol="AAPL", rule="PE-7", why="level 2")))
    reader = run.ledger.run(run.id)
    assert reader.seq == run.seq
    fault = ev.PluginFaulted(plugin="gen_acc", where="propose", error="ValueError", rule="RULE-0")
    run.append(fault, at=run.instant, cycle=9, state="SAFE", rulebook="")
    assert [[need.kind for need in waiting(one)] for one in (reader, run)] == [["frozen"], ["frozen", "fault"]]


def test_switches_states_and_notices_are_told_for_the_account(journal):
    facts = of_run(journal((
        "12 10:09",
        ev.SwitchChanged(rule="KS-1", before="NONE", after="HEDGED", value=51.2, threshold=50.0, reason="VIX"),
        ev.StateChanged(rule="KS-6", before="SAFE", after="EMERGENCY", cause="VIX"),
        decided("skip", "CAD-1", "snapshot of a holiday", ledger="", symbol="SPX"),
    )))  # fmt: skip
    assert [(c.what, c.after, c.why) for c in facts.changes] == [
        ("switch", "HEDGED", "VIX (51.20, threshold 50)"),
        ("state", "EMERGENCY", "VIX"),
    ]
    assert (facts.tier, facts.state) == ("HEDGED", "EMERGENCY")
    assert [(n.symbol, n.rule) for n in facts.notices] == [("SPX", "CAD-1")]
    assert not facts.complete


def test_the_total_adds_every_ledger_up(journal):
    funded = ev.Funded(ledger="rev_acc", rule="CAD-12", amount=D("300000"))
    facts = of_run(journal(("11 9:31", funded), ("12 10:09", *order("k", PUT, -1, [("1.69", -1)]))))
    assert [ledger.ledger for ledger in facts.ledgers] == ["gen_acc", "rev_acc"]
    assert facts.total.base == D("700000.00")
    assert facts.total.cash == sum(ledger.cash for ledger in facts.ledgers)
    assert facts.total.sold == 1


def switch(cause, before, after, *, ledger=""):
    return ev.SwitchChanged(ledger=ledger, cause=cause, rule="KS-1", before=before, after=after, value=None,
                            threshold=None, reason="told")  # fmt: skip


def test_switches_stand_by_scope_and_cause_and_a_halt_waits_for_a_person(journal):
    facts = of_run(journal((
        "12 10:09",
        switch("VIX", "NONE", "HEDGED"), switch("VIX", "HEDGED", "HALT"), switch("LOSS", "NONE", "FREEZE"),
        switch("LOSS", "FREEZE", "NONE"), switch("USER", "NONE", "SAFE", ledger="gen_acc"),
    )))  # fmt: skip
    assert [(s.scope, s.cause, s.tier) for s in facts.switches] == [
        ("account", "VIX", "HALT"),
        ("gen_acc", "USER", "SAFE"),
    ]
    assert [(c.scope, c.cause, c.after) for c in facts.changes][-1] == ("gen_acc", "USER", "SAFE")
    assert [(n.kind, n.ledger, n.why) for n in facts.needs] == [
        ("switch", "", "VIX, account, HALT: told; a person re-arms it"),
        ("switch", "gen_acc", "USER, gen_acc, SAFE: told; a person re-arms it"),
    ]


def hedge(quantity, price, *, cause="hedge:VIX50", opening=True, key="h"):
    return ev.Filled(ledger="gen_acc", symbol="SPY", rule="PE-10", key=key, execution=key, price=D(price), touch=None,
                     instrument="SPY   260821P00540000", quantity=quantity, fee=D("1.40"), opening=opening,
                     cause=cause)  # fmt: skip


def test_hedges_and_dividends_are_counted_apart_from_what_is_written(journal):
    facts = of_run(journal(
        ("11 10:00", *order("b", "AAPL", 100, [("260", 100)], action="buy", limit="260")),
        ("12 8:30", ev.DividendPaid(**ABOUT, rule="LQ-7", shares=100, per_share=D("0.26"), cash=D("26"))),
        ("12 10:00", hedge(2, "5.00")),
        ("13 10:00", hedge(-1, "9.00", cause="PE-10", opening=False, key="s")),
    ))  # fmt: skip
    assert (facts.ledgers[0].hedge_cost, facts.ledgers[0].dividends) == (D("1001.40"), D("26.00"))
    assert (facts.ledgers[0].hedged, facts.ledgers[0].released) == (2, 1)
    assert (facts.ledgers[0].sold, facts.ledgers[0].closed, facts.total.hedge_cost) == (0, 0, D("1001.40"))


def test_the_newest_record_of_each_week_and_ledger_is_kept(journal):
    def typed(status, primary, version):
        return ev.WeekTyped(ledger="gen_acc", rule="WK-3", week="2026-W07", version=version, status=status,
                            labels=(primary,), primary=primary)  # fmt: skip

    rows = (("13 16:30", typed("PROVISIONAL", "CALM_INCOME", 1)), ("17 8:30", typed("FINAL", "ASSIGNMENT", 2)))
    (week,) = of_run(journal(*rows)).weeks
    assert (week.week, week.primary, week.status, week.version) == ("2026-W07", "ASSIGNMENT", "FINAL", 2)


def test_what_is_said_of_a_whole_sleeve_passes_no_symbol_over(journal):
    said = decided("skip", "PE-10", "SPX_DD20 is unknown", symbol="", subject="hedge")
    assert gen(journal(("12 10:00", said, decided("skip", "CAD-7", "closed")))).skipped == 1
