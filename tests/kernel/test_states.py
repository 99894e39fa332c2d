"""The state machine is its table (rules, part 1.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.errors import KernelError, StateRefusal
from allusr_sdk.kernel.states import RING, TRANSITIONS, Machine, State, resumed

LISTED = {
    ("SAFE", "wake"): "SCANNING",
    ("SCANNING", "scanned"): "ANALYZING",
    ("ANALYZING", "analyzed"): "ORDERING",
    ("ORDERING", "ordered"): "MONITORING",
    ("MONITORING", "pass over"): "CLOSING",
    ("CLOSING", "closed"): "RECONCILING",
    ("RECONCILING", "agreed"): "SAFE",
    ("RECONCILING", "broken"): "AUDIT",
    ("SAFE", "audit"): "AUDIT",
    ("SAFE", "reconcile"): "RECONCILING",
    ("AUDIT", "agreed"): "SAFE",
    ("SAFE", "upgrade"): "MAINTENANCE",
    ("MAINTENANCE", "upgraded"): "SAFE",
    ("EMERGENCY", "rearmed"): "SAFE",
}
TRIGGERS = sorted({trigger for _, trigger in LISTED} | {"halt"})


@pytest.mark.parametrize(("state", "trigger"), sorted((s, t) for s in State for t in TRIGGERS))
def test_every_listed_transition_works_and_everything_else_is_refused(state, trigger):
    machine = Machine(state)
    expected = "EMERGENCY" if trigger == "halt" else LISTED.get((state, trigger))
    if expected is None:
        with pytest.raises(StateRefusal, match=f"state {state}: '{trigger}' is not possible here"):
            machine.do(trigger)
        assert machine.state is state
    else:
        assert machine.do(trigger) == machine.state == expected


def test_an_unknown_trigger_is_refused_and_the_message_says_what_is_possible():
    with pytest.raises(StateRefusal, match="possible: audit, halt, reconcile, upgrade, wake"):
        Machine().do("hurry")


@pytest.mark.parametrize("state", list(State))
def test_a_kernel_wakes_in_a_state_outside_the_ring_and_begins_a_pass_anew(state):
    outside = state in (State.EMERGENCY, State.MAINTENANCE, State.AUDIT)
    assert resumed(state, ["SAFE", "HEDGED"]) is (state if outside else State.SAFE)
    assert resumed(state, ["SAFE", "HALT"]) is State.EMERGENCY


def test_the_ring_is_the_users():
    names = "SAFE SCANNING ANALYZING ORDERING MONITORING CLOSING RECONCILING"
    assert [str(state) for state in RING] == names.split()
    followed = [State.SAFE]
    while len(followed) <= len(RING):
        forward = [after for (state, t), after in TRANSITIONS.items() if state is followed[-1] and after in RING]
        followed.append(forward[0])
    assert followed == [*RING, State.SAFE]


@given(st.lists(st.sampled_from(TRIGGERS), max_size=40))
def test_no_path_leads_from_emergency_to_ordering_without_a_rearm(triggers):
    machine, emergency = Machine(), False
    for trigger in triggers:
        try:
            machine.do(trigger)
        except StateRefusal:
            continue
        emergency = machine.state is State.EMERGENCY or (emergency and trigger != "rearmed")
        assert not (emergency and machine.state is not State.EMERGENCY)


def test_a_pass_ends_in_safe_from_monitoring_and_nowhere_else():
    for state in State:
        machine = Machine(state)
        if state in (State.SAFE, State.MONITORING):
            machine.finish_pass()
            assert machine.state is State.SAFE
        else:
            with pytest.raises(KernelError, match=f"a pass cannot end in {state}"):
                machine.finish_pass()
