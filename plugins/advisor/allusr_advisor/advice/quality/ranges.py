"""Measured: the forecast of the next five sessions' volatility, and of the range of their return."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_advisor.advice.measures import SESSIONS_A_YEAR
from allusr_advisor.advice.quality.data import Market
from allusr_advisor.advice.quality.tables import HEAD, Section, said, table, verdicts
from allusr_advisor.advice.scores import Comparison, compare, interval_loss, qlike
from allusr_advisor.advice.volatility import (
    HORIZON,
    LEVELS,
    METHODS,
    VolatilityForecast,
    realised_ahead,
    walk_volatility,
)

if TYPE_CHECKING:
    from allusr_sdk.model.chains import Floats

NAMES = {
    "last": "the last five sessions", "mean": "the mean of 22 sessions", "ewma": "RiskMetrics (decay 0.94)",
    "vix": "VIX as it is", "vix_scaled": "VIX times its past ratio", "har": "HAR without VIX",
}  # fmt: skip
PERIODS = ((2001, 2006), (2007, 2011), (2012, 2016), (2017, 2021))
LEAST_RETURNS = 100


@frozen(eq=False)
class Scored:
    """Forecasts at week ends, by method, beside what followed.

    Attributes:
        variances: of the horizon, by method, shares squared; `variance` is the realised one.
        outcome: return of the horizon, percent; `earlier` the outcomes known at each forecast, percent.
    """

    forecasts: Sequence[VolatilityForecast]
    variances: "Mapping[str, Floats]"
    variance: "Floats"
    outcome: "Floats"
    earlier: "Sequence[Floats]"


def section(market: Market) -> Section:
    """The page's section."""
    scored = score(market)
    against = list(comparisons(scored, lambda v, f: qlike(v, f)))
    squared = list(comparisons(scored, lambda v, f: (1e4 * (v - f)) ** 2))
    first, last = scored.forecasts[0].day, scored.forecasts[-1].day
    reached = list(_ranges(scored))
    words = verdicts([(NAMES[name], c) for name, c in against])
    held = " and ".join(f"{row[3]} of outcomes in its {row[0]} range" for row in reached if row[1] == "forecast")
    short = f"**Volatility of the next five sessions**: by QLIKE {words}; it had {held}."
    return Section(
        short,
        f"""## Volatility and range of the next five sessions

`forecast_volatility` (`har_vix`): {len(scored.forecasts)} forecasts at week ends from {first} to {last}. QLIKE of the
sum of five squared close-to-close returns; lower is better.

{table(("against", *HEAD), [(NAMES[name], *said(c)) for name, c in against])}

By QLIKE the forecast is {words}.

The same by squared error of variance (in units of a squared percent); a few days of 2008 and 2020 decide it.

{table(("against", *HEAD), [(NAMES[name], *said(c)) for name, c in squared])}

By squared error it is {verdicts([(NAMES[name], c) for name, c in squared])}.

QLIKE by period, beside the two best naive ones:

{table(("years", "forecasts", "har_vix", NAMES["vix_scaled"], NAMES["vix"]), list(_periods(scored)))}

Ranges of the five sessions' return. *Covered* is the share of outcomes inside, *loss* the width in percent plus the
penalty for what was outside (Winkler); *normal* is a normal distribution of VIX times its past ratio, *past returns*
are the quantiles of all weeks' returns before.

{table(("level", "method", "forecasts", "covered", "mean width", *HEAD), reached)}
""",
    )


def score(market: Market) -> Scored:
    """Every week end's forecasts whose five sessions are known."""
    import numpy as np

    origins = market.week_ends
    ahead, moves = realised_ahead(market.index)
    position = {bar.day: i for i, bar in enumerate(market.index)}
    made = [f for f in walk_volatility(market.index, market.vix, origins) if np.isfinite(moves[position[f.day]])]
    at = np.array([position[f.day] for f in made])
    known = [np.array([100 * moves[j] for j in origins if j + HORIZON <= i]) for i in at]
    return Scored(made, _variances(made), ahead[at], 100 * moves[at], known)


def comparisons(scored: Scored, loss: "Callable[[Floats, Floats], Floats]") -> Iterator[tuple[str, Comparison]]:
    """The forecast against each naive method by some loss of (realised, forecast) variance."""
    own = loss(scored.variance, scored.variances["har_vix"])
    for name in NAMES:
        yield name, compare(own.tolist(), loss(scored.variance, scored.variances[name]).tolist())


def _variances(made: Sequence[VolatilityForecast]) -> "Mapping[str, Floats]":
    import numpy as np

    year = HORIZON / SESSIONS_A_YEAR
    naive = {name: np.array([(f.naive[name] / 100) ** 2 * year for f in made]) for name in METHODS if name != "har_vix"}
    return {"har_vix": np.array([f.variance for f in made]), **naive}


def _periods(scored: Scored) -> Iterator[tuple[object, ...]]:
    import numpy as np

    years = np.array([f.day.year for f in scored.forecasts])
    for first, last in PERIODS:
        some = (years >= first) & (years <= last)
        losses = [qlike(scored.variance, scored.variances[n])[some].mean() for n in ("har_vix", "vix_scaled", "vix")]
        yield f"{first}-{last}", int(some.sum()), *map(float, losses)


def _ranges(scored: Scored) -> Iterator[tuple[object, ...]]:
    import numpy as np

    with_spans = [i for i, f in enumerate(scored.forecasts) if f.spans and len(scored.earlier[i]) >= LEAST_RETURNS]
    outcome = scored.outcome[with_spans]
    for k, level in enumerate(LEVELS):
        own = np.array([(scored.forecasts[i].spans[k].low, scored.forecasts[i].spans[k].high) for i in with_spans]).T
        reach = 100 * np.sqrt(scored.variances["vix_scaled"][with_spans]) * NormalDist().inv_cdf((1 + level) / 2)
        tails = [(1 - level) / 2, (1 + level) / 2]
        past = np.array([np.quantile(scored.earlier[i], tails) for i in with_spans]).T
        losses = interval_loss(own[0], own[1], outcome, level)
        yield f"{level:.0%}", "forecast", len(outcome), *_reached(own, outcome), float(losses.mean()), "", "", ""
        for name, naive in (("normal", np.array([-reach, reach])), ("past returns", past)):
            found = compare(losses.tolist(), interval_loss(naive[0], naive[1], outcome, level).tolist())
            yield f"{level:.0%}", name, len(outcome), *_reached(naive, outcome), "", *said(found)[1:]


def _reached(span: "Floats", outcome: "Floats") -> tuple[str, float]:
    low, high = span
    return f"{((low <= outcome) & (outcome <= high)).mean():.1%}", float((high - low).mean())
