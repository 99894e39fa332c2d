"""Closes another contract than the one it was asked about."""

from attrs import evolve

from allusr_sdk import Close
from tests.bad_plugins.honest import Guarding

KIND, CHECK = "protocol", "P401"


class Liar(Guarding):
    """Guards, but mistakes one strike for another."""

    name = "swapper"

    def respond(self, position, assessment, view):
        for intent in super().respond(position, assessment, view):
            if isinstance(intent, Close):
                other = evolve(intent.quote.contract, strike=intent.quote.contract.strike + 5)
                yield evolve(intent, quote=evolve(intent.quote, contract=other))
            else:
                yield intent
