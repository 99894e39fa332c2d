"""A sweep as a value: what is tried, on what, and what one trial brought."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path

import msgspec
from attrs import Factory, frozen

import allusr_sdk
from allusr_sdk.host.contents import digest_of, of_module
from allusr_sdk.market.modelled import options_of
from allusr_sdk.reports.evidence import Estimate
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.space import Space, Variant

Options = Mapping[str, str | int | list[str] | None]
"""What a command line said, by option."""


@frozen(kw_only=True)
class Trial:
    """One backtest of a sweep: a variant with one seed."""

    number: int
    variant: Variant
    seed: int


@frozen(kw_only=True)
class Outcome:
    """What a trial brought.

    Attributes:
        head: hash of the last entry of its journal.
        entries: how many the journal has.
        estimates: measures with intervals, as of `allusr backtest`.
        days: sessions, behind the day before the first.
        equity: at their ends, dollars.
    """

    head: str
    entries: int
    estimates: tuple[Estimate, ...]
    days: tuple[date, ...]
    equity: tuple[float, ...]

    def estimate(self, key: str) -> Estimate | None:
        """A measure; None where there is no such."""
        return next((one for one in self.estimates if one.key == key), None)


Result = Outcome | Failed


@frozen(kw_only=True)
class Sweep:
    """A sweep. Two with the same `key` have the same trials, and these the same journals.

    Attributes:
        space: what is tried.
        seeds: each variant is run once with each.
        shared: what all trials have in common and what decides, by name: market, period, rulebook, plugins, code.
        options: what was typed, to do a row again.
        rate: riskless rate a year (RATE-1), a fraction.
    """

    space: Space
    seeds: tuple[int, ...]
    shared: Mapping[str, str]
    options: Options = Factory(dict)
    rate: float = 0.0

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial, numbered from 1: seeds of a variant beside each other."""
        found = ((variant, seed) for variant in self.space.variants for seed in self.seeds)
        return tuple(Trial(number=i, variant=v, seed=s) for i, (v, s) in enumerate(found, 1))

    @property
    def deciding(self) -> Mapping[str, str]:
        """All that decides what trials come to, by name."""
        axes = msgspec.json.encode(self.space.axes).decode()
        draws = f"{self.space.draws} by seed {self.space.seed}" if self.space.draws else "grid"
        return {**self.shared, "over": axes, "random": draws, "seeds": ", ".join(map(str, self.seeds))}

    @property
    def key(self) -> str:
        """sha256 (hex) of what decides."""
        return sha256(msgspec.json.encode(dict(self.deciding), order="sorted")).hexdigest()

    @property
    def market(self) -> str:
        """The market's own description."""
        return self.shared["market"]

    @property
    def prices(self) -> str:
        """Whether its options are `real`, `modelled`, `mixed` or `unknown`."""
        return options_of(self.market)


def code() -> str:
    """sha256 (hex) of the project's own source, as it would run now."""
    return digest_of(of_module(Path(allusr_sdk.__file__).parent))
