"""Vetoes, wishes and skips that are none, and writes to the view: whose they are is named, and the others go on.

What is told here of a run was read from its journal alone.
"""

import pytest

from allusr_sdk import Close, Right, Skip, Veto, hookimpl
from allusr_sdk.model.intents import Halt
from tests.sdk.misbehaving import CALM, Good, bad, play, sold, switched

# --- it vetoes wrongly ---------------------------------------------------------------------------------------------


def screen(answer):
    class Screen:
        name = "nanny"

        @hookimpl
        def allusr_screen(self, intent, view):
            return answer(intent, view)

    return Screen()


WRONG = {
    "a word": lambda intent, view: "no",
    "a wish": lambda intent, view: Halt("SAFE", "X-1", "?"),
    "a rule that is no text": lambda intent, view: Veto(7, "because"),
    "numbers that no journal holds": lambda intent, view: Veto("X-1", "because", {"view": view}),
    "an error": lambda intent, view: 1 / 0,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_guard_that_answers_what_is_no_veto_is_blind_and_the_account_safe(name):
    played = play(Good, screen(WRONG[name]))
    assert [(f.plugin, f.where) for f in played.faults] == [("nanny", "allusr_screen")]
    assert played.intents == ()
    refused = [d for d in played.decisions if d.verdict == "refuse"]
    assert "guard nanny is blind" in refused[0].why
    assert "guard nanny is blind" in switched(played)[0].reason


class Seller(Good):
    """Sells as the good one, and buys back on the second day whatever it holds."""

    name = "good"

    def manage(self, position, view):
        if view.session.day > CALM.first:
            yield Close("SPY", "X-1", position=position, quote=view.quote(position.contract))


def test_a_guard_that_vetoes_everything_is_named_in_each_refusal_and_holds_up_no_exit():
    asked = []

    def never(intent, view):
        asked.append(intent)
        return Veto("MY-1", "never") if view.session.day > CALM.first else None

    played = play(Seller, screen(never))
    assert sold(played, "good")
    closed = [fill for fill in played.fills if not fill.opening]
    assert sum(fill.quantity for fill in closed) == -sum(fill.quantity for fill in sold(played, "good"))
    refused = [d for d in played.decisions if d.verdict == "refuse" and "MY-1" in d.rule]
    assert refused
    assert all("MY-1 never (guard nanny)" in d.why for d in refused)
    assert not any(isinstance(intent, Close) for intent in asked)
    assert played.faults == ()


# --- it writes to the view ------------------------------------------------------------------------------------------


def writes_a_price(view):
    view.market.snapshots["SPY"].bid = 1.0


def writes_a_snapshot(view):
    view.market.snapshots["SPY"] = None


def writes_an_earnings_date(view):
    view.market.earnings["SPY"] = ()


def writes_a_dividend(view):
    view.market.dividends["SPY"] = ()


def writes_a_bid(view):
    view.market.snapshots["SPY"].chain.bid[:] = 99.0


def writes_a_strike(view):
    view.side("SPY", view.expiries("SPY")[0], Right.PUT).strike[0] = 1.0


def writes_a_position(view):
    view.book.positions.clear()


def writes_a_switch(view):
    view.book.switches["USER"] = "NONE"


def writes_cash(view):
    view.book.cash = 10**9


def writes_an_instant(view):
    view.market.at = None


WRITES = (
    writes_a_price, writes_a_snapshot, writes_an_earnings_date, writes_a_dividend, writes_a_bid, writes_a_strike,
    writes_a_position, writes_a_switch, writes_cash, writes_an_instant,
)  # fmt: skip


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_sleeve_that_writes_to_its_view_is_named_and_the_others_run_as_if_it_had_not(write):
    def propose(view):
        write(view)
        return ()

    played = play(bad(propose), Good)
    assert [(f.plugin, f.where) for f in played.faults] == [("bad", "propose")]
    assert any(word in played.faults[0].error for word in ("FrozenInstanceError", "mappingproxy", "read-only"))
    assert list(played.quarantined) == ["bad"]

    def quiet(view):
        raise RuntimeError

    beside = play(bad(quiet), Good)
    mine = [e.event for e in played.entries if e.event.ledger == "good"]
    assert mine == [e.event for e in beside.entries if e.event.ledger == "good"]


# --- it answers with what is none -----------------------------------------------------------------------------------

ODD = {
    "numbers that no journal holds": lambda view: [Skip("SPY", "X-1", "odd", {"view": view})],
    "a symbol that is no text": lambda view: [Skip(7, "X-1", "odd")],
    "a reason that is no text": lambda view: [Skip("SPY", "X-1", view)],
    "an endless answer": lambda view: iter(lambda: Skip("SPY", "X-1", "again"), None),
}


@pytest.mark.parametrize("name", ODD)
def test_answers_that_no_journal_can_hold_quarantine_their_sleeve_alone(name):
    played = play(bad(ODD[name]), Good)
    assert list(played.quarantined) == ["bad"]
    assert sold(played, "good")
