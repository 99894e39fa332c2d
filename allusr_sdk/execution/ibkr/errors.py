"""What IBKR's codes mean: one table by code and by what they are said about."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import product


class Context(StrEnum):
    """What a code is said about: a new order, one that works, a change or a cancel of it, a request, or nothing."""

    NEW = "new"
    WORKING = "working"
    CHANGE = "change"
    CANCEL = "cancel"
    REQUEST = "request"
    NONE = "none"


class Meaning(StrEnum):
    """What follows from a code."""

    INFO = "info"
    """Nothing: an order stays as it is."""
    REJECT = "reject"
    """The order is dead."""
    CANCELED = "canceled"
    """The order has ended."""
    KEPT = "kept"
    """The change or cancel came to nothing, and the order goes on as it was or was done before."""
    UNKNOWN = "unknown"
    """TWS does not know the order by this number: everything has to be asked for again."""
    FAIL = "fail"
    """The request has no answer."""
    LOST = "lost"
    """TWS is cut off from IBKR."""
    RESTORED_EMPTY = "restored, data lost"
    """It is connected again and forgot all subscriptions."""
    RESTORED = "restored"
    """It is connected again."""
    FARM_BROKEN = "farm broken"
    FARM_OK = "farm ok"
    TAKEN = "client id taken"
    """Another session holds our client id: it is tried again, with the same one."""
    SLOWER = "slower"
    """We ask too fast."""


_ORDER = (Context.NEW, Context.WORKING, Context.CHANGE, Context.CANCEL)
_EVERY = tuple(Context)

_ROWS: tuple[tuple[Iterable[int], Iterable[Context], Meaning], ...] = (
    # an order is refused; the same code about a change leaves what works as it is
    ((103, 104, 105, 109, 110, 200, 203, 321, 329, 387, 434, 435, 436, 460, 10289, 10293), (Context.NEW,),
     Meaning.REJECT),
    ((103, 104, 105, 109, 110, 203, 321, 329, 387, 434, 435, 436), (Context.CHANGE,), Meaning.KEPT),
    ((201,), (Context.NEW, Context.WORKING, Context.CANCEL), Meaning.REJECT),
    ((201,), (Context.CHANGE,), Meaning.KEPT),
    # an order ends, or does not
    ((202,), _ORDER, Meaning.CANCELED),
    ((161, 10148), _ORDER, Meaning.KEPT),
    ((135, 10147), _ORDER, Meaning.UNKNOWN),
    # the connection
    ((1100, 1300, 2110), _EVERY, Meaning.LOST),
    ((1101,), _EVERY, Meaning.RESTORED_EMPTY),
    ((1102,), _EVERY, Meaning.RESTORED),
    ((2103, 2105, 2157), _EVERY, Meaning.FARM_BROKEN),
    ((2104, 2106, 2158), _EVERY, Meaning.FARM_OK),
    ((326,), _EVERY, Meaning.TAKEN),
    ((100,), _EVERY, Meaning.SLOWER),
)  # fmt: skip

TABLE: Mapping[tuple[int, Context], Meaning] = {
    pair: meaning for codes, contexts, meaning in _ROWS for pair in product(codes, contexts)
}

NOTICES = frozenset({165, 300, 322, 399, 404, 492, 10167, 10349, *range(2100, 2200)})
"""Codes that fail no request and change no order."""


def meaning(code: int, context: Context) -> Meaning:
    """What a code means. One that is not in the table fails a request, and changes no order: its status tells."""
    found = TABLE.get((code, context))
    if found is not None:
        return found
    if context is Context.REQUEST and code not in NOTICES:
        return Meaning.FAIL
    return Meaning.INFO
