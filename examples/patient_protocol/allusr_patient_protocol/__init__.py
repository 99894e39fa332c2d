"""Patient protocol, an example: the built-in protocol, but a level falls only after a longer calm.

Everything else is the built-in protocol's, asked by composition: a variant says what differs, and nothing twice. It can
only be more careful than PE-4, because the built-in protocol must let the level fall first.
"""

from collections.abc import Iterable

from allusr_protocol.engine import Protocol, ProtocolSettings
from attrs import evolve

from allusr_sdk import (
    Assessment,
    Calm,
    Candidate,
    Intent,
    Position,
    RiskProtocol,
    SleeveView,
    hookimpl,
    setting,
    settings,
)


@settings
class PatientSettings:
    """Settings of the patient protocol."""

    calm_minutes: int = setting(
        default=120,
        ge=15,
        le=2340,
        unit="minutes",
        help="Calm between two samples before a level falls, beside PE-4's.",
    )


class PatientProtocol(RiskProtocol[PatientSettings]):
    """The built-in protocol, except that a level falls only after `calm_minutes`."""

    name = "patient_protocol"

    def __init__(self, settings: PatientSettings) -> None:
        super().__init__(settings)
        self._usual = Protocol(ProtocolSettings())

    def assess(self, position: Position, view: SleeveView) -> Assessment | None:
        """What the built-in protocol sees; a level that it would let fall too early stays."""
        seen, before = self._usual.assess(position, view), position.watch
        if seen is None or seen.watch.level >= before.level:
            return seen
        since = before.calm_since or view.at
        if (view.at - since).total_seconds() >= self.settings.calm_minutes * 60:
            return seen
        watch = evolve(
            before, rising=before.level, rising_at=None, calm=before.calm + 1, calm_since=since,
            profit_at=seen.watch.profit_at,
        )  # fmt: skip
        why = (
            f"level {before.level} stays: calm since {since:%H:%M} UTC, {self.settings.calm_minutes} minutes are asked"
        )
        return evolve(seen, watch=watch, why=why)

    def respond(self, position: Position, assessment: Assessment, view: SleeveView) -> Iterable[Intent | Candidate]:
        """The built-in protocol's answer to the level."""
        return self._usual.respond(position, assessment, view)

    def calm(self, position: Position, assessment: Assessment, view: SleeveView) -> Calm | None:
        """The built-in protocol's limits; it gives none while a level waits to fall."""
        return self._usual.calm(position, assessment, view)

    def hedge(self, view: SleeveView) -> Iterable[Intent]:
        """The built-in protocol's hedges."""
        return self._usual.hedge(view)


@hookimpl
def allusr_protocols() -> list[type[RiskProtocol[PatientSettings]]]:
    """The protocol that this distribution brings."""
    return [PatientProtocol]
