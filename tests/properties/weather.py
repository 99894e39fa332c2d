"""A market that a seed drives: gaps, splits, dividends, halts, stale and unsound quotes, thin contracts, a wild VIX."""

from collections import Counter
from datetime import UTC, timedelta
from decimal import Decimal
from random import Random

import numpy as np
from attrs import evolve

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.chains import Chain
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import (
    Adjustment,
    Bar,
    Dividend,
    EarlyExercise,
    EarningsDate,
    Grain,
    MarketView,
    Snapshot,
    Split,
    Vix,
)
from tests.builders import NAN

SYMBOLS = ("AAPL", "NVDA", "TSLA", "SPY")
EXEMPT = ("SPY",)
VOLATILITY, RATE = 0.30, 0.04
CLOCKS = ("09:31", "09:45", "09:47", "09:50", "09:55", "10:20", "10:30", "10:50", "10:55", "11:00", "14:35", "15:30")
GAPS = (0.08, -0.08, -0.05, -0.045, -0.03, 0.045)
SHARE_VOLUME = 50_000_000.0


def ending(contract):
    """When a contract stops trading."""
    return xnys().between(contract - timedelta(days=7), contract)[-1].close


class Weather:
    """What happens to prices, data and companies; every draw follows from the seed alone."""

    def __init__(self, seed, first):
        self.random = Random(f"{seed}:weather")
        self.seed, self.first = seed, first
        self.spot = dict.fromkeys(SYMBOLS, 100.0)
        self.unit = dict.fromkeys(SYMBOLS, 1.0)  # strikes' step; the ATR is two of them
        self.half_year = xnys().after(first + timedelta(days=186)).day
        self.vix, self.spike, self.closes = 15.0, 0, [15.0] * 5
        self.seen = {}
        self.before_open, self.troubled = None, False
        self.planned = self._plans()
        self.happened = Counter()

    def _plans(self):
        """Corporate actions by session: at most one split, one adjustment, and a dividend or two."""
        days = [s.day for s in xnys().between(self.first + timedelta(days=2), self.first + timedelta(days=12))]
        draw, plans = self.random, {}
        plans.setdefault(draw.choice(days), []).append(Dividend("AAPL", None, Decimal("0.73")))
        plans.setdefault(draw.choice(days), []).append(Dividend("SPY", None, Decimal("1.81")))
        if draw.random() < 0.5:
            plans.setdefault(draw.choice(days), []).append(Split(draw.choice(SYMBOLS), None, draw.choice([2, 4])))
        if draw.random() < 0.2:
            plans.setdefault(draw.choice(days), []).append(Adjustment(draw.choice(SYMBOLS[:3]), None, "spin-off"))
        return plans

    # --- mornings ---

    def morning(self, session):
        """Turn to a session: gap, regime, and the actions of its first step."""
        draw = self.random
        for symbol in SYMBOLS:
            jump = draw.choice(GAPS) if draw.random() < 0.3 else draw.gauss(0, 0.02)
            self.spot[symbol] = round(self.spot[symbol] * (1 + jump), 2)
        self.troubled = draw.random() < 0.25
        self.spike = draw.choice([52.0, 66.0, 81.0]) if draw.random() < 0.12 else 0
        self.before_open = 70.0 if draw.random() < 0.08 else None
        acts = [type(a)(a.symbol, session.day, *self._rest(a)) for a in self.planned.get(session.day, [])]
        acts = [self._payable(act) for act in acts]
        for act in acts:
            if isinstance(act, Split):
                self.spot[act.symbol] = round(self.spot[act.symbol] / act.ratio, 2)
                self.unit[act.symbol] /= act.ratio
        if draw.random() < 0.25:
            acts.insert(0, EarlyExercise(draw.choice(SYMBOLS), session.day, draw.random() < 0.5))
        self.seen = {}
        return tuple(acts)

    @staticmethod
    def _rest(act):
        return [getattr(act, name) for name in ("amount", "ratio", "why") if hasattr(act, name)]

    @staticmethod
    def _payable(act):
        """A dividend as it is paid: three days after its ex-date."""
        return evolve(act, pay_day=act.ex_day + timedelta(days=3)) if isinstance(act, Dividend) else act

    def evening(self):
        self.closes = [*self.closes[1:], self.vix]

    # --- instants ---

    def view(self, session, clock, *, closing=False):
        at = session.close.astimezone(UTC) + timedelta(minutes=5) if closing else clock
        draw = self.random
        for symbol in SYMBOLS:
            self.spot[symbol] = round(self.spot[symbol] * (1 + draw.gauss(0, 0.004)), 2)
            stale = self.troubled and symbol in self.seen and draw.random() < 0.12 and not closing
            if stale:
                self.happened["stale snapshot"] += 1
            else:
                self.seen[symbol] = self.snapshot(symbol, at)
        return MarketView(
            at=at, session=session, calendar=xnys(), grain=Grain.GRID, snapshots=dict(self.seen), bars=Bars(self),
            vix=self._vix(at), earnings=self.earnings(session.day), rate=RATE, dividends=self._announced(session.day),
            halted=frozenset(s for s in SYMBOLS if draw.random() < 0.03),
        )  # fmt: skip

    def _vix(self, at):
        draw = self.random
        if self.spike and draw.random() < 0.7:
            self.vix = self.spike + draw.random() * 2
        elif draw.random() < 0.3:
            self.vix, self.spike = 15.0 + draw.random(), 0
        luck = draw.random() if self.troubled else 0.5
        if luck < 0.02:
            return None
        value = NAN if luck < 0.04 else self.vix
        then = at - timedelta(seconds=draw.choice([130, 700])) if luck > 0.94 else at
        return Vix(value, then, tuple(self.closes), before_open=self.before_open)

    def earnings(self, day):
        """AAPL reports in some lives, NVDA's calendar is old in some, the others' reports are far off."""
        far = EarningsDate
        known = {s: (far(s, self.first + timedelta(days=90), "AMC", True, day),) for s in SYMBOLS if s not in EXEMPT}
        if self.seed % 4 == 1:
            known["AAPL"] = (far("AAPL", self.first + timedelta(days=9), "BMO", self.seed % 8 == 1, day),)
        if self.seed % 5 == 2:
            known["NVDA"] = (far("NVDA", self.first + timedelta(days=90), "AMC", True, day - timedelta(days=7)),)
        return known

    def _announced(self, today):
        found = {}
        for day, acts in sorted(self.planned.items()):
            for act in acts:
                if isinstance(act, Dividend) and day > today:
                    found.setdefault(act.symbol, []).append(Dividend(act.symbol, day, act.amount))
        return {symbol: tuple(all_) for symbol, all_ in found.items()}

    # --- chains ---

    def snapshot(self, symbol, at):
        spot, unit, luck = self.spot[symbol], self.unit[symbol], self.random.random()
        made_at = at - timedelta(seconds=10) if luck < 0.03 else at
        hidden = luck > 0.96
        half = 0.01 if luck < 0.9 else 0.0

        def chain():
            return self._chain(symbol, made_at, spot, self._listed(symbol, at, spot, unit), hidden)

        def quotes(contracts):
            held = [c for c in contracts if c.root == symbol]
            found = self._chain(symbol, made_at, spot, _columns(held), hidden) if held else None
            return [found.quote(held.index(c)) if c.root == symbol else None for c in contracts]

        bid, ask = (spot - half, spot + half) if half else (NAN, NAN)
        return Snapshot(symbol, at, bid, ask, spot, chain, quotes, self.volumes)

    def _listed(self, symbol, at, spot, unit):
        day = at.date()
        ends = [xnys().week(day + timedelta(days=7 * n))[-1].day for n in range(6)]
        if self.seed % 3 == 0 and symbol in ("NVDA", "TSLA"):
            ends += [s.day for n in range(2) for s in xnys().week(day + timedelta(days=7 * n)) if s.day.weekday() == 2]
        rows = [(e, round((spot // unit + n) * unit, 2)) for e in sorted(set(ends)) if e >= day for n in range(-14, 15)]
        if symbol == "SPY":
            rows += [(self.half_year, round(n * unit, 2)) for n in range(int(0.7 * spot / unit), int(spot / unit))]
        expiry, strike = zip(*rows, strict=True)
        return list(expiry) * 2, np.array(strike * 2), np.repeat([True, False], len(rows))

    def _chain(self, symbol, at, spot, columns, hidden):
        expiry, strike, put = columns
        left = {e: pricing.years(at, ending(e)) for e in set(expiry)}
        terms = {"put": put, "spot": spot, "strike": strike, "years": np.array([left[e] for e in expiry]), "rate": RATE}
        value = np.nan_to_num(pricing.price(volatility=VOLATILITY, **terms))
        mark = self._marks(symbol, expiry, strike, put)
        half = np.maximum(0.004, value * np.where(mark % 7 == 0, 0.04, 0.01))
        bid, ask = np.round(value - half, 3), np.round(value + half, 3)
        own = pricing.delta(volatility=VOLATILITY, **terms)
        keep = np.maximum(bid, 0)
        return Chain(
            symbol=symbol, at=at, spot=spot, roots=(symbol,), root=np.zeros(len(strike), np.int8),
            expiry=np.array(expiry, "datetime64[D]"), strike=strike, put=put, bid=keep,
            ask=np.full(len(strike), NAN) if hidden else np.maximum(ask, 0.004),
            volume=np.full(len(strike), 1000.0),
            open_interest=np.where(mark % 11 == 0, 499.0, np.where(mark % 11 == 1, 500.0, 5000.0)),
            delta=np.where(mark % 13 == 0, own + 0.1, np.where(mark % 13 == 1, NAN, own)),
        )  # fmt: skip

    def _marks(self, symbol, expiry, strike, put):
        """A number for each contract that says how it is traded."""
        days = np.array([e.toordinal() for e in expiry])
        return (np.round(strike * 100).astype(int) * 7919 + days * 104729 + put * 31 + self.seed * 17
                + SYMBOLS.index(symbol)) % 9973  # fmt: skip

    def volumes(self, contract):
        mark = int(self._marks(contract.root, [contract.expiry], np.array([float(contract.strike)]),
                               np.array([contract.is_put]))[0])  # fmt: skip
        return {0: (99.0, 99.0), 1: (150.0, 60.0), 2: (NAN, NAN), 3: (100.0, 100.0)}.get(mark % 17, (2000.0, 90_000.0))


def _columns(contracts):
    expiry = [c.expiry for c in contracts]
    strike = np.array([float(c.strike) for c in contracts])
    return expiry, strike, np.array([c.right is Right.PUT for c in contracts])


class Bars:
    """Every session before any day is the same bar, so that ATR(5) is two strikes wide."""

    def __init__(self, weather):
        self.close, self.half = dict(weather.spot), dict(weather.unit)

    def before(self, symbol, day, count):
        if symbol not in self.close or count > 60:
            return ()
        days = [s.day for s in xnys().between(day - timedelta(days=2 * count + 10), day - timedelta(days=1))[-count:]]
        return tuple(self._bar(symbol, d) for d in days)

    def on(self, symbol, day):
        return self._bar(symbol, day) if symbol in self.close else None

    def _bar(self, symbol, day):
        close, half = self.close[symbol], self.half[symbol]
        return Bar(day, close, close + half, close - half, close, SHARE_VOLUME)


def contract_of(name):
    """The contract of an instrument's name; None for shares."""
    return Contract.parse(name, adjusted=True) if len(name) == 21 else None
