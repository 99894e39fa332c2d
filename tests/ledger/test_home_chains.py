"""Chains of the home beside its runs: what is armed, and what several processes write without a lease."""

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.arming import CHAIN, Arming
from allusr_sdk.ledger.behind import put_behind
from allusr_sdk.model.events import Armed, Disarmed, Noted

ARMED = Armed(
    rule="KS-11.15", broker="desk", account="DU1", live=True, currency="USD", permissions=("options",), lock="l",
    rulebook="rb", actor="Ann", reason="ready",
)  # fmt: skip
TAKEN_BACK = Disarmed(rule="KS-11.15", actor="Ann", reason="enough")


def note(text):
    return Noted(ledger="", key="k", text=text)


def written(ledger, chain):
    """Number, cycle, state, rulebook and words of each entry of a chain."""
    entries = ledger.chain(chain).entries()
    return [(e.seq, e.cycle, e.state, e.rulebook, getattr(e.event, "text", e.kind)) for e in entries]


def test_what_is_armed_and_taken_back_is_written_outside_of_cycles_under_no_rulebook(memory):
    arming = Arming(memory)
    for event, stands in ((ARMED, ARMED), (TAKEN_BACK, None), (ARMED, ARMED)):
        arming.write(event)
        assert arming.stands == stands
    assert written(memory, CHAIN) == [
        (1, 0, "SAFE", "", "Armed"), (2, 0, "SAFE", "", "Disarmed"), (3, 0, "SAFE", "", "Armed"),
    ]  # fmt: skip


def test_entries_go_behind_each_other_outside_of_cycles_under_no_rulebook(memory):
    assert [put_behind(memory, "words", note(text)) for text in "abc"] == [1, 2, 3]
    assert written(memory, "words") == [(n, 0, "SAFE", "", text) for n, text in enumerate("abc", 1)]


def test_of_two_that_begin_a_chain_at_once_the_older_is_the_chain_and_what_the_other_said_goes_behind_it(
    memory, monkeypatch
):
    begin = memory.start_chain

    def later(name, event, at, *, rulebook):
        begin(name, note("another was first"), at, rulebook=rulebook)
        return begin(name, event, at, rulebook=rulebook)

    monkeypatch.setattr(memory, "start_chain", later)
    assert put_behind(memory, "words", note("mine")) == 2
    assert [text for *_, text in written(memory, "words")] == ["another was first", "mine"]


class Busy:
    """A chain to which somebody writes whenever it is about to be written to; or whose database refuses."""

    def __init__(self, ledger, times, *, grows=True):
        self.chain, self.ledger, self.left, self.grows = ledger.chain, ledger, times, grows
        ledger.chain = self.asked

    def asked(self, name):
        found = self.chain(name)
        append = found.append

        def refused(event, **about):
            if not self.left:
                return append(event, **about)
            self.left -= 1
            if self.grows:
                self.chain(name).append(note("between"), **about)
            raise KernelError(f"refused, {self.left} to come")

        found.append = refused
        return found


def test_who_is_not_quick_enough_tries_again_behind_what_came_between(memory):
    put_behind(memory, "words", note("first"))
    Busy(memory, 3)
    assert put_behind(memory, "words", note("mine")) == 5
    assert [text for *_, text in written(memory, "words")] == ["first", *["between"] * 3, "mine"]


def test_who_is_never_quick_enough_is_told_to_give_it_again(memory):
    put_behind(memory, "words", note("first"))
    Busy(memory, 20)
    with pytest.raises(KernelError, match="KS-7: Noted found no place in the home's chain words: give it again"):
        put_behind(memory, "words", note("mine"))


def test_what_the_database_refuses_though_nobody_wrote_is_not_tried_again(memory):
    put_behind(memory, "words", note("first"))
    Busy(memory, 20, grows=False)
    with pytest.raises(KernelError, match="refused, 19 to come"):
        put_behind(memory, "words", note("mine"))
