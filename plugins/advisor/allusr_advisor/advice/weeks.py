"""Probabilities of the next week's type after fifty weeks, chosen and calibrated by how earlier ones turned out (WK-6).

Every candidate forecasts every past week from the weeks before it. The one with the least log loss so far is used,
mixed with climatology in the proportion that would have done best so far: that is the calibration.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import field, frozen

from allusr_advisor.advice.basis import Missing, one_thread
from allusr_advisor.advice.scores import brier, log_loss
from allusr_advisor.advice.weekmodels import CANDIDATES, LABELS, Week
from allusr_sdk.errors import InputError

LEAST = 50
"""Final weeks before the first forecast (WK-6.weeks)."""

WARM = 20
"""Weeks of past before a candidate's forecasts are first scored."""

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the chosen candidate in the mixture; the rest is climatology."""


Said = Mapping[str, Mapping[str, float]]


@frozen(kw_only=True)
class Score:
    """Mean scores over forecasts that were made before their weeks; lower is better. `count` of them."""

    brier: float
    log: float
    count: int


@frozen(kw_only=True)
class WeekForecast:
    """Probabilities of a week's type, as known before it.

    Attributes:
        model, share: the candidate that was used, and how much of it is in the mixture with climatology.
        past: weeks that it rests on.
        candidates: each candidate's own forecast of this week, where it has one.
        scores: of ``forecast`` (this procedure) and of each candidate, over the weeks so far that both had; empty
            until the procedure has forecast one.
    """

    week: str
    probabilities: Mapping[str, float]
    model: str
    share: float
    past: int
    candidates: Mapping[str, Mapping[str, float]]
    scores: Mapping[str, Score]
    advisory: bool = field(default=True, init=False)

    @property
    def better(self) -> bool:
        """Whether the Brier score so far is below that of climatology and of persistence."""
        own = self.scores.get("forecast")
        return own is not None and all(own.brier < self.scores[n].brier for n in ("climatology", "persistence"))


def forecast_week(past: Sequence[Week], coming: Week) -> WeekForecast | Missing:
    """The forecast of the week to come from the weeks so far, oldest first.

    Raises:
        InputError: a past week has no label of `LABELS`.
    """
    missing = wanting(len(past))
    if missing is not None:
        return missing
    return walk_weeks([*past, coming])[-1]


def wanting(count: int) -> Missing | None:
    """What is missing before the first forecast; None where there are final weeks enough (WK-6)."""
    return None if count >= LEAST else Missing.of("week type", count, LEAST, "final weeks")


@one_thread()
def walk_weeks(weeks: Sequence[Week], *, least: int = LEAST) -> tuple[WeekForecast, ...]:
    """A forecast of each week after the first `least` ones, each made from the weeks before it.

    Raises:
        InputError: a week but the last has no label of `LABELS`.
    """
    return tuple(_walk(weeks, least))


class _Tally:
    """Sums of the losses so far, by what said it."""

    def __init__(self) -> None:
        self.mixtures: defaultdict[tuple[str, float], float] = defaultdict(float)
        self.brier: defaultdict[str, float] = defaultdict(float)
        self.log: defaultdict[str, float] = defaultdict(float)
        self.count = 0

    def learn(self, said: Said, became: str) -> None:
        """Score every candidate in every mixture."""
        for model in CANDIDATES:
            for share in SHARES:
                self.mixtures[model, share] += log_loss(_mixed(said, model, share), became)

    def score(self, forecast: WeekForecast, became: str) -> None:
        """Score what was forecast, and beside it every candidate on the same week."""
        self.count += 1
        for name in ("forecast", *CANDIDATES):
            given = forecast.probabilities if name == "forecast" else _mixed(forecast.candidates, name, 1.0)
            self.brier[name] += brier(given, became)
            self.log[name] += log_loss(given, became)

    def scores(self) -> dict[str, Score]:
        n = self.count
        return {name: Score(brier=total / n, log=self.log[name] / n, count=n) for name, total in self.brier.items()}


def _walk(weeks: Sequence[Week], least: int) -> Iterator[WeekForecast]:
    tally = _Tally()
    for i in range(min(WARM, least), len(weeks)):
        week, past = weeks[i], _checked(weeks[:i])
        said = {name: p for name, model in CANDIDATES.items() if (p := model(past, week)) is not None}
        forecast = _forecast(week, i, said, tally)
        if i >= least:
            yield forecast
        if i + 1 < len(weeks):
            became = _checked([week])[0].label or ""
            tally.learn(said, became)
            if i >= least:
                tally.score(forecast, became)


def _checked(past: Sequence[Week]) -> Sequence[Week]:
    if past[-1].label not in LABELS:
        raise InputError(f"week {past[-1].week}: {past[-1].label!r} is none of {', '.join(LABELS)}")
    return past


def _forecast(week: Week, past: int, said: Said, tally: _Tally) -> WeekForecast:
    model = min(said, key=lambda name: tally.mixtures[name, 1.0])
    share = min(SHARES, key=lambda share: tally.mixtures[model, share])
    return WeekForecast(
        week=week.week, probabilities=_mixed(said, model, share), model=model, share=share, past=past, candidates=said,
        scores=tally.scores(),
    )  # fmt: skip


def _mixed(said: Said, model: str, share: float) -> Mapping[str, float]:
    """A candidate's forecast mixed with climatology, which speaks for it where it is silent."""
    base = said["climatology"]
    given = said.get(model, base)
    return {name: share * given[name] + (1 - share) * p for name, p in base.items()}
