"""The real VIX of the autumn of 2008 and the spring of 2020 drives the switches (KS-1, KS-4, KS-7, CAD-14).

With daily bars two values of a day are confirmed: the open from 9:30 where it differs from the close before it, and
the close after 16:15. What a value throws is thrown at once; what closes release is released at the session's end, one
tier a day; a HALT is left for SAFE by a person, here on the first morning after two closes under 70.
"""

from contextlib import suppress
from datetime import UTC, date, timedelta

import pytest

from allusr_sdk.errors import StateRefusal
from allusr_sdk.kernel.commands import Command
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.model.calendar import xnys
from tests.builders import World, market, snapshot, stub

# Day; when: O at the open, C at the close or the session's end, P by a person in the morning; tiers; the value that
# did it (of releases the newest close), and why. Days that are not listed moved nothing.
AUTUMN_2008 = """
2008-10-06 C NONE>HEDGED  52.05  closes above 50
2008-10-10 O HEDGED>SAFE  65.85  opens above 65, after a close of 63.92
2008-10-14 C SAFE>HEDGED  55.13  second close under 58: 54.99, 55.13
2008-10-15 C HEDGED>SAFE  69.25  closes above 65
2008-10-21 C SAFE>HEDGED  53.11  second close under 58: 52.97, 53.11 (the high of 81.17 on the 16th was no trigger)
2008-10-22 C HEDGED>SAFE  69.65  opens at 63.12, closes above 65
2008-10-27 C SAFE>HALT    80.06  closes above 80 (the high of 89.53 on the 24th was no trigger: it closed at 79.13)
2008-10-30 P HALT>SAFE    69.96  two closes under 70: 66.96, 69.96
2008-11-04 C SAFE>HEDGED  47.73  second close under 58: 53.68, 47.73
2008-11-12 C HEDGED>SAFE  66.46  closes above 65; no week between ended on two closes under 45
2008-11-20 C SAFE>HALT    80.86  closes above 80
2008-11-26 P HALT>SAFE    60.9   two closes under 70: 64.70, 60.90
2008-11-28 C SAFE>HEDGED  55.84  second close under 58: 54.92, 55.84
2008-12-01 C HEDGED>SAFE  68.51  closes above 65
2008-12-11 C SAFE>HEDGED  55.78  second close under 58: 55.73, 55.78
2008-12-26 C HEDGED>NONE  43.38  the week ends on two closes under 45: 44.21, 43.38; on the 19th it was 47.34, 44.93
"""
SPRING_2020 = """
2020-03-09 C NONE>HEDGED  54.46  closes above 50
2020-03-12 C HEDGED>SAFE  75.47  opens at 61.46, closes above 65
2020-03-16 C SAFE>HALT    82.69  closes above 80
2020-03-24 P HALT>SAFE    61.59  two closes under 70: 66.04, 61.59
2020-03-31 C SAFE>HEDGED  53.54  second close under 58: 57.08, 53.54
2020-04-09 C HEDGED>NONE  41.67  the week ends (Good Friday is closed) on two closes under 45: 43.35, 41.67
"""


def rows(table):
    return [line.split()[:4] for line in table.strip().splitlines()]


@pytest.fixture(scope="module")
def bars(data_dir):
    return DailyBars.load(data_dir / "daily")


def seen(bars, at):
    return market(snapshot(at=at), at=at, vix=bars.vix(at))


def replay(bars, first, last):
    """Each session: an instant at 9:35, the operator's attempt to re-arm a halt, one at 10:00, and the close."""
    told = []
    with World(stub()) as world:
        for session in xnys().between(first, last):
            before = len(world.events("SwitchChanged"))
            opened = session.at(9, 35).astimezone(UTC)
            world.cycle(seen(bars, opened))
            told += moves(world, before, session.day, "O")
            before = len(world.events("SwitchChanged"))
            with suppress(StateRefusal):
                word = {"actor": "Ada", "reason": "two closes under 70"}
                world.kernel.obey(Command(at=opened + timedelta(minutes=5), action="rearm", **word))
            told += moves(world, before, session.day, "P")
            before = len(world.events("SwitchChanged"))
            world.cycle(seen(bars, session.at(10, 0).astimezone(UTC)))
            world.close(seen(bars, (session.close + timedelta(minutes=15)).astimezone(UTC)))
            told += moves(world, before, session.day, "C")
    return told


def moves(world, before, day, when):
    moved = world.events("SwitchChanged")[before:]
    return [[str(day), when, f"{e.before}>{e.after}", f"{e.value:g}"] for e in moved]


def test_the_autumn_of_2008(bars):
    assert replay(bars, date(2008, 9, 2), date(2008, 12, 31)) == rows(AUTUMN_2008)


def test_the_spring_of_2020(bars):
    assert replay(bars, date(2020, 2, 3), date(2020, 4, 30)) == rows(SPRING_2020)
