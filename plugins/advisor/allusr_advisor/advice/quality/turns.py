"""Measured: the regimes, by how well they tell the next session's return and the next week's turbulence."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_advisor.advice.measures import SESSIONS_A_YEAR, on_days, returns
from allusr_advisor.advice.quality.data import Market
from allusr_advisor.advice.quality.tables import HEAD, Section, said, table, verdicts
from allusr_advisor.advice.regimes import LEAST, Regime, changes, walk_regimes
from allusr_advisor.advice.scores import Comparison, compare
from allusr_advisor.advice.volatility import HORIZON, realised_ahead

if TYPE_CHECKING:
    from allusr_sdk.model.chains import Flags, Floats

RULE = 20.0
"""VIX above this is the naive rule's turbulence."""

STORM = 20.0
"""Realised volatility of the next five sessions, percent a year, that makes them turbulent."""

DECAY = 0.94
LEAST_WEEKS, REFIT_WEEKS = 200, 13
FAMOUS = (date(2008, 9, 15), date(2010, 5, 6), date(2011, 8, 4), date(2015, 8, 24), date(2018, 2, 5), date(2020, 2, 24))
"""Days on which a storm is known, in hindsight, to have begun or to have shown itself."""


@frozen(eq=False)
class _Days:
    """Sessions with a regime and a session after them: what was said, VIX, and the next return in percent."""

    said: Sequence[Regime]
    at: "Sequence[int]"
    moves: "Floats"
    vix: "Floats"


def section(market: Market) -> Section:
    """The page's section."""
    found = walk_regimes(market.index)
    days = _days(market, found)
    densities = _densities(days)
    own = densities.pop("chain")
    against = [(name, compare(own.tolist(), naive.tolist(), lags=20)) for name, naive in densities.items()]
    storms, base = _storms(market, days)
    turned = list(changes(found))
    years = (found[-1].day - found[0].day).days / 365.25
    short = f"**Regime**: for the next session's return {verdicts(against)}; for a turbulent week {verdicts(storms)}."
    return Section(
        short,
        f"""## Regimes

`regime`: a Markov chain with two variances, fitted anew twice a year on at most ten years before, read by its filtered
probability. {len(days.at)} sessions from {found[0].day} to {found[-1].day}.

How well it tells the **next session's return**: mean of minus the logarithm of its density, lower is better. *VIX
{RULE:g} rule* has two normal distributions, for VIX above and at most {RULE:g}, with the variances seen so far.

{table(("against", *HEAD), [(name, *said(c)) for name, c in against])}

The chain is {verdicts(against)}.

How well it tells a **turbulent week**, one whose five sessions' volatility is over {STORM:g} % a year ({base:.0%} of
weeks were). Each number is turned into a probability by a logistic regression on the weeks before it, fitted anew each
quarter; Brier score of the event.

{table(("against", *HEAD), [(name, *said(c)) for name, c in storms])}

The chain is {verdicts(storms)}.

**Changes.** It changed {len(turned)} times in {years:.1f} years, {len(turned) / years:.1f} a year; VIX crossed {RULE:g}
{_crossings(days)} times, {_crossings(days) / years:.1f} a year. The first session from five before to ten after a storm
known in hindsight on which each called it (a list chosen afterwards shows how it works and proves nothing):

{table(("storm", "chain turbulent", f"VIX over {RULE:g}"), list(_famous(market, found)))}
""",
    )


def _days(market: Market, found: Sequence[Regime]) -> _Days:
    import numpy as np

    position = {bar.day: i for i, bar in enumerate(market.index)}
    moves, vix = 100 * returns(market.index), on_days(market.vix, [bar.day for bar in market.index])
    usable = [
        (r, i) for r in found
        if (i := position[r.day]) + 1 < len(moves) and np.isfinite(moves[i + 1]) and np.isfinite(vix[i])
    ]  # fmt: skip
    return _Days([r for r, _ in usable], [i for _, i in usable], moves, vix)


