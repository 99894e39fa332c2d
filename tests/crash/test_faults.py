"""What a broker does to an engine, and an engine to itself: after each of it books and broker are the same (issue 5).

Each is looked at from both sides: what the journal says, and what the broker was asked for and has.
"""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.kernel.commands import Command
from allusr_sdk.model.broker import key_of, reference
from allusr_sdk.model.views import Split
from allusr_sdk.testing.brokerage import Rules
from tests.builders import CALL, FRIDAY, contract, moment
from tests.crash.brokered import NEXT, P100, Brokered, Days, calm_week, writer
from tests.kernel.watchers import into, watcher

D = Decimal
STEP = timedelta(minutes=5)
TEN = moment(clock="10:00")
KEY = "writer.260212.100000.AAPL.sell-v1"
REF = reference(KEY)
CALL105 = contract(105, expiry=NEXT, right=CALL).osi

pytestmark = pytest.mark.xdist_group("crash")


@pytest.fixture
def account(tmp_path):
    """Makes accounts, each with a broker process that ends with the test."""
    with ExitStack() as made:

        def make(*sleeves, market=None, **options):
            return made.enter_context(Brokered(tmp_path, market or calm_week(), *sleeves, **options))

        yield make


def once(**more):
    """A sleeve that wants its put at ten o'clock and at no other time."""
    return writer(until=TEN, **more)


def seconds(after, *, hour=10):
    """So many seconds after an hour of that Thursday."""
    return moment(clock=f"{hour}:{after // 60:02d}:{after % 60:02d}")


def at(**deeds):
    """What a test does behind the steps of that Thursday, by clock: `at(h1005=control.up)`."""
    due = {moment(clock=f"{name[1:3]}:{name[3:]}"): deed for name, deed in deeds.items()}

    def step(done):
        if (deed := due.get(done.view.at)) is not None:
            deed()

    return step


def explained(subject, clock="10:12"):
    return Command(at=moment(clock=clock), action="explain", subject=subject, actor="Ann", reason="looked at it")


# --- the answer is lost ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hang", [False, True])
def test_an_order_whose_answer_was_lost_is_asked_about_and_not_sent_again(account, hang):
    one = account(once(), timeout=0.3)
    one.control.lose_next_ack(hang=hang)
    one.control.plan(seconds(20), "fill", reference=REF)
    assert one.live()
    (known, *_) = one.events("OrderChanged", key=KEY)
    assert (known.status, known.rule, known.reason) == (
        "accepted", "ORD-2", "not acknowledged; asked, the venue knows it",
    )  # fmt: skip
    assert one.keys == [KEY]
    assert one.asked("submit") == [REF]
    assert [fill.quantity for fill in one.events("Filled")] == [-2]
    one.agree()


def test_an_order_that_never_arrived_is_sent_again_under_its_next_version(account):
    one = account(once())
    one.control.lose_next_order()
    again = KEY.replace("-v1", "-v2")
    one.control.plan(seconds(10), "fill", reference=reference(again))
    assert one.live()
    assert one.statuses(KEY) == ["denied"]
    assert one.keys == [KEY, again]
    assert [order.ticket.reference for order in one.orders] == [reference(again)]
    one.agree()


def test_an_order_that_filled_though_nobody_tells_is_not_sent_again(account):
    one = account(once())
    one.control.hold_news(hide=True)
    one.control.play(Rules(fills="touch"))
    one.control.lose_next_ack()
    one.control.plan(seconds(1), "fill", reference=REF)
    assert one.live(on_step=at(h1005=one.control.release_news))
    assert one.asked("submit") == [REF]
    assert one.keys == [KEY]
    assert [fill.quantity for fill in one.events("Filled")] == [-2]
    one.agree()


# --- the engine dies ------------------------------------------------------------------------------------------------


