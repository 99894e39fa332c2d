"""The VIX switch: up by confirmed values, down by closes (KS-1, KS-2, KS-4, CAD-14).

Samples that wait for their confirmation stand in the books (`Book.samples`), so that a restart goes on counting.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from allusr_sdk.kernel.scene import Scene, reading
from allusr_sdk.kernel.switches import graver, known_vix, sampled, thresholds, tier_of
from allusr_sdk.model.events import Event, SwitchWaiting
from allusr_sdk.model.views import Vix

Sample = tuple[datetime, float]

DOWN = {"HEDGED": ("NONE", "KS-4.hedged_closes"), "SAFE": ("HEDGED", "KS-4.safe_closes")}


def rise(scene: Scene) -> Iterator[Event]:
    """Raise the switch to the tier that enough samples in a row lie above; a daily value is enough by itself."""
    vix, value = scene.view.vix, known_vix(scene.view)
    if vix is None or value is None:
        return
    if sampled(scene.view):
        yield from _sampled(scene, vix)
        return
    after, threshold = tier_of(value, scene.rules)
    if graver(after, scene.tier("VIX")):
        source = "VIX, daily bars" if vix.daily else "VIX"
        yield from scene.moved(
            "VIX", after, rule="KS-1 CAD-14", reason=f"VIX {value:g} above {threshold:g}", value=value,
            threshold=threshold, source=source, samples=(reading(vix.at, value),),
        )  # fmt: skip


def _sampled(scene: Scene, vix: Vix) -> Iterator[Event]:
    """Three samples in a row above a tier's threshold enter it; until then they are counted (KS-2)."""
    higher = thresholds(scene.tier("VIX"), scene.rules)
    if not scene.book.waiting[1] and not (higher and vix.value > higher[0][1]):
        return
    held = _above(_today(scene), higher[0][1]) if higher else ()
    if not _counts(scene, vix):
        if scene.book.waiting[1] and not held:
            yield SwitchWaiting(rule="KS-2", tier="NONE", count=0, value=vix.value)
        return
    run = _above((*held, (vix.at, vix.value)), higher[0][1]) if higher else ()
    needed = scene.rules.integer("KS-2.samples")
    confirmed = [(tier, limit) for tier, limit in higher if len(_above(run, limit)) >= needed]
    if confirmed:
        after, threshold = confirmed[-1]
        shown = _above(run, threshold)[-needed:]
        yield from scene.moved(
            "VIX", after, rule="KS-1 KS-2", reason=f"VIX above {threshold:g} in {needed} samples in a row",
            value=vix.value, threshold=threshold, source="VIX", samples=tuple(reading(*s) for s in shown),
        )  # fmt: skip
        further = thresholds(after, scene.rules)
        run = _above(run, further[0][1]) if further else ()
    if run or scene.book.waiting[1]:
        tier = tier_of(min(v for _, v in run), scene.rules)[0] if run else "NONE"
        yield SwitchWaiting(rule="KS-2", tier=tier, count=len(run), value=vix.value, sample=vix.at)


def _today(scene: Scene) -> tuple[Sample, ...]:
    """The waiting samples of this session: what another one left is not in a row with today's."""
    return tuple(s for s in scene.book.samples if s[0] >= scene.view.session.open)


def _above(samples: tuple[Sample, ...], limit: float) -> tuple[Sample, ...]:
    """The samples in a row, up to the newest, that lie above a limit."""
    first = next((i for i in range(len(samples), 0, -1) if not samples[i - 1][1] > limit), 0)
    return samples[first:]


def _counts(scene: Scene, vix: Vix) -> bool:
    """Whether the value is a sample of the index's own hours and newer than the one before it."""
    session, rules = scene.view.session, scene.rules
    first = session.open + timedelta(seconds=rules.integer("KS-2.first_seconds"))
    last = session.close + timedelta(minutes=rules.integer("KS-2.last_minutes"))
    before = scene.book.samples[-1][0] if scene.book.samples else None
    apart = timedelta(seconds=rules.integer("KS-2.sample_seconds"))
    return first <= vix.at <= last and (before is None or vix.at - before >= apart)


def fall(scene: Scene) -> Iterator[Event]:
    """Lower the switch by one tier at a session's end, after enough closes under its mark (KS-4).

    HEDGED ends with the week, SAFE where nothing owed lacks its cover; HALT is left by a person alone.
    """
    before = scene.tier("VIX")
    if before not in DOWN or (before == "HEDGED" and not scene.week_ends):
        return
    after, key = DOWN[before]
    if not calm(scene, key, since=scene.view.session.open) or (before == "SAFE" and scene.uncovered()):
        return
    value = known_vix(scene.view)
    if value is None or graver(tier_of(value, scene.rules)[0], after):
        return
    closes, limit = last_closes(scene), scene.rules.number(key)
    yield from scene.moved(
        "VIX", after, rule="KS-4", reason=f"closes {', '.join(f'{c:g}' for c in closes)} under {limit:g}",
        value=closes[-1], threshold=limit, source="VIX, closes", samples=tuple(f"{c:g}" for c in closes),
    )  # fmt: skip


def last_closes(scene: Scene) -> tuple[float, ...]:
    """The daily closes that KS-4 looks at, oldest first; fewer where fewer are known."""
    closes = scene.view.vix.closes if scene.view.vix else ()
    return tuple(closes[-scene.rules.integer("KS-4.closes") :])


def calm(scene: Scene, key: str, *, since: datetime) -> bool:
    """Whether the last closes lie under a mark; the index must have been heard of `since` then."""
    vix, limit, closes = scene.view.vix, scene.rules.number(key), last_closes(scene)
    if vix is None or vix.at < since or len(closes) < scene.rules.integer("KS-4.closes"):
        return False
    return all(close < limit for close in closes)
