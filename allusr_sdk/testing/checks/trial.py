"""`Trial`: one plugin under one scenario, with walks of the sandbox that are shared by all checks that want them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import frozen

from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.errors import AllusrError
from allusr_sdk.testing.checks.asks import METHODS, Ask, asked, recording
from allusr_sdk.testing.checks.company import Company, protocols
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.questions import questions
from allusr_sdk.testing.checks.subject import Subject

if TYPE_CHECKING:
    from allusr_sdk.testing.broker import Broker
    from allusr_sdk.testing.market import Market
    from allusr_sdk.testing.played import Played
    from allusr_sdk.testing.tape import Tape

CAPITAL = 1_000_000
"""Dollars with which a plugin is tried."""


@frozen(eq=False)
class Walk:
    """One run in the sandbox: what was asked and answered, and what came of it.

    Attributes:
        played: the journal; None where the run broke off, and `broke` says how.
    """

    asks: tuple[Ask, ...]
    played: "Played | None" = None
    broke: str = ""

    @property
    def done(self) -> "Played":
        """The journal. Raises `Broken` where the run broke off."""
        if self.played is None:
            raise Broken(f"the run broke off: {self.broke}")
        return self.played

    @property
    def fingerprint(self) -> str:
        """A digest of its journal and of every answer."""
        text = "\n".join((self.done.journal, *(ask.said for ask in self.asks)))
        return sha256(text.encode()).hexdigest()

    def proposals(self) -> Iterator[Ask]:
        """Questions for new business."""
        return (ask for ask in self.asks if ask.method in ("propose", "plan"))

    def opening(self) -> Iterator[Ask]:
        """Questions whose answers open or add."""
        return (ask for ask in self.asks if ask.opening)


class Lab:
    """One plugin, one seed, and the walks made of it so far; `drop` lets those of a scenario go."""

    def __init__(self, subject: Subject, seed: int = 7) -> None:
        self.subject, self.seed = subject, seed
        self._tapes: dict[object, Tape] = {}
        self._walks: dict[tuple[object, ...], Walk] = {}

    def market(self, scenario: str) -> "Market":
        """The market of a standard scenario, for the subject's symbols."""
        from allusr_sdk.testing import standard  # by the public name: the module of that name would hide it

        return standard(self.subject.symbols)[scenario]

    def tape(self, market: "Market | Tape") -> "Tape":
        """A market walked once, kept until it is dropped."""
        from allusr_sdk.testing.tape import Tape

        if isinstance(market, Tape):
            return market
        if market not in self._tapes:
            days = market.sessions
            self._tapes[market] = Tape.of(market.source, days[0].day, days[-1].day)
        return self._tapes[market]

    def walk(
        self, market: "Market | Tape", *, capital: int = CAPITAL, mode: str = "backtest",
        broker: "Broker | None" = None, settings: Mapping[str, object] | None = None, alone: bool = False,
    ) -> Walk:  # fmt: skip
        """The walk of the subject over a market; equal wishes give the same walk."""
        key = (market, capital, mode, broker, repr(settings), alone)
        if key not in self._walks:
            self._walks[key] = self._walked(self.tape(market), capital, mode, broker, settings or {}, alone)
        return self._walks[key]

    def drop(self) -> None:
        """Let go of every tape and walk: chains of a whole scenario are large."""
        self._tapes.clear()
        self._walks.clear()

    def _walked(
        self, tape: "Tape", capital: int, mode: str, broker: "Broker | None", settings: Mapping[str, object],
        alone: bool,
    ) -> Walk:  # fmt: skip
        from allusr_sdk.testing.sandbox import Sandbox

        log: list[Ask] = []
        plugins, tables = self.cast(log, settings, alone=alone)
        sandbox = Sandbox(
            tape, *plugins, config=tables, capital=Decimal(capital), mode=mode, broker=broker, seed=self.seed
        )
        try:
            played = sandbox.run()
        except AllusrError as error:
            return Walk(tuple(log), None, f"{type(error).__name__}: {error}")
        return Walk(tuple(self._own(log, settings)), played)

    def cast(
        self, log: list[Ask], settings: Mapping[str, object] = MappingProxyType({}), *, alone: bool = False
    ) -> tuple[Sequence[object], dict[str, Any]]:
        """Who plays, and with which settings: sleeves meet the protocol, all else the plain wheel.

        `log` takes every question; a sleeve that is `alone` meets no protocol.
        """
        subject = self.subject
        if subject.kind == "sleeve":
            own = recording(subject.cls, METHODS["sleeve"], log)
            return (own, *(() if alone else protocols())), subject.tables(**settings)
        company = {"sleeves": {Company.name: {"symbols": list(subject.symbols)}}}
        if subject.kind == "protocol":
            own = recording(subject.cls, METHODS["protocol"], log)
            return (Company, own), {**company, **subject.tables(**settings)}
        return (recording(Company, ("propose",), log),), company

    def _own(self, log: list[Ask], settings: Mapping[str, object]) -> Iterator[Ask]:
        """The subject's own answers: whom the kernel does not ask is asked about what the company saw."""
        if self.subject.kind in ("sleeve", "protocol"):
            yield from log
            return
        if self.subject.kind not in METHODS:
            return
        plugin = self.subject.fresh(**settings)
        for ask in log:
            for method, arguments in questions(self.subject.kind, ask):
                yield asked(plugin, method, arguments)


@frozen(eq=False)
class Trial:
    """What a check is given: the plugin, and the scenario that it looks at; empty for one that brings its own."""

    lab: Lab
    scenario: str = ""

    @property
    def subject(self) -> Subject:
        """The plugin."""
        return self.lab.subject

    @property
    def market(self) -> "Market":
        """The scenario's market."""
        return self.lab.market(self.scenario)

    @property
    def tape(self) -> "Tape":
        """The scenario's tape."""
        return self.lab.tape(self.market)

    @property
    def walk(self) -> Walk:
        """The ordinary walk over the scenario."""
        return self.lab.walk(self.market)

    def fresh(self) -> Configured[Any]:
        """A new object."""
        return self.subject.fresh()

    def asks(self, most: int = 10_000) -> Sequence[Ask]:
        """The scenario's questions, at most so many, spread evenly over it and those with orders among them first."""
        found = self.walk.asks
        if len(found) <= most:
            return found
        busy = [i for i, ask in enumerate(found) if ask.opening][: most // 2]
        step = len(found) / (most - len(busy))
        spread = [int(n * step) for n in range(most - len(busy))]
        return [found[i] for i in sorted({*busy, *spread})]