def test_what_fills_while_the_engine_is_down_is_booked_once(account):
    one = account(once())
    assert not one.live(dies=("submit", 1))
    one.control.fill(REF)
    assert one.live()
    (fill,) = one.events("Filled")
    assert (fill.rule, fill.key, fill.quantity, fill.price, fill.fee) == ("RECON B06", KEY, -2, D("1.02"), D("1.30"))
    assert one.asked("submit", "cancel") == [REF]
    one.agree()


def test_an_intent_that_never_left_is_decided_anew(account):
    one = account(writer(until=seconds(300)))
    assert not one.live(dies=("submit", 1), before=True)
    assert one.keys == [KEY]
    assert one.orders == ()
    one.control.play(Rules(fills="touch"))
    assert one.live()
    (end,) = one.events("OrderChanged", key=KEY)
    assert (end.status, end.rule) == ("canceled", "RULE-2")
    assert "not known to the broker" in end.reason
    assert [fill.key for fill in one.events("Filled")] == ["writer.260212.100500.AAPL.sell-v1"]
    assert one.asked("submit") == [reference(key) for key in one.keys[1:]]
    one.agree()


def test_an_order_that_works_on_while_the_engine_is_down_is_ended_and_said_to_be(account):
    one = account(once())
    assert not one.live(dies=("submit", 1))
    assert one.live()
    (end,) = one.events("OrderChanged", key=KEY)
    assert (end.status, end.rule) == ("canceled", "RULE-2")
    assert "it worked there on, and was ended" in end.reason
    assert [order.status for order in one.orders] == ["canceled"]
    one.agree()


@pytest.mark.parametrize("heard", [True, False])
def test_of_an_order_filled_in_part_the_rest_is_cancelled_after_a_death(account, heard):
    one = account(once())
    if heard:
        one.control.plan(seconds(5), "fill", reference=REF, quantity=1)
    assert not one.live(dies=("reprice", 1) if heard else ("submit", 1))
    if not heard:
        one.control.fill(REF, 1)
    assert one.live()
    (order,) = one.orders
    assert (order.status, order.left) == ("canceled", 1)
    (fill,) = one.events("Filled")
    assert (fill.quantity, fill.rule == "RECON B06") == (-1, not heard)
    assert one.statuses(KEY)[-1] == "canceled"
    one.agree()


def test_after_a_death_the_rest_is_decided_anew_on_what_the_books_hold(account):
    one = account(writer(symbols=("AAPL", "SPY")), market=calm_week(symbols=("AAPL", "SPY")))
    assert not one.live(dies=("submit", 2))
    one.control.play(Rules(fills="touch"))
    assert one.live()
    assert {order.status for order in one.orders[:2]} == {"canceled"}
    assert {key_of(order.ticket.reference).split(".")[3] for order in one.orders[2:]} == {"AAPL", "SPY"}
    one.agree()


DEATHS = [("statement", 1), ("submit", 1), ("news", 3), ("reprice", 1), ("reprice", 2), ("cancel", 1), ("news", 9)]


@pytest.mark.parametrize("dies", [*DEATHS, ("submit", 2), ("statement", 3)])
@pytest.mark.parametrize("before", [False, True])
def test_wherever_it_dies_books_and_broker_are_the_same_afterwards(account, dies, before):
    one = account(writer())
    one.control.plan(seconds(305), "fill", reference=REF.replace("100000", "100500"))
    assert not one.live(dies=dies, before=before)
    assert one.live()
    one.agree()


def test_lives_that_each_end_at_their_first_question_end_in_one_that_goes_on(account):
    one = account(writer(), fills="touch", partial=1)
    for method, number in (
        ("submit", 1),
        ("statement", 1),
        ("statement", 2),
        ("news", 1),
        ("submit", 1),
        ("reprice", 1),
    ):
        one.live(dies=(method, number))
    assert one.live()
    one.agree()


# --- executions -----------------------------------------------------------------------------------------------------


