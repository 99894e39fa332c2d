"""The test broker: an account that adds up whatever is done to it, and a process that outlives engines and itself."""

import stat
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from allusr_sdk.errors import BrokerSilent, InputError, KernelError
from allusr_sdk.model.broker import Execution, Identity, Part, Report, Ticket
from allusr_sdk.model.options import Contract
from allusr_sdk.testing.brokerage import PLUGIN, Account, Brokerage, Connection, Rules
from allusr_sdk.testing.checks import Status, check_broker, run_checks

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
CLOSE = AT + timedelta(hours=6)
PUT, CALL, LOWER = "SPY   260213P00690000", "SPY   260213C00700000", "SPY   260213P00680000"
BID, ASK = Decimal("2.00"), Decimal("2.04")
CASH = Decimal("1000000.00")


def ticket(reference="au-1", quantity=-2, limit="2.00", instrument=PUT, until=CLOSE):
    leg = Part(instrument, quantity, BID, ASK)
    return Ticket(reference=reference, legs=(leg,), limit=Decimal(limit), until=until)


def roll(limit, reference="au-roll", lots=3):
    """Bought back at 2.00 by 2.04, sold lower at 1.00 by 1.10: 0.90 at the best, 1.04 at the touch."""
    legs = (Part(PUT, lots, BID, ASK), Part(LOWER, -lots, Decimal("1.00"), Decimal("1.10")))
    return Ticket(reference=reference, legs=legs, limit=Decimal(limit), until=CLOSE)


def account(fills="touch", partial=0, seed=7):
    made = Account.opened_with(CASH, rules=Rules(fills=fills, partial=partial, seed=seed))
    made.advance(AT)
    return made


def told(made):
    """What the account has told since this was asked last, as short words."""
    news, made.out = [each.what for each in made.out], []
    return words(news)


def words(news):
    return [each.status if isinstance(each, Report) else each.quantity for each in news]


def held(statement):
    return {each.instrument: each.quantity for each in statement.holdings}


# --- the account ----------------------------------------------------------------------------------------------------

REFERENCES = st.sampled_from([f"au-{n}" for n in range(6)])
HELD = st.sampled_from([PUT, CALL, LOWER, "SPY"])
COUNTS = st.integers(-4, 4).filter(bool)
PRICES = st.decimals(Decimal("0.01"), Decimal("3.00"), places=2)
LIMITS = st.sampled_from([BID, Decimal("2.01"), Decimal("2.02"), Decimal("2.03"), ASK])


class Lives(RuleBasedStateMachine):
    """Anything that can happen to an account, in any order; what cannot be done is refused and changes nothing."""

    def __init__(self):
        super().__init__()
        self.account = account("seeded", partial=1)
        self.asked = {}

    @rule(reference=REFERENCES, quantity=COUNTS, limit=LIMITS, instrument=HELD, minutes=st.integers(1, 400))
    def submit(self, reference, quantity, limit, instrument, minutes):
        self.asked.setdefault(reference, abs(quantity))
        until = self.account.now + timedelta(minutes=minutes)
        self.account.submit(ticket(reference, quantity, str(limit), instrument, until))

    @rule(reference=REFERENCES, limit=LIMITS)
    def reprice(self, reference, limit):
        self.account.reprice(reference, limit)

    @rule(reference=REFERENCES)
    def cancel(self, reference):
        self.account.cancel(reference)

    @rule(reference=REFERENCES, quantity=st.integers(1, 4) | st.none(), price=PRICES | st.none())
    def fill(self, reference, quantity, price):
        self.refused(lambda: self.account.fill(reference, quantity, price))

    @rule(minutes=st.sampled_from([1, 5, 900]))
    def advance(self, minutes):
        self.account.advance(self.account.now + timedelta(minutes=minutes))

    @rule(instrument=HELD, count=st.integers(1, 3) | st.none(), shown=st.booleans())
    def assign(self, instrument, count, shown):
        self.refused(lambda: self.account.assign(instrument, count, with_executions=shown))
        self.refused(lambda: self.account.exercise(instrument, count, with_executions=shown))

    @rule(instrument=HELD)
    def expire(self, instrument):
        self.refused(lambda: self.account.expire(instrument))

    @rule(per_share=PRICES, amount=st.decimals(-50, 50, places=2))
    def cash(self, per_share, amount):
        self.account.dividend("SPY", per_share)
        self.account.line("interest", amount)
        self.account.shift(amount)

    @rule(instrument=HELD, quantity=COUNTS, price=PRICES)
    def foreign(self, instrument, quantity, price):
        self.account.foreign_position(instrument, quantity, price)
        self.account.foreign_order(instrument, quantity, price)

    @rule(data=st.data(), price=PRICES | st.none(), fee=PRICES | st.none())
    def correct(self, data, price, fee):
        if self.account.executions:
            chosen = data.draw(st.sampled_from([each.id for each in self.account.executions]))
            self.refused(lambda: self.account.correct(chosen, price=price, fee=fee))

    @rule()
    def split(self):
        self.account.split("SPY", 2)

    @invariant()
    def cash_and_holdings_are_what_the_movements_add_up_to(self):
        self.account.check()

    @invariant()
    def no_execution_is_known_twice_and_no_order_is_filled_beyond_what_was_asked(self):
        ids = [each.id for each in self.account.executions]
        assert len(set(ids)) == len(ids)
        filled = Counter()
        for each in self.account.effective():
            filled[each.reference] += abs(each.quantity)
        assert all(filled[reference] <= asked for reference, asked in self.asked.items())

    @invariant()
    def a_statement_has_no_position_of_zero_and_only_orders_that_miss_something(self):
        found = self.account.statement(self.account.now)
        assert all(each.quantity for each in found.holdings)
        assert all(each.left for each in found.orders)

    def refused(self, deed):
        before = self.account.cash, dict(self.account.holdings), len(self.account.executions)
        try:
            deed()
        except InputError:
            assert (self.account.cash, self.account.holdings, len(self.account.executions)) == before


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


