"""Events that tests of the books tell."""

from decimal import Decimal

from allusr_sdk.model.options import Contract

SLEEVE = "gen_acc"
PUT_KEY = "gen_acc:AAPL  260213P00270000"


def usd(text):
    return Decimal(text)


def ended(kind, instrument, quantity, **more):
    symbol = Contract.parse(instrument).underlying
    return kind(
        ledger=SLEEVE, symbol=symbol, instrument=instrument, quantity=quantity, settlement=usd("265.00"), **more
    )
