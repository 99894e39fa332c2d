"""What an author may write: both checkers pass it, and `assert_type` holds what their editor shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import assert_type

from allusr_sdk import (
    Assessment,
    Atr,
    Band,
    Candidate,
    Chain,
    Contract,
    Dividend,
    EarningsDate,
    Event,
    Halt,
    Intent,
    LedgerBook,
    MarketSource,
    MarketView,
    Pick,
    Position,
    Quote,
    Right,
    RiskProtocol,
    Rulebook,
    Section,
    Sell,
    Session,
    Skip,
    Sleeve,
    SleeveView,
    Snapshot,
    Step,
    Veto,
    Wheel,
    choose,
    events,
    hookimpl,
    setting,
    settings,
    wheel,
)
from allusr_sdk.testing import Broker, Market, Played, Report, Sandbox, Tape, check_sleeve, sleeve_checks, standard


@settings
class WeeklySettings:
    """A setting of each kind."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    delta: float = setting(default=0.30, ge=0.05, le=0.50, help="Absolute delta to sell at.")
    reserve: Decimal = setting(default=Decimal(0), ge=0, unit="USD", help="Cash that is never committed.")
    note: str | None = setting(default=None, help="A word of one's own.")
    lots: int = setting(ge=1, help="Contracts at a time; must be given.")


assert_type(WeeklySettings(lots=1), WeeklySettings)
assert_type(WeeklySettings(lots=1, symbols=("IWM",), delta=0.2).symbols, tuple[str, ...])


class Weekly(Sleeve[WeeklySettings]):
    """Every part of the view that a sleeve reads."""

    name = "weekly"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        assert_type(rules.number("LQ-1.spread"), float)
        assert_type(rules.money("CAD-9.near_high"), Decimal)
        assert_type(rules.band("CAD-8.gen_band"), tuple[float, float])
        return (Band("CAD-8", 0.28, 0.32, 3, 5, unit="calendar"),)

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        assert_type(self.settings, WeeklySettings)
        assert_type(self.settings.symbols, tuple[str, ...])
        assert_type(self.settings.delta, float)
        assert_type(self.settings.reserve, Decimal)
        assert_type(self.settings.note, str | None)
        assert_type(self.settings.lots, int)
        assert_type(self.symbols, tuple[str, ...])
        self._reads(view, self.symbols[0])
        for symbol in filter(view.fresh, self.symbols):
            band = view.bands[0]
            expiry = wheel.nearest(view, symbol, 4, band)
            assert_type(expiry, date | None)
            if view.wheel(symbol) is not Wheel.CASH or expiry is None:
                yield view.skip(symbol, "CAD-9", "a put is open", expiry=expiry)
                continue
            found = choose(view.side(symbol, expiry, Right.PUT), band, view)
            assert_type(found, Pick | Skip)
            yield found.sell("CAD-8", self.settings.lots) if isinstance(found, Pick) else found

    def _reads(self, view: SleeveView, symbol: str) -> None:
        assert_type(view.market, MarketView)
        assert_type(view.book, LedgerBook)
        assert_type(view.book.equity, Decimal)
        assert_type(view.book.notes, Mapping[str, str])
        assert_type(view.at, datetime)
        assert_type(view.session, Session)
        assert_type(view.week, tuple[Session, ...])
        assert_type(view.fresh(symbol), Snapshot | None)
        assert_type(view.basis(symbol), Decimal | None)
        assert_type(view.atr(symbol), Atr | None)
        assert_type(view.side(symbol, view.session.day, Right.CALL), Chain | None)
        assert_type(view.expiries(symbol), tuple[date, ...])
        assert_type(view.quote(Contract(symbol, view.session.day, Right.PUT, Decimal(100))), Quote | None)
        assert_type(view.earnings(symbol), tuple[EarningsDate, ...] | None)
        assert_type(view.dividends(symbol), tuple[Dividend, ...])
        assert_type(view.position(symbol), Position | None)
        assert_type(view.attempt, int | None)
        assert_type(view.shut({}), tuple[str, str] | None)
        assert_type(view.skip(symbol, "CAD-9", "nothing"), Skip)

    def manage(self, position: Position, view: SleeveView) -> list[Intent]:
        assert_type(position.contract, Contract | None)
        assert_type(position.mark, Decimal | None)
        return []


