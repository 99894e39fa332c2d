"""Remembers on its class at what price it saw a symbol first in a session, whoever asked."""

from tests.bad_sleeves.honest import Honest

CHECK = "S204"


class Liar(Honest):
    """Honest, as long as there is one of it: what one object sees stands in the reasons of another."""

    name = "gossip"
    _seen = {}  # noqa: RUF012 - that is the lie

    def propose(self, view):
        for intent in super().propose(view):
            snapshot = view.fresh(intent.symbol)
            yield intent if snapshot is None else self._told(intent, snapshot.spot, view.session.day)

    def _told(self, intent, spot, day):
        from attrs import evolve

        before = self._seen.get(intent.symbol)
        if before is None or before[0] != day:
            self._seen[intent.symbol] = before = (day, spot)
        return evolve(intent, why=f"{intent.why}; opened at {before[1]:.2f}")
