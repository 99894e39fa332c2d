"""Answers made of snapshots."""

from collections.abc import Mapping

from allusr_console.api import values
from allusr_console.asking import Under
from allusr_console.problems import Busy
from allusr_console.snapshots import Snapshot
from allusr_sdk.office.sighted import Sighting, distance
from allusr_sdk.office.status import position


def rests(of: Snapshot) -> values.Rests:
    """What an answer rests on."""
    return values.Rests(
        account=of.name, run=of.run, seq=of.seq, head=of.head, instant=of.instant, age=of.age, stale=of.stale,
        problem=of.problem,
    )  # fmt: skip


def rests_on(of: Snapshot, under: Under) -> values.Rests:
    """What an answer rests on that was read from the journal, by itself."""
    return rests(of).model_copy(update={
        "run": under.run, "seq": under.seq, "head": under.head, "instant": under.instant
    })  # fmt: skip


def known(of: Snapshot) -> Mapping[str, object]:
    """The status of an account. Raises `Busy` before it was read: it is unknown, and nothing is made up."""
    if of.status is None:
        raise Busy(f"{of.name} is unknown: {of.problem}")
    return of.status


def summary(of: Snapshot) -> values.Summary:
    """An account in a line."""
    stands = of.status or {}
    needs, engine = stands.get("needs"), of.engine
    return values.Summary.model_validate({
        "name": of.name, "home": of.home, "engine": engine.get("life"), "rests": rests(of),
        "needs": None if needs is None else len(needs),  # type: ignore[arg-type]
        **{name: stands.get(name) for name in ("mode", "state", "tier", "equity")},
    })  # fmt: skip


def positions(of: Snapshot) -> tuple[values.Position, ...]:
    """Every position, with how far its strike is."""
    known(of)
    held = of.book.positions if of.book is not None else ()
    found = []
    for one in held:
        seen = of.seen.get(one.key, Sighting())
        spot = seen.spot.value if seen.spot else None
        found.append(values.Position.model_validate({
            **position(one), "spot": spot, "distance": distance(one, spot), "atr": seen.m.value if seen.m else None,
        }))  # fmt: skip
    return tuple(found)