def test_cash_that_moves_alone_is_found():
    made = account()
    made.cash += 1
    with pytest.raises(KernelError, match=r"1000001.00 and \{\}; movements say 1000000.00"):
        made.check()


def test_an_order_at_its_touch_fills_at_once_and_one_inside_rests():
    made = account()
    made.submit(ticket(limit="1.95"))
    assert told(made) == ["accepted", -2]
    assert made.executions[-1].price == BID
    made.submit(ticket("au-2", limit="2.02"))
    assert told(made) == ["accepted"]
    made.reprice("au-2", BID)
    assert told(made) == ["repriced", -2]
    assert made.cash == CASH + 4 * 100 * BID - 4 * Decimal("0.65")


def test_a_draw_depends_on_seed_reference_and_limit_alone_and_is_likelier_towards_the_touch():
    def filled(limit, seed=7):
        made = account("seeded", seed=seed)
        for n in range(300):
            made.submit(ticket(f"au-{n}", -1, limit))
        return {each.reference for each in made.executions}

    assert filled("2.02") == filled("2.02") != filled("2.02", seed=8)
    counts = [len(filled(limit)) for limit in ("2.04", "2.03", "2.02", "2.01", "2.00")]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 300)
    assert 60 < counts[2] < 120, "three of ten at the mid"


def test_what_is_told_never_to_fill_waits_for_the_test():
    made = account("never")
    made.submit(ticket(limit="1.00"))
    assert told(made) == ["accepted"]
    made.fill("au-1", 1, Decimal("1.50"))
    assert [(each.quantity, each.price) for each in made.executions] == [(-1, Decimal("1.50"))]
    assert [each.left for each in made.statement(AT).orders] == [-1]


def test_a_partial_filler_goes_on_with_each_later_instant():
    made = account(partial=2)
    made.submit(ticket(quantity=-5))
    assert told(made) == ["accepted", -2]
    made.advance(AT)
    assert told(made) == []
    made.advance(AT + timedelta(minutes=1))
    made.advance(AT + timedelta(minutes=2))
    assert told(made) == [-2, -1]
    assert made.statement(AT).orders == ()


@pytest.mark.parametrize(("limit", "prices"), [
    ("1.04", ("2.04", "1.00")), ("1.20", ("2.04", "1.00")), ("0.97", ("2.04", "1.07")), ("0.92", ("2.02", "1.10")),
])  # fmt: skip
def test_a_combo_fills_whole_at_prices_of_its_legs_that_add_up(limit, prices):
    made = account("never", partial=1)
    made.submit(roll(limit))
    with pytest.raises(InputError, match="a combo fills whole"):
        made.fill("au-roll", 1)
    made.fill("au-roll")
    assert [(each.instrument, each.quantity) for each in made.executions] == [(PUT, 3), (LOWER, -3)]
    assert tuple(str(each.price) for each in made.executions) == prices
    bought, sold = made.executions
    assert bought.price - sold.price == min(Decimal(limit), Decimal("1.04"))


