"""The one thing in which the variant differs."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from allusr_patient_protocol import PatientProtocol

from allusr_sdk import Band, Intent, Rulebook, Sleeve, SleeveView, events, setting, settings, wheel
from allusr_sdk.testing import Market, Played, Sandbox, protocol_checks

# SPY falls through the strike of a put that was just sold, and is back the next session.
MARKET = Market(symbols=("SPY",), weeks=2).path("SPY", -0.01, -0.012, 0.02, 0.0, 0.0, on=3)


@protocol_checks(PatientProtocol)
def test_conforms(check: Callable[[], None]) -> None:
    check()


@settings
class WeeklySettings:
    """Settings of the sleeve that gives the tests something to watch."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Weekly(Sleeve[WeeklySettings]):
    """Sells a put about a week out whenever there is none."""

    name = "weekly"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """One band."""
        return (Band("CAD-8", 0.25, 0.30, 4, 9, unit="calendar", reach=0.05),)

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """A put, or why none."""
        for symbol in filter(view.fresh, self.symbols):
            expiry = wheel.nearest(view, symbol, 7, view.bands[0])
            yield (
                wheel.write(view, symbol, expiry, view.bands[0], "WEEKLY")
                if expiry
                else view.skip(symbol, "CAD-3", "nothing 4 to 9 days out is listed")
            )


def played(protocol: object, **settings: object) -> Played:
    """One sleeve on SPY under a protocol."""
    return Sandbox(MARKET, Weekly, protocol, config={"protocol": settings}, capital=200_000).run()


def falls(run: Played) -> list[datetime]:
    """When a level fell."""
    return [
        entry.at
        for entry in run.entries
        if isinstance(entry.event, events.LevelChanged) and entry.event.after < entry.event.before
    ]


@pytest.mark.parametrize("minutes", [120, 240])
def test_a_level_falls_only_after_the_calm_that_is_asked(minutes: int) -> None:
    usual, patient = falls(played("protocol")), falls(played(PatientProtocol, calm_minutes=minutes))
    assert usual
    assert patient[0] - usual[0] >= timedelta(minutes=minutes - 30)


def test_with_no_more_calm_than_the_rulebook_asks_it_is_the_built_in_protocol() -> None:
    usual, patient = played("protocol"), played(PatientProtocol, calm_minutes=15)
    assert falls(patient) == falls(usual)
    assert [fill.key for fill in patient.fills] == [fill.key for fill in usual.fills]
