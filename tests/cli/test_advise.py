"""`allusr advise`: advice with its author, kept and scored once, and suggested values as proposals that wait."""

import json

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from allusr_sdk.office.advice import given
from allusr_sdk.office.proposals import listed

SAGE = '''
"""A plugin that advises, one topic badly."""
from allusr_sdk import Advice, Forecast, hookimpl


@hookimpl
def allusr_advise(topic, ledger):
    if topic == "regime":
        raise ValueError("no regime for me")
    if topic == "volatility":
        return Advice(topic, "wild", numbers={"x": float("nan")})
    if topic == "ladder":
        return Advice(topic, f"LL-2.rungs 4 -> 5: {ledger.rules['LL-2.rungs']} are few.", changes={"LL-2.rungs": "5"})
    if topic == "tea":
        can = [name for name in ("append", "flush", "start_chain", "ledger") if hasattr(ledger, name)]
        return Advice(topic, f"drink \\x1b[31mit, {can}", entries=(1, ledger.seq))
    return None
'''
SMALL = ("--symbols", "AAPL,SPY", "--from", "2026-01-05", "--to", "2026-01-09")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A small run, and a plugin that advises."""
    root = tmp_path_factory.mktemp("advised")
    (root / "sage.py").write_text(SAGE)
    assert invoke(["run", *SMALL, "--plugins", "gen_acc,protocol", "--home", str(root / "home"), "--json"]) == 0
    return root


def ask(allusr, home, *arguments):
    return allusr("advise", *arguments, "--plugins", home / "sage.py", "--home", home / "home")


def test_each_answer_has_its_author_and_an_error_stands_in_place_of_one(allusr, home):
    out = ask(allusr, home, "--no-log").out
    assert out.startswith("ADVISORY: no order follows from this")
    assert "regime, by plugin sage (not written)\n  failed: ValueError: no regime for me" in out
    assert (
        "volatility, by plugin sage (not written)\n  failed: returned advice that cannot be kept: x is no number" in out
    )
    assert "anomalies: no plugin that was asked says anything" in out


def test_what_is_said_is_kept_once_over_the_entry_that_it_rests_on(allusr, home):
    first = json.loads(ask(allusr, home, "tea", "--json").out)
    again = json.loads(ask(allusr, home, "tea", "--json").out)
    assert first["advisory"] is True
    assert first["advice"][0]["number"] == again["advice"][0]["number"]
    kept = [advice.event for advice in given(str(home / "home")) if advice.event.topic == "tea"]
    assert [(e.author, e.text, e.entries, e.seq) for e in kept] == [
        ("sage", "drink  [31mit, []", (1, first["entry"]), first["entry"])
    ]
    assert allusr("ledger", "verify", "--home", home / "home").code == 0


def test_looking_alone_writes_nothing(allusr, home, tmp_path):
    fresh = tmp_path / "home"
    assert allusr("run", *SMALL, "--plugins", "gen_acc,protocol", "--home", fresh).code == 0
    assert allusr("advise", "tea", "--no-log", "--plugins", home / "sage.py", "--home", fresh).code == 0
    with open_ledger(fresh) as ledger:
        assert ledger.chain("advice") is None


def test_a_suggestion_becomes_a_proposal_by_a_persons_name_alone_and_then_waits(allusr, home):
    place = str(home / "home")
    refused = ask(allusr, home, "ladder", "--propose")
    assert (refused.code, "needs a person's name (--by)" in refused.err) == (2, True)
    assert ask(allusr, home, "ladder").code == 0
    assert listed(place) == ()
    out = ask(allusr, home, "ladder", "--propose", "--by", "Ada", "--to", "2026-01-06").out
    (proposal,) = listed(place)
    assert (proposal.author, proposal.waiting, proposal.wishes) == (
        "plugin sage, put forward by Ada", True, {"LL-2.rungs": "5"}
    )  # fmt: skip
    assert proposal.reason.endswith(": LL-2.rungs 4 -> 5: 4 are few.")
    assert "Simulated: 2026-01-05 to 2026-01-06, synthetic seed 7" in out
    assert f"allusr approve {proposal.number}" in out
    assert "rungs bought" in out
    assert "no value differs" in allusr("rules", "diff", "default", "in-force", "--home", place).out
    assert ask(allusr, home, "ladder", "--propose", "--by", "Ada", "--to", "2026-01-06").code == 0
    assert len(listed(place)) == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("ladder", "--propose", "--by", "Ada", "--no-log"), "no --no-log"), (("Tea time",), "is no topic"),
     (("--headlines", "none.csv"), "--headlines none.csv: cannot be read"), (("--daily", "nowhere"), "no such folder")],
    ids=["not written", "no topic", "headlines", "daily"],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_one_line(allusr, home, arguments, word):
    done = ask(allusr, home, *arguments)
    assert (done.code, word in done.err, done.err.count("\n")) == (2, True, 1)


def test_an_empty_home_has_nothing_to_advise_on(allusr, tmp_path):
    assert allusr("advise", "--home", tmp_path).code == 2


def test_the_advisor_is_asked_where_the_run_did_not_name_it(allusr, home):
    out = allusr("advise", "week-type", "--no-log", "--home", home / "home").out
    assert "week-type, by plugin advisor (not written)" in out
    assert "unknown: " in out


def test_scores_say_how_many_wait(allusr, home):
    out = allusr("advise", "--scores", "--home", home / "home").out
    assert "no forecast has been scored yet; waiting for its outcome: 0" in out