def test_an_execution_that_is_told_twice_counts_once(account):
    one = account(once())
    one.control.duplicate_next(2)
    for after in (5, 15):
        one.control.plan(seconds(after), "fill", reference=REF, quantity=1)
    assert one.live()
    told = [entry.reference for entry in one.control.journal() if (entry.who, entry.verb) == ("broker", "execution")]
    assert told == [REF, REF]
    assert [fill.quantity for fill in one.events("Filled")] == [-1, -1]
    one.agree()


def test_an_execution_that_is_told_again_after_a_restart_counts_once(account):
    one = account(once())
    one.control.plan(seconds(5), "fill", reference=REF)
    assert not one.live(dies=("statement", 3))
    (fill,) = one.events("Filled")
    one.control.late(fill.execution)
    assert one.live()
    assert one.events("Filled") == [fill]
    one.agree()


def test_a_late_execution_opens_breaks_that_its_coming_closes(account):
    one = account(once())
    one.control.plan(seconds(5), "fill", reference=REF)
    hide = lambda: one.control.hold_news(hide=True)  # noqa: E731
    assert one.live(on_step=at(h1000=hide, h1030=one.control.release_news))
    assert one.breaks() == [("B05", KEY, "ACCOUNT"), ("B01", P100, "SYMBOL"), ("B09", "cash", "ACCOUNT")]
    assert {(e.rule, e.how) for e in one.events("Mended")} == {("B05", "agree"), ("B01", "agree"), ("B09", "agree")}
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    assert one.asked("submit") == [REF]
    one.agree()


def test_news_out_of_their_order_come_to_the_same(account):
    one = account(once())
    for after in (5, 15):
        one.control.plan(seconds(after), "fill", reference=REF, quantity=1)
    backwards = lambda: one.control.release_news(3, 2, 1, 0)  # noqa: E731
    assert one.live(on_step=at(h1000=one.control.hold_news, h1005=backwards))
    assert sorted(fill.price for fill in one.events("Filled")) == [D("1.01"), D("1.02")]
    assert one.breaks() == []
    one.agree()


def test_a_corrected_price_and_a_corrected_fee_are_booked_as_such(account):
    one = account(once())
    one.control.plan(seconds(5), "fill", reference=REF)

    def newest():
        return one.control.look().executions[-1].id

    dearer = lambda: one.control.correct(newest(), price=D("1.03"))  # noqa: E731
    taxed = lambda: one.control.correct(newest(), fee=D("2.10"))  # noqa: E731
    assert one.live(on_step=at(h1005=dearer, h1010=taxed))
    price, fee = one.events("Corrected")
    assert (price.rule, price.amount, price.fee) == ("RECON B08", D("2.00"), D("0.00"))
    assert (fee.rule, fee.amount, fee.fee) == ("RECON B08", D("-0.80"), D("0.80"))
    assert (fee.corrects, price.corrects) == (price.execution, one.events("Filled")[0].execution)
    assert one.control.look().cash == D("200000.00") + D("206.00") - D("2.10")
    one.agree()


def test_a_correction_while_the_engine_is_down_is_booked_after_the_fill_itself(account):
    one = account(once())
    assert not one.live(dies=("submit", 1))
    (fill,) = one.control.fill(REF)
    one.control.correct(fill.id, price=D("0.99"), fee=D("1.00"))
    assert one.live()
    assert [(e.price, e.fee) for e in one.events("Filled")] == [(D("0.99"), D("1.00"))]
    assert one.events("Corrected") == []
    assert one.control.look().cash == D("200197.00")
    one.agree()


def rolling(position, view):
    """Rolls the put of this week into the next from 10:05 on."""
    due = view.at >= TEN + STEP and position.contract is not None and position.contract.expiry == FRIDAY
    return into(NEXT, 100)(position, view) if due else []


