"""Thousands of paths of years, drawn out of a source's weeks: what is asked, and what grew."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from attrs import field, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.chains import Floats
from allusr_sdk.montecarlo.calendar import Calendar
from allusr_sdk.montecarlo.draws import Drawn, draws
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.grown import Growing, Grown, chunks
from allusr_sdk.montecarlo.layout import LEAPS, SLEEVES, Layout
from allusr_sdk.montecarlo.terms import Terms
from allusr_sdk.montecarlo.weeks import KEPT, PNL, Source, Weeks
from allusr_sdk.reports.evidence.bootstrap import block_length
from allusr_sdk.rulebook import Rulebook

CHUNK = 1000
"""Paths at once: their arrays stay in a core's cache; results do not depend on it."""

LONGEST = 50


@frozen(kw_only=True)
class Asked:
    """What is asked of paths.

    Attributes:
        capital: dollars, split by CAD-12; None is what the source began with.
        years: of each path.
        paths: how many.
        seed: of all of them; each has a generator of its own.
        block: mean length of a drawn block in weeks; None takes what the source's weeks need.
        ruin: share of the capital under which a path's equity, tax reserve taken out, counts as ruin.
        first: the day from which on paths begin, on a Monday; None is the day behind the source's last.
        chunk: paths at once; it bounds memory and changes no result.
    """

    capital: Decimal | None = None
    years: int = 10
    paths: int = 5000
    seed: int = 7
    block: float | None = None
    ruin: float = 0.5
    first: date | None = None
    chunk: int = field(default=CHUNK, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.paths < 2 or self.chunk < 1:
            raise InputError(f"{self.paths} paths, {self.chunk} at once: take two paths or more, one or more at once")
        if not 1 <= self.years <= LONGEST:
            raise InputError(f"{self.years} years: take 1 to {LONGEST}")
        if self.capital is not None and not self.capital > 0:
            raise InputError(f"a capital of {self.capital}: take more than nothing")
        if not 0 < self.ruin < 1:
            raise InputError(f"ruin under {self.ruin:g} of the capital: take a share between 0 and 1")
        if self.block is not None and not self.block >= 1:
            raise InputError(f"blocks of {self.block:g} weeks: take one or more")
        if self.seed < 0:
            raise InputError(f"seed {self.seed}: take 0 or more")


@frozen(kw_only=True, eq=False)
class Simulated:
    """Paths that grew.

    Attributes:
        asked: what was asked, nothing of it left open.
        source: where the weeks are from; `weeks` how many of them there were, `block` the mean length of a block.
        laddered: whether LEAP budgets go to a ladder; `ladder_weeks` for how long the source had one. Where that is
            shorter than a rung may live (LL-1) ladders keep cash in all paths.
        calendar: mornings of the paths.
        grown: what is kept of them.
    """

    asked: Asked
    source: Source
    weeks: int
    block: float
    laddered: bool
    ladder_weeks: int
    calendar: Calendar
    terms: Terms
    grown: Grown


def simulate(weeks: Weeks, rules: Rulebook, asked: Asked) -> Simulated:
    """Grow trees of accounts over years that are drawn out of a source's weeks.

    Args:
        weeks: the source.
        rules: growth goes by their values.
        asked: how many paths, and of what.

    Raises:
        InputError: the source has too few weeks, or lacks a sleeve.
        RuleError: the rulebook lacks a value of growth.
    """
    styled, terms = weeks.styled(), Terms.of(rules)
    if weeks.ladder_weeks < terms.rung:  # a few weeks of one rung would be compounded over years
        styled[PNL : KEPT + 1, LEAPS] = 0.0
    capital = weeks.capital if asked.capital is None else asked.capital
    block = float(block_length(_returns(styled, terms))) if asked.block is None else asked.block
    calendar = Calendar.weeks(asked.first or weeks.source.last + timedelta(days=1), asked.years)
    grown = Grown.joined(list(_grown(styled, weeks.laddered, terms, asked, capital, block, calendar)))
    return Simulated(
        asked=asked, source=weeks.source, weeks=styled.shape[2], block=block, laddered=weeks.laddered,
        ladder_weeks=weeks.ladder_weeks, calendar=calendar, terms=terms, grown=grown,
    )  # fmt: skip


def _grown(
    styled: Floats, laddered: bool, terms: Terms, asked: Asked, capital: Decimal, block: float, calendar: Calendar
) -> Iterator[Grown]:
    layout, opening = Layout(terms.most), terms.opening(capital)
    for part in chunks(asked.paths, asked.chunk):
        places = draws(styled.shape[2], calendar.steps, part, block=block, seed=asked.seed)
        forest = Forest.planted(layout, opening, len(part))
        yield Growing(forest, Drawn(styled, places), calendar, terms, laddered).grow()


def _returns(styled: Floats, terms: Terms) -> Floats:
    """What the three sleeves together made in each week, by CAD-12's weights."""
    parts = styled[PNL, : len(SLEEVES)]
    found: Floats = sum(part * weight for part, weight in zip(parts, terms.split, strict=True)) / sum(terms.split)
    return found
