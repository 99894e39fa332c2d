"""`Tape`: the steps of a market, walked once and played as often as one likes."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Self

from attrs import evolve, field, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.views import MarketSource, Step


@frozen(eq=False)
class Tape:
    """A market source over steps at hand. Chains are made when somebody first looks, and once for all replays.

    Attributes:
        description: of the market and of how it was cut or changed, for the journal's head.
        steps_: the steps, in order of time.
        notices: what the market could not use while it was walked.
    """

    description: str
    steps_: tuple[Step, ...] = field(repr=False)
    notices: tuple[object, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, source: MarketSource, first: date, last: date) -> Self:
        """Walk a market once. Raises `InputError` where it has no instant in the period."""
        steps = tuple(source.steps(first, last))
        return cls(source.description, steps, tuple(getattr(source, "notices", ())))._sound()

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """The steps of sessions from `first` to `last`, both included."""
        return (step for step in self.steps_ if first <= step.view.session.day <= last)

    @property
    def sessions(self) -> tuple[date, ...]:
        """Days of its sessions."""
        return tuple(dict.fromkeys(step.view.session.day for step in self.steps_))

    @property
    def first(self) -> date:
        """Day of its first session."""
        return self.steps_[0].view.session.day

    @property
    def last(self) -> date:
        """Day of its last session."""
        return self.steps_[-1].view.session.day

    def until(self, instant: datetime) -> Self:
        """The tape up to an aware instant, which is its last. Raises `InputError` where nothing is left."""
        steps = tuple(step for step in self.steps_ if step.view.at <= instant)
        return evolve(self, description=f"{self.description}, until {instant:%Y-%m-%d %H:%M}", steps_=steps)._sound()

    def after(self, sessions: int) -> Self:
        """The tape without its first so many sessions. Raises `InputError` where nothing is left."""
        gone = frozenset(self.sessions[:sessions])
        steps = tuple(step for step in self.steps_ if step.view.session.day not in gone)
        return evolve(self, description=f"{self.description}, after {sessions} sessions", steps_=steps)._sound()

    def changed(self, change: Callable[[Step], Step]) -> Self:
        """The tape with every step as `change` gives it back."""
        steps = tuple(change(step) for step in self.steps_)
        return evolve(self, description=f"{self.description}, changed", steps_=steps)

    def _sound(self) -> Self:
        if not self.steps_:
            raise InputError(f"tape: no instant of {self.description} is left: choose another period")
        return self
