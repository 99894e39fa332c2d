"""What each command journals: by which rule, in whose name, on which readings; and what it is refused for (KS-7)."""

import pytest

from allusr_sdk.errors import StateRefusal
from allusr_sdk.kernel import audit
from allusr_sdk.kernel.breaks import Finding
from allusr_sdk.model.events import Noted
from tests.builders import RULES, World, stub
from tests.kernel.auditing import SHARES, audit_of
from tests.kernel.commanding import look, say
from tests.kernel.scenes import aapl, writes
from tests.kernel.statements import stated

NOBODY = {"actor": "", "reason": ""}


def rows(world):
    return [(e.rule, e.before, e.after, e.actor, e.approver, e.source) for e in world.events("SwitchChanged")]


def entered(world):
    return [(e.rule, e.after, e.cause) for e in world.events("StateChanged")]


# --- kill and resume ---


def test_a_kill_that_nobody_signs_is_journaled_as_an_unknown_persons():
    with World(stub()) as world:
        say(world, "kill", **NOBODY)
        (row,) = world.events("SwitchChanged")
        assert (row.actor, row.reason, row.source) == ("unknown", "killed", "operator")


def test_a_kill_that_let_closes_go_on_is_resumed_and_a_halt_is_not():
    with World(stub()) as world:
        look(world, 0)
        say(world, "kill")
        say(world, "resume")
        assert world.book.switches == {}
        say(world, "kill", closes=False)
        with pytest.raises(StateRefusal, match=r"^KS-7: resume refused: it is halted, not paused: re-arm it$"):
            say(world, "resume")
        assert world.book.switches == {"USER": "HALT"}


def test_a_refusal_is_of_no_symbol():
    with World(stub()) as world:
        look(world, 0)
        say(world, "kill")
        with pytest.raises(StateRefusal):
            say(world, "rearm", actor="")
        (refusal,) = [e for e in world.events("Decided") if e.verdict == "refuse"]
        assert (refusal.rule, refusal.ledger, refusal.symbol, refusal.subject) == ("KS-7", "", "", "")


# --- re-arm ---


def test_a_rearm_is_signed_by_the_person_who_says_so_and_approves_it():
    with World(stub()) as world:
        look(world, 0)
        say(world, "kill", ledger="stub")
        say(world, "rearm", ledger="stub")
        assert rows(world)[1:] == [("KS-7", "SAFE", "NONE", "Ada", "Ada", "operator")]


def test_each_state_on_the_way_back_is_entered_by_the_rule_of_rearms():
    with World(stub()) as world:
        look(world, 0)
        say(world, "kill", closes=False)
        say(world, "rearm")
        assert entered(world)[1:] == [
            ("KS-7", "SAFE", "re-armed by Ada: looked"), ("KS-7", "RECONCILING", "re-armed by Ada: looked"),
            ("KS-7", "SAFE", "books and broker agree"),
        ]  # fmt: skip


@pytest.mark.parametrize("ledger", ["", "stub"])
def test_a_rearm_is_refused_while_data_is_stale(ledger):
    with World(stub()) as world:
        look(world, 0)
        say(world, "kill")
        world.kernel.throw("STALE", "SAFE", ledger=ledger, rule="KS-5", reason="old")
        with pytest.raises(StateRefusal, match=r"^KS-7: rearm refused: data is stale$"):
            say(world, "rearm")
        assert world.book.switches["USER"] == "SAFE"


@pytest.mark.parametrize(("closes", "shown"), [((69.9, 70.0), "69.9, 70"), ((), "unknown")])
def test_the_closes_that_do_not_suffice_are_shown(closes, shown):
    with World(stub()) as world:
        look(world, 0, vix=80.01)
        look(world, 5, vix=69.0, closes=closes)
        with pytest.raises(StateRefusal, match=f"two VIX closes under 70 are needed, the last are {shown}$"):
            say(world, "rearm")


def test_a_rearm_of_the_vix_rests_on_all_closes_that_are_asked_for_and_tells_the_newest():
    with World(stub(), rules=RULES.tightened({"KS-4.closes": 3})) as world:
        look(world, 0, vix=80.01)
        look(world, 5, vix=60.0, closes=(69.0, 68.0, 60.0))
        say(world, "rearm")
        row = world.events("SwitchChanged")[-1]
        assert (row.value, row.threshold, row.samples) == (60.0, 70.0, ("69", "68", "60"))


# --- audit, explanation, maintenance ---


@pytest.mark.parametrize(("action", "state"), [("audit", "AUDIT"), ("upgrade", "MAINTENANCE")])
@pytest.mark.parametrize(("who", "cause"), [({}, "Ada: looked"), (NOBODY, "unknown: ")])
def test_an_audit_and_an_upgrade_are_entered_by_rule_0_and_say_for_whom(action, state, who, cause):
    with World(stub(), broken=lambda: "B03") as world:
        say(world, action, **who)
        asked = "asked for by " if action == "audit" else ""
        assert entered(world) == [("RULE-0", state, f"{asked}{cause}")]


@pytest.mark.parametrize(("who", "cause"), [({}, "Ada: looked"), (NOBODY, "unknown: ")])
def test_the_end_of_an_upgrade_is_entered_by_rule_0_and_says_for_whom(who, cause):
    with World(stub()) as world:
        say(world, "upgrade")
        say(world, "upgraded", **who)
        assert entered(world)[1:] == [("RULE-0", "SAFE", cause)]


@pytest.mark.parametrize("action", ["audit", "upgrade"])
def test_an_audit_and_an_upgrade_are_refused_in_a_halt_by_rule_0(action):
    with World(stub()) as world:
        say(world, "kill", closes=False)
        with pytest.raises(StateRefusal, match=f"^RULE-0: {action} refused: the state is EMERGENCY$"):
            say(world, action)
        assert [e.rule for e in world.events("Decided") if e.verdict == "refuse"] == ["RULE-0"]


def test_an_upgrade_is_refused_by_rule_0_while_orders_work():
    with World(stub(propose=writes())) as world:
        world.cycle(aapl())
        with pytest.raises(StateRefusal, match=r"^RULE-0: upgrade refused: 1 orders are working"):
            say(world, "upgrade")


def test_an_explanation_is_kept_with_the_symbol_of_its_break():
    with World(stub()) as world:
        audit_of(world, stated(world, more=[SHARES]))
        say(world, "explain", subject="B01 AAPL")
        (row,) = world.events("Mended")
        assert (row.rule, row.symbol, row.subject, row.how) == ("B01", "AAPL", "AAPL", "explained")


def test_a_break_whose_subject_has_a_space_is_explained_by_its_whole_name(monkeypatch):
    stubborn = Finding(
        code="B14", subject="AAPL 2026-02-12", symbol="AAPL", what="a dividend", ours="+0.00", theirs="+26.00",
        cause="awaited", mends=(Noted(symbol="AAPL", key="paid", text="26"),),
    )  # fmt: skip
    monkeypatch.setattr(audit, "compare", lambda ours, theirs, rules: (stubborn,))
    with World(stub()) as world:
        audit_of(world, stated(world))
        say(world, "explain", subject="B14 AAPL 2026-02-12")
        assert world.book.breaks == {}
        (row,) = world.events("Mended")
        assert (row.rule, row.subject, row.theirs) == ("B14", "AAPL 2026-02-12", "+26.00")


def test_an_explanation_where_nothing_is_open_says_so():
    with World(stub()) as world, pytest.raises(StateRefusal, match=r"no break B01 AAPL is open: none$"):
        say(world, "explain", subject="B01 AAPL")
