"""Executions and cancels that come twice, late, corrected or never: each is booked once."""

from allusr_sdk.model.broker import reference
from tests.builders import FRIDAY, contract
from tests.crash.brokered import NEXT, P100
from tests.crash.faults.plans import KEY, REF, STEP, TEN, D, at, once, seconds
from tests.kernel.watchers import into, watcher


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
