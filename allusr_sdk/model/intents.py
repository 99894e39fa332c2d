"""What plugins ask for. An intent is a wish: only guards, sizing and the kernel turn it into an order."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.positions import Position

Numbers = Mapping[str, object]


@frozen
class Intent:
    """Common to all: the rules it rests on (`CAD-4 CAD-8`), why in words, and the numbers it was decided on."""

    symbol: str
    rule: str
    why: str = ""
    numbers: Numbers = Factory(dict)


@frozen
class Band:
    """Where a rule lets contracts be written: absolute delta from `low` to `high`, `nearest` to `furthest` days out.

    Days are sessions left or calendar days (`unit`, CAD-2). `reach` is how far under `low` the delta may fall when no
    strike lies inside (CAD-8). `floor` is the lowest strike in dollars, for calls on shares held at a basis.
    """

    rule: str
    low: float
    high: float
    nearest: int
    furthest: int
    unit: str = "sessions"
    reach: float = 0.0
    floor: Decimal = Decimal(0)


@frozen(kw_only=True)
class Sell(Intent):
    """Write a put or a covered call. `lots` caps the contracts; None leaves the size to CAD-10.

    `delta` is our own, signed; `band` is the one of the sleeve's declared bands that it rests on. `pod` numbers the
    part of a large sleeve that writes it (LQ-3): pods may write puts on one symbol in the same session.
    """

    quote: Quote
    delta: float
    band: Band
    lots: int | None = None
    pod: int | None = None


@frozen(kw_only=True)
class Close(Intent):
    """Buy back a short option or sell a long one, wholly or `lots` contracts of it.

    Of a spread the written leg names in `sell` the bought one of the same ledger: both leave in one combo order, so
    that what is sold pays for what is bought back. `limit` is the worst price per share in dollars (None: 5 % worse
    than the first mid, or a tick, ORD-1); `urgent` exits start at the far touch and walk by PE-11.
    """

    position: Position
    quote: Quote
    limit: Decimal | None = None
    urgent: bool = False
    lots: int | None = None
    sell: Quote | None = None


@frozen(kw_only=True)
class Roll(Intent):
    """Buy back a short option and write another in one combo order (PE-8). `debit` per share, negative is a credit."""

    position: Position
    buy: Quote
    sell: Quote
    debit: Decimal


@frozen(kw_only=True)
class Hedge(Intent):
    """Buy `lots` of options that hedge (PE-10), with `sell` written under them as one spread where it is given.

    `trigger` is VIX30x5, SPX_DD20, BREADTH20, VIX50 or L2.
    """

    buy: Quote
    sell: Quote | None = None
    lots: int
    trigger: str


@frozen(kw_only=True)
class Shares(Intent):
    """Buy (positive) or sell (negative) shares at the market's mid, walking to the touch."""

    quantity: int
    position: Position | None = None


@frozen(kw_only=True)
class Skip(Intent):
    """Nothing is done, and why: the other half of RULE-3. `verdict` is `skip`, `hold`, `refuse` or `prepare`."""

    verdict: str = "skip"


@frozen(kw_only=True)
class Note(Intent):
    """Remember a short text under a key in the sleeve's ledger; read back through `view.notes`."""

    key: str
    text: str


@frozen
class Veto:
    """A guard's no: the rule and the numbers."""

    rule: str
    why: str
    numbers: Numbers = Factory(dict)


@frozen
class Halt:
    """A guard's wish for a safer state: tier SAFE or HALT."""

    tier: str
    rule: str
    why: str


@frozen
class Candidate:
    """One rung of the roll ladder as it was found (PE-8): taken, or refused by which rule.

    `buyback` is the mid at which the short is bought back, `debit` that less the mid of what is sold, in dollars.
    """

    rung: str
    taken: bool
    rule: str
    why: str
    sell: Quote | None = None
    debit: Decimal | None = None
    delta: float | None = None
    buyback: Decimal | None = None
