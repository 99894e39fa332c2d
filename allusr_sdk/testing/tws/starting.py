"""Beginning a simulated TWS, or going on with one whose state stands in a file."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import usd
from allusr_sdk.model.views import MarketSource
from allusr_sdk.testing.brokerage.records import Rules
from allusr_sdk.testing.tws.books import Books
from allusr_sdk.testing.tws.instruments import Registry
from allusr_sdk.testing.tws.market import Market
from allusr_sdk.testing.tws.records import Manners, State
from allusr_sdk.testing.tws.world import World

FIRST, DAYS = date(2026, 2, 9), 28
"""The period where none is given: its first day, and calendar days."""


@frozen(kw_only=True)
class Setting:
    """What a simulated TWS shows.

    Attributes:
        market: `synthetic`, `chains:DIR`, `lean:DIR`, `replay:DIR`, or `none` for what the control quotes.
        daily: folder of daily bars beside chains.
        symbols: underlyings; empty for all.
        first, last: the period; where it is not given, all of a folder's, or four weeks of the synthetic market.
        accounts: name and dollars of each account of the login.
    """

    market: str = "synthetic"
    daily: Path | None = None
    symbols: tuple[str, ...] = ()
    seed: int = 7
    first: date | None = None
    last: date | None = None
    accounts: dict[str, Decimal]
    rules: Rules


def accounts(text: str) -> dict[str, Decimal]:
    """Accounts from `DU1:1000000,DU2:50000`; one without dollars has a million. Raises `InputError`."""
    pairs = [each.partition(":") for each in text.split(",")]
    try:
        found = {name.strip(): Decimal(cash or 1_000_000) for name, _, cash in pairs}
        good = all(name and cash.is_finite() and cash >= 0 for name, cash in found.items())
    except ArithmeticError:
        good = False
    if not good:
        raise InputError(f"--accounts {text}: expected names with dollars, as DU1:1000000,DU2:50000")
    return found


def begin(setting: Setting, state: Path) -> World:
    """A world as it is set, at its first instant; or as the state file has it, its market at the same instant."""
    kept = _kept(state) if state.exists() else None
    source, first, last = _source(setting)
    market, registry = Market(source, first, last), Registry(state.with_suffix(".contracts"))
    market.calendar.after(first)  # slow to load, so not while a client waits
    if kept is not None:
        world = World(kept, market, registry)
        for _ in market.take(world.state.now):
            pass  # lived already
        return world
    manners = Manners(rules=setting.rules)
    books = {
        name: Books(name=name, opened=usd(cash), cash=usd(cash), rules=setting.rules)
        for name, cash in setting.accounts.items()
    }
    began = market.next_at or datetime.combine(first, time(10), NEW_YORK).astimezone(UTC)
    world = World(State(manners=manners, accounts=books, rules=setting.rules, began=began), market, registry)
    world.advance(began)
    return world


def _kept(state: Path) -> State:
    try:
        return msgspec.json.decode(state.read_bytes(), type=State)
    except msgspec.MsgspecError as why:
        raise InputError(f"{state}: is no state of a simulated TWS: {why}: give another file") from None


def _source(setting: Setting) -> tuple[MarketSource | None, date, date]:
    if setting.market == "none":
        first = setting.first or FIRST
        return None, first, setting.last or first + timedelta(days=DAYS)
    if setting.market == "synthetic":
        from allusr_sdk.market.synthetic import SyntheticMarket

        first = setting.first or FIRST
        source = SyntheticMarket(seed=setting.seed, symbols=setting.symbols or None, hedges=not setting.symbols)
        return source, first, setting.last or first + timedelta(days=DAYS)
    from allusr_sdk.market.sources import open_market

    opened = open_market(setting.market, daily=setting.daily, symbols=setting.symbols or None, seed=setting.seed)
    days: tuple[date, ...] = getattr(opened, "sessions", ())
    if not days and (setting.first is None or setting.last is None):
        raise InputError(f"market {setting.market}: give its period")
    return opened, setting.first or days[0], setting.last or days[-1]
