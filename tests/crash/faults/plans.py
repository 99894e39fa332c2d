"""Plans of a broker's day, and the order that most of them are about."""

from datetime import timedelta
from decimal import Decimal

from allusr_sdk.model.broker import reference
from tests.builders import moment
from tests.crash.brokered import writer

D = Decimal
STEP = timedelta(minutes=5)
TEN = moment(clock="10:00")
KEY = "writer.260212.100000.AAPL.sell-v1"
REF = reference(KEY)


def once(**more):
    """A sleeve that wants its put at ten o'clock and at no other time."""
    return writer(until=TEN, **more)


def seconds(after, *, hour=10):
    """So many seconds after an hour of that Thursday."""
    return moment(clock=f"{hour}:{after // 60:02d}:{after % 60:02d}")


def at(**deeds):
    """What a test does behind the steps of that Thursday, by clock: `at(h1005=control.up)`."""
    due = {moment(clock=f"{name[1:3]}:{name[3:]}"): deed for name, deed in deeds.items()}

    def step(done):
        if (deed := due.get(done.view.at)) is not None:
            deed()

    return step
