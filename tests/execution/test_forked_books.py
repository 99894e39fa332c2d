"""Books that a replay lets go another way: what is frozen is shared, what is changed is not."""

from datetime import timedelta
from decimal import Decimal

from allusr_sdk.execution.passes import _forked
from allusr_sdk.ledger.book import Fold
from allusr_sdk.model.events import Funded, Reinvested, TransferSent
from tests.builders import AT


def books():
    """A ledger that has gained, appropriated and sent, over the end of a quarter."""
    fold = Fold()
    about = {"ledger": "rev_acc", "rule": "FK-7"}
    sent = TransferSent(**about, key="k", to="llms", amount=Decimal(50), budget="leaps")
    for event in (
        Funded(ledger="rev_acc", rule="CAD-12", amount=Decimal(1000)),
        Reinvested(
            **about, quarter="2025-Q4", gain=Decimal(200), reserve=Decimal(50), contracts=Decimal(50),
            leaps=Decimal(100),
        ),
        sent,
    ):  # fmt: skip
        fold.apply(event, at=AT, cycle=1)
    fold.apply(fold.book.unfinished["k"].missing[0], at=AT + timedelta(days=100), cycle=2)
    return fold


def test_a_copy_has_the_same_books_and_goes_its_own_way():
    fold = books()
    copy = _forked(fold)
    assert copy.book == fold.book
    assert copy.book.ledgers["rev_acc"] is fold.book.ledgers["rev_acc"]
    copy.apply(Funded(ledger="llms", rule="CAD-12", amount=Decimal(1)), at=AT + timedelta(days=101), cycle=3)
    assert (copy.book.ledgers["llms"].cash, fold.book.ledgers["llms"].cash) == (Decimal(51), Decimal(50))
    assert fold.book.ledgers["rev_acc"].results == {"2026-Q1": Decimal(0)}
