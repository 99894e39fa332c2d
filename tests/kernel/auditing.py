"""An audit of a world's books against a broker's statement, and what came of it."""

from datetime import timedelta

from allusr_sdk.kernel.commands import Command
from allusr_sdk.model.views import Vix
from tests.kernel.scenes import aapl
from tests.kernel.statements import later

SHARES = ("AAPL", 100)


def audit_of(world, statement):
    """Compare at the instant of a statement."""
    world.kernel.scribe.at = statement.at
    return world.kernel.reconcile(statement)


def look(world, minutes, **more):
    """The next instant, with a confirmed VIX."""
    at = later(minutes)
    return world.cycle(aapl(at=at, vix=Vix(15.0, at, (15.0, 15.0), daily=True), **more))


def say(world, action, **more):
    at = world.kernel.scribe.at + timedelta(minutes=1)
    world.kernel.obey(Command(at=at, action=action, **{"actor": "Ada", "reason": "looked", **more}))


def found(world):
    """Open breaks by code, subject and action."""
    return [(b.code, b.subject, b.action) for b in world.book.breaks.values()]


def states(world):
    return [(e.before, e.after) for e in world.events("StateChanged")]


def moves(world):
    return [(e.cause, e.before, e.after) for e in world.events("SwitchChanged")]
