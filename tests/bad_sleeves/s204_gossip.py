"""Remembers on its class at which prices it, or another of its kind, was asked a quarter of an hour ago."""

from datetime import timedelta

from attrs import evolve

from tests.bad_sleeves.honest import Honest

CHECK = "S204"


class Memory:
    """The prices of the last instant, and of the one before it."""

    at, now, before = None, {}, {}


class Liar(Honest):
    """Honest, as long as there is one of it: what one object saw stands in the reasons of another."""

    name = "gossip"

    def propose(self, view):
        self._look(view)
        for intent in super().propose(view):
            spot = Memory.before.get(intent.symbol)
            yield evolve(intent, why=f"{intent.why}; it was at {spot:.2f}") if spot else intent

    def _look(self, view):
        if view.at != Memory.at:
            follows = Memory.at is not None and view.at - Memory.at == timedelta(minutes=15)
            Memory.before = Memory.now if follows else {}
            Memory.at, Memory.now = view.at, {symbol: view.fresh(symbol).spot for symbol in view.market.fresh_symbols}
