"""A life: some weeks of a random market, all sleeves, the protocol, a broker with moods, people, and restarts."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from allusr_com_acc import ComAcc
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol
from allusr_rev_acc import RevAcc

from allusr_sdk.errors import StateRefusal
from allusr_sdk.execution.session_open import SessionOpen
from allusr_sdk.kernel.commands import Command
from allusr_sdk.kernel.exits import thaw
from allusr_sdk.kernel.states import State
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.calendar import NEW_YORK, iso_week, xnys
from allusr_sdk.model.events import Assigned, Expired, Filled, Marked, OrderChanged, Pinned, Unsettled, Valued
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Settlement, Step
from tests.builders import RULES, World
from tests.properties.shadow import Shadow
from tests.properties.weather import CLOCKS, SYMBOLS, Weather

STARTS = (date(2026, 2, 9), date(2026, 3, 30), date(2026, 11, 23))
"""Weeks before a holiday on a Monday, before Good Friday, and with Thanksgiving and its half day."""
MEANS = (
    {"gen_acc": "120000", "rev_acc": "60000", "com_acc": "90000"},
    {"gen_acc": "60000", "rev_acc": "12000", "com_acc": "45000"},
    {"gen_acc": "4000000", "rev_acc": "1500000", "com_acc": "900000"},
)
"""A usual account, a small one (CAD-11), and one with slices and pods (LQ-3)."""
BRISK = {"KS-11.orders_minute": 2, "KS-11.orders_day": 9, "KS-11.restricted": ("SPY",)}
"""Stricter rules under which some lives are lived, so that their limits are met."""


class Life:
    """Lives from `seed`. Witnesses are told of each entry, each pass and each word of the broker."""

    def __init__(self, seed, *witnesses, days=8, restarts=True):
        self.seed, self.witnesses, self.days, self.restarts = seed, witnesses, days, restarts
        self.first = STARTS[seed % len(STARTS)]
        self.brisk = seed % 7 == 3
        self.weather = Weather(seed, self.first)
        self._executions = count(1)
        self.broker, self.people, self.power = (Random(f"{seed}:{who}") for who in ("broker", "people", "power"))
        self.shadow, self.entries = Shadow(), []
        self.known = {}
        self.view = None

    def live(self):
        """Live; returns the head, what `verify` found bad, and how often what happened."""
        rules = RULES.tightened(BRISK) if self.brisk else RULES
        funds = MEANS[self.seed % 5 % len(MEANS)]
        self.world = World(GenAcc, RevAcc, ComAcc, Protocol, funds=funds, seed=self.seed, rules=rules)
        with self.world as world:
            for entry in world.run.entries():
                self._wrote(entry)
            self._listen()
            self.mornings = SessionOpen(world.kernel, self.seed)
            for session in xnys().between(self.first, self.first + timedelta(days=self.days + 3))[: self.days]:
                self._session(session)
            world.run.flush()
            return world.run.head, verify(world.run).bad, Counter(e.kind for e in self.entries)

    def _listen(self):
        append = self.world.run.append

        def wrote(event, **about):
            entry = append(event, **about)
            self._wrote(entry)
            return entry

        self.world.run.append = wrote

    def _wrote(self, entry):
        self.entries.append(entry)
        self._tell("wrote", entry)
        self.shadow.apply(entry)

    def _tell(self, what, *about):
        for witness in self.witnesses:
            getattr(witness, what)(*about, self)

    # --- a session ---

    def _session(self, session):
        actions = self.weather.morning(session)
        self.shadow.turn(session.day)
        instants = [datetime.fromisoformat(f"{session.day}T{clock}").replace(tzinfo=NEW_YORK) for clock in CLOCKS]
        instants = [at.astimezone(UTC) for at in instants if at < session.close]
        views = iter(instants)
        for number, at in enumerate(views):
            view = self.weather.view(session, at)
            if not number:
                self.mornings.open(Step(view, actions=actions))
                self.mornings.go_ex(Step(view, actions=actions))
                self._tell("moved", "morning")
            self._person(at)
            self._instant(view, instants[number + 1] if number + 1 < len(instants) else session.close.astimezone(UTC))
        self._close(session)

    def _instant(self, view, until):
        self._power_cut()
        self.view = view
        seq = len(self.entries)
        orders = self.world.cycle(view)
        self._tell("passed", orders, self.entries[seq:])
        for order in orders:
            self.known[order.key] = order
        self._cancelled(view.at)
        for order in sorted(self._working(), key=lambda o: self._leaves(o)):
            if self._leaves(order) < until:
                self._answer(order, max(self._leaves(order), view.at) + timedelta(seconds=20))
        self._cancelled(view.at + timedelta(seconds=40))

    def _leaves(self, order):
        return self._job(order).at + timedelta(seconds=order.delay)

    def _job(self, order):
        return self.shadow.own[order.ledger].jobs[order.key]

    def _working(self):
        return [self.known[key] for own in self.shadow.own.values() for key in own.jobs]

    # --- the broker ---

    def _answer(self, order, at):
        """Fill all, part or nothing of an order; what is left is cancelled or goes on working."""
        luck, left = self.broker.random(), self._job(order).units
        if luck < 0.5:
            self._fill(order, left, at)
        elif luck < 0.8 and left > 1:
            self._fill(order, self.broker.randint(1, left - 1), at)
        if luck >= 0.6 and self.broker.random() < 0.7 and order.key in self.shadow.own[order.ledger].jobs:
            self._cancel(order, at)

    def _fill(self, order, quantity, at):
        """An execution of every leg, of a combo's at its last limit: what the walk may cost at worst."""
        paid = self.broker.choice(order.prices)
        slip = order.prices[-1] - order.mid
        for number, leg in enumerate(order.legs):
            option, sign = isinstance(leg.instrument, Contract), 1 if leg.quantity > 0 else -1
            each = paid if len(order.legs) == 1 else (leg.bid + leg.ask) / 2 + (0 if number else slip)
            rolled = order.opens(leg) and not order.opening
            carried = {"rolls": order.rolls, "roll_debit": order.roll_debit, "first_credit": order.first_credit}
            self.world.kernel.heard(Filled(
                ledger=order.ledger, symbol=order.symbol, rule=order.rule, key=order.key,
                execution=str(next(self._executions)), instrument=leg.name, quantity=sign * quantity, price=each,
                touch=None, opening=order.opens(leg), fee=Decimal("0.70") * quantity if option else Decimal("0.00"),
                cause=order.cause, **(carried if rolled else {}),
            ), at)  # fmt: skip
        self._tell("moved", "fill")

    def _cancel(self, order, at):
        about = {"ledger": order.ledger, "symbol": order.symbol, "rule": "ORD-1", "key": order.key}
        self.world.kernel.heard(OrderChanged(**about, status="canceled"), at)
        self._tell("moved", "cancel")

    def _cancelled(self, at):
        """Do what the kernel wants cancelled; now and then a fill races in first (KS-6)."""
        for key in self.world.kernel.cancels():
            order = self.known[key]
            if self._leaves(order) <= at and self.broker.random() < 0.2:
                self._fill(order, self.broker.randint(1, self._job(order).units), at)
            if key in self.shadow.own[order.ledger].jobs:
                self._cancel(order, at)

    # --- people and power ---

    def _person(self, at):
        luck = self.people.random()
        halted = "HALT" in self.shadow.switches.values()
        if luck < 0.006 or (halted and luck < 0.3):
            scope = self.people.choice(["", "", "rev_acc"])
            for ledger in ("", "rev_acc") if halted else (scope,):
                action = "rearm" if halted else "kill"
                said = Command(at=at, action=action, ledger=ledger, actor="Ada", reason="looked", closes=luck < 0.003)
                with suppress(StateRefusal):
                    self.world.kernel.obey(said)

    def _power_cut(self):
        if self.power.random() < 0.06 and self.restarts and self.view is not None:
            self.world.restart()
            self.world.kernel.see(self.view)
            mornings, self.mornings = self.mornings, SessionOpen(self.world.kernel, self.seed)
            if mornings._evening is not None:
                self.mornings.evening(mornings._evening)

    # --- the evening ---

    def _close(self, session):
        view = self.weather.view(session, None, closing=True)
        for order in self._working():
            self._cancel(order, session.close)
        kernel = self.world.kernel
        kernel.close_session(view)
        official = {s: usd(str(self.weather.spot[s])) for s in SYMBOLS}
        for position in self.world.book.positions:
            if position.contract is not None and position.contract.expiry <= session.day:
                self._settle(position, official[position.symbol])
        self._mark(view)
        if kernel.machine.state is State.CLOSING:
            kernel.machine.do("closed")
        for book in self.world.book.ledgers.values():
            kernel.heard(Valued(
                ledger=book.name, rule="LG-3", day=session.day, cash=book.cash, equity=usd(book.equity),
                realised=book.realised, unrealised=ZERO, reserved=usd(book.reserved), at_touch=usd(book.equity),
            ))  # fmt: skip
        if iso_week(xnys().after(session.day).day) != iso_week(session.day):
            thaw(self.world.book.ledgers.values(), kernel.scribe)
        kernel.reconciled()
        settled = tuple(Settlement(s, session.day, p) for s, p in official.items())
        self.mornings.evening(Step(view, closing=True, settlements=settled))
        self.weather.evening()
        self._tell("moved", "evening")

    def _settle(self, position, spot):
        contract, kernel = position.contract, self.world.kernel
        if position.key in self.world.book.unsettled:
            return
        about = {"ledger": position.ledger, "symbol": position.symbol, "instrument": contract.osi}
        if contract.kind.adjusted:
            reserved = contract.notional * -position.quantity if contract.is_put else ZERO
            kernel.heard(Unsettled(**about, rule="RULE-0", quantity=position.quantity, reserved=reserved, why="?"))
            return
        kind = Assigned if contract.intrinsic(spot) > 0 else Expired
        kernel.heard(kind(**about, rule="LQ-6", quantity=position.quantity, settlement=spot))
        if kind is Expired and abs(spot - contract.strike) <= Decimal("0.005") * contract.strike:
            reserved = usd(contract.notional * -position.quantity) if contract.is_put else ZERO
            kernel.heard(Pinned(**about, rule="LQ-6", reserved=reserved, settlement=spot, why="UNKNOWN"))

    def _mark(self, view):
        for position in self.world.book.positions:
            quote = view.snapshots[position.symbol].quotes([position.contract])[0] if position.contract else None
            known = quote is not None and quote.ask == quote.ask
            if position.contract is None or known:
                mid = price((quote.bid + quote.ask) / 2) if known else price(view.snapshots[position.symbol].spot)
                self.world.kernel.heard(Marked(
                    ledger=position.ledger, symbol=position.symbol, rule="LG-3", position=position.key, mark=mid,
                ))  # fmt: skip


class Witness:
    """Looks at a life. What it finds wrong it keeps; `check` raises with the seed that shows it again."""

    def __init__(self):
        self.wrong, self.seen = [], Counter()

    def wrote(self, entry, life):
        """An entry was written, and is not yet in the shadow."""

    def passed(self, orders, entries, life):
        """A pass is over: its orders and all that it wrote."""

    def moved(self, what, life):
        """Broker or morning moved something."""

    def blame(self, life, what):
        self.wrong.append(f"seed {life.seed}, {life.world.kernel.scribe.at}: {what}")


def watched(seed, *witnesses, **more):
    """A life under witnesses; fails on what they found wrong. Returns the life, and its result."""
    life = Life(seed, *witnesses, **more)
    result = life.live()
    wrong = [text for witness in witnesses for text in witness.wrong]
    assert not wrong, "\n".join(wrong[:5])
    return life, result
