"""A venue on its own, where orders go in by hand and what it says is kept; and whole runs over a scripted market."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np
import pytest

from allusr_sdk import Band, Close, Sell, Sleeve, greeks
from allusr_sdk.config import Config
from allusr_sdk.execution.fills import Draws
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.execution.venue import Ears, Venue
from allusr_sdk.host import Host
from allusr_sdk.kernel.orders import Leg, Order
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.chains import Chain
from allusr_sdk.model.events import Filled, OrderChanged
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.positions import Position
from allusr_sdk.model.views import Grain, MarketView, Settlement, Snapshot, Step, Vix
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import setting, settings

DAY = date(2026, 2, 12)


def clock(text, day=DAY):
    """An instant by New York clock, in UTC."""
    return datetime.combine(day, time.fromisoformat(text), NEW_YORK).astimezone(UTC)


class Bench:
    """One venue and everything that it said, as (seconds since 10:00 New York, event)."""

    def __init__(self, *, positions=(), cash="1000000", fills="touch", seed=7, faults=None):
        self.said, self.settled, self._due = [], [], ()
        ears = Ears(self._decide, self._heard, lambda fill, tag: self.settled.append((fill, tag)))
        self.venue = Venue(ears, Rulebook.default(), Draws(seed, fills), faults)
        self.venue.build(tuple(positions), Decimal(cash))

    def _decide(self, view):
        due, self._due = self._due, ()
        return due

    def _heard(self, event, at):
        self.said.append(((at - clock("10:00")).total_seconds(), event))

    def view(self, text, grain=Grain.GRID, day=DAY):
        """A market view that shows nothing but its instant."""
        calendar = xnys()
        return MarketView(clock(text, day), calendar.session(day), calendar, grain, {}, None, None, {})

    def at(self, text, *orders, grain=Grain.GRID, day=DAY):
        """Let the venue live to an instant and send orders then."""
        self._due = orders
        self.venue.advance(self.view(text, grain, day))

    def flush(self, text="16:15", day=DAY):
        """Let working orders come to their end."""
        self.venue.flush(clock(text, day))

    @property
    def fills(self):
        """All executions."""
        return [event for _, event in self.said if isinstance(event, Filled)]

    def statuses(self, key=None):
        """(seconds, status, price) of everything that was said of an order."""
        changes = [(at, e) for at, e in self.said if isinstance(e, OrderChanged) and key in (None, e.key)]
        return [(at, e.status, e.price) for at, e in changes]


@pytest.fixture
def bench():
    """Makes benches and ends their engines."""
    made = []

    def make(**options):
        made.append(Bench(**options))
        return made[-1]

    yield make
    for one in made:
        one.venue.dispose()


def put(strike=100, expiry=date(2026, 2, 13), root="XYZ", right=Right.PUT):
    """A contract."""
    return Contract(root, expiry, right, Decimal(strike))


def order(contract=None, quantity=-1, *, bid, ask, prices, key="sleeve.1", seconds=10, **more):
    """An order for one contract or share: quote and ladder given as text."""
    leg = Leg(contract or put(), quantity, Decimal(bid), Decimal(ask))
    symbol = leg.instrument.underlying if isinstance(leg.instrument, Contract) else leg.instrument
    return Order(
        key=key, ledger="sleeve", symbol=symbol, legs=(leg,), prices=tuple(map(Decimal, prices)),
        mid=(leg.bid + leg.ask) / 2, step_seconds=seconds, rule="CAD-4", **{"opening": True, "cause": "entry", **more},
    )  # fmt: skip


def roll(*, buy, sell, prices, quantity=3, position=None, mid=None, key="sleeve.roll"):
    """A combo that buys one contract and sells another; each is (contract, bid, ask) and the ladder text."""
    legs = tuple(
        Leg(contract, sign * quantity, Decimal(bid), Decimal(ask))
        for sign, (contract, bid, ask) in ((1, buy), (-1, sell))
    )
    ladder = tuple(map(Decimal, prices))
    return Order(
        key=key, ledger="sleeve", symbol="XYZ", legs=legs, prices=ladder, mid=Decimal(mid or prices[0]),
        step_seconds=10, opening=False, rule="PE-7 PE-8", cause="roll", position=position,
        rolls=position.rolls + 1, first_credit=position.first_credit, roll_debit=position.roll_debit + ladder[0],
    )  # fmt: skip


def held(contract, quantity, price, *, ledger="sleeve", symbol="XYZ", **more):
    """A position as the books hold it."""
    value = Decimal(price)
    more = {name: Decimal(v) if name != "rolls" else v for name, v in more.items()}
    return Position(ledger, symbol, contract, quantity, value, abs(value * quantity), clock("10:00"), **more)


@pytest.fixture
def make():
    """The vocabulary: contracts, orders and positions."""

    class Make:
        put, order, roll = staticmethod(put), staticmethod(order), staticmethod(roll)
        held, clock, day = staticmethod(held), staticmethod(clock), DAY

    return Make


# --- a market told line by line, and a sleeve that sells what it is shown ------------------------------------------


@settings
class SellerSettings:
    """Settings of the test's sleeves."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    lots: int = setting(default=3, ge=1, le=50, help="Contracts.")


