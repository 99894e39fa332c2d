"""A run over a broker, part by part: when it asks, what it makes of answers and of none, and how it starts again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import define, evolve

from allusr_sdk.errors import InputError
from allusr_sdk.execution.combos import Combo
from allusr_sdk.execution.resume import RESTARTS
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.broker import Execution, Part, reference
from tests.builders import FRIDAY, contract, moment
from tests.crash.brokered import NEXT, P100, Brokered, Dead, calm_week, writer

D = Decimal
TEN = moment(clock="10:00")
KEY = "writer.260212.100000.AAPL.sell-v1"
REF = reference(KEY)


@pytest.fixture
def account(tmp_path):
    """Makes accounts whose broker is in this process."""

    def make(*sleeves, market=None, **options):
        return Brokered(tmp_path, market or calm_week(), *(sleeves or (once(),)), near=True, **options)

    return make


def once(**more):
    """A sleeve that wants its put at ten o'clock and at no other time."""
    return writer(until=TEN, **more)


def after(seconds):
    return TEN + timedelta(seconds=seconds)


@define
class Told:
    """A connection that notes the instants of its statements, dies at one, and changes what is told by `news`."""

    line: object
    asked: list
    change: object = staticmethod(lambda item: item)
    dies: object = None

    def __getattr__(self, name):
        return getattr(self.line, name)

    def statement(self, at):
        self.asked.append(at)
        if at == self.dies:
            raise Dead
        return self.line.statement(at)

    def news(self, at):
        return [self.change(item) for item in self.line.news(at)]


# --- when it asks --------------------------------------------------------------------------------------------------


def test_a_statement_is_asked_for_at_the_start_after_a_fill_each_quarter_of_an_hour_evenings_and_mornings(account):
    one, asked = account(), []
    one.control.plan(after(5), "fill", reference=REF)
    assert one.live(through=lambda line: Told(line, asked))
    thursday = ("10:00", "10:05", "10:30", "11:00", "16:15", "16:30")
    friday = ("08:30", "09:45", "10:00", "15:00", "16:15", "16:30")
    expected = [moment(clock=c) for c in thursday] + [moment(FRIDAY, c) for c in friday]
    assert sorted(set(asked)) == expected
    one.agree()


# --- what it makes of answers --------------------------------------------------------------------------------------


def test_a_fee_that_is_not_told_yet_is_estimated_and_corrected_when_it_is(account):
    one = account()
    one.control.plan(after(5), "fill", reference=REF)

    def untold(item):
        return evolve(item, fee=None) if isinstance(item, Execution) else item

    assert one.live(through=lambda line: Told(line, [], untold))
    (fill,), (told,) = one.events("Filled"), one.events("Corrected")
    assert (fill.fee, told.rule, told.fee, told.amount) == (D("1.40"), "RECON B08", D("-0.10"), D("0.10"))
    one.agree()


def test_a_rejected_order_ends_with_the_broker_s_reason(account):
    one = account()
    one.control.reject_next("no margin")
    assert one.live()
    (end,) = one.events("OrderChanged")
    assert (end.status, end.reason) == ("rejected", "no margin")
    assert one.keys == [KEY]
    one.agree()


def test_acceptances_that_are_kept_back_are_asked_for(account):
    one = account()
    one.control.hold_acks()
    one.control.plan(after(15), "fill", reference=REF)
    assert one.live()
    assert (one.events("OrderChanged")[0].rule, one.asked("submit")) == ("ORD-2", [REF])
    one.agree()


# --- combos ----------------------------------------------------------------------------------------------------------

BUY, SELL = P100, contract(95, expiry=NEXT).osi
LEGS = (Part(BUY, 3, D("1.00"), D("1.04")), Part(SELL, -3, D("2.00"), D("2.04")))


def part(name, instrument, quantity, price):
    return Execution(id=name, reference="r", instrument=instrument, quantity=quantity, price=D(price), at=TEN)


def test_a_combo_is_filled_as_far_as_both_of_its_legs_are():
    combo = Combo(LEGS)
    assert list(combo.add(part("1", BUY, 2, "1.02"))) == []
    assert list(combo.add(part("2", SELL, -1, "2.01"))) == []
    ((count, net, parts),) = combo.add(part("3", SELL, -1, "2.03"))
    assert (count, net, [each.id for each in parts]) == (2, D("-1.00"), ["1", "2", "3"])


def test_a_leg_s_execution_that_is_told_twice_is_no_more_of_the_combo():
    combo = Combo(LEGS)
    for _ in range(2):
        assert list(combo.add(part("1", BUY, 1, "1.02"))) == []
    ((count, _, parts),) = combo.add(part("2", SELL, -1, "2.02"))
    assert (count, [each.id for each in parts]) == (1, ["1", "2"])
    assert list(combo.add(part("1", BUY, 1, "1.02"))) == []


# --- no answer -------------------------------------------------------------------------------------------------------


def switches(one, cause):
    """How a switch of the account went, with the instants."""
    rows = [entry for entry in one.entries if entry.kind == "SwitchChanged" and entry.event.cause == cause]
    return [(entry.at, entry.event.after) for entry in rows]