def test_an_order_ends_by_itself_when_its_time_is_told_and_is_not_taken_behind_it():
    made = account("never")
    made.submit(ticket())
    made.advance(CLOSE + timedelta(minutes=5))
    assert [(each.report.status, each.report.at) for each in made.out][1:] == [("expired", CLOSE)]
    made.out.clear()
    made.submit(ticket("au-2"))
    assert told(made) == ["rejected"]


def test_time_does_not_go_back():
    made = account()
    assert made.statement(AT - timedelta(days=1)).at == AT


def test_what_is_asked_of_an_order_that_ended_is_kept_and_of_one_that_is_unknown_rejected():
    made = account()
    made.submit(ticket())
    told(made)
    made.cancel("au-1")
    made.reprice("au-1", ASK)
    made.cancel("au-9")
    assert told(made) == ["kept", "kept", "rejected"]


def test_a_correction_names_what_it_replaces_and_moves_the_difference():
    made = account()
    made.submit(ticket())
    before, (first,) = made.cash, made.executions
    second = made.correct(first.id, price=Decimal("1.90"))
    third = made.correct(second.id, fee=Decimal("2.00"))
    assert [second.corrects, third.corrects] == [first.id, second.id]
    assert made.cash == before - 2 * 100 * Decimal("0.10") - Decimal("0.70")
    with pytest.raises(InputError, match="corrected already"):
        made.correct(first.id, fee=Decimal(0))


@pytest.mark.parametrize(("instrument", "quantity", "shares", "strike"), [
    (PUT, -2, 200, 690), (CALL, -1, -100, 700), (PUT, 2, -200, 690), (CALL, 1, 100, 700),
])  # fmt: skip
def test_an_exercise_ends_the_contracts_and_moves_shares_at_the_strike(instrument, quantity, shares, strike):
    made = account()
    made.foreign_position(instrument, quantity)
    (made.assign if quantity < 0 else made.exercise)(instrument)
    assert made.holdings == {"SPY": shares}
    assert made.cash == CASH - shares * strike


def test_a_part_of_a_position_is_assigned_and_more_than_there_is_refused():
    made = account()
    made.foreign_position(PUT, -3)
    made.assign(PUT, 2)
    assert made.holdings == {PUT: -1, "SPY": 200}
    with pytest.raises(InputError, match="-1 held, so 2 cannot be assigned"):
        made.assign(PUT, 2)
    with pytest.raises(InputError, match="cannot be exercised"):
        made.exercise(PUT)


def test_an_index_option_settles_in_cash():
    made, name = account(), "SPXW  260213P06900000"
    made.foreign_position(name, -1)
    with pytest.raises(InputError, match="give the spot"):
        made.assign(name)
    made.assign(name, spot=Decimal("6880.50"))
    assert (made.holdings, made.cash) == ({}, CASH - 1950)


def test_a_day_of_expiry_settles_by_official_prices_and_leaves_what_has_none():
    made, other = account(), "AAPL  260213P00270000"
    for name in (PUT, LOWER, other):
        made.foreign_position(name, -1)
    made.settle(Contract.parse(PUT).expiry, {"SPY": Decimal(685)})
    assert made.holdings == {"SPY": 100, other: -1}


def test_a_split_changes_shares_and_contracts_and_is_told_through_the_next_session():
    made, (old, new) = account(), ("AAPL  260220P00280000", "AAPL  260220P00070000")
    made.foreign_position("AAPL", 50)
    made.foreign_position(old, -2)
    made.split("AAPL", 4)
    assert made.holdings == {"AAPL": 200, new: -8}
    assert made.statement(AT + timedelta(days=4)).splits == {"AAPL": 4}
    assert made.statement(AT + timedelta(days=5)).splits == {}
    assert made.statement(AT).executions == (), "nothing tells of it but the holdings"


def test_lines_are_dated_and_carry_what_the_shares_earned():
    made = account()
    made.foreign_position("SPY", 300)
    line = made.dividend("SPY", Decimal("1.75"))
    assert (line.kind, line.amount, line.on, line.symbol) == ("dividend", Decimal("525.00"), AT.date(), "SPY")
    assert made.statement(AT).lines == (line,)


# --- the process ----------------------------------------------------------------------------------------------------


