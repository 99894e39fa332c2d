"""`Watch`: the underlyings and the options of them that are quoted, and why one of them is not fresh."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from math import isfinite, nan
from statistics import median
from time import monotonic, sleep

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.market.lines import Lines
from allusr_sdk.execution.ibkr.market.listing import Listing
from allusr_sdk.execution.ibkr.market.shown import Shown, quote_of
from allusr_sdk.execution.ibkr.market.strikes import Scene, Side, chosen, needed, rested_on
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import Calendar
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Band
from allusr_sdk.model.options import Contract

VIX = "VIX"
ROUNDS = 3
"""The volatility of an expiry is known from its quotes, and which are asked for from the volatility."""
MOMENT = 0.005

type Bands = Mapping[str, Sequence[Band]]


class Watch:
    """Market data lines for some underlyings over one port.

    Attributes:
        lines: the budget.
        listing: what is listed.
        listed: contracts of each underlying that its chain shows.
    """

    def __init__(self, port: Port, settings: Ibkr, bands: Bands, calendar: Calendar, rate: float) -> None:
        self._port, self._settings, self._bands = port, settings, bands
        self._calendar, self._rate = calendar, rate
        self.lines, self.listing = Lines(port, settings.lines), Listing(port)
        self.listed: dict[str, Mapping[Contract, Asset]] = {}
        self._held: dict[str, Sequence[Contract]] = {}
        self._looked: dict[str, set[Side]] = {}
        self._picked: dict[str, Mapping[Contract, Asset]] = {}

    def begin(self, day: date) -> None:
        """A session begins: what is listed is asked for anew, and what may have expired is let go."""
        if day != self.listing.day:
            self.listing.begin(day)
            self.listed.clear()
            self._picked.clear()

    def remember(self, shown: Shown) -> None:
        """What was asked of an underlying the last time is quoted the next time before anything else."""
        self._held[shown.symbol] = tuple(shown.asked)
        if shown.looked:
            self._looked[shown.symbol] = set(shown.looked)

    # --- shares ---

    def shares(self) -> None:
        """Have a line for each underlying that IBKR knows by now, and for the VIX. Raises `BrokerSilent`."""
        self.listing.again()
        self._await([*self.lines.retry(), *self.lines.want(self._wanted())])

    def sync(self) -> None:
        """Take up all that came until now."""
        self.lines.hear()

    def share(self, symbol: str) -> Values | None:
        """An underlying's line; None where it has none."""
        return self.lines.owned.get(symbol)

    def why(self, symbol: str, now: datetime, *, stamped: datetime | None) -> tuple[str, str]:
        """Why an underlying is not fresh, as a word and in words; two empty texts where it is.

        Args:
            now: the market's time.
            stamped: the stamp that its newest trade must have; None where it only must not be stale.
        """
        link, line = self._port.link, self.share(symbol)
        if not link.quotes:
            farms = f"data farm {', '.join(sorted(link.broken))} is broken" if link.broken else link.why
            return "link", f"{link.reach.value}: {farms}"
        if line is None:
            listed = self.listing.missing.get(symbol)
            return "line", listed or f"no market data line is left: {self.lines.most} are in use"
        return next(((name, why) for name, why in self._faults(line, now, stamped) if why), ("", ""))

    def _faults(self, line: Values, now: datetime, stamped: datetime | None) -> Iterator[tuple[str, str]]:
        yield "refused", line.refused
        yield "delayed", "" if line.live else f"its market data is of type {line.type}, not live"
        prices = (line.bid, line.ask, line.last)
        yield "price", "" if any(map(isfinite, prices)) else "no price has come of it"
        yield "crossed", f"its bid {line.bid:g} is above its ask {line.ask:g}" if line.crossed else ""
        age, most = line.age(now), self._settings.stale
        if stamped is not None:
            yield "stamp", "" if line.stamp == stamped else "its newest snapshot is of another instant"
        else:
            yield "stale", "" if age <= most else f"its last trade is {age:.0f} s old, {most:g} s are allowed"
            yield "early", "" if age >= -most else f"its last trade is stamped {-age:.0f} s later than its clock"

    # --- options ---

    def quote(self, scenes: Mapping[str, Scene], day: date) -> None:
        """Have lines for what is held, and for the strikes near the bands, of underlyings that are fresh.

        Raises:
            BrokerSilent: the gateway does not answer.
        """
        for symbol in scenes:
            expiries = needed(self.listing.expiries(symbol), self._bands[symbol], day, self._calendar)
            self.listed[symbol] = self.listing.options(symbol, expiries)
        for _ in range(ROUNDS):
            for symbol, scene in scenes.items():
                self._pick(symbol, scene, day)
            new = self.lines.want(self._wanted())
            if not new:
                return
            self._await(new)

    def quotes(self, symbol: str, at: datetime) -> dict[Contract, Quote]:
        """What is quoted of an underlying now."""
        wanted = [*self._picked.get(symbol, {}), *self._held.get(symbol, ())]
        lines = ((each, self.lines.owned.get(each.osi)) for each in wanted)
        found = ((each, quote_of(each, line, at)) for each, line in lines if line is not None)
        return {each: quote for each, quote in found if quote is not None}

    def one(self, contract: Contract, at: datetime, seconds: float) -> Quote | None:
        """One more quote, within some seconds; None where there is none."""
        try:
            asset = self.listing.option(contract)
            if asset is None or not self._port.link.quotes:
                return None
            self._await(self.lines.add({contract.osi: asset}), seconds)
        except BrokerSilent:
            return None
        line = self.lines.owned.get(contract.osi)
        return quote_of(contract, line, at) if line is not None else None

    def volatility(self, symbol: str, at: datetime, spot: float, rough: float) -> Callable[[date], float]:
        """The volatility of each expiry: the broker's, or our own of what is quoted, else `rough`."""

        def of(expiry: date) -> float:
            lines = [(each, self.lines.owned[each.osi]) for each in self._picked.get(symbol, ())
                     if each.osi in self.lines.owned]  # fmt: skip
            for some in ([pair for pair in lines if pair[0].expiry == expiry], lines):
                told = [value for pair in some if isfinite(value := self._implied(*pair, at, spot))]
                if told:
                    return median(told)
            return rough

        return of

    def _implied(self, contract: Contract, line: Values, at: datetime, spot: float) -> float:
        if not line.live or isfinite(line.volatility) or not line.sound:
            return line.volatility if line.live else nan
        left = pricing.years(at, pricing.expiry_close(contract.expiry, self._calendar))
        return float(pricing.implied_volatility(
            (line.bid + line.ask) / 2, put=contract.is_put, spot=spot, strike=float(contract.strike), years=left,
            rate=self._rate,
        ))  # fmt: skip

    def _pick(self, symbol: str, scene: Scene, day: date) -> None:
        listed = self.listed[symbol]
        found = chosen(listed, self._bands[symbol], self._looked.get(symbol, ()), scene, day, self._settings.strikes)
        if not rested_on(found) <= self._picked.get(symbol, {}).keys():
            self._picked[symbol] = {each: listed[each] for each in found}

    def _wanted(self) -> Mapping[str, Asset]:
        """Everything that is to have a line: shares, then what is held, then strikes, an underlying's in turn."""
        known = {symbol: self.listing.share(symbol) for symbol in (VIX, *self._bands)}
        wanted = {symbol: asset for symbol, asset in known.items() if asset is not None}
        held = ((each, self.listing.option(each)) for contracts in self._held.values() for each in contracts)
        wanted |= {each.osi: asset for each, asset in held if asset is not None}
        picks = [list(picked.items()) for picked in self._picked.values()]
        for place in range(max(map(len, picks), default=0)):
            for picked in picks:
                wanted |= {each.osi: asset for each, asset in picked[place : place + 1]}
        return wanted

    def _await(self, new: Iterable[Values], seconds: float | None = None) -> None:
        """Wait until new lines have told what there is, or for so long."""
        end, new = monotonic() + (self._settings.answer if seconds is None else seconds), list(new)
        while new and monotonic() < end:
            self.lines.hear()
            if all(line.told for line in new):
                break
            sleep(MOMENT)
        if new:
            self._port.time()  # what was sent before it is heard when it answers
            self.lines.hear()
