"""Has the bar of a session that is still running."""

from attrs import evolve

from allusr_sdk import Bar
from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M303"


class Oracle:
    """Bars before a day, and that of today where one asks for later."""

    def __init__(self, bars, today):
        self.bars, self.today = bars, today

    def before(self, symbol, day, count):
        known = self.bars.before(symbol, day, count)
        return (*known, Bar(self.today, 100.0, 101.0, 99.0, 100.5)) if day > self.today else known

    def on(self, symbol, day):
        return self.bars.on(symbol, day)


class Liar(Market):
    """The synthetic market over bars that know today."""

    def changed(self, step):
        return evolve(step, view=evolve(step.view, bars=Oracle(step.view.bars, step.view.session.day)))
