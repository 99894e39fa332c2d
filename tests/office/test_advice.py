"""The home's chain of advice: kept once, scored once when the outcome is known, and told beside a naive method."""

from datetime import UTC, date, datetime, timedelta
from math import exp, log, sqrt

import numpy as np
import pytest
from attrs import evolve

from allusr_sdk.ledger import clocks, open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import AdviceGiven, WeekTyped
from allusr_sdk.office.advice import AdviceLog, became, score_all, standings, waiting
from tests.office.homes import append, write

DAY = date(2026, 2, 12)


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(write(tmp_path / "home")) as opened:
        yield opened


def said(ledger, **more):
    """A forecast that the five sessions after the 12th of February 2026 stay small."""
    run = ledger.latest()
    event = AdviceGiven(
        topic="regime", author="sage", text="calm", run=run.id, seq=run.seq, head=run.head, instant=run.instant,
        about=str(DAY), outcome="move", expected={"large": 0.2, "small": 0.8}, naive={"large": 0.5, "small": 0.5},
        method="a coin", instrument="SPY", sessions=5, threshold=2.0,
    )  # fmt: skip
    return evolve(event, **more)


def week(**more):
    """The same of the type of a week."""
    return {"topic": "week-type", "outcome": "week-type", "about": "2026-W07", "instrument": "", "sessions": 0, **more}


def bars(*moves):
    """SPY from the 12th on; each session moves by a share."""
    days = [DAY, *(s.day for s in xnys().between(DAY + timedelta(days=1), DAY + timedelta(days=40)))][: len(moves) + 1]
    closes = 100 * np.exp(np.cumsum([0.0, *moves]))
    values = np.column_stack([closes, closes, closes, closes, np.ones(len(closes))])
    return DailyBars({"SPY": Series.of(np.array(days, "datetime64[D]"), values)})


def final(label, status="FINAL", version=1):
    return WeekTyped(week="2026-W07", version=version, status=status, labels=(label,), primary=label)


def test_the_same_advice_over_the_same_entry_is_kept_once_and_the_chain_verifies(ledger):
    chain = AdviceLog(ledger)
    first = chain.give(said(ledger))
    assert chain.give(said(ledger)) == first
    assert chain.give(said(ledger, text="calmer")).number == first.number + 1
    assert all(report.ok for report in verify_all(ledger))


def test_a_move_is_told_by_as_many_sessions_as_were_meant(ledger):
    event = said(ledger)
    assert became(event, ledger, None) is None
    assert became(event, ledger, bars(0.01, 0.01, 0.01, 0.01)) is None
    assert became(event, ledger, bars(0.01, -0.01, 0.01, -0.01, 0.01)).text == "small"
    assert became(event, ledger, bars(-0.01, -0.01, -0.01, -0.01, -0.01)).text == "large"


def test_a_volatility_is_told_in_percent_a_year(ledger):
    event = said(ledger, outcome="volatility", expected={"percent": 10.0}, naive={"percent": 20.0})
    found = became(event, ledger, bars(0.01, -0.01, 0.01, -0.01, 0.01))
    assert found.value == pytest.approx(sqrt(252))
    assert found.text == "15.9 % a year"


def test_a_week_is_told_by_its_first_final_record_after_the_advice(ledger):
    event = said(ledger, **week())
    append(
        ledger.latest(), (("13 16:30", final("ROLL", "PROVISIONAL")), ("13 16:31", evolve(final("ROLL"), ledger="x")))
    )
    assert became(event, ledger, None) is None
    append(ledger.latest(), (("13 16:32", final("CALM_INCOME")), ("13 16:33", final("ROLL", version=2))))
    assert became(event, ledger, None).text == "CALM_INCOME"


def test_a_forecast_is_scored_once_beside_the_naive_one(ledger):
    AdviceLog(ledger).give(said(ledger))
    moved = bars(0.001, 0.001, 0.001, 0.001, 0.001)
    assert score_all(ledger, None) == ()
    (scored,) = score_all(ledger, moved)
    assert (scored.score.became, scored.score.method) == ("small", "a coin")
    assert scored.score.scores == {"brier": 0.08, "log": float(f"{-log(0.8):.6g}"), "hit": 1.0}
    assert scored.score.naive["brier"] == 0.5
    assert score_all(ledger, moved) == ()
    assert len([a for a in AdviceLog(ledger).given if a.score]) == 1


def test_two_that_score_at_once_leave_one_score(ledger, monkeypatch):
    AdviceLog(ledger).give(said(ledger))
    moved, now = bars(*[0.001] * 5), clocks.now

    def other():
        monkeypatch.setattr(clocks, "now", now)
        with open_ledger(str(ledger.engine.url.database).removesuffix("/ledger.db")) as another:
            assert len(score_all(another, moved)) == 1
        return now()

    monkeypatch.setattr(clocks, "now", other)
    score_all(ledger, moved)
    assert [entry.kind for entry in ledger.chain("advice").entries()] == ["AdviceGiven", "AdviceScored"]


def test_of_several_forecasts_of_one_outcome_the_first_counts(ledger):
    chain = AdviceLog(ledger)
    chain.give(said(ledger))
    chain.give(said(ledger, expected={"large": 0.1, "small": 0.9}))
    chain.give(said(ledger, topic="anomalies"))
    assert waiting(chain.given) == 2
    assert [advice.number for advice in score_all(ledger, bars(*[0.001] * 5))] == [1, 3]
    assert waiting(chain.given) == 0


def test_a_volatility_has_a_loss_that_is_nothing_where_it_was_exact(ledger):
    exact = 100 * sqrt(252) * 0.01
    AdviceLog(ledger).give(
        said(ledger, outcome="volatility", expected={"percent": exact}, naive={"percent": exact * exp(0.5)})
    )
    (scored,) = score_all(ledger, bars(*[0.01] * 5))
    assert scored.score.scores["qlike"] == pytest.approx(0, abs=1e-6)
    assert scored.score.naive["qlike"] == pytest.approx(exp(-1), rel=1e-4)


@pytest.mark.parametrize(("now", "late"), [("2026-02-13", False), ("2026-02-23", True)])
def test_what_could_be_known_already_is_told_as_hindsight(ledger, monkeypatch, now, late):
    monkeypatch.setattr(clocks, "now", lambda: datetime.fromisoformat(f"{now}T12:00").replace(tzinfo=UTC))
    AdviceLog(ledger).give(said(ledger))
    (scored,) = score_all(ledger, bars(*[0.001] * 5))
    assert scored.score.hindsight is late


def test_scores_are_means_and_say_where_they_are_of_few(ledger):
    chain = AdviceLog(ledger)
    chain.give(said(ledger))
    chain.give(said(ledger, about="2026-02-13", expected={"large": 0.6, "small": 0.4}))
    score_all(ledger, bars(*[0.001] * 8))
    (found,) = [s for s in standings(chain.given) if s.measure == "brier"]
    assert (found.count, found.score, found.naive) == (2, pytest.approx((0.08 + 0.72) / 2), 0.5)
    assert found.verdict == "better, of few"


def test_advice_without_a_forecast_waits_for_nothing(ledger):
    chain = AdviceLog(ledger)
    chain.give(said(ledger, outcome="", expected={}, naive={}))
    assert (waiting(chain.given), score_all(ledger, bars(*[0.1] * 5)), standings(chain.given)) == (0, (), ())
