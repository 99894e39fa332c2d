"""A small market in words: quotes, chains, bars and views by hand, and a kernel over a ledger in memory."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import numpy as np
from attrs import evolve

from allusr_sdk.contracts import Atr, Sleeve, SleeveView
from allusr_sdk.host import Host
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.states import State
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.events import Filled, Funded, OrderChanged, RunStarted, Valued
from allusr_sdk.model.intents import Band, Sell
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.positions import Book, LedgerBook, Position, Watch
from allusr_sdk.model.views import Bar, EarningsDate, Grain, MarketView, Snapshot, Vix
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import setting, settings

RULES = Rulebook.default()
THURSDAY = date(2026, 2, 12)
FRIDAY = date(2026, 2, 13)
NAN = float("nan")
PUT, CALL = Right.PUT, Right.CALL


def moment(day=THURSDAY, clock="10:00"):
    """An instant by New York clock, as aware UTC."""
    hours = clock if clock.count(":") == 2 else f"{clock}:00"
    return datetime.combine(day, datetime.strptime(hours, "%H:%M:%S").time(), NEW_YORK).astimezone(UTC)


AT = moment()


def contract(strike=100, *, expiry=FRIDAY, right=PUT, root="AAPL"):
    return Contract(root, expiry, right, Decimal(str(strike)))


def quote(what=None, bid=1.0, ask=1.02, *, at=AT, volume=1000, oi=5000, delta=NAN):
    """A liquid quote, unless told otherwise."""
    return Quote(what or contract(), at, bid, ask, volume, oi, delta)


def chain(symbol, at, spot, quotes):
    roots = tuple(dict.fromkeys(q.contract.root for q in quotes)) or (symbol,)

    def column(read, kind=np.float64):
        return np.array([read(q) for q in quotes], kind)

    return Chain(
        symbol=symbol, at=at, spot=spot, roots=roots,
        root=column(lambda q: roots.index(q.contract.root), np.int8),
        expiry=column(lambda q: q.contract.expiry, "datetime64[D]"),
        strike=column(lambda q: float(q.contract.strike)),
        put=column(lambda q: q.contract.is_put, bool),
        bid=column(lambda q: q.bid), ask=column(lambda q: q.ask), volume=column(lambda q: q.volume),
        open_interest=column(lambda q: q.open_interest), delta=column(lambda q: q.delta),
    )  # fmt: skip


def snapshot(symbol="AAPL", spot=100.0, quotes=(), *, at=AT, half=0.01, volumes=(2000.0, 2000.0)):
    """One underlying; `volumes` are the daily volumes of each of its contracts."""
    made = chain(symbol, at, spot, quotes)
    return Snapshot(
        symbol, at, spot - half, spot + half, spot,
        (lambda: made) if quotes else None,
        lambda contracts: [made.find(c) if quotes else None for c in contracts],
        lambda _: volumes,
    )  # fmt: skip


def priced(what, spot, volatility=0.30, **more):
    """A quote around the Black-Scholes-Merton value, to a tenth of a cent."""
    return _priced([what], spot, volatility, **more)[0]


def board(root, spot, expiries, strikes, *, rights=(PUT, CALL), **more):
    """Puts and calls of some expiries and strikes, all at one volatility; what is worth under two cents is left out."""
    sides = ([contract(k, expiry=e, right=r, root=root) for k in strikes] for e in expiries for r in rights)
    return [q for side in sides for q in _priced(side, spot, **more) if q.bid > 0.01]


def _priced(side, spot, volatility=0.30, *, at=AT, half=0.01, **more):
    """Contracts of one expiry and right."""
    left = pricing.years(at, pricing.expiry_close(side[0].expiry, xnys()))
    terms = {"strike": [float(c.strike) for c in side], "years": left, "volatility": volatility, "rate": 0.04}
    values = pricing.price(put=side[0].is_put, spot=spot, **terms).tolist()
    pairs = zip(side, (round(value, 3) for value in values), strict=True)
    return [quote(c, round(v - half, 3), round(v + half, 3), at=at, **more) for c, v in pairs]


class Tape:
    """Daily bars: every session before any day is the same bar, so that ATR(5) is `spread`."""

    def __init__(self, closes=None, *, spread=2.0, volume=50_000_000.0):
        self.closes, self.spread, self.volume = closes or {}, spread, volume

    def before(self, symbol, day, count):
        if symbol not in self.closes:
            return ()
        sessions = xnys().between(day - timedelta(days=3 * count + 10), day - timedelta(days=1))[-count:]
        return tuple(self._bar(symbol, s.day) for s in sessions)

    def on(self, symbol, day):
        return self._bar(symbol, day) if symbol in self.closes else None

    def _bar(self, symbol, day):
        close, half = self.closes[symbol], self.spread / 2
        return Bar(day, close, close + half, close - half, close, self.volume)


def report(symbol, day, *, confirmed=True, as_of=THURSDAY, session="AMC"):
    return EarningsDate(symbol, day, session, confirmed, as_of)


def no_reports(*symbols, on=THURSDAY):
    """A fresh calendar whose next report is far away."""
    return {s: (report(s, on + timedelta(days=60), as_of=on),) for s in symbols}


CALM = "calm"


def market(*snapshots, at=AT, grain=Grain.GRID, vix=CALM, tape=None, earnings=None, spread=2.0):
    """A market view; calm VIX, fresh earnings calendar and twenty bars a symbol unless told otherwise."""
    day = at.astimezone(NEW_YORK).date()
    session = xnys().session(day)
    names = [s.symbol for s in snapshots]
    return MarketView(
        at=at, session=session, calendar=xnys(), grain=grain,
        snapshots={s.symbol: s for s in snapshots},
        bars=tape or Tape({s.symbol: s.spot for s in snapshots}, spread=spread),
        vix=Vix(15.0, at, (15.0, 15.0)) if vix == CALM else vix,
        earnings=no_reports(*names, on=day) if earnings is None else earnings,
    )  # fmt: skip


GEN_BAND = Band("CAD-8", 0.40, 0.45, 0, 1, "sessions", 0.10)


def sleeve_view(view, book=None, *, bands=(GEN_BAND,), atr=2.0, rules=RULES, following=None):
    """What a plugin sees: a market, the books of one ledger, and an ATR in dollars for every symbol."""
    ranges = Atr(atr, "SMA5") if atr is not None else None
    return SleeveView(
        view, book or LedgerBook("gen_acc"), rules, lambda symbol: ranges, bands, lambda symbol: following
    )


def short(what, *, lots=1, price="1.00", opened=None, ledger="gen_acc", level=0, watch=None, **more):
    """A short option position that was opened yesterday at `price`."""
    paid = Decimal(price)
    return Position(
        ledger, what.underlying, what, -lots, paid, paid * 100 * lots, opened or AT - timedelta(days=1),
        watch=watch or Watch(level=level, rising=level), **{"first_credit": paid, **more},
    )  # fmt: skip


def shares(symbol="AAPL", count=100, *, basis="100", ledger="gen_acc", level=0, **more):
    cost = Decimal(basis)
    watch = Watch(level=level, rising=level)
    return Position(ledger, symbol, None, count, cost, cost * count, AT - timedelta(days=3), watch=watch, **more)


def books(*positions, name="gen_acc", cash="100000", base=None, **more):
    money = Decimal(cash)
    held = {p.key: p for p in positions}
    capital = money if base is None else Decimal(base)
    return LedgerBook(name, base=capital, cash=money, **{"high_water": capital, "positions": held, **more})


def account(*ledgers, tier="NONE", **more):
    """Books of several ledgers; `tier` is what VIX asks for."""
    return Book({b.name: b for b in ledgers}, {"VIX": tier} if tier != "NONE" else {}, **{"mode": "backtest", **more})


def sell(what=None, *, delta=-0.42, band=GEN_BAND, rule="CAD-4", **more):
    found = what or quote()
    return Sell(found.contract.underlying, rule, "test", quote=found, delta=delta, band=band, **more)


# --- a whole kernel ------------------------------------------------------------------------------------------------


@settings
class StubSettings:
    """Settings of a sleeve that tests make up."""

    symbols: tuple[str, ...] = setting(default=("AAPL", "SPY"), help="Underlyings.")


def stub(name="stub", propose=lambda view: (), manage=lambda position, view: (), bands=(GEN_BAND,), base=Sleeve):
    """A sleeve class that answers what a test says."""

    class Stub(base[StubSettings]):
        def bands(self, rules):
            return bands() if callable(bands) else bands

        def propose(self, view):
            return propose(view)

        def manage(self, position, view):
            return manage(position, view)

    Stub.name = name
    return Stub


class World:
    """A kernel over a ledger in memory and a broker that fills what the test says."""

    def __init__(self, *plugins, funds=None, rules=RULES, seed=7, broken=lambda: ""):
        self.ledger = open_ledger("sqlite://")
        head = RunStarted(
            mode="backtest", market="by hand", first=THURSDAY, last=FRIDAY, seed=seed,
            capital=Decimal(1_000_000), settings="", rulebook=rules.stamp,
        )  # fmt: skip
        self.run = self.ledger.start_run(head, AT, batch=True)
        self.host = Host.of(*plugins)
        self.kernel = Kernel(host=self.host, rules=rules, journal=self.run, broken=broken)
        self.kernel.scribe.at = AT
        self._executions = count(1)
        for name in self.host.sleeves:
            amount = Decimal((funds or {}).get(name, "400000"))
            self.kernel.heard(Funded(ledger=name, amount=amount, rule="CAD-12"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ledger.close()

    @property
    def book(self):
        return self.run.book

    def cycle(self, view):
        return self.kernel.cycle(view)

    def restart(self):
        """Another kernel over what is journaled: what the first one only remembered is gone."""
        self.kernel = Kernel(host=self.host, rules=self.kernel.rules, journal=self.run, broken=self.kernel.broken)

    def close(self, view):
        """End the session of a view: its closing step, values by the ledgers' last marks, and the reconciliation."""
        self.kernel.close_session(view)
        if self.kernel.machine.state is State.CLOSING:
            self.kernel.machine.do("closed")
        for book in self.book.ledgers.values():
            self.kernel.heard(Valued(
                ledger=book.name, rule="LG-3", day=view.session.day, cash=book.cash, equity=usd(book.equity),
                realised=book.realised, unrealised=usd("0"), reserved=book.reserved, at_touch=usd(book.equity),
            ))  # fmt: skip
        self.kernel.reconciled()

    def fill(self, order, quantity=None, *, price=None, at=None):
        """Fill `quantity` (all) of every leg of an order at its last limit, combos at their legs' mids."""
        part = order.quantity if quantity is None else quantity
        for leg in order.legs:
            sign = 1 if leg.quantity > 0 else -1
            paid = order.prices[-1] if len(order.legs) == 1 else (leg.bid + leg.ask) / 2
            is_option = isinstance(leg.instrument, Contract)
            rolled = order.opens(leg) and not order.opening
            self.kernel.heard(Filled(
                ledger=order.ledger, symbol=order.symbol, rule=order.rule, key=order.key,
                execution=str(next(self._executions)), instrument=leg.name, quantity=sign * part,
                price=Decimal(price) if price else paid,
                fee=Decimal("0.70") * part if is_option else Decimal("0.00"), touch=None,
                opening=order.opens(leg), cause=order.cause,
                rolls=order.rolls if rolled else 0,
                roll_debit=order.roll_debit if rolled else Decimal("0.00"),
                first_credit=order.first_credit if rolled else Decimal("0.00"),
            ), at)  # fmt: skip

    def cancel(self, order, at=None):
        """End an order, or what the books call working of it."""
        about = {"ledger": order.ledger, "symbol": order.symbol, "rule": "ORD-1", "key": order.key}
        self.kernel.heard(OrderChanged(**about, status="canceled"), at)

    def events(self, kind=None, **narrow):
        return [entry.event for entry in self.run.entries(kind=kind, **narrow)]

    def said(self, verdict=None, **narrow):
        """Decisions as `rule: why`."""
        found = [e for e in self.events("Decided", **narrow) if verdict in (None, e.verdict)]
        return [f"{e.rule}: {e.why}" for e in found]


def later(view, minutes=5, **changes):
    """The same market some minutes on: its snapshots, chains and VIX are of that instant."""
    at = view.at + timedelta(minutes=minutes)
    moved = {name: _moved(snap, at) for name, snap in view.snapshots.items()}
    vix = evolve(view.vix, at=at) if view.vix else None
    return evolve(view, **{"at": at, "snapshots": moved, "vix": vix, **changes})


def _moved(snap, at):
    made = evolve(snap.chain, at=at) if snap.chain is not None else None
    find = made.find if made is not None else lambda _: None
    return evolve(snap, at=at, make_chain=(lambda: made) if made else None, quotes=lambda cs: [find(c) for c in cs])
