"""What plugins that advise are given, what is kept of their answers, and what is refused."""

from datetime import date, timedelta

import numpy as np
import pytest
from attrs import evolve

from allusr_sdk.hookspecs import Advice, Forecast, hookimpl
from allusr_sdk.host import Host
from allusr_sdk.host.advising import TOPICS, Briefing, advised
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Valued
from allusr_sdk.model.money import usd
from allusr_sdk.rulebook import Rulebook
from tests.office.homes import append, write

DAY = date(2026, 2, 12)
AMOUNTS = ("cash", "equity", "realised", "unrealised", "reserved", "at_touch")
MOVE = Forecast(
    outcome="move", about="2026-02-12", expected={"large": 0.2, "small": 0.8}, naive={"large": 0.5, "small": 0.5},
    model="mine", method="a coin", instrument="SPY", sessions=5, threshold=2.0,
)  # fmt: skip


class Sage:
    """A plugin that answers what it was told to, and keeps what it was given."""

    name = "sage"

    def __init__(self, answer=None):
        self.answer, self.given, self.topics = answer, None, []

    @hookimpl
    def allusr_advise(self, topic, ledger):
        self.given = ledger
        self.topics.append(topic)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def run(tmp_path):
    """A run whose last entry is of the 12th of February 2026, 10:20 New York."""
    with open_ledger(write(tmp_path / "home")) as ledger:
        yield ledger.latest()


def daily(last=DAY, *, factor=1.0):
    """SPY and VIX through a day, a point higher each session; a split after it where the factor says so."""
    days = [s.day for s in xnys().between(DAY - timedelta(days=20), last)]
    price = 100.0 + np.arange(len(days))
    values = np.column_stack([price, price, price, price, np.full(len(days), 10.0)])
    made = np.array(days, "datetime64[D]")
    return DailyBars({"SPY": Series.of(made, values, np.full(len(days), factor)), "VIX": Series.of(made, values / 5)})


def ask(run, answer, topics=("regime",), **more):
    sage = Sage(answer)
    found = advised(Host.of(sage), topics, run, Briefing(run, Rulebook.default(), **more))
    return sage, found


def test_nothing_later_than_the_journal_is_given(run):
    sage, _ = ask(run, None, daily=daily(DAY + timedelta(days=30)))
    assert sage.given.day == date(2026, 2, 11)  # the session of the 12th has not ended at 10:20
    assert sage.given.bars("SPY")[-1].day == date(2026, 2, 11)
    assert max(sage.given.vix) == date(2026, 2, 11)
    append(run, (("12 16:00", Valued(day=DAY, vix=None, **dict.fromkeys(AMOUNTS, usd(0)))),))
    sage, _ = ask(run, None, daily=daily(DAY + timedelta(days=30)))
    assert sage.given.bars("SPY")[-1].day == DAY


def test_prices_are_in_dollars_of_the_journals_day(run):
    sage, _ = ask(run, None, daily=daily(factor=0.5))
    assert sage.given.bars("SPY")[0].close == 100.0


def test_vix_comes_from_the_journal_where_no_bars_tell_it(run):
    append(run, (("11 16:10", Valued(day=date(2026, 2, 11), vix=17.5, **dict.fromkeys(AMOUNTS, usd(0)))),))
    assert ask(run, None)[0].given.vix == {date(2026, 2, 11): 17.5}


def test_what_is_given_can_be_read_and_not_written(run):
    given = ask(run, None, headlines="date,symbol,text\n")[0].given
    assert not [n for n in ("append", "flush", "ledger", "start_chain", "catch_up", "engine") if hasattr(given, n)]
    assert (given.seq, given.head, given.index) == (run.seq, run.head, "SPY")
    assert given.rules["LL-2.rungs"] == 4
    with pytest.raises(TypeError):
        given.rules["LL-2.rungs"] = 5
    assert [entry.event.kind for entry in given.entries(kind="Funded")] == ["Funded"]


def test_each_topic_is_asked_in_turn_and_an_author_stands_at_its_advice(run):
    sage, found = ask(run, Advice("any", "wait"), topics=TOPICS)
    assert tuple(sage.topics) == TOPICS
    assert [(one.topic, one.author, one.event.text) for one in found] == [(t, "sage", "wait") for t in TOPICS]


def test_what_is_kept_names_the_entry_that_it_rests_on(run):
    (one,) = ask(run, Advice("regime", "calm", confidence=0.8, numbers={"p": 1 / 3}, entries=(1, 2), forecast=MOVE))[1]
    event = one.event
    assert (event.run, event.seq, event.head, event.instant) == (run.id, run.seq, run.head, run.instant)
    assert (event.numbers, event.entries, event.confidence) == ({"p": 0.333333}, (1, 2), 0.8)
    assert (event.outcome, event.about, event.naive, event.sessions) == (
        "move",
        "2026-02-12",
        {"large": 0.5, "small": 0.5},
        5,
    )


def test_a_plugin_that_raises_has_its_error_in_place_of_advice(run):
    (one,) = ask(run, ValueError("no"))[1]
    assert (one.author, one.event) == ("sage", None)
    assert one.error.startswith("ValueError: no")


@pytest.mark.parametrize(
    ("advice", "why"),
    [
        (Advice("a", "t", numbers={"x": float("inf")}), "x is no number"),
        (Advice("a", "t", numbers={"x": True}), "x is no number"),
        (Advice("a", "t", confidence=1.2), "confidence 1.2 is not from 0 to 1"),
        (Advice("a", "t", entries=(10_000,)), "entry #10000 is not in the journal"),
        (Advice("a", "t", forecast=evolve(MOVE, expected={"large": 0.0, "small": 1.0})), "above 0 and 1 together"),
        (Advice("a", "t", forecast=evolve(MOVE, naive={"large": 1.0})), "not about the same outcomes"),
        (Advice("a", "t", forecast=evolve(MOVE, outcome="luck")), "nothing tells a forecast of 'luck'"),
        (Advice("a", "t", forecast=evolve(MOVE, sessions=0)), "needs an instrument, 1 to 60 sessions"),
        (Advice("a", "t", forecast=evolve(MOVE, about="2026-02-14")), "and a session as its day"),
        (Advice("a", "t", forecast=evolve(MOVE, about="soon")), "Invalid isoformat string"),
        (Advice("a", "t", forecast=evolve(MOVE, outcome="volatility")), "one number above 0, named percent"),
        (Advice("a", "t", changes=["LL-2.rungs"]), "cannot be kept"),
    ],
)
def test_advice_that_is_no_advice_is_not_kept(run, advice, why):
    (one,) = ask(run, advice)[1]
    assert one.event is None
    assert why in one.error


def test_no_text_of_a_plugin_moves_a_terminal(run):
    (one,) = ask(run, Advice("a", "one\ntwo\x1b[2J\u202ethree" + "x" * 9000))[1]
    assert one.event.text.startswith("one\ntwo [2J three")
    assert len(one.event.text) == 4000