def test_a_roll_of_which_one_leg_is_told_long_before_the_other_is_booked_whole(account):
    one = account(once(), watcher(rolling, level=2), near=True)
    roll = "writer.260212.100500.AAPL.roll-P100-260213-v1"
    one.control.plan(seconds(5), "fill", reference=REF)
    one.control.plan(seconds(305), "fill", reference=reference(roll))
    hide = lambda: one.control.hold_news(hide=True)  # noqa: E731
    legs = lambda: [e.id for e in one.control.look().executions if e.reference == reference(roll)]  # noqa: E731
    first = lambda: one.control.late("DU1.000004.01")  # noqa: E731
    assert one.live(on_step=at(h1005=hide, h1010=first, h1030=one.control.release_news))
    assert legs() == ["DU1.000004.01", "DU1.000005.01"]
    assert [(e.quantity, e.opening) for e in one.events("Filled", key=roll)] == [(2, False), (-2, True)]
    ((contract_, rolls),) = [(p.contract, p.rolls) for p in one.book.positions]
    assert (contract_, rolls) == (contract(100, expiry=NEXT), 1)
    assert one.asked("submit").count(reference(roll)) == 1
    one.agree()


# --- cancels --------------------------------------------------------------------------------------------------------


def test_a_rejected_cancel_is_asked_for_again_after_its_time(account):
    one = account(once())
    one.control.refuse_cancels(1)
    assert one.live()
    asked = [entry.at for entry in one.control.journal() if (entry.who, entry.verb) == ("engine", "cancel")]
    assert asked == [seconds(30), seconds(60)]
    assert one.statuses(KEY)[-2:] == ["kept", "canceled"]
    assert one.events("Paged") == []
    one.agree()


def test_a_cancel_that_is_never_confirmed_calls_a_person_and_what_fills_then_is_booked(account):
    one = account(once())
    one.control.refuse_cancels(4)
    one.control.plan(seconds(170), "fill", reference=REF)
    assert one.live()
    asked = [entry.at for entry in one.control.journal() if (entry.who, entry.verb) == ("engine", "cancel")]
    assert asked == [seconds(30), seconds(60), seconds(90), seconds(120)]
    assert one.statuses(KEY)[-5:] == ["kept", "kept", "kept", "kept", "unconfirmed"]
    (page,) = one.events("Paged")
    assert (page.rule, page.subject) == ("KS-6", KEY)
    assert [fill.quantity for fill in one.events("Filled")] == [-2]
    one.agree()


def test_a_fill_that_overtakes_its_cancel_is_booked_and_nothing_is_sent_again(account):
    one = account(once())
    one.control.race()
    assert one.live()
    assert one.asked("cancel") == [REF]
    assert [order.status for order in one.orders] == ["filled"]
    assert [fill.price for fill in one.events("Filled")] == [D("1.00")]
    assert "canceled" not in one.statuses(KEY)
    one.agree()


# --- the broker is gone ---------------------------------------------------------------------------------------------


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


# --- the night ------------------------------------------------------------------------------------------------------


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


# --- what is none of ours -------------------------------------------------------------------------------------------


def test_a_foreign_order_stops_the_account_until_it_is_gone_and_is_never_touched(account):
    one = account(writer(), fills="touch")
    number = one.control.foreign_order("SPY", 100, D("600.00"))
    assert one.live(commands=[explained(f"B04 {number}")])
    assert one.breaks() == [("B04", number, "ACCOUNT")]
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    assert next(entry.at for entry in one.entries if entry.kind == "IntentRecorded") == moment(clock="10:15")
    assert [(e.rule, e.how, e.actor) for e in one.events("Mended")] == [("B04", "explained", "Ann")]
    assert "" not in one.asked("cancel")
    assert [order.number for order in one.working] == [number]
    one.agree()


