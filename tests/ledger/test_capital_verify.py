"""Verification recomputes what stands between ledgers and what is set apart (LG-2, LG-3)."""

from decimal import Decimal

import pytest
from attrs import evolve
from sqlalchemy import text

from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.verify import verify
from tests.ledger.capital_words import User

D = Decimal


@pytest.fixture
def user(memory):
    """A mini, an appropriation, a transfer and the first phase of a second fork."""
    told = User(memory)
    told.fork()
    told.tell(told.reinvest("gen_acc"))
    told.tell(told.transfer("gen_acc", "llms", "1750", budget="leaps"))
    told.finish()
    told.earn("gen_acc", "100000")
    told.tell(told.mini("m2"))
    assert told.sound()
    return told


def altered(user, ledger, account, by="1.00"):
    found = [evolve(b, amount=b.amount + D(by)) if (b.ledger, b.account) == (ledger, account) else b
             for b in balances(user.run)]  # fmt: skip
    return out_of_balance(found, user.run.book)


@pytest.mark.parametrize(
    ("ledger", "account", "fault"),
    [
        ("gen_acc", "3500", "gen_acc: Appropriated: tax reserve stands at -2999.00, the books say -3000.00"),
        ("gen_acc", "3510", "gen_acc: Appropriated: contracts budget stands at -5249.00, the books say -5250.00"),
        ("gen_acc", "1900", "Due from other ledger of all ledgers stands at -99999.00, the books say -100000.00"),
        ("llms", "2900", "Due from other ledger of all ledgers stands at -99999.00, the books say -100000.00"),
        ("m1.com_acc", "3020", "Fork capital in/out of all ledgers stands at 100001.00, the books say 100000.00"),
    ],
)
def test_an_account_that_is_a_dollar_off_is_named_with_both_sides(user, ledger, account, fault):
    assert fault in altered(user, ledger, account)


def test_the_first_entry_whose_postings_were_altered_is_named(user):
    (seq,) = [entry.seq for entry in user.run.entries(kind="TransferTaken")]
    with user.ledger.engine.begin() as connection:
        connection.execute(text("UPDATE postings SET amount = -amount WHERE seq = :seq"), {"seq": seq})
    found = verify(user.run)
    assert (found.bad.seq, found.bad.kind) == (seq, "TransferTaken")
    assert "the event gives llms 1010 175000, llms 2900 -175000" in found.bad.what


def test_the_first_entry_whose_words_were_altered_is_named(user):
    (seq,) = [entry.seq for entry in user.run.entries(kind="ForkPaid")]
    with user.ledger.engine.begin() as connection:
        changed = "UPDATE entries SET payload = replace(payload, '100000', '100001') WHERE seq = :seq"
        connection.execute(text(changed), {"seq": seq})
    assert (verify(user.run).bad.seq, verify(user.run).bad.kind) == (seq, "ForkPaid")
