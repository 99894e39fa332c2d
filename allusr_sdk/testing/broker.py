"""`Broker`: what goes wrong between desk and venue, told by sentences."""

from datetime import date
from typing import Any, Self

from attrs import evolve, field, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.execution.faults import Faults
from allusr_sdk.model.views import EarlyExercise, Step
from allusr_sdk.testing.tape import Tape


@frozen
class Broker:
    """A broker that misbehaves as told; each sentence gives a new one, and equal seeds misbehave alike.

    Shares are of orders or executions, from 0 to 1, drawn by seed and key alone.
    """

    _faults: Faults = field(factory=Faults)
    _early: tuple[tuple[str, date | int, bool], ...] = ()

    def reject(self, share: float = 1.0) -> Self:
        """The venue rejects orders."""
        return self._with(reject=share)

    def partial(self, part: float) -> Self:
        """Each execution takes a part of what is left of its order, at least one; combos fill whole."""
        return self._with(partial=part)

    def duplicate_fills(self, share: float = 1.0) -> Self:
        """Executions are reported twice."""
        return self._with(duplicate_fills=share)

    def disconnect(self, *, after: int, minutes: float = 30.0) -> Self:
        """After so many orders of a session nothing reaches the venue for a while, orders or cancellations."""
        if after < 0 or minutes <= 0:
            raise InputError(
                f"broker: a line cut after {after} orders for {minutes} minutes: expected 0 or more, above 0"
            )
        return evolve(self, faults=evolve(self._faults, disconnect_after=after, disconnect_seconds=60 * minutes))

    def lose_orders(self, share: float = 1.0) -> Self:
        """Orders never reach the venue."""
        return self._with(lose_orders=share)

    def lose_acks(self, share: float = 1.0) -> Self:
        """Orders reach the venue, and its acknowledgement does not come back."""
        return self._with(lose_acks=share)

    def assign_early(self, symbol: str, *, on: date | int, put: bool = True) -> Self:
        """Holders exercise in the night before a session: shorts of that right in the money are assigned."""
        return evolve(self, early=(*self._early, (symbol, on, put)))

    def faults(self, seed: int) -> Faults | None:
        """What goes wrong with orders; None where nothing does."""
        return None if self._faults == Faults() else evolve(self._faults, seed=seed)

    def over(self, tape: Tape) -> Tape:
        """The tape with the assignments that this broker brings. Raises `InputError` for a session it has not."""
        if not self._early:
            return tape
        forced = tuple(EarlyExercise(symbol, _day(tape, on), put) for symbol, on, put in self._early)
        opened: set[date] = set()

        def assigned(step: Step) -> Step:
            day = step.view.session.day
            if day in opened:
                return step
            opened.add(day)
            return evolve(step, actions=(*(action for action in forced if action.day == day), *step.actions))

        return tape.changed(assigned)

    def _with(self, **faults: float) -> Self:
        if wrong := [f"{name} {share}" for name, share in faults.items() if not 0 <= share <= 1]:
            raise InputError(f"broker: {', '.join(wrong)}: expected a share from 0 to 1")
        changed: dict[str, Any] = {**faults}
        return evolve(self, faults=evolve(self._faults, **changed))


def _day(tape: Tape, on: date | int) -> date:
    days = tape.sessions
    if isinstance(on, date):
        return on
    if not 0 <= on < len(days):
        raise InputError(f"broker: the tape has no session {on}: its sessions are 0 to {len(days) - 1}")
    return days[on]