@pytest.fixture
def engine(brokerage):
    """A connection that has told the broker what time it is."""
    made = brokerage.connection()
    made.statement(AT)
    yield made
    made.close()


@pytest.fixture
def control(brokerage):
    """The hand on it."""
    return brokerage.control


def test_the_connection_keeps_the_contract_of_its_kind(brokerage, monkeypatch):
    report = check_broker(Connection, {"place": str(brokerage.place)})
    assert {row.status for row in report.rows} == {Status.PASSED}, report
    for name, value in brokerage.environment.items():
        monkeypatch.setenv(name, value)
    (brought,) = run_checks(PLUGIN)
    assert (brought.subject, {row.status for row in brought.rows}) == ("test", {Status.PASSED}), brought


def test_an_order_that_is_submitted_twice_is_one_order(engine, control):
    engine.submit(ticket())
    engine.submit(ticket())
    assert words(engine.news(AT)) == ["accepted", -2]
    assert held(engine.statement(AT)) == {PUT: -2}
    assert [order.ticket.reference for order in control.orders()] == ["au-1"]
    assert control.submits("au-1") == control.submits() == 2


def test_who_it_is_can_be_told(engine, control):
    assert engine.identity().account == "DU1"
    other = Identity(account="U9", live=True, currency="EUR", permissions=frozenset({"shares"}))
    control.pass_as(other)
    assert engine.identity() == other


def test_a_killed_broker_that_is_started_again_has_all_that_it_answered_for(brokerage, engine, control):
    engine.submit(ticket("au-0", quantity=-1))
    for n in range(1, 12):
        engine.submit(ticket(f"au-{n}", limit="2.03"))
    control.refuse_cancels()
    before = control.look()
    brokerage.kill()
    with pytest.raises(BrokerSilent, match="identity was not answered"):
        engine.identity()
    brokerage.start()
    assert control.look() == before
    assert len(before.orders) == 11
    assert words(engine.news(AT)) == ["accepted", -1, *["accepted"] * 11]
    engine.cancel("au-1")
    assert words(engine.news(AT)) == ["kept"], "the manners outlive it too"


def test_a_broker_that_is_silent_down_or_not_there_raises_and_answers_again_afterwards(brokerage, control, tmp_path):
    engine = brokerage.connection(timeout=0.3)
    engine.statement(AT)
    control.silent()
    with pytest.raises(BrokerSilent, match="submit was not answered: timed out"):
        engine.submit(ticket())
    control.silent(False)
    assert engine.statement(AT).executions == (), "what was not answered was not done"
    control.down()
    for _ in range(2):
        with pytest.raises(BrokerSilent, match="statement was not answered"):
            engine.statement(AT)
    control.up()
    assert engine.identity().account == "DU1"
    with pytest.raises(BrokerSilent, match="No such file"):
        Connection(tmp_path / "nowhere").news(AT)


@pytest.mark.parametrize("hang", [False, True])
def test_an_order_whose_answer_is_lost_was_taken(brokerage, control, hang):
    engine = brokerage.connection(timeout=0.3)
    engine.statement(AT)
    control.lose_next_ack(hang=hang)
    with pytest.raises(BrokerSilent, match="submit"):
        engine.submit(ticket(limit="2.03"))
    assert [order.reference for order in engine.statement(AT).orders] == ["au-1"]
    assert engine.news(AT) == ()
    engine.submit(ticket(limit="2.03"))
    assert len(control.orders()) == 1


def test_an_order_that_is_lost_was_answered_and_is_not_there(engine, control):
    control.lose_next_order()
    engine.submit(ticket())
    engine.submit(ticket("au-2", limit="2.03"))
    control.lose("au-2")
    assert engine.statement(AT).orders == ()
    engine.cancel("au-2")
    assert words(engine.news(AT)) == ["accepted", "rejected"], "it never heard of it"
    assert [order.status for order in control.orders()] == ["lost"]


def test_acceptances_can_wait(engine, control):
    control.hold_acks()
    engine.submit(ticket())
    assert words(engine.news(AT)) == [-2]
    control.release_acks()
    assert words(engine.news(AT)) == ["accepted"]


def test_the_next_order_is_rejected_and_the_one_behind_it_not(engine, control):
    control.reject_next("no permission")
    engine.submit(ticket())
    engine.submit(ticket("au-2"))
    first, *rest = engine.news(AT)
    assert (first.status, first.reason) == ("rejected", "no permission")
    assert words(rest) == ["accepted", -2]


