"""The ways in which a week's type can be forecast; each gives every label a probability above zero."""

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import isfinite

from attrs import field, frozen

LABELS = ("PRESERVATION", "HEDGED", "ROLL", "ASSIGNMENT", "EARNINGS_FILTER", "CALM_INCOME")
"""The types of a week by falling gravity (WK-3)."""

PRIOR = 0.5
"""What is added to every count, so that nothing unseen is impossible (Dirichlet)."""


@frozen(kw_only=True)
class Week:
    """One week: its primary label, and what was known of the market before it began.

    Attributes:
        week: ISO week, ``2026-W07``.
        label: None for the week that is to come.
        features: numbers by name, as of the close before the week; the same names in every week.
    """

    week: str
    label: str | None = None
    features: Mapping[str, float] = field(factory=dict)


Probabilities = dict[str, float]
Model = Callable[[Sequence[Week], Week], Probabilities | None]


def climatology(past: Sequence[Week], week: Week) -> Probabilities:
    """How often each label has been so far."""
    return _shares([w.label for w in past])


def persistence(past: Sequence[Week], week: Week) -> Probabilities:
    """The last label again, with the frequency with which labels have been repeated; the rest as climatology."""
    pairs = list(pairwise(past))
    stays = (sum(a.label == b.label for a, b in pairs) + PRIOR) / (len(pairs) + 2 * PRIOR)
    base, last = climatology(past, week), past[-1].label
    rest = 1 - base[last or LABELS[-1]]
    return {name: stays if name == last else (1 - stays) * p / rest for name, p in base.items()}


def markov(past: Sequence[Week], week: Week) -> Probabilities:
    """What has followed the last label, drawn towards climatology by as many weeks as there are labels."""
    base = climatology(past, week)
    followed = Counter(b.label for a, b in pairwise(past) if a.label == past[-1].label)
    weight, total = float(len(LABELS)), followed.total()
    return {name: (followed[name] + weight * p) / (total + weight) for name, p in base.items()}


def logistic(past: Sequence[Week], week: Week) -> Probabilities | None:
    """A multinomial logistic regression on the features and the last label; None where they are not all known."""
    names = sorted(week.features)
    if not names or not isfinite(sum(week.features.values())):
        return None
    before = [w.label for w in past]
    rows = [(w, b) for w, b in zip(past[1:], before[:-1], strict=True) if _whole(w, names)]
    labels = [w.label for w, _ in rows]
    if len(rows) < 2 * len(LABELS) or len(set(labels)) < 2:
        return None
    given = _fitted([_row(w, b, names) for w, b in rows], labels, _row(week, before[-1], names))
    # Labels that were never seen keep what climatology gives them.
    base = climatology(past, week)
    unseen = sum(p for name, p in base.items() if name not in given)
    return {name: given[name] * (1 - unseen) if name in given else p for name, p in base.items()}


CANDIDATES: Mapping[str, Model] = {
    "climatology": climatology, "persistence": persistence, "markov": markov, "logistic": logistic,
}  # fmt: skip


def _shares(labels: Sequence[str | None]) -> Probabilities:
    counts, total = Counter(labels), len(labels) + PRIOR * len(LABELS)
    return {name: (counts[name] + PRIOR) / total for name in LABELS}


def _whole(week: Week, names: Sequence[str]) -> bool:
    return all(isfinite(week.features.get(name, float("nan"))) for name in names)


def _row(week: Week, before: str | None, names: Sequence[str]) -> list[float]:
    return [*(week.features[name] for name in names), *(float(before == label) for label in LABELS)]


def _fitted(rows: list[list[float]], labels: Sequence[str | None], row: list[float]) -> Probabilities:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever the fit says, its forecasts are scored before they are used
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500)).fit(rows, labels)
        return dict(zip(model.classes_.tolist(), model.predict_proba([row])[0].tolist(), strict=True))
