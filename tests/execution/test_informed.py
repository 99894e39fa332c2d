"""Report dates that plugins know join those of the market, once a session, and never from the future (CC-3)."""

from datetime import date, timedelta

from allusr_sdk.execution.informed import Informed
from allusr_sdk.hookspecs import hookimpl
from allusr_sdk.host import Host
from allusr_sdk.model.views import EarningsDate, Step
from tests.builders import THURSDAY, later, market, report, snapshot

TUESDAY = THURSDAY + timedelta(days=5)


class Source:
    description = "by hand"

    def steps(self, first, last):
        view = market(snapshot("AAPL"), snapshot("SPY"), earnings={"AAPL": (report("AAPL", date(2026, 5, 1)),)})
        yield Step(view)
        yield Step(later(view))


class Calendar:
    """Knows one date of AAPL since Thursday and one of SPY from tomorrow on."""

    def __init__(self):
        self.asked = []

    @hookimpl
    def allusr_earnings(self, symbols, day):
        self.asked.append((symbols, day))
        tomorrow = day + timedelta(days=1)
        return [
            EarningsDate("AAPL", TUESDAY, "AMC", True, day),
            EarningsDate("SPY", TUESDAY, "AMC", True, tomorrow),
        ]


class Broken:
    @hookimpl
    def allusr_earnings(self, symbols, day):
        raise OSError("calendar out of reach")


def views(*plugins):
    host = Host.of(*plugins)
    return [step.view for step in Informed(Source(), host).steps(THURSDAY, THURSDAY)], host


def test_dates_join_and_are_asked_once_a_session():
    calendar = Calendar()
    (first, second), _ = views(calendar)
    assert [e.day for e in first.earnings["AAPL"]] == [date(2026, 5, 1), TUESDAY]
    assert second.earnings == first.earnings
    assert calendar.asked == [(("AAPL", "SPY"), THURSDAY)]


def test_what_is_known_only_later_is_not_known_now():
    (first, _), _ = views(Calendar())
    assert first.earnings["SPY"] == ()


def test_a_calendar_that_fails_knows_nothing_and_is_named():
    (first, _), host = views(Broken())
    assert [e.day for e in first.earnings["AAPL"]] == [date(2026, 5, 1)]
    (fault,) = host.take_faults()
    assert "calendar out of reach" in fault.error