def test_a_run_that_begins_into_a_silence_sends_nothing_until_it_is_answered(account):
    one = account(writer(), fills="touch")
    one.control.silent()
    again = lambda step: one.control.silent(False) if step.view.at == after(300) else None  # noqa: E731
    assert one.live(on_step=again)
    assert switches(one, "LINK") == [(TEN, "FREEZE"), (after(600), "NONE")]
    assert one.keys[0] == KEY.replace("100000", "101000")
    one.agree()


def test_a_restart_into_a_silence_waits_with_all_orders_of_the_life_before(account):
    one = account(writer(), fills="never")
    assert not one.live(dies=("submit", 1))
    one.control.silent()
    again = lambda step: one.control.silent(False) if step.view.at == after(300) else None  # noqa: E731
    assert one.live(on_step=again)
    assert [tier for _, tier in switches(one, "LINK")] == ["FREEZE", "NONE"]
    assert one.orders[0].status in ("canceled", "expired")
    assert one.keys[1] == KEY.replace("100000", "101000")
    one.agree()


def test_a_kill_into_a_silence_is_journaled_at_once_and_cancels_when_it_is_over(account):
    one = account()
    kill = Command(at=after(120), action="kill", actor="Ann", reason="too hot")
    down = {TEN: one.control.silent, after(300): lambda: one.control.silent(False)}
    assert one.live(on_step=lambda step: down.get(step.view.at, lambda: None)(), commands=[kill])
    assert switches(one, "USER") == [(after(120), "SAFE")]
    assert [order.status for order in one.orders] == ["expired"]
    end = one.events("OrderChanged", key=KEY)[-1]
    assert (end.status, end.rule, end.reason) == (
        "expired", "KS-9", "its time was over: the broker ended it by itself",
    )  # fmt: skip
    assert one.asked("submit") == [REF]
    assert one.events("Filled") == []
    one.handed_once()


def test_an_audit_that_is_asked_for_in_a_silence_lasts_until_the_broker_answers(account):
    one = account(writer(until=after(900)), fills="touch")
    audit = Command(at=after(1), action="audit", actor="Ann", reason="to be sure")
    down = {TEN: one.control.silent, after(600): lambda: one.control.silent(False)}
    assert one.live(on_step=lambda step: down.get(step.view.at, lambda: None)(), commands=[audit])
    states = [(entry.at, entry.event.after) for entry in one.entries if entry.kind == "StateChanged"]
    assert states[-1] == (after(900), "SAFE")
    assert any("the broker does not answer" in e.why for e in one.events("Decided", verdict="hold"))
    one.agree()


def test_an_evening_that_nobody_answers_ends_in_audit_and_no_one_says_that_books_agree(account):
    one = account()
    down = {moment(clock="11:00"): one.control.silent, moment(FRIDAY, "10:00"): lambda: one.control.silent(False)}
    assert one.live(on_step=lambda step: down.get(step.view.at, lambda: None)())
    states = [(entry.at, entry.event.after, entry.event.cause) for entry in one.entries if entry.kind == "StateChanged"]
    assert states == [
        (moment(clock="16:30"), "AUDIT", "the broker does not answer"),
        (moment(FRIDAY, "15:00"), "SAFE", "no break freezes anything any more"),
    ]
    one.agree()


# --- starting again --------------------------------------------------------------------------------------------------


def test_nothing_is_sent_before_every_order_of_the_life_before_has_ended_and_a_stubborn_one_calls_a_person(account):
    one = account(once(leaves=after(300)))
    one.control.plan(after(5), "fill", reference=REF)
    assert not one.live(dies=("submit", 2))
    close = one.keys[1]
    one.control.refuse_cancels(4)
    assert one.live()
    (page,) = one.events("Paged")
    assert (page.rule, page.subject) == ("KS-6", close)
    assert one.statuses(close) == ["unconfirmed", "canceled"]
    ended = next(e.at for e in one.entries if e.kind == "OrderChanged" and e.event.status == "canceled")
    assert min(e.at for e in one.entries if e.kind == "IntentRecorded" and e.event.key not in (KEY, close)) >= ended
    assert one.asked("cancel").count(reference(close)) == 5
    one.agree()


def test_a_restart_is_journaled_beside_the_run_and_says_why_nothing_was_lived_through_again(account):
    one = account()
    assert not one.live(dies=("submit", 1))
    assert one.live()
    with open_ledger(one.home) as ledger:
        (note,) = [entry.event for entry in ledger.chain(RESTARTS).entries()]
    assert (note.adopted, note.evening) == ("the broker went on meanwhile", None)


def test_a_run_that_died_behind_the_last_instant_of_its_market_comes_to_its_end(account):
    one, late, asked = account(fills="touch"), moment(FRIDAY, "16:30"), []
    assert not one.live(through=lambda line: Told(line, asked, dies=late))
    assert one.live(through=lambda line: Told(line, asked))
    assert asked[-1] >= late
    assert one.entries[-1].kind == "RunEnded"
    assert len(one.events("Valued")) == len({(e.ledger, e.day) for e in one.events("Valued")})
    one.agree()


def test_a_cut_run_is_not_gone_on_with_under_another_plan(account):
    one = account()
    assert not one.live(dies=("submit", 1))
    one._capital = 300_000
    with pytest.raises(InputError, match="capital was 200000"):
        one.live()
    assert one.asked("submit") == [REF]