def _densities(days: _Days) -> "dict[str, Floats]":
    """Minus the log density of each next return, by method; every one with a mean of zero."""
    import numpy as np

    at = np.array(days.at)
    after = days.moves[at + 1]
    calm, storm = (
        np.array([v**2 / SESSIONS_A_YEAR for v in values])
        for values in zip(*((r.calm_volatility, r.turbulent_volatility) for r in days.said), strict=True)
    )
    ahead = np.array([r.tomorrow for r in days.said])
    mixed = (1 - ahead) * _normal(after, calm) + ahead * _normal(after, storm)
    naive = _naive(days)
    return {"chain": -np.log(mixed), **{n: -np.log(_normal(after, variances[at])) for n, variances in naive.items()}}


def _normal(move: "Floats", variance: "Floats") -> "Floats":
    import numpy as np

    return np.asarray(np.exp(-0.5 * move**2 / variance) / np.sqrt(2 * np.pi * variance))


def _naive(days: _Days) -> "Mapping[str, Floats]":
    """Variances of the next return as each naive method sees them at every session."""
    import numpy as np

    squares = np.nan_to_num(days.moves**2)
    rule, ratio, ewma, year = (np.full(len(squares), np.nan) for _ in range(4))
    ewma[0] = squares[1:22].mean()
    for i in range(1, len(squares)):
        ewma[i] = DECAY * ewma[i - 1] + (1 - DECAY) * squares[i]
        if i >= LEAST // 2:
            before, same = days.vix[:i], (days.vix[:i] > RULE) == (days.vix[i] > RULE)
            rule[i] = squares[1 : i + 1][same].mean()
            ratio[i] = days.vix[i] ** 2 * np.nanmean(squares[1 : i + 1] / before**2)
            year[i] = squares[i - SESSIONS_A_YEAR + 1 : i + 1].mean()
    return {
        f"VIX {RULE:g} rule": rule,
        "last year's variance": year,
        "RiskMetrics (decay 0.94)": ewma,
        "VIX times its past ratio": ratio,
    }


def _storms(market: Market, days: _Days) -> tuple[list[tuple[str, Comparison]], float]:
    """Brier scores of a turbulent week by the chain and by each naive number, and how often there was one."""
    import numpy as np

    ahead, _ = realised_ahead(market.index)
    ends = set(market.week_ends)
    weeks = [(r, i) for r, i in zip(days.said, days.at, strict=True) if i in ends and np.isfinite(ahead[i])]
    at = np.array([i for _, i in weeks])
    storm = 100 * np.sqrt(ahead[at] / HORIZON * SESSIONS_A_YEAR) > STORM
    chain = _events(np.array([r.tomorrow for r, _ in weeks]), storm)
    naive = {
        "the share of weeks so far": _events(np.zeros(len(at)), storm),
        f"VIX {RULE:g} rule": _events((days.vix[at] > RULE).astype(float), storm),
        "VIX itself": _events(np.log(days.vix[at]), storm),
    }
    return [(name, compare(chain, losses)) for name, losses in naive.items()], float(storm.mean())


def _events(number: "Floats", storm: "Flags") -> list[float]:
    """Squared errors of a probability that is read off one number, fitted on the weeks before."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    losses: list[float] = []
    for i in range(LEAST_WEEKS, len(number), REFIT_WEEKS):
        # The week before has its outcome only when its five sessions are over, in a holiday's week after this close.
        x, y = number[: i - 1, None], storm[: i - 1]
        fitted = LogisticRegression(C=100.0).fit(x, y)
        p = fitted.predict_proba(number[i : i + REFIT_WEEKS, None])[:, 1]
        losses += np.square(p - storm[i : i + REFIT_WEEKS]).tolist()
    return losses


def _crossings(days: _Days) -> int:
    above = [days.vix[i] > RULE for i in days.at]
    return sum(a != b for a, b in pairwise(above))


def _famous(market: Market, found: Sequence[Regime]) -> Iterator[tuple[object, ...]]:
    sessions = [r.day for r in found]
    for storm in FAMOUS:
        i = next(k for k, day in enumerate(sessions) if day >= storm)
        near = found[i - 5 : i + 11]
        chain = next((r.day.isoformat() for r in near if r.turbulent >= 0.8), "not")
        rule = next((r.day.isoformat() for r in near if market.vix.get(r.day, 0.0) > RULE), "not")
        yield storm.isoformat(), chain, rule
