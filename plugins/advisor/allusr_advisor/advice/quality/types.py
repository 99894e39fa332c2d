"""Measured: the probabilities of week types, on a proxy of the types made from daily closes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import evolve

from allusr_advisor.advice.quality.data import BASKET, Market
from allusr_advisor.advice.quality.proxy import IMPLIED, RANGE, week_types
from allusr_advisor.advice.quality.tables import HEAD, Section, listed, said, table, verdicts
from allusr_advisor.advice.scores import Comparison, brier, compare, log_loss
from allusr_advisor.advice.weekmodels import LABELS
from allusr_advisor.advice.weeks import LEAST, WeekForecast, walk_weeks

NAIVE = ("climatology", "persistence", "markov")
EDGES = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)

Case = tuple[WeekForecast, str]
Loss = Callable[[Mapping[str, float], str], float]


def section(market: Market) -> Section:
    """The page's section."""
    weeks = week_types(market)
    labels = {week.week: week.label or "" for week in weeks}
    cases = [(forecast, labels[forecast.week]) for forecast in walk_weeks(weeks)]
    whole, calmer = verdicts(_all(cases, brier)), verdicts(_all(_unhedged(cases), brier))
    return Section(
        f"**Week type**, on a proxy: by Brier score {whole}; where the week is no hedged one, {calmer}.",
        f"""## Week types

Real week types come from a run's ledger, and there is no run of fifteen years. They are therefore replaced by a **proxy
from daily closes**: in each ISO week one imagined put is written on each of {listed(BASKET)}, struck for 42.5 delta at
the close before the week's last but one session, at {IMPLIED:g} times the realised volatility of 20 sessions, and held
to the close of the last session. ATR is {RANGE:g} times the mean absolute move of the last five closes. The gravest of
these holds:

| type | in the proxy |
| --- | --- |
| PRESERVATION | a put 3 ATR or more in the money at a close, or VIX closing over 65 |
| HEDGED | VIX closing over 50, five closes in a row over 30, or SPY closing 20 % under its 252-session high |
| ROLL | a put 2 ATR or more in the money at a close |
| ASSIGNMENT | a put in the money at the last close |
| EARNINGS_FILTER | never: report dates are not known that far back |
| CALM_INCOME | none of these |

It differs from the real types: levels are seen at closes only, a symbol is never skipped or rolled, the breadth trigger
and hedge budgets are left out, three symbols stand for seven. Features are VIX, realised volatility, the last week's
return, the distance from the year's high and how many of five closes had VIX over 30, all at the close before the week.

{len(weeks)} weeks from {weeks[0].week} to {weeks[-1].week}:
{", ".join(f"{n} {count} ({count / len(weeks):.0%})" for n, count in Counter(labels.values()).most_common())}.
Forecasts begin after {LEAST} weeks: {len(cases)} of them. {_used(cases)}

Brier score over all types (0 is certain and right, 2 certain and wrong), and log score:

{table(("score", "against", *HEAD), list(_compared(cases)))}

By Brier score the forecast is {whole}.

**Where that comes from.** A hedged week is mostly known beforehand, because drawdowns and VIX last. Leaving those weeks
out and dividing the rest of each forecast by what is left of it asks whether calm weeks can be told from the others:

{table(("score", "against", *HEAD), list(_compared(_unhedged(cases))))}

Without the hedged weeks it is {calmer}.

**Calibration**: how often a type came when it was given a probability in a band (all types and weeks together).

{table(("probability", "forecasts", "mean", "came"), list(_bands(cases)))}

The band that is furthest off{_worst(cases)}.
""",
    )


def _used(cases: Sequence[Case]) -> str:
    used = Counter(f.model for f, _ in cases)
    share = sum(f.share for f, _ in cases) / len(cases)
    names = listed([f"{name} {count} times" for name, count in used.most_common()])
    return f"The procedure used {names}, on average with a share of {share:.2f} beside climatology."


def _compared(cases: Sequence[Case]) -> Iterator[tuple[object, ...]]:
    for score, loss in (("Brier", brier), ("log", log_loss)):
        for name, comparison in _all(cases, loss):
            yield score, name, *said(comparison)


def _all(cases: Sequence[Case], loss: Loss) -> list[tuple[str, Comparison]]:
    own = [loss(f.probabilities, became) for f, became in cases]
    return [(name, compare(own, [loss(f.candidates[name], became) for f, became in cases])) for name in NAIVE]


def _unhedged(cases: Sequence[Case]) -> list[Case]:
    return [(_conditional(f), became) for f, became in cases if became != "HEDGED"]


def _conditional(forecast: WeekForecast) -> WeekForecast:
    """The forecast given that the week is not a hedged one."""
    candidates = {name: _without(p) for name, p in forecast.candidates.items()}
    return evolve(forecast, probabilities=_without(forecast.probabilities), candidates=candidates)


def _without(probabilities: Mapping[str, float]) -> dict[str, float]:
    rest = 1 - probabilities["HEDGED"]
    return {name: p / rest for name, p in probabilities.items() if name != "HEDGED"}


def _worst(cases: Sequence[Case]) -> str:
    band, count, mean, came = max(_bands(cases), key=lambda row: abs(row[2] - row[3]))
    side = "sure" if mean > came else "unsure"
    return f", {band}, is too {side} of itself: {mean:.0%} said, {came:.0%} came, over {count} forecasts"


def _bands(cases: Sequence[Case]) -> Iterator[tuple[str, int, float, float]]:
    pairs = [(f.probabilities[name], became == name) for f, became in cases for name in LABELS]
    for low, high in pairwise(EDGES):
        some = [(p, came) for p, came in pairs if low <= p < high]
        if some:
            mean, came = (sum(float(pair[k]) for pair in some) / len(some) for k in (0, 1))
            yield f"{low:g} to {high:g}", len(some), mean, came
