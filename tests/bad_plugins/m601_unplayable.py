"""Cannot say how much of a contract was traded."""

from attrs import evolve

from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M601"


class Liar(Market):
    """The synthetic market without volumes."""

    def changed(self, step):
        return self.with_snapshots(step, lambda snapshot: evolve(snapshot, volumes=self._none))

    def _none(self, contract):
        raise LookupError(f"no volumes of {contract}")
