"""What is neither an order nor a level: companies, exchanges, switches, hedges, slices."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model import events as ev
from allusr_sdk.reports.explain import explain
from tests.reports.journals import CALL, PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}
KEY = f"gen_acc:{PUT}"
SHARES = ("11 10:00", *order("b", "AAPL", 300, [("270", 300)], action="buy", limit="270", why="tranche"))
SOLD = ("12 10:09", *order("k", PUT, -3, [("1.69", -3)]))


def lines(run, symbol="AAPL"):
    return explain(run, symbol)[0].lines


def last(run, symbol="AAPL"):
    return lines(run, symbol)[-1]


# --- companies and exchanges ----------------------------------------------------------------------------------------


def test_a_dividend_tells_shares_amount_and_sum(journal):
    paid = ev.DividendPaid(**ABOUT, rule="LQ-7", shares=300, per_share=D("0.26"), cash=D("78"))
    line = last(journal(SHARES, ("12 8:30", paid)))
    assert (line.kind, line.rules) == ("dividend", ("LQ-7",))
    assert line.text == "DIVIDEND of 0.26 on 300 AAPL shares: 78.00"


def test_a_split_is_told_and_the_position_goes_on_under_its_new_name(journal):
    new = "AAPL  260213P00038570"
    run = journal(
        SOLD,
        ("13 8:30", ev.SplitApplied(**ABOUT, rule="LQ-7", ratio=7)),
        ("13 10:00", ev.LevelChanged(**ABOUT, rule="PE-4", position=f"gen_acc:{new}", before=0, after=1, m=1.4)),
        (
            "13 10:00",
            ev.RollPrepared(
                **ABOUT, rule="PE-8", position=f"gen_acc:{new}", rung="A", taken=False, why="none",
                numbers={"buyback": "1.15"},
            ),
        ),
    )  # fmt: skip
    chapter = explain(run, "AAPL")[0]
    assert chapter.lines[1].text == "SPLIT 7 for 1: strikes, contracts, basis and reserves restated; no cash moved"
    assert "buying back costs 1.15, credit was 0.2414" in chapter.lines[-1].details[0].text
    assert chapter.position == "short 21 × 13 Feb 38.57 put"
    for name in (PUT, new):
        assert [line.kind for line in explain(run, name)[0].lines] == ["sold", "split", "level"]


def test_an_adjusted_contract_is_told_under_both_names(journal):
    adjusted = ev.Adjusted(**ABOUT, rule="LQ-7", instrument=PUT, root="AAPL1", why="special dividend")
    line = last(journal(SOLD, ("13 8:30", adjusted)))
    assert line.text == (
        "ADJUSTED AAPL 13 Feb 270 put: special dividend; it is no longer 100 shares and goes on as AAPL1"
    )


def test_a_pin_is_told_until_it_is_let_go(journal):
    about = {**ABOUT, "rule": "LQ-6 CAD-10", "instrument": PUT, "settlement": D("270.10")}
    run = journal(
        SOLD,
        ("13 16:15", ev.Pinned(**about, reserved=D("81000"), why="0.04 % from the strike")),
        ("17 8:30", ev.Pinned(**about, reserved=D("0"), why="not exercised by the morning")),
    )
    assert [line.text for line in lines(run)][1:] == [
        "PINNED AAPL 13 Feb 270 put: 0.04 % from the strike; 81,000 stay reserved",
        "PIN RELEASED AAPL 13 Feb 270 put: not exercised by the morning",
    ]


def test_a_halt_is_told_of_a_symbol_that_was_never_held(journal):
    halted = ev.TradingHalted(symbol="AAPL", rule="KS-11", why="LULD")
    again = ev.TradingHalted(symbol="AAPL", rule="KS-11", resumed=True)
    run = journal(("12 10:00", decided("skip", "KS-11", "halted"), halted), ("12 10:30", again))
    assert [line.text for line in lines(run)] == [
        "nothing opened: halted",
        "TRADING HALTED in AAPL: LULD; nothing that adds risk is sent",
        "trading in AAPL goes on",
    ]


def test_an_early_assignment_says_so_and_by_which_close(journal):
    call = ("11 10:05", *order("c", CALL, -1, [("1.00", -1)], limit="1.00"))
    early = ev.Assigned(**ABOUT, rule="LQ-6 CC-4", instrument=CALL, quantity=-1, settlement=D("285"), early=True,
                        effective=date(2026, 2, 11))  # fmt: skip
    line = last(journal(SHARES, call, ("12 8:30", early)))
    assert line.text.startswith("ASSIGNED EARLY 1 × AAPL 13 Feb 280 call: AAPL closed at 285.00, 5.00 over the strike")
    assert line.rules == ("LQ-6", "CC-4")


# --- switches -------------------------------------------------------------------------------------------------------


def test_a_switch_tells_whose_it_is_its_cause_and_who_moved_it(journal):
    run = journal(SOLD, (
        "12 13:00",
        ev.SwitchWaiting(rule="KS-2", tier="SAFE", count=2, value=66.5),
        ev.SwitchWaiting(rule="KS-2", tier="SAFE", count=0, value=64.0),
        ev.SwitchWaiting(rule="KS-2", tier="NONE", count=0, value=66.0),
        ev.SwitchChanged(ledger="gen_acc", cause="L3", rule="PE-11", before="NONE", after="SAFE", value=3.1,
                         threshold=3.0, reason="gen_acc:NVDA  260206P00177500 at level 3", cancels=2),
        ev.SwitchChanged(cause="USER", rule="KS-7", before="HALT", after="NONE", value=None, threshold=None,
                         reason="checked", actor="user", approver="Ada"),
    ))  # fmt: skip
    assert [line.text for line in lines(run)][1:] == [
        "VIX 66.50 is over the threshold of SAFE: sample 2; entries wait for the next",
        "VIX 64.00 fell back before SAFE was confirmed; entries are free of it again",
        "VIX 66.00: no tier waits for another sample",
        "KILL SWITCH L3, gen_acc, NONE -> SAFE: NVDA 6 Feb 177.5 put at level 3 (3.10, threshold 3); "
        "2 working orders cancelled",
        "KILL SWITCH USER, account, HALT -> NONE: checked; by user; approved by Ada",
    ]


def test_a_freeze_names_the_position_as_people_do(journal):
    frozen = ev.Frozen(ledger="gen_acc", symbol="*", rule="PE-7", why="gen_acc:NVDA  260206P00177500 at level 2")
    line = last(journal(SOLD, ("12 13:00", frozen)))
    assert line.text == "ENTRIES FROZEN of the whole sleeve: NVDA 6 Feb 177.5 put at level 2"


# --- hedges, exits, slices ------------------------------------------------------------------------------------------

BOUGHT, WRITTEN = "SPY   260821P00540000", "SPY   260821P00480000"
SPY = {"ledger": "gen_acc", "symbol": "SPY"}


def hedge(*legs, numbers=None):
    intent = ev.IntentRecorded(
        **SPY, rule="PE-9 PE-10", key="h", action="hedge", legs=tuple((name, size) for name, size, _ in legs),
        limit=D("5.00"), mid=D("5.00"), worst=D("5.25"), cause="hedge:VIX50", why="VIX50: VIX over 50",
        numbers=numbers or {},
    )  # fmt: skip
    fills = [
        ev.Filled(**SPY, rule="PE-10", key="h", execution=f"h{i}", instrument=name, quantity=size, price=D(at),
                  fee=D("1.40"), touch=None, opening=True, cause="hedge:VIX50")
        for i, (name, size, at) in enumerate(legs)
    ]  # fmt: skip
    return (intent, *fills)


def test_a_hedge_tells_its_trigger_its_cost_and_its_budget(journal):
    run = journal(("12 10:00", *hedge((BOUGHT, 2, "5.00"), numbers={"budget": "1500.5", "spent": 250.0})))
    line = last(run, "SPY")
    assert line.kind == "hedged"
    assert line.text.startswith("HEDGE BOUGHT 2 × SPY 21 Aug 540 put at 5.00")
    assert line.text.endswith("cost 1,000.00 plus 1.40")
    assert [(d.text, d.rules) for d in line.details] == [
        ("trigger VIX50: VIX over 50", ("PE-9", "PE-10")),
        ("budget 1,500.50, spent 250", ("PE-9",)),
    ]


def released():
    """The order that sells two bought puts again."""
    events = order("s", BOUGHT, -2, [("15.00", -2)], action="close", cause="PE-10", limit="15", rule="PE-10",
                   why="worth 3x its cost")  # fmt: skip
    return tuple(evolve(event, symbol="SPY") for event in events)


def test_a_spread_that_hedges_tells_both_legs_as_one(journal):
    run = journal(("12 10:00", *hedge((BOUGHT, 2, "7.00"), (WRITTEN, -2, "2.00"))))
    assert last(run, "SPY").text == (
        "HEDGE BOUGHT: bought 2 × SPY 21 Aug 540 put at 7.00, sold 2 × SPY 21 Aug 480 put at 2.00; "
        "debit 1,000.00, fees 2.80"
    )
    assert explain(run, BOUGHT)[0].title == "SPY 21 Aug 540 put"


def test_a_hedge_that_is_released_is_told_with_its_result(journal):
    line = last(journal(("12 10:00", *hedge((BOUGHT, 2, "5.00"))), ("13 10:00", *released())), "SPY")
    assert line.text.startswith("HEDGE RELEASED: SOLD 2 × SPY 21 Aug 540 put at 15.00")
    assert line.text.endswith("result 1,997.20")
    assert [detail.text for detail in line.details] == ["because: worth 3x its cost"]


def test_an_exit_of_level_3_says_so(journal):
    leaving = order("x", PUT, 3, [("9.00", 3)], action="close", cause="PE-11", limit="9.00", rule="PE-11",
                    why="m 3.10 at level 3", position=KEY)  # fmt: skip
    line = last(journal(SOLD, ("12 13:00", *leaving)))
    assert line.text.startswith("LEVEL 3 EXIT: BOUGHT BACK 3 × AAPL 13 Feb 270 put at 9.00")
    assert line.text.endswith("result -2,197.20")


def slices(sizes, filled):
    events = []
    for i, size in enumerate(sizes):
        intent, accepted, *fills = order(
            f"p{i}", PUT, -size, [("1.69", -size)] if i < filled else [], reserve=D(27000 * size),
            parent="" if not i else "p0", delay=31 * i, why="pod 2 of 3: delta in band; symbol cap",
            numbers={"delta": -0.4},
        )  # fmt: skip
        events += [intent, accepted, *fills]
    return events


def test_slices_are_told_once_with_their_parent(journal):
    run = journal(("12 10:09", *slices((50, 50, 20), 3)), base="9000000")
    (line,) = lines(run)
    assert line.text.startswith(
        "SOLD 120 × AAPL 13 Feb 270 put in three slices of at most 50, the last after 62 s at 1.69"
    )
    assert line.numbers["slices"] == [[50, 0], [50, 31], [20, 62]]
    assert line.numbers["reserve"] == D("3240000")
    assert "120: symbol cap; 3,240,000 reserved" in [d.text for d in line.details]
    assert ("pod 2 of 3", ("LQ-3",)) in [(d.text, d.rules) for d in line.details]


def test_slices_that_did_not_all_fill_are_a_part_of_the_whole(journal):
    (line,) = lines(journal(("12 10:09", *slices((50, 50, 20), 2)), base="9000000"))
    assert line.text.startswith("SOLD 100 × AAPL 13 Feb 270 put of 120 in three slices")


@pytest.mark.parametrize("verdict", ["skip", "refuse"])
def test_a_decision_on_a_sleeves_hedges_names_its_subject(journal, verdict):
    run = journal(("12 10:00", decided(verdict, "PE-10", "HEDGE_UNAFFORDABLE", subject="hedge")))
    assert last(run).text in ("hedge: HEDGE_UNAFFORDABLE", "REFUSED hedge: HEDGE_UNAFFORDABLE")
