"""Reads a file when somebody looks at a chain."""

from pathlib import Path

from attrs import evolve

from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M201"


class Liar(Market):
    """The synthetic market, with a file behind every chain."""

    def changed(self, step):
        return self.with_snapshots(step, self._late)

    def _late(self, snapshot):
        def chain():
            Path(__file__).read_bytes()
            return snapshot.chain

        return evolve(snapshot, make_chain=chain)
