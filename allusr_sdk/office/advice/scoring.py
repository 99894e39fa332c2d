"""Scores of advice beside a naive method's: each forecast once, and tables of their means."""

from collections.abc import Iterable, Iterator, Mapping
from math import log
from typing import cast

from attrs import frozen

from allusr_sdk.ledger import Ledger
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.model.events import AdviceScored, rounded
from allusr_sdk.office.advice.log import AdviceLog, Given
from allusr_sdk.office.advice.outcomes import Became, became

FEW = 30
"""Fewer forecasts than this say little, and the table says so."""

Numbers = Mapping[str, float]


@frozen(kw_only=True)
class Standing:
    """How the forecasts of an author on a topic have done, by one measure.

    Attributes:
        count: forecasts whose outcome is known.
        score, naive: means over them; lower is better, of `hit` higher.
        hindsight: whether these were made when the outcome could be known already: no proof of anything.
    """

    topic: str
    author: str
    measure: str
    method: str
    count: int
    score: float
    naive: float
    hindsight: bool

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``equal``, and whether there are too few to say more."""
        gap = (self.score - self.naive) * (-1 if self.measure == "hit" else 1)
        word = "equal" if abs(gap) < 1e-9 else "better" if gap < 0 else "worse"
        return f"{word}, of few" if self.count < FEW else word


def score_all(ledger: Ledger, bars: DailyBars | None) -> tuple[Given, ...]:
    """Score every forecast whose outcome is known by now and that has no score yet; those that were.

    Of several forecasts of one outcome by one author in one run the first is scored, so that none counts twice.
    """
    chain = AdviceLog(ledger)
    found = []
    for advice in _first(chain.given):
        if advice.score is None and (what := became(advice.event, ledger, bars)) is not None:
            found.append(chain.score(_scored(advice, what)))
    return tuple(found)


def standings(given: Iterable[Given]) -> tuple[Standing, ...]:
    """Mean scores by topic, author and measure, forecasts in hindsight apart."""
    groups: dict[tuple[str, str, str, bool, str], list[AdviceScored]] = {}
    for advice in _first(given):
        for measure in advice.score.scores if advice.score is not None else ():
            score = cast("AdviceScored", advice.score)
            key = (score.topic, score.author, score.method, score.hindsight, measure)
            groups.setdefault(key, []).append(score)
    return tuple(
        Standing(
            topic=topic, author=author, measure=measure, method=method, count=len(scores), hindsight=hindsight,
            score=_mean(s.scores for s in scores)[measure], naive=_mean(s.naive for s in scores)[measure],
        )
        for (topic, author, method, hindsight, measure), scores in sorted(groups.items())
    )  # fmt: skip


def waiting(given: Iterable[Given]) -> int:
    """Forecasts whose outcome is not known yet."""
    return sum(advice.score is None for advice in _first(given))


def _first(given: Iterable[Given]) -> Iterator[Given]:
    """The first forecast of each outcome by each author in each run."""
    seen: set[tuple[object, ...]] = set()
    for advice in given:
        event = advice.event
        key = (event.run, event.author, event.topic, event.outcome, event.about)
        if event.outcome and key not in seen:
            seen.add(key)
            yield advice


def _scored(advice: Given, what: Became) -> AdviceScored:
    event = advice.event
    own, naive = (_scores(cast("Numbers", said), what) for said in (event.expected, event.naive))
    return AdviceScored(
        given=advice.number, topic=event.topic, author=event.author, about=event.about, became=what.text,
        scores=rounded(own), naive=rounded(naive), method=event.method,
        hindsight=what.known is not None and advice.at >= what.known,
    )  # fmt: skip


def _scores(said: Numbers, what: Became) -> Numbers:
    if what.value is not None:
        ratio = (what.value / said["percent"]) ** 2
        return {"qlike": ratio - log(ratio) - 1}
    given = said.get(what.text, 0.0)
    brier = sum((p - (name == what.text)) ** 2 for name, p in said.items()) + (what.text not in said)
    likeliest = max(said, key=lambda name: said[name])
    return {"brier": brier, "log": -log(max(given, 1e-9)), "hit": float(likeliest == what.text)}


def _mean(rows: Iterable[Mapping[str, object]]) -> Numbers:
    every = [cast("Numbers", row) for row in rows]
    return {name: sum(row[name] for row in every) / len(every) for name in every[0]}
