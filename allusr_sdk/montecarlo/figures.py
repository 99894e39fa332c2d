"""What paths come to, as values: spreads, chances, counts, and all of them together."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import frozen


@frozen(kw_only=True)
class Spread:
    """How a number lies over paths.

    Attributes:
        key, label: its name; `unit` is usd, fraction, count or years.
        year: the year that it is of, 0 for the beginning; None for a whole path.
        mean: over paths, `error` its standard error.
        quantiles: at 5, 25, 50, 75 and 95 %; `errors` their standard errors.
        paths: how many it is over.
    """

    key: str
    label: str
    unit: str
    year: int | None = None
    mean: float
    error: float
    quantiles: tuple[float, ...]
    errors: tuple[float, ...]
    paths: int


@frozen(kw_only=True)
class Chance:
    """A share of paths, and its standard error; `about` says of what."""

    key: str
    label: str
    about: str
    share: float
    error: float


@frozen(kw_only=True)
class Count:
    """The share of paths with so many of something, and its standard error."""

    number: int
    share: float
    error: float


@frozen(kw_only=True)
class Outcome:
    """What paths come to.

    Attributes:
        options: real, modelled, mixed or unknown, by the source's market.
        run, market, mode, rulebook, what_if, source_first, source_last: of the source; `weeks` it has.
        capital, years, paths, seed, block, ruin: as asked; `first` and `last` are days of the paths.
        equity, income, realised, tax: by year, dollars: equity at its end, premium kept, net realised result, and what
            TX-8 asks for.
        totals: of whole paths: growth a year, equity after TX-8, time to the first fork, and so on.
        forks, minis, fulls: shares of paths by the number of accounts that ever began.
        chances: of ruin, of loss, of the target, of a fork.
        notes: what the model leaves out, in sentences.
    """

    options: str
    run: int
    market: str
    mode: str
    rulebook: str
    what_if: Mapping[str, str]
    source_first: date
    source_last: date
    weeks: int
    capital: Decimal
    years: int
    paths: int
    seed: int
    block: float
    ruin: float
    first: date
    last: date
    equity: tuple[Spread, ...]
    income: tuple[Spread, ...]
    realised: tuple[Spread, ...]
    tax: tuple[Spread, ...]
    totals: tuple[Spread, ...]
    forks: tuple[Count, ...]
    minis: tuple[Count, ...]
    fulls: tuple[Count, ...]
    chances: tuple[Chance, ...]
    notes: tuple[str, ...]

    def total(self, key: str) -> Spread | None:
        """A spread of whole paths, or None where no path has it."""
        return next((one for one in self.totals if one.key == key), None)

    def chance(self, key: str) -> Chance:
        """A share of paths. Raises `KeyError` where there is none of that name."""
        return {one.key: one for one in self.chances}[key]
