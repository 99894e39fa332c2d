"""What operators tell a home from the console: who may, what is typed, and what stands in the trail."""

import pytest
from allusr_console.desk import Desk
from allusr_console.people import with_user
from allusr_console.problems import Forbidden, Unknown, WrongPhrase
from allusr_console.roles import Role, Who
from attrs import evolve

from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.office.proposals import listed
from allusr_sdk.office.trail import trail
from tests.console.conftest import CHEAP, running
from tests.office.homes import propose


class Told:
    """Ann and Vic, signed in, at the desk of a console over one home."""

    def __init__(self, browser):
        self.browser, self.console = browser, browser.console
        self.ann, self.vic = self.person("ann"), self.person("vic")

    def person(self, name):
        self.browser.client.cookies.clear()
        self.browser.log_in(name)
        return self.console.access._of(self.browser.client.cookies["allusr_session"])

    def do(self, call):
        return self.browser.client.portal.call(call)

    def tell(self, who, *what, **more):
        return self.do(
            lambda: self.console.desk.tell(who, *what, **{"reason": "too hot", "origin": "127.0.0.1", **more})
        )

    @property
    def acts(self):
        assert self.console.audit.settle()
        found = trail(self.console.house.home("paper"))
        return [(act.actor, act.action, act.scope, act.outcome) for act in found if act.action != "login"]


@pytest.fixture
def told(browser):
    return Told(browser)


def test_an_operator_pauses_and_resumes_a_sleeve_in_their_name(told):
    done = told.tell(told.ann, "paper", "pause", "gen_acc")
    assert done.lines[0] == "paused: sleeve gen_acc, by ann: too hot (KS-7)"
    told.tell(told.ann, "paper", "resume", "gen_acc")
    assert told.acts == [("ann", "resume", "gen_acc", "asked"), ("ann", "pause", "gen_acc", "asked")]


def test_a_halt_and_a_re_arm_want_a_phrase_that_names_the_account(told):
    assert Desk.phrase("halt", "paper") == "halt paper"
    assert Desk.phrase("rearm", "paper", "gen_acc") == "rearm paper gen_acc"
    assert Desk.phrase("pause", "paper") == ""
    assert told.tell(told.ann, "paper", "halt", phrase=" halt  paper ").wish["action"] == "halt"
    with pytest.raises(WrongPhrase, match="type 'rearm paper' to confirm it"):
        told.tell(told.ann, "paper", "rearm", phrase="rearm other")
    assert told.acts == [("ann", "rearm", "account", "refused"), ("ann", "halt", "account", "asked")]
    assert told.tell(told.ann, "paper", "rearm", phrase="rearm paper").wish["action"] == "rearm"


@pytest.mark.parametrize("action", ["pause", "resume", "halt", "rearm"])
def test_a_viewer_tells_nothing_and_the_try_stands_in_the_trail(told, action):
    with pytest.raises(Forbidden, match="vic is none"):
        told.tell(told.vic, "paper", action, phrase=f"{action} paper")
    assert told.acts == [("vic", action, "account", "refused")]


def test_a_token_tells_nothing(told):
    with pytest.raises(Forbidden):
        told.tell(Who(name="ann", role=Role.OPERATOR, by="token", sid="1"), "paper", "pause")


def test_who_was_made_a_viewer_meanwhile_or_signed_out_tells_nothing(told):
    told.console.access.sign_out(told.ann, "127.0.0.1")
    with pytest.raises(Forbidden):
        told.tell(told.ann, "paper", "pause")
    again = told.person("ann")
    register = told.console.access.register
    register.change(lambda every: with_user(every, "ann", Role.VIEWER, CHEAP.hash("correct horse battery")))
    with pytest.raises(Forbidden):
        told.tell(again, "paper", "pause")
    assert not [act for act in told.acts if act[3] == "asked"]


@pytest.mark.parametrize(("what", "more", "error", "says"), [
    (("other", "pause"), {}, Unknown, "there is no account 'other'"),
    (("paper", "sell"), {}, InputError, "the console tells pause, resume, halt, rearm"),
    (("paper", "pause", "gen_ac"), {}, InputError, "gen_ac is no sleeve"),
    (("paper", "pause"), {"reason": "  "}, InputError, "needs a person's name"),
])  # fmt: skip
def test_what_cannot_be_told_says_why(told, what, more, error, says):
    with pytest.raises(error, match=says):
        told.tell(told.ann, *what, **more)


def test_what_the_home_refuses_stands_in_the_trail(told):
    told.tell(told.ann, "paper", "halt", phrase="halt paper")
    with pytest.raises(StateRefusal, match="is halted, not paused"):
        told.tell(told.ann, "paper", "resume")
    assert told.acts[0] == ("ann", "resume", "account", "refused")


def test_a_proposal_is_approved_in_the_operators_name_and_once(told):
    home = told.console.house.home("paper")
    number = propose(home, "0.10")
    stamp = told.do(lambda: told.console.desk.approve(told.ann, "paper", number, reason="seen"))
    assert listed(home)[0].approved == stamp
    with pytest.raises(InputError, match="approved already"):
        told.do(lambda: told.console.desk.approve(told.ann, "paper", number, reason="seen"))
    assert told.acts[:2] == [("ann", "approve", "account", "refused"), ("ann", "approve", "", "done")]
    with pytest.raises(Forbidden):
        told.do(lambda: told.console.desk.approve(told.vic, "paper", number, reason="seen"))


def test_all_accounts_are_halted_at_once_and_a_wrong_phrase_halts_none(several):
    with running(several) as browser:
        told = Told(browser)
        desk = told.console.desk
        with pytest.raises(WrongPhrase):
            told.do(lambda: desk.halt_all(told.ann, reason="too hot", phrase="halt one"))
        done = told.do(lambda: desk.halt_all(told.ann, reason="too hot", phrase=desk.phrase_all))
        assert {name: one.wish["action"] for name, one in done.items()} == {"one": "halt", "two": "halt"}


def test_an_account_that_cannot_be_halted_does_not_keep_the_others_from_it(several):
    with running(evolve(several)) as browser:
        told = Told(browser)
        told.console.house._followers["two"].home = "/nowhere"
        done = told.do(lambda: told.console.desk.halt_all(told.ann, reason="too hot", phrase="halt all"))
        assert done["one"].wish["action"] == "halt"
        assert "/nowhere" in done["two"]
