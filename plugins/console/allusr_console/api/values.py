"""What the read API answers of where an account stands; amounts are texts, exact to the cent, and null is unknown.

Classes look like the office's and the reports' on purpose: they are the schema that other programs are written against,
so that a field inside may come, go or be renamed without a word of the API changing; what is left out here is not told.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None


class Value(BaseModel):
    """Made of the office's objects, by their attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Problem(Value):
    """Why a request is refused."""

    error: str
    hint: str


class Rests(Value):
    """What an answer rests on: an entry of a run, and how long ago it was looked for."""

    account: str
    run: int | None
    seq: int
    head: str
    instant: datetime | None
    age: float | None
    """Seconds since the newest look that succeeded."""
    stale: bool
    problem: str
    """Why the newest look failed; empty where it did not."""


class Position(Value):
    """A position; prices are dollars a share, `distance` those by which a written option is out of the money."""

    ledger: str
    symbol: str
    contract: str | None
    text: str
    quantity: int
    price: Decimal
    mark: Decimal | None
    unrealised: Decimal
    level: int
    rolls: int
    spot: Decimal | None
    distance: Decimal | None
    atr: tuple[float, float] | None
    """Distance past the strike in ATR, from and to, as the journal said it last."""


class Order(Value):
    """An order that works; `reserve` is the cash behind it."""

    ledger: str
    key: str
    symbol: str
    quantity: int
    reserve: Decimal


class Switch(Value):
    """A switch that is not NONE."""

    scope: str
    cause: str
    tier: str


class Need(Value):
    """Something that waits for a person."""

    kind: str
    ledger: str
    symbol: str
    rule: str
    why: str
    entry: int


class Break(Value):
    """A difference between books and broker that is open; `age` in seconds."""

    code: str
    subject: str
    symbol: str
    action: str
    what: str
    ours: str
    theirs: str
    cause: str
    opened: datetime
    age: int
    paged: bool


class Rung(Value):
    """An option of a ladder."""

    contract: str
    text: str
    quantity: int
    bought: date
    expiry: date
    cost: Decimal
    value: Decimal
    mark: Decimal | None


class Ladder(Value):
    """A ladder of long-dated options."""

    ledger: str
    growth: bool
    budget: Decimal
    cost: Decimal
    value: Decimal
    realised: Decimal
    rungs: tuple[Rung, ...]


class Node(Value):
    """An account of the fork tree."""

    id: str
    parent: str
    depth: int
    form: str
    generation: int
    since: date
    days: int
    funded: Decimal
    equity: Decimal
    multiple: Decimal | None
    ledgers: tuple[str, ...]
    closing: str
    target: str
    closed: date | None


class Week(Value):
    """The newest record of a week; an empty ledger is the account."""

    week: str
    ledger: str
    primary: str
    labels: tuple[str, ...]
    status: str
    version: int


class Engine(Value):
    """How the engine is."""

    life: str
    text: str
    pid: int | None = None
    host: str | None = None
    beat: datetime | None = None
    run: int | None = None
    instant: datetime | None = None


class Wish(Value):
    """What a person told the home."""

    number: int
    at: datetime
    action: str
    scope: str
    actor: str
    reason: str
    about: str
    waiting: bool


class Kept(Value):
    """A wish that waits as a file."""

    action: str
    scope: str
    actor: str
    reason: str
    about: str


class Restarts(Value):
    """How often the run was started again."""

    count: int
    last: datetime | None


class Operator(Value):
    """Halts and pauses that stand, and what waits for an engine."""

    standing: tuple[Wish, ...]
    waiting: tuple[Wish, ...]
    files: tuple[Kept, ...]
    halt_file: str | None
    maintenance: str | None
    restarts: Restarts


class Status(Value):
    """Where a run stands."""

    run: int
    mode: str
    market: str
    first: date
    last: date
    complete: bool
    what_if: Mapping[str, str]
    state: str
    tier: str
    cycles: int
    entries: int
    head: str
    equity: Decimal
    cash: Decimal
    collateral: Decimal
    switches: tuple[Switch, ...]
    needs: tuple[Need, ...]
    breaks: tuple[Break, ...]
    working: tuple[Order, ...]
    ladders: tuple[Ladder, ...]
    tree: tuple[Node, ...]
    engine: Engine
    operator: Operator


class Summary(Value):
    """An account in a line; null is unknown."""

    name: str
    home: str
    mode: str | None
    state: str | None
    tier: str | None
    equity: Decimal | None
    needs: int | None
    engine: str | None
    rests: Rests


class Health(Value):
    """Whether every account could be read just now."""

    ok: bool
    version: str
    accounts: tuple[Rests, ...]
