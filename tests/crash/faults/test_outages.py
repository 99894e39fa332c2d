"""The broker is gone for a while, or something happened in the night."""

from datetime import timedelta

import pytest

from allusr_sdk.model.views import Split
from tests.builders import CALL, FRIDAY, contract, moment
from tests.crash.brokered import NEXT, P100, Days, writer
from tests.crash.faults.plans import KEY, REF, STEP, TEN, at, once, seconds

CALL105 = contract(105, expiry=NEXT, right=CALL).osi


def returns(one, how):
    """Bring a broker back that is `silent` or `down`."""
    return (lambda: one.control.silent(False)) if how == "silent" else one.control.up


LONG = pytest.param("silent", 60, marks=pytest.mark.long)


@pytest.mark.parametrize(("how", "minutes"), [("down", 60), ("silent", 15), LONG])
def test_into_an_hour_of_silence_nothing_is_sent_and_then_it_goes_on(account, how, minutes):
    two, back = {"symbols": ("AAPL", "SPY")}, TEN + timedelta(minutes=minutes)
    one = account(writer(**two), market=hours(**two), timeout=0.02)
    one.control.plan(seconds(5), "fill", reference=REF)
    gone, again = (getattr(one.control, how), returns(one, how))
    assert one.live(on_step=lambda step: {TEN: gone, back - STEP: again}.get(step.view.at, lambda: None)())
    (frozen, thawed) = [entry for entry in one.entries if entry.kind == "SwitchChanged" and entry.event.cause == "LINK"]
    assert (frozen.event.after, frozen.at) == ("FREEZE", TEN + STEP)
    assert (thawed.event.after, thawed.at) == ("NONE", back)
    gone = [entry for entry in one.control.journal() if entry.who == "engine" and TEN < entry.at < thawed.at]
    assert gone == []
    assert not [e for e in one.entries if e.kind == "IntentRecorded" and TEN < e.at < thawed.at]
    assert [fill.key for fill in one.events("Filled")] == [KEY]
    one.agree()


def test_an_exit_waits_for_the_broker_and_leaves_once(account):
    one = account(once(leaves=seconds(300)), market=hours(), timeout=0.02)
    one.control.plan(seconds(5), "fill", reference=REF)
    one.control.plan(seconds(5, hour=11), "fill", reference="au-writer.260212.103000.AAPL.close-P100-260213-v1")
    assert one.live(on_step=at(h1005=one.control.down, h1055=one.control.up))
    closes = [key for key in one.keys if "close" in key]
    assert len(closes) == len(one.asked("submit")) - 1
    one.agree()


def hours(**shown):
    """That Thursday from ten to noon."""
    clocks = [f"10:{minute:02d}" for minute in range(0, 60, 5)] + ["11:00", "11:05", "12:00"]
    return Days().at(*clocks, **shown).close(**shown).at("10:00", day=FRIDAY, **shown).close(day=FRIDAY, **shown)


@pytest.mark.parametrize("told", [True, False])
def test_an_assignment_while_the_engine_is_down_turns_the_wheel_once(account, told):
    one = account(writer(), fills="touch")
    assert not one.live(dies=("statement", 4))
    one.control.advance(moment(clock="18:00"))
    one.control.assign(P100, with_executions=told)
    assert one.live()
    (assigned,) = one.events("Assigned")
    assert (assigned.rule, assigned.quantity, assigned.early) == ("RECON B10", -2, True)
    held = {p.contract.osi if p.contract else p.symbol: p.quantity for p in one.book.positions}
    assert held == {"AAPL": 200, CALL105: -2}
    assert one.book.ledgers["writer"].wheel("AAPL") == "SHORT_CALL"
    assert one.breaks() == []
    one.agree()


def split_week(*, told):
    """A Thursday before and a Friday after two for one, of which the market tells or not."""
    days = Days().at("10:00", "10:05").close()
    actions = (Split("AAPL", FRIDAY, 2),) if told else ()
    half = {"day": FRIDAY, "spot": 50.5, "strikes": (50, 100)}
    return days.at("09:45", "10:00", "10:30", actions=actions, **half).close(**half)


@pytest.mark.parametrize("down", [False, True])
def test_a_split_that_market_and_broker_tell_is_booked_and_no_break_stays(account, down):
    one = account(once(), market=split_week(told=True), fills="touch")
    if down:
        assert not one.live(dies=("statement", 4))
        one.control.split("AAPL", 2)
    else:
        one.control.plan(moment(FRIDAY, "08:00"), "split", symbol="AAPL", ratio=2)
    assert one.live()
    assert [e.ratio for e in one.events("SplitApplied")] == [2]
    ((contract_, quantity),) = [(p.contract.osi, p.quantity) for p in one.book.positions]
    assert (contract_, quantity) == (contract(50).osi, -4)
    assert [code for code, *_ in one.breaks()] == ["B11"] * down
    one.agree()


def test_a_split_that_the_market_does_not_tell_freezes_the_symbol_and_pages(account):
    one = account(writer(leaves=moment(FRIDAY, "09:45")), market=split_week(told=False), fills="touch")
    one.control.plan(moment(FRIDAY, "08:00"), "split", symbol="AAPL", ratio=2)
    assert one.live()
    assert one.breaks() == [("B11", "AAPL", "SYMBOL")]
    assert one.book.state == "AUDIT"
    assert {e.rule.split()[0] for e in one.events("Decided", verdict="refuse") if "B11" in e.rule} == {"B11"}
    assert [(e.rule, e.subject) for e in one.events("Paged")] == [("B11", "AAPL")]
    assert one.asked("submit") == [REF]
    one.once()
