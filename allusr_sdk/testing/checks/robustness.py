"""Checks 501 to 504: bad data, a bad broker, odd calendars, and accounts of every size."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from attrs import evolve

from allusr_sdk.contracts import SleeveView
from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.errors import SettingsError
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Filled, IntentRecorded, PluginFaulted, Quarantined
from allusr_sdk.model.intents import Sell
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.discipline import never_naked
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.spoiled import SPOILS
from allusr_sdk.testing.checks.trial import Trial, Walk

if TYPE_CHECKING:
    from allusr_sdk.testing.broker import Broker


# --- 501 ------------------------------------------------------------------------------------------------------------


def bad_data(trial: Trial) -> int:
    """Some questions under every kind of trouble: nothing raises, and nothing rests on what is not sound."""
    asks = trial.asks(24)
    for name, spoil in SPOILS.items():
        for ask in asks:
            again = ask.seen(spoil).again(trial.fresh())
            if again.raised:
                raise Broken(f"{ask} with {name} raised {again.raised}")
            if bad := [i.symbol for i in again.opening if isinstance(i, Sell) and not _usable(i, again.view)]:
                raise Broken(f"{ask} with {name} sells {bad[0]} all the same")
    return len(asks)


def _usable(intent: Sell, view: SleeveView) -> bool:
    return intent.quote.sound and view.fresh(intent.symbol) is not None and intent.delta == intent.delta


# --- 502 ------------------------------------------------------------------------------------------------------------


def bad_broker(trial: Trial) -> int:
    """The calm market with a broker of every fault, and one whose holders exercise early."""
    market, seen = trial.lab.market("calm"), 0
    for name, broker in _brokers(trial).items():
        walk = trial.lab.walk(market, broker=broker)
        _sound(walk, f"with a broker that {name}")
        _single(walk, name)
        seen += len(walk.done.intents)
    return seen


def _brokers(trial: Trial) -> Mapping[str, "Broker"]:
    from allusr_sdk.testing.broker import Broker

    first = trial.subject.symbols[0]
    return {
        "rejects everything": Broker().reject(),
        "rejects every second order": Broker().reject(0.5),
        "fills a part of each order": Broker().partial(0.4),
        "loses orders": Broker().lose_orders(0.4),
        "loses acknowledgements": Broker().lose_acks(0.4),
        "reports fills twice": Broker().duplicate_fills(),
        "is gone for a while": Broker().disconnect(after=2),
        "assigns early": Broker().assign_early(first, on=4),
    }


def _sound(walk: Walk, where: str) -> None:
    """No fault or quarantine of any plugin, books that verify, nothing naked."""
    for event in walk.done.events():
        if isinstance(event, PluginFaulted):
            raise Broken(f"{where} {event.plugin} failed in {event.where}: {event.error}")
        if isinstance(event, Quarantined):
            raise Broken(f"{where} it was quarantined: {event.why}")
        if event.kind == "Broken":
            raise Broken(f"{where} books and venue disagree: {event}")
    report = verify(walk.done.run)
    if report.bad is not None:
        raise Broken(f"{where} the ledger does not verify: {report.bad}")
    never_naked(walk)


def _single(walk: Walk, name: str) -> None:
    """No key is filled beyond what was wished under it, and no key is used twice."""
    wished = Counter({e.key: abs(e.legs[0][1]) for e in walk.done.intents})
    if len(wished) != len(walk.done.intents):
        raise Broken(f"with a broker that {name} an order was written twice")
    filled: Counter[tuple[str, str]] = Counter()
    for fill in walk.done.fills:
        filled[fill.key, fill.instrument] += abs(fill.quantity)
    for (key, instrument), count in filled.items():
        if count > wished[key]:
            raise Broken(
                f"with a broker that {name} {count} of {instrument} were filled of {wished[key]} wished ({key})"
            )


# --- 503 ------------------------------------------------------------------------------------------------------------

ODD: Mapping[str, tuple[date, int]] = {
    "the week of Good Friday": (date(2026, 3, 30), 1),
    "the week of Thanksgiving, with its half day": (date(2026, 11, 23), 1),
    "a week that begins with a holiday": (date(2026, 2, 16), 1),
    "Christmas and the turn of the year": (date(2025, 12, 22), 2),
    "the change to summer time": (date(2026, 3, 2), 2),
    "the change to winter time": (date(2026, 10, 26), 2),
}


def odd_calendars(trial: Trial) -> int:
    """Whole walks over weeks that are not like others."""
    from allusr_sdk.testing.market import Market

    seen = 0
    for name, (first, weeks) in ODD.items():
        walk = trial.lab.walk(Market(symbols=trial.subject.symbols, first=first, weeks=weeks))
        _sound(walk, f"in {name}")
        for ask in walk.proposals():
            _expires(ask, name)
        seen += sum(1 for _ in walk.opening())
    return seen


def _expires(ask: Ask, name: str) -> None:
    for intent in ask.opening:
        if isinstance(intent, Sell) and not ask.view.calendar.between(*[intent.quote.contract.expiry] * 2):
            raise Broken(f"in {name} {ask} sells {intent.quote.contract}, which expires on no session")


# --- 504 ------------------------------------------------------------------------------------------------------------

_SIZES = (100, 25_000, 50_000_000)
_MANY = 12


def extremes(trial: Trial) -> int:
    """Walks with very little and very much, views without a dollar, one symbol, and as many as there are."""
    market, seen = trial.lab.market("calm"), 0
    for capital in _SIZES:
        walk = trial.lab.walk(evolve(market, weeks=1), capital=capital)
        _sound(walk, f"with {capital:,} dollars")
        seen += sum(1 for _ in walk.opening())
    for ask in trial.lab.walk(market).asks:
        again = ask.seen(_penniless).again(trial.fresh())
        if again.raised:
            raise Broken(f"{ask} without a dollar raised {again.raised}")
    for symbols in ((trial.subject.symbols[0],), _all()):
        seen += _with_symbols(trial, symbols)
    return seen


def _penniless(view: SleeveView) -> SleeveView:
    return evolve(view, book=evolve(view.book, cash=Decimal(0), base=Decimal(0), high_water=Decimal(0)))


def _all() -> tuple[str, ...]:
    from allusr_sdk.market.synthetic.profiles import SHARES

    return tuple(SHARES)[:_MANY]


def _with_symbols(trial: Trial, symbols: tuple[str, ...]) -> int:
    """A walk with other symbols; none where the settings do not take them."""
    from allusr_sdk.testing.market import Market

    try:
        made: Configured[object] = trial.subject.fresh(symbols=list(symbols))
    except SettingsError:
        return 0
    days = trial.lab.market("calm").first
    shown = tuple(dict.fromkeys((*symbols, *trial.subject.symbols[:1])))
    walk = trial.lab.walk(Market(symbols=shown, first=days, weeks=1), settings={"symbols": list(symbols)})
    _sound(walk, f"with {len(symbols)} symbols")
    return int(bool(made)) + len(cast("list[Filled | IntentRecorded]", walk.done.intents))