class Seller(Sleeve[SellerSettings]):
    """Sells the lowest put of the chain whenever it is asked."""

    name = "seller"

    def bands(self, rules):
        """Wide enough for every test."""
        return (Band("CAD-4", 0.01, 0.99, 0, 10, "sessions"),)

    def propose(self, view):
        """One put a symbol."""
        for symbol in self.symbols:
            snapshot = view.fresh(symbol)
            if snapshot is not None and len(snapshot.chain):
                quote = snapshot.chain.quote(int(np.argmin(snapshot.chain.strike)))
                delta = greeks.own(quote, view.market).delta
                yield Sell(symbol, "CAD-4", "as told", quote=quote, delta=delta, band=view.bands[0],
                           lots=self.settings.lots)  # fmt: skip


class Second(Seller):
    """The same again, in a ledger of its own."""

    name = "second"


class Leaver(Seller):
    """Buys back whatever it holds."""

    name = "leaver"

    def manage(self, position, view):
        """Close at once."""
        yield Close(position.symbol, "CC-1", "as told", position=position, quote=view.quote(position.contract))


class Script:
    """A market of scripted steps."""

    description = "script"

    def __init__(self, grain=Grain.COARSE):
        self.grain, self.calendar, self._steps, self._seen = grain, xnys(), [], {}

    def at(self, text, quotes, *, day=DAY, spot=100.0, vix=17.0, symbol="SPY", actions=()):
        """A snapshot: bid, ask, volume and open interest by contract."""
        at = clock(text, day)
        chain = _chain(symbol, at, spot, quotes)
        volumes = {c: [v[2]] for c, v in quotes.items()}
        self._seen[symbol] = Snapshot(
            symbol, at, float("nan"), float("nan"), spot, lambda: chain,
            lambda wanted: [chain.find(c) for c in wanted], lambda c: volumes.get(c, [float("nan")]),
        )  # fmt: skip
        self._steps.append(Step(self._view(at, day, vix), actions=tuple(actions)))
        return self

    def close(self, *, day=DAY, vix=17.0, **prices):
        """The end of a session with the settlement prices that are known."""
        settlements = tuple(Settlement(s, day, Decimal(p)) for s, p in sorted(prices.items()))
        self._steps.append(Step(self._view(clock("16:15", day), day, vix), True, settlements))
        return self

    def _view(self, at, day, vix):
        known = Vix(vix, at, (vix,))
        return MarketView(
            at, self.calendar.session(day), self.calendar, self.grain, dict(self._seen), DailyBars(), known, {}
        )

    def steps(self, first, last):
        """As scripted."""
        return iter(self._steps)


def _chain(symbol, at, spot, quotes):
    roots = tuple(dict.fromkeys(c.root for c in quotes))
    numbers = np.array([list(map(float, v)) for v in quotes.values()]).reshape(-1, 4)
    return Chain(
        symbol, at, spot, roots, np.array([roots.index(c.root) for c in quotes], np.int8),
        np.array([c.expiry for c in quotes], "datetime64[D]"), np.array([float(c.strike) for c in quotes]),
        np.array([c.is_put for c in quotes], bool), *numbers.T, np.full(len(quotes), np.nan),
    )  # fmt: skip


class Play:
    """Plays scripts through the whole loop, each into a ledger of its own."""

    def __init__(self):
        self.ledgers = []

    def __call__(self, script, *sleeves, sets=(), what_if=(), capital=1_000_000, **plan):
        config = Config.read(sets=("plugins.use=[]", *sets), what_if=what_if)
        host = Host.of(*(sleeves or (Seller,)), config=config)
        names = list(host.sleeves)
        self.ledgers.append(open_ledger("sqlite://"))
        made = Plan(
            mode="backtest", source=script, first=DAY, last=date(2026, 3, 31), capital=Decimal(capital), seed=7,
            host=host, rules=config.rulebook, split=dict.fromkeys(names, Decimal(100) / len(names)), **plan,
        )  # fmt: skip
        return simulate(made, self.ledgers[-1])

    @property
    def journal(self):
        """The newest run, ended well or not."""
        return self.ledgers[-1].latest()


@pytest.fixture
def play():
    """Plays a script through the whole loop and returns the run."""
    made = Play()
    yield made
    for ledger in made.ledgers:
        ledger.close()


@pytest.fixture
def script():
    """The script's class."""
    return Script


@pytest.fixture
def sleeves():
    """The test's sleeves by name."""
    return {"seller": Seller, "second": Second, "leaver": Leaver}
