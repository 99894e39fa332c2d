"""The sixteen breaks between books and broker, and what is compared to find them (RECON, section 9)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.model.events import Event, Filled, IntentRecorded
from allusr_sdk.model.positions import Book


@frozen
class Kind:
    """One kind of break.

    Attributes:
        code: B01 to B16.
        title: what it is called.
        action: what is done about it: INFO, CANCEL, SYMBOL or ACCOUNT.
        otherwise: what is done instead where `when` holds; empty where nothing changes it.
        when: in words.
        closed: how it ends, in words. Never by a trade.
    """

    code: str
    title: str
    action: str
    closed: str
    otherwise: str = ""
    when: str = ""


AGREES = "books and broker agree again, or a person explains it"

_TABLE = (
    Kind("B01", "unknown position", "SYMBOL", AGREES),
    Kind("B02", "missing position", "SYMBOL", AGREES),
    Kind("B03", "quantity", "SYMBOL", AGREES),
    Kind("B04", "orphan order", "CANCEL", "it is cancelled, or a person ends it at the broker", "ACCOUNT",
         "it is foreign, or ours and alive after three cancels"),
    Kind("B05", "lost order", "ACCOUNT", "its end is journaled", "INFO",
         "it was for a day that is over: booked as expired"),
    Kind("B06", "missing execution", "INFO", "booked as the broker tells it", "SYMBOL",
         "it fits no intent, or not what is held"),
    Kind("B07", "duplicate execution", "INFO", "passed over by its id, and nothing is written"),
    Kind("B08", "commission or price", "INFO", "the difference is booked"),
    Kind("B09", "cash", "ACCOUNT", AGREES),
    Kind("B10", "assignment, exercise or expiry", "INFO", "booked, and the wheel turns", "SYMBOL",
         "shares or cash fit in part only, or it settles in cash"),
    Kind("B11", "corporate action", "SYMBOL", "the split is booked, or a person explains it"),
    Kind("B12", "net value", "INFO", "noted: marks differ", "ACCOUNT", "it differs by more than 0.5 %"),
    Kind("B13", "settlement date", "INFO", "noted: no amount depends on it"),
    Kind("B14", "dividend, interest or fee", "INFO", "the line, or its difference, is booked"),
    Kind("B15", "adjusted contract", "SYMBOL", "the adjustment is booked, or a person explains it"),
    Kind("B16", "basis", "SYMBOL", AGREES),
)  # fmt: skip

BREAKS: Mapping[str, Kind] = {kind.code: kind for kind in _TABLE}
"""The sixteen, by code, in order."""


@frozen
class Ours:
    """What the journal knows of an account, as a statement is compared with it.

    Attributes:
        book: the books.
        intents: of the orders that the statement names, and of all that work, by key.
        fills: booked executions by each id that the broker gave them, as they stand after corrections; those that the
            statement names suffice.
        lines: ids of booked lines of the account.
        closes: last known price of underlyings, dollars.
        dividends: dollars of booked dividends, paid or awaited, by symbol and ex-date.
        cancels: by order reference, how often the end of an order that we do not know was asked for.
    """

    book: Book
    intents: Mapping[str, IntentRecorded] = Factory(dict)
    fills: Mapping[str, Filled] = Factory(dict)
    lines: frozenset[str] = frozenset()
    closes: Mapping[str, Decimal] = Factory(dict)
    dividends: Mapping[tuple[str, date], Decimal] = Factory(dict)
    cancels: Mapping[str, int] = Factory(dict)


@frozen(kw_only=True)
class Finding:
    """A difference between books and broker.

    Attributes:
        code: B01 to B16.
        subject: instrument, execution or line that it is about, `cash` or `nav`; of B04 the order's reference, a
            foreign one's number; of B05 its key.
        symbol: the underlying; empty where it concerns the account.
        action: INFO, CANCEL, SYMBOL or ACCOUNT.
        ours, theirs: both sides in words; `theirs` is what a person explains.
        cause: where it most likely comes from.
        mends: entries that mend it, in order; they are there where the action is INFO, and only there. A `Broken` that
            tells the finding goes before them.
    """

    code: str
    subject: str
    what: str
    ours: str
    theirs: str
    cause: str
    symbol: str = ""
    action: str = "INFO"
    mends: tuple[Event, ...] = ()

    @property
    def name(self) -> tuple[str, str]:
        """Code and subject."""
        return self.code, self.subject


def found(
    code: str, subject: str, *, what: str, ours: str, theirs: str, cause: str,
    symbol: str = "", worse: bool = False, mends: Sequence[Event] = (),
) -> Finding:  # fmt: skip
    """A difference with its kind's action, with the other one where `worse`."""
    kind = BREAKS[code]
    return Finding(
        code=code, subject=subject, symbol=symbol, action=kind.otherwise if worse else kind.action, what=what,
        ours=ours, theirs=theirs, cause=cause, mends=tuple(mends),
    )  # fmt: skip
