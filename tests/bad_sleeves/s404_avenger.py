"""Keeps an account of what was refused, and sells it all on release."""

from attrs import evolve

from allusr_sdk import Note, Sell
from tests.bad_sleeves.honest import Honest

CHECK = "S404"


class Liar(Honest):
    """Honest in quiet weeks."""

    name = "avenger"

    def propose(self, view):
        owed = int(view.book.notes.get("owed", "0"))
        stopped = any(tier in ("FREEZE", "SAFE", "HALT") for tier in view.tiers)
        for intent in super().propose(view):
            fits = isinstance(intent, Sell) and intent.quote.contract.is_put and owed and not stopped
            yield evolve(intent, lots=1 + owed) if fits else self._small(intent)
        if stopped:
            yield Note("", "CAD-4", key="owed", text=str(min(owed + 1, 3)))

    def _small(self, intent):
        put = isinstance(intent, Sell) and intent.quote.contract.is_put
        return evolve(intent, lots=1) if put else intent
