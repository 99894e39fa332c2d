"""Old data: the VIX's for the account (KS-5), what is held for a sleeve (PE-5). Coarse data has no timer (CAD-14)."""

from collections.abc import Iterator
from datetime import timedelta
from math import inf

from allusr_sdk.kernel.scene import Scene
from allusr_sdk.kernel.switches import graver, known_vix, sampled
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Decided, Event
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.model.views import Grain, Snapshot


def account(scene: Scene) -> Iterator[Event]:
    """SAFE while the VIX is unknown, or older than ten minutes of the session; a fresh value releases it (KS-5)."""
    age = _vix_age(scene)
    limit = scene.rules.number("KS-5.safe_seconds")
    if age is None or age > limit:
        why = "the VIX is unknown" if age is None else f"the VIX is {age:g} seconds old"
        yield from scene.moved("STALE", "SAFE", rule="KS-5", reason=why, value=age, threshold=limit, source="VIX")
    elif age <= (fresh := scene.rules.number("KS-5.entries_seconds")):
        why = "the VIX is known and fresh"
        yield from scene.moved("STALE", "NONE", rule="KS-5", reason=why, value=age, threshold=fresh, source="VIX")


def _vix_age(scene: Scene) -> float | None:
    """Seconds of this session without a new value; None where it is unknown, zero where no timer runs."""
    vix, view = scene.view.vix, scene.view
    if known_vix(view) is None or vix is None or vix.at > view.at:
        return None
    return (view.at - max(vix.at, view.session.open)).total_seconds() if sampled(view) else 0.0


def sleeves(scene: Scene) -> Iterator[Event]:
    """What a sleeve holds without fresh data freezes its entries, after minutes it makes the sleeve SAFE (PE-5).

    Data without a price freezes them too: nobody knows how far what is held is from its strike (RULE-0).
    """
    view = scene.view
    if view.grain is not Grain.GRID or not view.session.open <= view.at <= view.session.close:
        return
    fresh = {symbol for symbol, snapshot in view.snapshots.items() if snapshot.at == view.at and _priced(snapshot)}
    for name, ledger in scene.book.ledgers.items():
        if "STALE" in ledger.switches or any(p.symbol not in fresh for p in ledger.positions.values()):
            yield from _sleeve(scene, ledger, name)


def _sleeve(scene: Scene, ledger: LedgerBook, name: str) -> Iterator[Event]:
    held = [p for p in ledger.positions.values() if p.key not in scene.book.unsettled]  # others await no data
    stale = [(p, age) for p in held if (age := _age(scene, p)) > _patience(scene, p)]
    stale += [(p, 0.0) for p in held if _blind(scene, p)]
    for position, age in stale:
        since = (scene.view.at - timedelta(seconds=age)).astimezone(NEW_YORK)
        what = f"no data since {since:%H:%M:%S}" if age else "data without a price"
        raised = min(position.watch.level + 1, 3)
        yield Decided(
            ledger=name, symbol=position.symbol, rule="PE-5", subject=position.key, verdict="hold",
            why=f"{what}: watched as level {raised}, nothing new but closes",
        )  # fmt: skip
    limit = 60 * scene.rules.number("PE-5.safe_minutes")
    oldest = max((age for _, age in stale), default=0.0)
    after = "SAFE" if oldest > limit else "FREEZE" if stale else "NONE"
    before = scene.tier("STALE", name)
    if graver(before, after) and after != "NONE":
        return
    symbols = ", ".join(sorted({p.symbol for p, _ in stale}))
    why = f"no data of {symbols} for {oldest:g} seconds" if stale else "data of all that is held is fresh"
    yield from scene.moved(
        "STALE", after, ledger=name, rule="PE-5", reason=why, value=oldest, threshold=limit, source="market data"
    )


def _age(scene: Scene, position: Position) -> float:
    """Seconds of this session without data of a position's underlying."""
    view, snapshot = scene.view, scene.view.snapshots.get(position.symbol)
    known = snapshot is not None and snapshot.at <= view.at
    since = max(snapshot.at, view.session.open) if snapshot is not None and known else view.session.open
    return (view.at - since).total_seconds()


def _blind(scene: Scene, position: Position) -> bool:
    """Whether data of this instant says nothing of what a position's underlying costs."""
    snapshot = scene.view.fresh(position.symbol)
    return snapshot is not None and not _priced(snapshot)


def _priced(snapshot: Snapshot) -> bool:
    return 0 < snapshot.spot < inf


def _patience(scene: Scene, position: Position) -> float:
    return scene.rules.number("PE-5.stale_raised" if position.watch.level else "PE-5.stale_calm")