@settings
class Nothing:
    """No setting at all."""


class Watchful(RiskProtocol[Nothing]):
    """A protocol of one level."""

    name = "watchful"

    def assess(self, position: Position, view: SleeveView) -> Assessment | None:
        return Assessment(position.watch, 0.0, "PE-2")

    def respond(self, position: Position, assessment: Assessment, view: SleeveView) -> Iterable[Intent | Candidate]:
        assert_type(assessment.numbers, Mapping[str, object])
        return [view.skip(position.symbol, assessment.rule, assessment.why)]


@hookimpl
def allusr_sleeves() -> Sequence[type[Sleeve[object]]]:
    """Sleeves of any settings fit."""
    return [Weekly]


@hookimpl
def allusr_protocols() -> list[type[RiskProtocol[Nothing]]]:
    """The precise type fits too."""
    return [Watchful]


@hookimpl
def allusr_screen(intent: Intent) -> Veto | None:
    """A guard that uses one of two arguments."""
    return Veto("OWN-1", "no") if isinstance(intent, Sell) and abs(intent.delta) > 0.4 else None


@hookimpl(specname="allusr_halt")
def calm(view: MarketView) -> Halt | None:
    """A hook under a name of its own."""
    return Halt("SAFE", "OWN-2", "no VIX") if view.vix is None else None


@hookimpl
def allusr_event(event: Event) -> None:
    """An observer: `isinstance` narrows."""
    if isinstance(event, events.Filled):
        assert_type(event.price, Decimal)
        assert_type(event.touch, Decimal | None)
    elif isinstance(event, events.Decided):
        assert_type(event.numbers, Mapping[str, object])


@hookimpl
def allusr_report(period: str) -> Section:
    """A section of a report."""
    return Section("Mine", period)


class Still:
    """A market on which nothing happens."""

    def __init__(self, rest: str, seed: int) -> None:
        self.description = f"still:{rest}:{seed}"

    def steps(self, first: date, last: date) -> Iterable[Step]:
        return ()


@hookimpl
def allusr_markets() -> Mapping[str, Callable[[str, int], MarketSource]]:
    """A market by its kind."""
    return {"still": Still}


assert_type(allusr_sleeves(), Sequence[type[Sleeve[object]]])
assert_type(allusr_screen(Skip("SPY", "CAD-9")), Veto | None)
assert_type(allusr_report("2026-W07"), Section)
assert_type(Weekly.settings_type(), type[WeeklySettings])
assert_type(Weekly(WeeklySettings(lots=1)).settings.lots, int)


def tries() -> None:
    """The test kit."""
    market = Market(symbols=("SPY",), weeks=1).path("SPY", -0.02, 0.01, on=1).vix(66, on=2)
    assert_type(market, Market)
    assert_type(market.tape(), Tape)
    assert_type(standard(["SPY"]), Mapping[str, Market])
    played = Sandbox(market, Weekly, config={"sleeves": {"weekly": {"lots": 1}}}, broker=Broker().reject(0.5)).run()
    assert_type(played, Played)
    assert_type(played.why("SPY"), str)
    assert_type(check_sleeve(Weekly, {"lots": 1}), Report)


@sleeve_checks(Weekly, {"lots": 1}, expected_failures={"S402": "it looks back"})
def test_conforms(check: Callable[[], None], tmp_path: Path) -> None:
    """One test for each check and scenario; the function keeps its type."""
    check()


kept: Callable[[Callable[[], None], Path], None] = test_conforms
