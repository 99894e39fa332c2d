"""What an author may get wrong: both checkers report every line marked `error` and no other."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import allusr_sdk
import allusr_sdk.testing
from allusr_sdk import (
    Band,
    Intent,
    MarketView,
    Position,
    Right,
    Rulebook,
    Sell,
    Skip,
    Sleeve,
    SleeveView,
    Veto,
    hookimpl,
    setting,
    settings,
)  # fmt: skip
from allusr_sdk.testing import Market, Sandbox, check_sleeve, sleeve_checks


@settings
class WeeklySettings:
    """One setting has a default, one must be given."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    lots: int = setting(ge=1, help="Contracts at a time.")


@settings
class Misdeclared:
    """Declarations that do not hold."""

    delta: float = setting(default="0.30", help="Text is no number.")  # error
    dte: int = setting(default=4)  # error: a setting has help
    size: int = setting(5, help="A default goes by name.")  # error
    spread: float = setting(default=0.05, help="An unknown promise.", at_most=1)  # error


WeeklySettings()  # error: lots is required
WeeklySettings(lots="1")  # error: text for a number
WeeklySettings(lots=1, symbols="SPY")  # error: text for symbols
WeeklySettings(lots=1, symbol=("SPY",))  # error: misspelt
WeeklySettings(("SPY",), 1)  # error: by position
WeeklySettings(lots=1).lots = 2  # error: frozen


class Weekly(Sleeve[WeeklySettings]):
    """A sleeve that trusts its memory too much."""

    name = "weekly"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        rules.number(5)  # error: a key is text
        return (Band("CAD-8", 0.28, 0.32, "3", 5),)  # error: days are whole numbers

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        self.settings.lots = 2  # error: frozen
        self.settings = WeeklySettings(lots=2)  # error: given once
        self.settings.delta  # error: no such setting  # noqa: B018
        view.bands = ()  # error: frozen
        view.market.rate = 0.05  # error: frozen
        view.book.cash = Decimal(0)  # error: frozen
        view.book.notes["mine"] = "text"  # error: read only
        view.market.snapshots["SPY"].bid = 1.0  # error: frozen
        view.side("SPY", "2026-02-13", Right.PUT)  # error: an expiry is a date
        view.now()  # error: no such name
        yield view.skip("SPY", "CAD-9")  # error: a reason is needed
        yield Veto("CAD-9", "a guard's word")  # error: no intent
        yield Sell("SPY", "CAD-8")  # error: what is sold?

    def manage(self, position: Position, view: SleeveView) -> Intent:  # error: one intent is no iterable
        position.quantity = 0  # error: frozen
        return Skip(position.symbol, "CC-1")


class Eager(Sleeve[WeeklySettings]):
    """A method that forgets its view, and one of another type."""

    def propose(self) -> Iterable[Intent]:  # error: lacks the view
        return ()

    def bands(self, rules: Rulebook) -> list[str]:  # error: bands are bands
        return []


Weekly(Misdeclared())  # error: another sleeve's settings
Weekly()  # error: a sleeve is built with settings


@hookimpl
def allusr_screen(intent: Intent, view: MarketView) -> Veto | None:
    """A guard that answers otherwise than it says."""
    return f"no {intent.symbol}"  # error: a veto is a Veto


allusr_screen("SPY")  # error: the mark keeps the function's type


Market(symbols=("SPY",)).vix("66", on=1)  # error: a level is a number
Market(symbols=("SPY",)).gap("SPY", -0.12, on="Monday")  # error: a day or the number of a session
Market(symbols=("SPY",)).weeks = 4  # error: frozen
Sandbox("SPY", Weekly)  # error: a market or a tape
check_sleeve(Weekly, scenario=("crash",))  # error: misspelt


@sleeve_checks(Weekly, expected={"S402": "why"})  # error: it is called otherwise
def conforms(check: Callable[[], None]) -> None:
    """A test of what is checked."""
    check()


@sleeve_checks(Weekly)
def conforms_too(check: Callable[[], None]) -> None:
    """A test that is called."""
    check()


conforms_too("S402")  # error: the decorator keeps the function's type

allusr_sdk.Sleev()  # error: no public name
allusr_sdk.testing.Playd()  # error: no public name
