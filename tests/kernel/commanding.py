"""What a person says to a world, and what comes of it."""

from datetime import timedelta

from allusr_sdk.kernel.commands import Command
from allusr_sdk.model.views import Vix
from tests.builders import AT
from tests.kernel.scenes import aapl


def say(world, action, **more):
    """A person's word a minute after the last entry."""
    at = world.kernel.scribe.at + timedelta(minutes=1)
    world.kernel.obey(Command(at=at, action=action, **{"actor": "Ada", "reason": "looked", **more}))


def look(world, minutes=5, vix=15.0, closes=(15.0, 15.0), **more):
    """The next instant, with a confirmed VIX."""
    at = AT + timedelta(minutes=minutes)
    return world.cycle(aapl(at=at, vix=Vix(vix, at, closes, daily=True), **more))


def states(world):
    return [(e.before, e.after) for e in world.events("StateChanged")]
