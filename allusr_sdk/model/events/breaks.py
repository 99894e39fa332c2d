"""Reconciliation: breaks between books and broker, how each was closed, and what was booked to mend it (section 9)."""

from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Broken(Event):
    """Books and broker disagree; `rule` is the break's code, B01 to B16 (section 9)."""

    what: str
    ours: str
    theirs: str
    subject: str = field(default="", metadata={"doc": "instrument, order key, execution or line that it is about"})
    action: str = field(default="ACCOUNT", metadata={"doc": "`INFO`, `CANCEL`, `SYMBOL` or `ACCOUNT`"})
    cause: str = field(default="", metadata={"doc": "where it most likely comes from"})
    cancels: int = field(default=0, metadata={"doc": "how often its order was asked to end, this time included (B04)"})


@frozen(kw_only=True)
class Mended(Event):
    """A break is closed: books and broker `agree` again, or a person `explained` it; `rule` and `subject` name it.

    What was explained is not found again while `theirs` stays what it was.
    """

    subject: str
    how: str = field(metadata={"doc": "`agree` or `explained`"})
    theirs: str = ""
    actor: str = ""
    reason: str = ""


@frozen(kw_only=True)
class Corrected(Event):
    """A broker told an execution otherwise than it is booked: commission (B08) or price.

    `amount` is what the account has more (positive) or less for it, dollars; the lot bears it while it is held, the
    realised result afterwards. `execution` is the broker's newest id of it, `corrects` the one that is booked.
    """

    key: str
    execution: str
    corrects: str
    instrument: str
    amount: Decimal
    fee: Decimal = Decimal("0.00")
    why: str = ""


@frozen(kw_only=True)
class CashBooked(Event):
    """A line of the broker's account without an execution: `dividend`, `interest` or `fee`; dollars, signed (B14)."""

    line: str
    what: str
    amount: Decimal


@frozen(kw_only=True)
class Paged(Event):
    """A person is wanted: a break that stays open, an order whose end nobody confirms (section 9, KS-6)."""

    subject: str
    why: str


@frozen(kw_only=True)
class Audited(Event):
    """Books and broker were compared, at an instant of a run's market; in the home's chain `audits` (section 9).

    Counts are of the broker's statement, `cash` is its dollars; `breaks` are those that are open after it.
    """

    run: int
    instant: datetime
    holdings: int
    orders: int
    executions: int
    cash: Decimal
    breaks: int
