"""The story of a subject, and one entry as it stands in the journal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from allusr_console.asking import Under
from allusr_console.console import Console
from allusr_console.pages.frame import frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry
    from allusr_sdk.model.events import Event


async def story(console: Console, reader: Reader, name: str, subject: str, ledger: str | None) -> None:
    """What `allusr explain` tells, each line with its entries."""
    under = Under()
    found = await console.house.ask(name).story(subject, ledger, under=under)
    title = next((c.title for c in found.chapters if c.title), subject)
    with frame(f"{title} · {name}", reader):
        still(render("crumbs", trail=((f"/a/{name}", name), ("", "Story"))))
        still(render("story", name=name, title=title, story=found, under=under, market=_market(console, name)))


def _market(console: Console, name: str) -> str:
    """How the newest run's market is described; empty while nothing of it was read."""
    facts = console.house.snapshot(name).facts
    return "" if facts is None else facts.market


async def entry(console: Console, reader: Reader, name: str, seq: int) -> None:
    """One entry: what it says, what it posts, and its place in the chain."""
    found = shown(await console.house.ask(name).entry(seq))
    with frame(f"Entry #{seq} · {name}", reader):
        still(render("crumbs", trail=((f"/a/{name}", name), ("", f"Entry #{seq}"))))
        still(render("entry", name=name, e=found))


@frozen(kw_only=True)
class Posted:
    """A posting; dollars."""

    ledger: str
    account: str
    instrument: str
    quantity: int
    dollars: Decimal


@frozen(kw_only=True)
class Shown:
    """An entry for reading; `fields` are those of its event that say something."""

    seq: int
    kind: str
    at: datetime
    state: str
    cycle: int
    rule: str
    rulebook: str
    hash: str
    prev_hash: str
    fields: tuple[tuple[str, str], ...]
    lines: tuple[Posted, ...]


def shown(found: "Entry") -> Shown:
    """An entry for reading."""
    lines = tuple(
        Posted(ledger=p.ledger, account=p.account, instrument=p.instrument, quantity=p.quantity,
               dollars=Decimal(p.amount) / 100)
        for p in found.lines
    )  # fmt: skip
    return Shown(
        seq=found.seq, kind=found.kind, at=found.at, state=found.state, cycle=found.cycle, rule=found.event.rule,
        rulebook=found.rulebook, hash=found.hash, prev_hash=found.prev_hash, fields=tuple(said(found.event)),
        lines=lines,
    )  # fmt: skip


def said(event: "Event") -> Iterator[tuple[str, str]]:
    """What an event says, by the names of its fields; its rules stand apart."""
    for each in attrs.fields(type(event)):
        value = getattr(event, each.name)
        if each.name == "rule" or value in ("", None, (), {}):
            continue
        yield each.name, _said(value)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(each)}" for key, each in value.items())
    kind = type(value)
    if attrs.has(kind):
        told = ((each.name, getattr(value, each.name)) for each in attrs.fields(kind))
        return ", ".join(
            f"{name.replace('_', ' ')} {_said(one)}" for name, one in told if one not in ("", None, (), {})
        )
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, tuple):
        return ", ".join(map(_said, value))
    return str(value)