def test_cancels_are_refused_as_often_as_told_and_a_race_is_won_by_the_fill(engine, control):
    for name in ("au-1", "au-2"):
        engine.submit(ticket(name, limit="2.03"))
    control.refuse_cancels(2)
    for _ in range(3):
        engine.cancel("au-1")
    control.race()
    engine.cancel("au-2")
    assert words(engine.news(AT))[2:] == ["kept", "kept", "canceled", -2, "kept"]


def test_news_wait_and_come_out_of_order(engine, control):
    control.hold_news()
    for name in ("au-1", "au-2"):
        engine.submit(ticket(name))
    assert engine.news(AT) == ()
    assert len(engine.statement(AT).executions) == 2, "statements know better"
    control.release_news(3, 0)
    assert [each.reference for each in engine.news(AT)] == ["au-2", "au-1", "au-1", "au-2"]
    with pytest.raises(InputError, match="0 are held"):
        control.release_news(1)


def test_hidden_executions_are_missing_in_statements_while_the_position_is_there(engine, control):
    control.hold_news(hide=True)
    engine.submit(ticket())
    found = engine.statement(AT)
    assert (found.executions, held(found)) == ((), {PUT: -2})
    control.release_news()
    assert len(engine.statement(AT).executions) == 1
    assert words(engine.news(AT)) == ["accepted", -2]


def test_an_execution_that_a_statement_itself_brings_about_is_hidden_from_it_too(engine, control):
    control.play(Rules(partial=1))
    engine.submit(ticket())
    control.hold_news(hide=True)
    found = engine.statement(AT + timedelta(minutes=1))
    assert (len(found.executions), held(found)) == (1, {PUT: -2})


def test_an_execution_is_told_twice_or_once_more_and_is_booked_once(engine, control):
    control.duplicate_next()
    engine.submit(ticket())
    (_, first, second) = engine.news(AT)
    control.late(first.id)
    assert first == second == engine.news(AT)[0]
    assert held(engine.statement(AT)) == {PUT: -2}


def test_news_that_nobody_confirmed_come_again_to_the_next_connection(brokerage, engine):
    engine.submit(ticket())
    heard = engine.news(AT)
    following = brokerage.connection()
    assert following.news(AT) == heard, "the first may have died with it"
    following.news(AT)
    assert brokerage.connection().news(AT) == ()


def test_an_assignment_overnight_is_told_with_executions_or_by_holdings_alone(engine, control):
    control.foreign_position(PUT, -2)
    control.assign(PUT, 1, with_executions=False)
    found = engine.statement(AT)
    assert (held(found), found.executions) == ({PUT: -1, "SPY": 100}, ())
    control.assign(PUT)
    option, shares = engine.news(AT)
    assert (option.quantity, option.price, option.reference) == (1, 0, "")
    assert (shares.instrument, shares.quantity, shares.price) == ("SPY", 100, 690)


def test_what_nobody_here_ordered_stands_in_the_statement(engine, control):
    number = control.foreign_order("QQQ", 100, Decimal("500.00"))
    control.foreign_position("SPY", 100)
    control.shift(Decimal("-12.34"))
    control.value(Decimal("1070000.00"))
    control.basis("SPY", Decimal("69000.00"))
    found = engine.statement(AT)
    assert [(order.number, order.reference, order.left) for order in found.orders] == [(number, "", 100)]
    assert [(each.instrument, each.basis) for each in found.holdings] == [("SPY", Decimal("69000.00"))]
    assert (found.cash, found.nav) == (CASH - Decimal("12.34"), Decimal("1070000.00"))


def test_the_night_is_told_by_control(engine, control):
    control.foreign_position("SPY", 10)
    control.foreign_position(LOWER, -1)
    control.split("SPY", 2)
    assert control.dividend("SPY", Decimal("0.50")).amount == Decimal("10.00")
    split = Contract.parse(LOWER).after_split(2).osi
    control.become(split, "SPY1  260213P00340000")
    assert held(engine.statement(AT)) == {"SPY": 20, "SPY1  260213P00340000": -2}
    control.expire("SPY1  260213P00340000")
    control.foreign_position(CALL, 1)
    control.settle(Contract.parse(CALL).expiry, {"SPY": Decimal(710)})
    assert held(engine.statement(AT)) == {"SPY": 120}


