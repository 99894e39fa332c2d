"""When switches are thrown and released: two tables, one looked at every instant, one at a session's end.

| cause | scope | thrown | released |
|---|---|---|---|
| VIX | account | confirmed values above a threshold (KS-1, KS-2) | closes, a tier a day; HALT by a person (KS-4) |
| STALE | account, sleeve | old or unknown data (KS-5, PE-5) | fresh data |
| LOSS | account | a day's loss (KS-10) | the session's end; SAFE by PE-11's reset |
| WEEK | account | a week's loss (KS-10) | the week's end |
| L3 | account, sleeve | a stop (PE-11; `holdings` throws it) | PE-11's reset, or a person |
| PIVOT | sleeve | a drawdown while the VIX is low (ORD-3) | near the high again |
| GUARD | account | a guard's wish | no guard wishes it at a session's end; HALT by a person |
| BREAK | account | a break of the account (section 9) | no such break is open |
| LINK | account | a broker does not answer (`execution`) | it answers |
| CLOCK | account | the clock is off (KS-9, `execution`) | it is right |
| USER | account, sleeve | a person (`commands`) | a person |
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from attrs import frozen

from allusr_sdk.host import Host
from allusr_sdk.kernel import freezes, losses, staleness, vix
from allusr_sdk.kernel.scene import Scene, moved
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.switches import graver, known_vix
from allusr_sdk.model.events import Decided, Event, SwitchChanged
from allusr_sdk.model.ladders import style_of
from allusr_sdk.model.positions import TIERS
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook

Watcher = Callable[[Scene], Iterable[Event]]


def guards(scene: Scene) -> Iterator[SwitchChanged]:
    """The gravest wish of the guards; one that cannot be read counts as SAFE (RULE-0)."""
    if not scene.wishes:
        return
    asked = max((h.tier if h.tier in TIERS else "SAFE" for h in scene.wishes), key=TIERS.index)
    if graver(asked, scene.tier("GUARD")):
        rules = " ".join(dict.fromkeys(h.rule for h in scene.wishes))
        why = "; ".join(f"{h.rule} {h.why}" for h in scene.wishes)
        yield from scene.moved("GUARD", asked, rule=f"KS-6 {rules}", reason=why, source="guards")


def guards_rest(scene: Scene) -> Iterator[SwitchChanged]:
    """No guard wishes for it any more; a HALT waits for a person (KS-7)."""
    if not scene.wishes and scene.tier("GUARD") != "HALT":
        yield from scene.moved("GUARD", "NONE", rule="KS-6", reason="no guard asks for it", source="guards")


def day_over(scene: Scene) -> Iterator[SwitchChanged]:
    """A day's freeze ends with its session, its SAFE by the reset of PE-11 (KS-10)."""
    if scene.tier("LOSS") == "SAFE" and scene.steady(""):
        return
    yield from scene.moved("LOSS", "NONE", rule="KS-10", reason="the session is over", source="reconciliation")


def week_over(scene: Scene) -> Iterator[SwitchChanged]:
    """A week's loss binds until the week ends (KS-10)."""
    if scene.week_ends:
        yield from scene.moved("WEEK", "NONE", rule="KS-10", reason="the week is over", source="reconciliation")


def level3_over(scene: Scene) -> Iterator[SwitchChanged]:
    """Reset by itself once reconciled and calm; after two stops in 30 days by a person alone (PE-11)."""
    for ledger in ("", *scene.book.ledgers):
        if scene.steady(ledger) or _by_hand(scene, ledger):
            continue
        yield from scene.moved(
            "L3", "NONE", ledger=ledger, rule="PE-11", value=known_vix(scene.view),
            reason="reconciled; VIX, levels and drawdown let it", source="reconciliation",
        )  # fmt: skip


def _by_hand(scene: Scene, ledger: str) -> bool:
    """Whether a scope had so many stops of late, or none that the books know, that a person must look.

    A sleeve that stops in several accounts on one day has stopped once.
    """
    since = scene.view.session.day - timedelta(days=scene.rules.integer("PE-11.manual_days"))
    stops = {(style_of(book), day) for book in scene.bound(ledger) for day in book.stops}
    recent = sum(day >= since for _, day in stops)
    return not stops or recent >= scene.rules.integer("PE-11.manual_stops")


AT_ONCE: tuple[Watcher, ...] = (freezes.account, vix.rise, guards, staleness.account, staleness.sleeves)
AT_THE_CLOSE: tuple[Watcher, ...] = (vix.rise,)
AT_THE_END: tuple[Watcher, ...] = (vix.fall, day_over, week_over, level3_over, guards_rest)


@frozen(eq=False)
class Switchboard:
    """Looks at the switches and journals their moves."""

    scribe: Scribe
    host: Host
    rules: Rulebook
    losses: losses.Losses

    def scan(self, view: MarketView) -> None:
        """One instant: what data, guards and losses throw or release at once."""
        scene = self.scene(view, asked=True)
        self._look(scene, AT_ONCE)
        for watcher in (losses.limits, losses.pivot):
            self._write(watcher(scene, self.losses))

    def close(self, view: MarketView) -> None:
        """A session's closing step: its last value of the VIX is confirmed (CAD-14)."""
        self._look(self.scene(view), AT_THE_CLOSE)

    def settle(self, view: MarketView) -> None:
        """A session that is reconciled and valued: which thrown switches end with it, and the VIX's way down."""
        scene = self.scene(view, asked=True)
        if scene.thrown:
            self._look(scene, AT_THE_END)

    def throw(self, cause: str, after: str, **row: Any) -> None:  # noqa: ANN401 - fields of the audit row
        """Move one switch as somebody asks."""
        self._write(moved(self.scribe.book, cause, after, **row))

    def reconciled(self) -> None:
        """After a comparison of books and broker: what its breaks throw or release, whatever market was seen."""
        self._write(freezes.switched(self.scribe.book))

    def scene(self, view: MarketView, *, asked: bool = False) -> Scene:
        """What a switch looks at, with the guards' wishes where they are `asked`."""
        return Scene(view, self.scribe.book, self.rules, self.host.halt(view) if asked else ())

    def _look(self, scene: Scene, watchers: Iterable[Watcher]) -> None:
        for watcher in watchers:
            self._write(watcher(scene))

    def _write(self, events: Iterable[Event]) -> None:
        for event in tuple(events):
            if isinstance(event, Decided):
                self.scribe.decide(
                    event.ledger, event.symbol, event.verdict, event.rule, event.why, event.numbers,
                    subject=event.subject,
                )  # fmt: skip
            else:
                self.scribe.write(event)
