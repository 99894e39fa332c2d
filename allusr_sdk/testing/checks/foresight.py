"""Check 303: a tape that ends, or goes on otherwise, after an instant changes nothing that was decided up to it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from attrs import evolve, frozen

from allusr_sdk.contracts import SleeveView
from allusr_sdk.model.views import Bar, Bars, Snapshot, Step
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial, Walk
from allusr_sdk.testing.checks.views import of_market

_AHEAD = 10


def no_lookahead(trial: Trial) -> int:
    """Bars that know tomorrow, up or down; the tape cut in the middle; the tape going on at other prices."""
    asks = trial.asks(60)
    for ask in asks:
        straight = ask.again(trial.fresh())
        for factor in (0.7, 1.4):
            again = ask.seen(lambda view, by=factor: knowing(view, by)).again(trial.fresh())  # type: ignore[misc]
            if again.said != straight.said:
                raise Broken(f"{ask} answers otherwise where bars of today and later are known: {again.said[:160]}")
    walk, tape = trial.walk, trial.tape
    cut = tape.steps_[len(tape.steps_) // 2].view.at
    _same(walk, trial.lab.walk(tape.until(cut)), cut, "where the tape ends there")
    _same(walk, trial.lab.walk(tape.changed(lambda step: _otherwise(step, cut))), cut, "where prices go on otherwise")
    return len(asks)


def _same(walk: Walk, other: Walk, until: datetime, how: str) -> None:
    for one, again in zip(walk.asks, other.asks, strict=False):
        if one.at > until:
            return
        if one.said != again.said:
            raise Broken(f"{one}, before {until:%Y-%m-%d %H:%M} UTC, answers otherwise {how}: {again.said[:160]}")


def _otherwise(step: Step, after: datetime) -> Step:
    """A step after the cut, with every share a tenth cheaper than its options say."""
    if step.view.at <= after:
        return step
    moved = {n: _cheaper(s) if s.at > after else s for n, s in step.view.snapshots.items()}
    return evolve(step, view=evolve(step.view, snapshots=moved))


def _cheaper(snapshot: Snapshot) -> Snapshot:
    return evolve(snapshot, bid=snapshot.bid * 0.9, ask=snapshot.ask * 0.9, last=snapshot.last * 0.9)


def knowing(view: SleeveView, factor: float) -> SleeveView:
    """The view over bars that know what comes: today's and later closes at `factor` times the spot."""
    return of_market(view, lambda market: evolve(market, bars=_Prophet(market.bars, view, factor)))


@frozen(eq=False)
class _Prophet:
    """Bars as a careless source has them: also those of sessions that are not over."""

    known: Bars
    view: SleeveView
    factor: float

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        today = self.view.session.day
        past = self.known.before(symbol, min(day, today), count)
        ahead = self.view.calendar.between(today, min(day - timedelta(days=1), today + timedelta(days=_AHEAD)))
        told = tuple(bar for session in ahead if (bar := self._told(symbol, session.day)))
        return (*past, *told)[-count:] if count else ()

    def on(self, symbol: str, day: date) -> Bar | None:
        return self._told(symbol, day) if day >= self.view.session.day else self.known.on(symbol, day)

    def _told(self, symbol: str, day: date) -> Bar | None:
        snapshot = self.view.market.snapshots.get(symbol)
        if snapshot is None:
            return None
        close = snapshot.spot * self.factor
        return Bar(day, close, close, close, close, 1e6)
