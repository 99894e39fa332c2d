"""An account of which the two sides are a home and a broker process that outlives every engine on it.

    with Brokered(folder, market, writer()) as account:
        account.live(dies=("submit", 1))
        account.control.fill(account.reference())
        account.live()
        account.agree()

Market and sleeves are by hand. An engine lives in this process and dies of an exception where it asks the broker for
something: after it was done there, or before it was heard.
"""

from collections import Counter
from datetime import date
from decimal import Decimal

from attrs import define, field

from allusr_sdk import Band, Close, Sell, greeks
from allusr_sdk.config import Config
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.broker import reference
from allusr_sdk.model.events import IntentRecorded
from allusr_sdk.model.views import Settlement, Step
from allusr_sdk.testing.brokerage import Brokerage
from tests.builders import CALL, FRIDAY, PUT, THURSDAY, contract, market, moment, quote, snapshot, stub
from tests.crash.near import Near

FIRST, LAST = date(2026, 2, 9), date(2026, 2, 20)
NEXT = date(2026, 2, 20)
P100 = contract(100).osi
BAND = Band("CAD-8", 0.05, 0.95, 0, 10, "sessions")
BID, ASK = 1.00, 1.04
"""Of every option: a sale walks 1.02, 1.01, 1.00, ten seconds each, and then ends."""


# --- market and sleeves by hand -------------------------------------------------------------------------------------


class Days:
    """A market whose steps a test adds, one by one."""

    description = "by hand"

    def __init__(self):
        self._steps = []

    def at(self, *clocks, day=THURSDAY, spot=100.0, symbols=("AAPL",), strikes=(100,), actions=()):
        """Instants with each symbol's puts of this Friday and calls of the next, all at one price."""
        for clock in clocks:
            view = _view(moment(day, clock), spot, symbols, strikes)
            self._steps.append(Step(view, actions=tuple(actions)))
            actions = ()
        return self

    def close(self, *, day=THURSDAY, spot=100.0, symbols=("AAPL",), strikes=(100,)):
        """The end of a session; the official price is the last."""
        prices = tuple(Settlement(s, day, Decimal(str(spot))) for s in symbols)
        self._steps.append(Step(_view(moment(day, "16:15"), spot, symbols, strikes), True, prices))
        return self

    def steps(self, first, last):
        """As told."""
        return iter(self._steps)


def _view(at, spot, symbols, strikes):
    def listed(root):
        puts = [contract(k, root=root) for k in strikes] + [contract(k, root=root, expiry=NEXT) for k in strikes]
        calls = [contract(k, root=root, expiry=NEXT, right=CALL) for k in (*strikes, 105)]
        return [quote(c, BID, ASK, at=at) for c in (*puts, *calls)]

    return market(*(snapshot(s, spot, listed(s), at=at) for s in symbols), at=at)


def calm_week(**shown):
    """A Thursday with five attempts, and the Friday after it."""
    days = Days().at("10:00", "10:05", "10:10", "10:15", "10:30", "11:00", **shown).close(**shown)
    late = {"day": FRIDAY, "spot": 101.0, **shown}
    return days.at("09:45", "10:00", "15:00", **late).close(**late)


def writer(lots=2, *, leaves=None, symbols=("AAPL",), contracts=None, until=None):
    """A sleeve that sells the put of this week and, on shares, calls of the next; it closes puts from `leaves` on."""

    def propose(view):
        for symbol in symbols:
            if view.fresh(symbol) is None or (until is not None and view.at > until):
                continue
            calls = view.book.uncovered(symbol) >= 1
            chosen = contract(105, root=symbol, expiry=NEXT, right=CALL) if calls else _put(symbol, view, contracts)
            seen = view.quote(chosen)
            if seen is not None:
                delta = greeks.own(seen, view.market).delta
                count = view.book.uncovered(symbol) if calls else lots
                yield Sell(symbol, "CAD-4", "as told", quote=seen, delta=delta, band=BAND, lots=count)

    def manage(position, view):
        if leaves is not None and view.at >= leaves and position.short and position.contract.right is PUT:
            seen = view.quote(position.contract)
            if seen is not None:
                yield Close(position.symbol, "CC-1", "as told", position=position, quote=seen)

    return stub("writer", propose=propose, manage=manage, bands=(BAND,))


def _put(symbol, view, contracts):
    return contracts(symbol, view) if contracts else contract(100, root=symbol)


# --- an engine that dies --------------------------------------------------------------------------------------------


class Dead(BaseException):
    """The engine is gone, in the middle of what it did."""


@define
class Mortal:
    """A connection at whose `number`-th call of a method its engine dies: behind it, or with `before` ahead of it."""

    line: object
    method: str
    number: int = 1
    before: bool = False
    _calls: Counter = field(factory=Counter)

    def __getattr__(self, name):
        whole = getattr(self.line, name)

        def called(*given):
            self._calls[name] += 1
            deadly = (name, self._calls[name]) == (self.method, self.number)
            if deadly and self.before:
                raise Dead
            answer = whole(*given)
            if deadly:
                raise Dead
            return answer

        return called