def test_a_venue_is_gone_for_an_hour_of_the_engines_market_and_does_nothing_in_it(engine, control):
    engine.submit(ticket(limit="2.03"))
    control.gone(AT + timedelta(hours=1), AT + timedelta(hours=2))
    control.plan(AT + timedelta(minutes=70), "fill", reference="au-1", quantity=1)
    for minutes in (60, 90, 119):
        with pytest.raises(BrokerSilent, match="the connection was closed"):
            engine.news(AT + timedelta(minutes=minutes))
        with pytest.raises(BrokerSilent):
            engine.cancel("au-1")
    assert words(engine.news(AT + timedelta(minutes=120))) == ["accepted", -1]


def test_the_night_can_be_planned_and_is_lived_in_order_when_the_next_session_comes(engine, control):
    friday, monday = AT + timedelta(days=1), AT + timedelta(days=4)
    control.foreign_position(PUT, -1)
    control.plan(friday.replace(hour=23), "dividend", symbol="SPY", per_share="1.00")
    control.plan(friday.replace(hour=22), "settle", day=friday.date(), prices={"SPY": "685"})
    control.plan(friday.replace(hour=23), "expire", instrument=CALL)
    assert held(engine.statement(friday)) == {PUT: -1}
    found = engine.statement(monday)
    assert (held(found), [line.amount for line in found.lines]) == ({"SPY": 100}, [Decimal("100.00")])
    assert {each.at for each in found.executions} == {friday.replace(hour=22)}
    (failed,) = [entry for entry in control.journal() if entry.verb == "failed"]
    assert (failed.reference, CALL in failed.detail) == ("expire", True)
    with pytest.raises(InputError, match="explode: nothing that a control can do"):
        control.plan(monday, "explode")


def test_the_rules_of_filling_can_be_changed(engine, control):
    control.play(Rules(fills="never", option=Decimal("1.00")))
    engine.submit(ticket())
    assert words(engine.news(AT)) == ["accepted"]
    (done,) = control.fill("au-1")
    assert (done.quantity, done.fee) == (-2, Decimal("2.00"))
    corrected = control.correct(done.id, fee=Decimal("1.30"))
    assert [each.id for each in engine.news(AT)] == [done.id, corrected.id]


def test_what_cannot_be_done_is_refused_with_the_reason_and_the_process_goes_on(engine, control):
    with pytest.raises(InputError, match="order au-9: not known here"):
        control.fill("au-9")
    with pytest.raises(InputError, match="is not an OSI option symbol"):
        engine.submit(ticket(instrument="SPY 2026"))
    with pytest.raises(InputError, match="an order of nothing"):
        engine.submit(evolve(ticket(), legs=()))
    assert engine.identity().account == "DU1"


def test_the_journal_has_who_did_what_in_order(engine, control):
    engine.submit(ticket(limit="2.03"))
    engine.cancel("au-1")
    control.shift(Decimal(1))
    found = [(entry.who, entry.verb, entry.reference) for entry in control.journal()]
    assert found == [
        ("engine", "submit", "au-1"), ("broker", "accepted", "au-1"), ("engine", "cancel", "au-1"),
        ("broker", "canceled", "au-1"), ("control", "shift", ""),
    ]  # fmt: skip


def test_a_connection_is_made_without_a_broker_and_its_files_are_private(brokerage, engine):
    Connection("nowhere").close()
    engine.submit(ticket())
    for name in ("broker.json", "broker.ports"):
        file = brokerage.place.with_name(name)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_ends_when_it_is_told_to_or_nobody_comes_and_keeps_its_account(tmp_path: Path):
    with Brokerage(tmp_path, cash=5_000, account="DU7", seconds=60) as first:
        first.control.shift(Decimal(1))
        first.control.stop()
        assert first.wait() == 0
    with Brokerage(tmp_path, seconds=0.2) as second:
        connection = second.connection()
        found = connection.identity().account, connection.statement(AT).cash
        connection.close()
        assert second.wait() == 0
    assert found == ("DU7", Decimal("5001.00"))


def test_one_that_cannot_start_says_why(tmp_path: Path):
    (tmp_path / "broker.json").write_text("not JSON")
    with pytest.raises(
        RuntimeError, match=r"broker.json: is no account of a test broker: JSON is malformed.*: give another file"
    ):
        Brokerage(tmp_path).start()


def test_executions_and_reports_come_back_as_what_they_were(engine):
    engine.submit(ticket())
    accepted, done = engine.news(AT)
    assert (type(accepted), type(done)) == (Report, Execution)
    assert done == engine.statement(AT).executions[0]