@pytest.mark.parametrize("leaves", [True, False])
def test_a_foreign_position_stops_entries_until_it_leaves_or_is_explained(account, leaves):
    one = account(writer(), fills="touch")
    one.control.foreign_position("AAPL", 30)
    away = lambda: one.control.foreign_position("AAPL", -30)  # noqa: E731
    assert one.live(on_step=at(h1010=away) if leaves else at(), commands=[] if leaves else [explained("B01 AAPL")])
    assert one.breaks() == [("B01", "AAPL", "SYMBOL")]
    (end,) = one.events("Mended")
    assert (end.rule, end.how, end.actor) == (("B01", "agree", "") if leaves else ("B01", "explained", "Ann"))
    assert one.keys[0] == "writer.260212.101500.AAPL.sell-v1"
    assert one.asked("submit")[0] == reference(one.keys[0])
    one.agree(**({} if leaves else {"AAPL": 30}))


def test_while_a_symbol_is_frozen_no_exit_of_it_leaves_and_those_of_others_do(account):
    two = {"symbols": ("AAPL", "SPY")}
    one = account(once(lots=1, leaves=seconds(1800), **two), market=calm_week(**two), fills="touch")
    spy = contract(100, root="SPY").osi
    assert one.live(on_step=at(h1005=lambda: one.control.foreign_position(spy, -1)))
    assert one.breaks() == [("B03", spy, "SYMBOL")]
    assert {key.split(".")[3] for key in one.keys if "close" in key} == {"AAPL"}
    assert {p.symbol for p in one.book.positions} == {"SPY"}


@pytest.mark.parametrize("stubborn", [False, True])
def test_an_order_of_ours_that_no_journal_knows_is_cancelled_and_a_stubborn_one_stops_the_account(account, stubborn):
    one = account(writer(), fills="touch")
    lost = "au-writer.260211.100000.AAPL.shares-v1"
    one.control.foreign_order("AAPL", 100, D("90.00"), lost)
    one.control.refuse_cancels(9 * stubborn)
    assert one.live()
    if not stubborn:
        assert one.breaks() == [("B04", lost, "CANCEL")]
        assert one.asked("cancel") == [lost]
        assert one.moves("BREAK") == []
        one.agree()
        return
    assert one.breaks() == [("B04", lost, "CANCEL"), ("B04", lost, "ACCOUNT")]
    assert one.asked("cancel").count(lost) == 3
    assert one.moves("BREAK") == [("NONE", "SAFE")]
    assert [(e.rule, e.subject) for e in one.events("Paged")] == [("B04", lost)]
    one.once()


def test_an_order_that_the_broker_lost_stops_the_account_until_its_end_is_known(account):
    one = account(once())
    one.control.plan(seconds(5), "lose", reference=REF)
    assert one.live(on_step=at(h1000=one.control.hold_news, h1015=one.control.release_news))
    assert one.breaks() == [("B05", KEY, "ACCOUNT")]
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    assert one.statuses(KEY)[-1] == "rejected"
    assert one.asked("submit") == [REF]
    one.agree()


# --- cash -----------------------------------------------------------------------------------------------------------


def test_cash_that_nothing_explains_makes_the_account_safe_until_it_is_back(account):
    one = account(writer(), fills="touch")
    shift = one.control.shift
    assert one.live(on_step=at(h1000=lambda: shift(D("-500")), h1010=lambda: shift(D("500"))))
    assert one.breaks() == [("B09", "cash", "ACCOUNT")]
    assert one.events("Broken")[0].theirs == "-500.00"
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    one.agree()


def test_cash_within_the_tolerance_is_nobody_s_affair(account):
    one = account(writer(), fills="touch")
    one.control.shift(D("-9.00"))
    assert one.live()
    assert one.breaks() == []
    assert one.book.ledgers["writer"].cash - one.control.look().cash == D("9.00")
    one.once()


def test_a_broker_with_other_cash_than_was_funded_is_sent_nothing(account):
    one = account(writer(), cash=150_000)
    assert one.live()
    assert one.breaks() == [("B09", "cash", "ACCOUNT")]
    assert (one.keys, one.orders) == ([], ())
    assert (one.book.state, one.book.switches) == ("AUDIT", {"BREAK": "SAFE"})
    assert [e.subject for e in one.events("Paged")] == ["cash"]