# --- both sides -----------------------------------------------------------------------------------------------------


class Sides:
    """A home and a broker process. What stands on each side is read anew whenever it is asked for."""

    def __init__(self, home, broker):
        self.home, self.broker = home, broker

    def __enter__(self):
        self.broker.start()
        return self

    def __exit__(self, *error):
        self.broker.__exit__(None, None, None)

    @property
    def control(self):
        return self.broker.control

    # --- the home ---

    def read(self, look):
        """Whatever is asked of the run, verified."""
        with open_ledger(self.home, create=False) as ledger:
            assert all(report.ok for report in verify_all(ledger))
            (listed,) = ledger.runs()
            return look(ledger.run(listed.id))

    @property
    def book(self):
        return self.read(lambda run: run.book)

    @property
    def entries(self):
        return self.read(lambda run: tuple(run.entries()))

    def events(self, kind, **having):
        """Events of a kind that have these attributes."""
        found = [entry.event for entry in self.entries if entry.kind == kind]
        return [e for e in found if all(getattr(e, name) == value for name, value in having.items())]

    def breaks(self):
        """Every break that was ever journaled: code, subject, action."""
        return list(dict.fromkeys((e.rule, e.subject, e.action) for e in self.events("Broken")))

    def moves(self, cause):
        """How a switch of the account went."""
        return [(e.before, e.after) for e in self.events("SwitchChanged", cause=cause)]

    def statuses(self, key):
        return [e.status for e in self.events("OrderChanged", key=key)]

    @property
    def keys(self):
        """Keys of the intents, in order."""
        return [e.key for e in self.events(IntentRecorded.__name__)]

    # --- the broker ---

    def reference(self, number=0):
        """The reference of an order that the broker took, by number."""
        return self.orders[number].ticket.reference

    @property
    def orders(self):
        return self.control.orders()

    @property
    def working(self):
        return [order for order in self.orders if order.working]

    def asked(self, *verbs):
        """References of what engines asked for by these verbs, in order."""
        return [e.reference for e in self.control.journal() if e.who == "engine" and e.verb in verbs]

    # --- both ---

    def agree(self, **foreign):
        """To the contract and the cent, and nothing is open or working; `foreign` is what a person explained."""
        said, book = self.control.look(), self.book
        held = Counter(foreign)
        for position in book.positions:
            held[position.contract.osi if position.contract else position.symbol] += position.quantity
        assert {one.instrument: one.quantity for one in said.holdings} == {name: n for name, n in held.items() if n}
        assert said.cash == sum(ledger.cash for ledger in book.ledgers.values())
        assert not [key for ledger in book.ledgers.values() for key in ledger.working]
        assert (book.breaks, {"BREAK", "LINK"} & book.switches.keys()) == ({}, set())
        self.once()

    def handed_once(self):
        """No order twice at the broker, and none without an intent."""
        handed = self.asked("submit")
        assert max(Counter(handed).values(), default=0) <= 1
        assert set(handed) <= {reference(key) for key in self.keys}

    def once(self):
        """The same, and every execution of ours is booked once."""
        self.handed_once()
        told = self.control.look().executions
        first = {}
        for one in told:
            first[one.id] = first.get(one.corrects, one.id)
        booked = [first[fill.execution] for fill in self.events("Filled")]
        assert sorted(booked) == sorted({first[one.id] for one in told if one.reference})


class Brokered(Sides):
    """One account, whose engine lives in this process."""

    def __init__(self, folder, market, *sleeves, capital=200_000, sets=(), timeout=2.0, near=False, **options):
        self._market, self._sleeves, self._capital, self._sets = market, sleeves or (writer(),), capital, sets
        self._timeout = timeout
        given = {"fills": "never", "cash": capital, **options}
        broker = Near.of(**given) if near else Brokerage(folder / "broker", **{"seconds": 120, **given})
        super().__init__(folder / "home", broker)

    def begin_with(self, capital):
        """From now on another run is asked for, with this capital."""
        self._capital = capital

    def live(self, *, dies=None, before=False, on_step=lambda step: None, commands=(), through=lambda line: line):
        """One life of the engine: to the market's end, or to its death. Returns whether it came to the end.

        It dies at a method's number-th call, behind it or `before` it; or what `through` makes of its line kills it.
        """
        line = self.broker.connection(self._timeout)
        broker = Mortal(line, *dies, before=before) if dies else through(line)
        try:
            with open_ledger(self.home) as ledger:
                simulate(self._plan(broker, commands), ledger, on_step=on_step)
        except Dead:
            return False
        finally:
            line.close()
        return True

    def _plan(self, broker, commands):
        config = Config.read(sets=("plugins.use=[]", *self._sets))
        host = Host.of(*self._sleeves, config=config)
        weights = dict.fromkeys(host.sleeves, Decimal(100) / len(host.sleeves))
        return Plan(
            mode="paper", source=self._market, first=FIRST, last=LAST, capital=Decimal(self._capital), seed=7,
            host=host, rules=config.rulebook, split=weights, commands=tuple(commands), broker=broker,
        )  # fmt: skip
