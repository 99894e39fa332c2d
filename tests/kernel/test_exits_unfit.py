"""What is no exit of a position: each part of an answer that is odd, and the bounds that are not (RULE-0)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.holdings import broken_exit
from allusr_sdk.model.intents import Close, Note, Roll, Shares, Skip
from tests.builders import CALL, NAN, contract, quote, shares, short
from tests.kernel.scenes import NEXT

PUT = contract(100)
HELD, STOCK = short(PUT, lots=3), shares(count=250)
LEG = short(PUT, lots=1, cause="hedge:L2")
CLOSE = Close("AAPL", "X-1", position=HELD, quote=quote(PUT))
ROLL = Roll("AAPL", "X-1", position=HELD, buy=quote(PUT), sell=quote(contract(100, expiry=NEXT)), debit=Decimal(0))
PAIR = Close("AAPL", "X-1", position=LEG, quote=quote(PUT), sell=quote(contract(105)))


@pytest.mark.parametrize(("intent", "position"), [
    (Skip("AAPL", "X-1", "why"), HELD),
    (Note("AAPL", "X-1", key="k", text="t"), HELD),
    (CLOSE, HELD),
    (evolve(CLOSE, lots=3), HELD),
    (evolve(CLOSE, lots=1), HELD),
    (evolve(CLOSE, limit=Decimal("0.01")), HELD),
    (PAIR, LEG),
    (ROLL, HELD),
    (evolve(ROLL, debit=Decimal("-0.50")), HELD),
    (evolve(ROLL, sell=quote(contract(90, expiry=NEXT))), HELD),
    (Shares("AAPL", "X-1", quantity=-250, position=STOCK), STOCK),
    (Shares("AAPL", "X-1", quantity=-1, position=STOCK), STOCK),
])  # fmt: skip
def test_what_reduces_this_very_position_is_an_exit(intent, position):
    assert broken_exit(intent, position) == ""


@pytest.mark.parametrize(("intent", "position", "words"), [
    ("close it", HELD, "a str"),
    (evolve(CLOSE, rule=7), HELD, "a Close whose rule is no text"),
    (Shares("AAPL", "X-1", quantity=-251, position=STOCK), STOCK, "-251 shares"),
    (Shares("AAPL", "X-1", quantity=0, position=STOCK), STOCK, "0 shares"),
    (Shares("AAPL", "X-1", quantity=1, position=STOCK), STOCK, "1 shares"),
    (Shares("AAPL", "X-1", quantity=-1, position=HELD), HELD, "-1 shares"),
    (Shares("AAPL", "X-1", quantity=-1.0, position=STOCK), STOCK, "-1.0 shares"),
    (evolve(CLOSE, position=LEG), STOCK, "an exit of"),
    (evolve(CLOSE, quote=None), HELD, "a close"),
    (evolve(CLOSE, quote=quote(contract(99))), HELD, "a close of"),
    (evolve(CLOSE, limit=Decimal(0)), HELD, "a close with the limit 0"),
    (evolve(CLOSE, limit=Decimal(-1)), HELD, "a close with the limit -1"),
    (evolve(CLOSE, limit=Decimal("NaN")), HELD, "a close with the limit NaN"),
    (evolve(CLOSE, limit=1.5), HELD, "a close with the limit 1.5"),
    (evolve(CLOSE, lots=0), HELD, "a close of 0 of 3 contracts"),
    (evolve(CLOSE, lots=4), HELD, "a close of 4 of 3 contracts"),
    (evolve(CLOSE, lots=2.0), HELD, "a close of 2.0 of 3 contracts"),
    (evolve(PAIR, sell="105"), LEG, "a close"),
    (evolve(PAIR, sell=quote(contract(105, expiry=NEXT))), LEG, "together with"),
    (evolve(PAIR, sell=quote(contract(105, right=CALL))), LEG, "together with"),
    (evolve(CLOSE, sell=quote(contract(105))), HELD, "together with"),
    (evolve(ROLL, debit=None), HELD, "a roll whose debit is unknown"),
    (evolve(ROLL, debit=Decimal("NaN")), HELD, "a roll whose debit is unknown"),
    (evolve(ROLL, buy=None), HELD, "a roll"),
    (evolve(ROLL, buy=quote(contract(99))), HELD, "a roll of"),
    (evolve(ROLL, sell=None), HELD, "a roll"),
    (evolve(ROLL, sell=quote(contract(100.5, expiry=NEXT))), HELD, "a roll into"),
    (evolve(ROLL, sell=quote(contract(99))), HELD, "a roll into"),
    (evolve(ROLL, sell=quote(contract(100, expiry=date(2026, 2, 6)))), HELD, "a roll into"),
    (evolve(ROLL, sell=quote(contract(100, expiry=NEXT, right=CALL))), HELD, "a roll into"),
    (evolve(ROLL, sell=quote(contract(100, expiry=NEXT, root="MSFT"))), HELD, "a roll into"),
])  # fmt: skip
def test_what_is_odd_in_an_answer_is_told(intent, position, words):
    assert words in broken_exit(intent, position)


def test_a_quote_may_be_unknown_in_its_numbers_but_not_in_its_contract():
    assert broken_exit(evolve(CLOSE, quote=quote(PUT, NAN, NAN)), HELD) == ""
