"""Accounts that live years in seconds: the real growth of the kernel over earnings that a test draws, and no market."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from allusr_forks import Forks
from allusr_llms.ladder import Llms

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import WeekTyped
from allusr_sdk.model.ladders import is_ladder
from allusr_sdk.model.money import usd
from tests.builders import RULES
from tests.kernel.grove import Grove, sleeves

MONDAY = date(2026, 2, 9)
MEANS = {"gen_acc": 0.012, "rev_acc": 0.045, "com_acc": 0.012, "llms": 0.0}
"""Weekly means of what sleeves earn: high, so that much grows in few years; each week is drawn around them."""


def lived(seed, weeks, *, rules=RULES, means=MEANS, ladder=True, each=lambda world, monday, week: None):
    """A world that has lived so many weeks: earnings on Fridays, growth on Mondays and at quarters' beginnings.

    `each` may do something to it in each week, before its Friday.
    """
    plugins = (*sleeves(), Forks, *((Llms,) if ladder else ()))
    world = Grove(lambda tree: (), *plugins, rules=rules)
    random, monday = Random(seed), MONDAY
    world.morning(monday, None)
    for week in range(weeks):
        each(world, monday, week)
        for first, last in _parts(monday):
            if first != monday:
                world.morning(first, first - timedelta(days=1))
            _earn(world, random, last, means)
        monday += timedelta(weeks=1)
        _final(world, monday)
        world.morning(monday, monday - timedelta(days=3))
    return world


def _parts(monday):
    """A week as one part, or as two where a quarter begins within it."""
    days = [monday + timedelta(days=n) for n in range(5)]
    turn = next((n for n in range(1, 5) if (days[n].month - 1) // 3 != (days[n - 1].month - 1) // 3), None)
    if turn is None:
        return [(monday, days[4])]
    return [(monday, days[turn - 1]), (days[turn], days[4])]


def _earn(world, random, on, means):
    for name, book in world.book.ledgers.items():
        mean = means.get(name.rpartition(".")[2])
        if mean is None or book.closed or (is_ladder(book) and not book.cash):
            continue
        amount = usd(str(round(random.gauss(mean, 0.03) * float(max(book.deployable, 0)), 2)))
        if amount:
            world.earn(name, amount, on=on)


def _final(world, monday):
    week = (monday - timedelta(days=7)).isocalendar()
    world.kernel.scribe.at = datetime(monday.year, monday.month, monday.day, 13, 30, tzinfo=UTC)
    world.kernel.heard(WeekTyped(
        rule="WK-3", week=f"{week.year}-W{week.week:02}", version=1, status="FINAL", labels=("CALM_INCOME",),
        primary="CALM_INCOME", premium=Decimal("0.00"),
    ))  # fmt: skip


def kept(world, home):
    """The world's journal as the newest run of the ledger in a folder."""
    entries = tuple(world.run.entries())
    with open_ledger(home) as ledger:
        run = ledger.start_run(entries[0].event, entries[0].at, batch=True)
        for entry in entries[1:]:
            run.append(entry.event, at=entry.at, cycle=entry.cycle, state=entry.state, rulebook=entry.rulebook)
        run.flush()
    return home
