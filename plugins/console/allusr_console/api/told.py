"""What the read API tells: stories, entries, refusals, proposals, the trail, reports (see `values`)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from allusr_console.api.values import Json, Rests, Value


class Reason(Value):
    """A rule that said no."""

    rule: str
    text: str


class Refusal(Value):
    """An entry that refused something."""

    seq: int
    at: datetime
    ledger: str
    symbol: str
    what: str
    reasons: tuple[Reason, ...]


class Entry(Value):
    """An entry of the journal."""

    seq: int
    at: datetime
    cycle: int
    state: str
    rulebook: str
    kind: str
    ledger: str
    symbol: str
    rule: str
    payload: dict[str, Json]
    prev_hash: str
    hash: str


class Detail(Value):
    """A sentence under a line."""

    text: str
    rules: tuple[str, ...]


class Line(Value):
    """One thing that happened or was left undone; New York time."""

    at: datetime
    kind: str
    text: str
    subject: str
    rules: tuple[str, ...]
    numbers: Mapping[str, Json]
    details: tuple[Detail, ...]
    entries: tuple[int, ...]
    until: datetime | None
    times: int


class Chapter(Value):
    """A symbol in a ledger."""

    symbol: str
    ledger: str
    title: str
    weeks: tuple[str, ...]
    spot: float | None
    spot_at: datetime | None
    position: str
    level: int
    level_name: str
    lines: tuple[Line, ...]


class Cause(Value):
    """Why a week has a label."""

    label: str
    text: str
    rules: tuple[str, ...]
    entries: tuple[int, ...]


class Heading(Value):
    """A week's type for the account or a ledger."""

    week: str
    ledger: str
    status: str
    version: int
    primary: str
    labels: tuple[str, ...]
    flags: Mapping[str, int]
    levels: Mapping[str, int]
    premium: Decimal
    premium_net: Decimal
    realised: Decimal
    unrealised: Decimal
    assignments: int
    rolls: int
    hedge_cost: Decimal
    max_vix: float | None
    causes: tuple[Cause, ...]


class Raw(Value):
    """An entry as it stands in the journal."""

    seq: int
    kind: str
    payload: str


class Story(Value):
    """What is told of a subject."""

    run: int
    what_if: Mapping[str, str]
    weeks: tuple[Heading, ...]
    chapters: tuple[Chapter, ...]
    journal: tuple[Raw, ...]


class Change(Value):
    """A value of the rulebook that would be another."""

    key: str
    before: str
    after: str
    effect: str


class Proposal(Value):
    """A change of the rulebook, and what it would have done."""

    number: int
    at: datetime
    author: str
    reason: str
    base: str
    wishes: Mapping[str, str]
    period: str
    old: Mapping[str, Json]
    new: Mapping[str, Json]
    approved: str
    changes: tuple[Change, ...]
    problem: str
    waiting: bool


class Act(Value):
    """An entry of the home's own chains."""

    chain: str
    number: int
    at: datetime
    actor: str
    action: str
    scope: str
    outcome: str
    text: str
    about: int | None


class Told(Value):
    """A period that can be reported."""

    kind: str
    label: str
    first: date
    last: date
    over: bool


# --- a report ------------------------------------------------------------------------------------------------------

type Cells = str | int | float | None


class Figure(Value):
    """A number with its entries; dollars are texts."""

    key: str
    label: str
    value: Cells
    unit: str
    entries: tuple[int, ...]
    note: str


class Sentence(Value):
    """Words made of figures of the report."""

    text: str
    entries: tuple[int, ...]


class Column(Value):
    """A column of a table."""

    key: str
    title: str
    unit: str


class Cell(Value):
    """A value with its entries."""

    value: Cells
    entries: tuple[int, ...]


class Row(Value):
    """A row of a table."""

    cells: tuple[Cell, ...]
    total: bool


class Table(Value):
    """A table of a report."""

    key: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    routine: bool


class Linked(Value):
    """An entry under a number."""

    seq: int
    at: datetime
    kind: str
    ledger: str
    symbol: str
    rule: str
    amount: Decimal | None
    text: str


class Report(Value):
    """The facts of a week, a month or a quarter."""

    report: str
    run: int
    mode: str
    market: str
    rulebook: str
    what_if: Mapping[str, str]
    kind: str
    label: str
    first: date
    last: date
    status: str
    asof: datetime | None
    seq: int
    headline: tuple[Figure, ...]
    words: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    linked: tuple[Linked, ...]


# --- with what it rests on -----------------------------------------------------------------------------------------


class View[T](Value):
    """An answer, and what it rests on."""

    rests: Rests
    found: T


class Page[T](Value):
    """Some of many, oldest first; `after` is what the next request is given, null at the end."""

    rests: Rests
    found: tuple[T, ...]
    after: int | None
