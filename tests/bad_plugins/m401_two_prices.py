"""Quotes singly a cent above what stands in the chain."""

from attrs import evolve

from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M401"


class Liar(Market):
    """The synthetic market with two prices for everything."""

    def changed(self, step):
        return self.with_snapshots(step, self._dearer)

    def _dearer(self, snapshot):
        def quotes(contracts):
            found = snapshot.quotes(contracts)
            return [q and evolve(q, bid=q.bid + 0.01, ask=q.ask + 0.01) for q in found]

        return evolve(snapshot, quotes=quotes)
