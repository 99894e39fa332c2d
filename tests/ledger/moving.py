"""An account whose lots move, how they move, and what the books refuse."""

from decimal import Decimal

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.model.events import IntentRecorded
from tests.ledger.capital_words import User

D = Decimal
APPLES = ("AAPL", 100, "200.00")


def holding(memory):
    """A user with a mini of which the compounding half holds shares."""
    told = User(memory)
    told.fork()
    told.fill("m1.com_acc", *APPLES)
    told.mark("m1.com_acc", "AAPL", "260.00")
    return told


def intent(name, key="k9"):
    """An order to sell shares that still works."""
    one = D("1.00")
    return IntentRecorded(
        ledger=name, symbol="AAPL", key=key, action="sell", legs=(("AAPL", -100),), limit=one, mid=one, worst=one,
        reserve=D("0.00"), opening=False,
    )  # fmt: skip


def refused(user, event, why):
    """The books refuse an event in one line and are as they were."""
    before, seq = user.run.book, user.run.seq
    with pytest.raises(KernelError, match=why) as found:
        user.tell(event)
    assert "\n" not in str(found.value)
    assert (user.run.book, user.run.seq) == (before, seq)
    assert user.sound()


def merged(user):
    """All phases of the merge, each ledger with what it has."""
    user.tell(user.merge())
    for name in ("m1.gen_acc", "m1.com_acc"):
        user.tell(user.gift(name))
        user.tell(user.run.book.unfinished["merge:m1"].missing[0])
    user.finish()
