"""What today's code would do otherwise is shown where it arises, once."""

from datetime import date

from allusr_sdk import Veto, hookimpl
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.views import Grain
from tests.execution.replay.recorded import FRIDAY, TIGHT, Nervous


def lines(went):
    """(stored, today) of each difference as (kind, verdict or quantity), and why a pass ended."""
    return [(_short(d.stored), _short(d.today)) if not d.ended else d.ended for d in went.differences]


def _short(event):
    if event is None:
        return None
    return (event.kind, getattr(event, "verdict", "") or (event.legs[0][1] if hasattr(event, "legs") else ""))


def test_a_changed_setting_differs_where_it_arises_and_nowhere_else(week):
    went = week.again(sets=["sleeves.gen_acc.dte_max=0"])
    at = [d.at.astimezone(NEW_YORK) for d in went.differences]
    sides = [event for d in went.differences for event in (d.stored, d.today) if event is not None]
    assert {event.ledger for event in sides} == {"gen_acc"}
    assert {f"{a:%a}" for a in at} == {"Thu"}
    assert {f"{a:%H:%M}" for a in at} == {f"{9 + m // 60:02d}:{m % 60:02d}" for m in range(45, 120, 5)}
    assert (went.cycles, went.different) == (400, 15)
    assert not any(d.ended for d in went.differences)


def test_only_the_asked_days_are_compared(week):
    sets = ["sleeves.gen_acc.dte_max=0"]
    assert week.again(sets=sets, last=date(2026, 1, 7)).different == 0
    assert week.again(sets=sets, first=date(2026, 1, 9)).cycles == 80
    assert week.again(sets=sets, first=date(2026, 1, 8), last=date(2026, 1, 8)).different == 15


def test_a_smaller_order_is_shown_beside_the_stored_one_once(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    assert lines(found.again(sleeves["seller"], sets=["sleeves.seller.lots=2"])) == [
        (("IntentRecorded", -3), ("IntentRecorded", -2))
    ]


class Waiting:
    """Mixed into a sleeve: proposes nothing before 10:10."""

    def propose(self, view):
        """Waits, then as told."""
        if f"{view.clock:%H:%M}" < "10:10":
            yield view.skip("SPY", "CAD-7", "not yet")
        else:
            yield from super().propose(view)


def test_a_difference_does_not_beget_others_once_both_decide_alike(recorded, session, sleeves):
    class Later(Waiting, sleeves["seller"]):
        """The seller, later."""

    found = recorded(session, sleeves["seller"])
    went = found.again(Later)
    assert [f"{d.at.astimezone(NEW_YORK):%H:%M}" for d in went.differences] == ["10:00", "10:00", "10:05"]
    assert lines(went)[:2] == [(("Decided", "ready"), ("Decided", "skip")), (("IntentRecorded", -3), None)]
    assert (went.cycles, went.different) == (5, 2)


class Silent:
    """Mixed into a sleeve: says nothing."""

    def propose(self, view):
        """Nothing."""
        yield from ()


class Talking:
    """Mixed into a sleeve: says why it does nothing."""

    def propose(self, view):
        """Always the same."""
        yield view.skip("SPY", "CAD-7", "not today")


def test_what_the_run_never_said_is_new_in_every_pass(recorded, session, sleeves):
    quiet, loud = (type("Same", (kind, sleeves["seller"]), {"__doc__": "A sleeve."}) for kind in (Silent, Talking))
    found = recorded(session, quiet)
    assert lines(found.again(loud)) == [(None, ("Decided", "skip"))] * 4
    assert lines(recorded(session, loud).again(quiet)) == [(("Decided", "skip"), None)]


def test_a_guard_that_fails_today_is_blind_in_that_pass_alone(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    went = found.again(sleeves["seller"], Nervous())
    assert went.different == 1
    assert {f"{d.at.astimezone(NEW_YORK):%H:%M}" for d in went.differences} == {"10:10"}
    assert {d.today.kind for d in went.differences} >= {"PluginFaulted", "SwitchChanged"}


class Curious:
    """Mixed into a sleeve: looks at what nobody looked at, and takes no error for an answer."""

    def propose(self, view):
        """Asks for a contract's volumes before it is chosen."""
        try:
            view.fresh("SPY").volumes(self.other)
        except Exception:
            return
        yield from super().propose(view)


def test_a_look_at_what_the_run_did_not_see_is_named_and_decides_nothing(recorded, session, sleeves, make):
    class Looking(Curious, sleeves["seller"]):
        """The seller, curious."""

        other = make.put(90, FRIDAY, root="SPY")

    found = recorded(session, sleeves["seller"])
    went = found.again(Looking)
    assert went.different == 4
    assert lines(went)[0] == (
        "today's code looked at the volumes of SPY 13 Feb 90 put at 10:00:00, which the run did not look at"
    )
    assert all(d.stored is None and d.today is None for d in went.differences)


class Harsh:
    """A guard that vetoes everything."""

    name = "harsh"

    @hookimpl
    def allusr_screen(self, intent, view):
        """No."""
        return Veto("RULE-0", "nothing pleases me")


def test_another_guard_shows_what_it_would_have_stopped(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    went = found.again(sleeves["seller"], Harsh())
    assert lines(went)[:2] == [(("Decided", "ready"), ("Decided", "refuse")), (("IntentRecorded", -3), None)]
    assert "nothing pleases me" in went.differences[0].today.why


class Failing:
    """Mixed into a sleeve: raises."""

    def propose(self, view):
        """No."""
        raise ValueError("broken today")


def test_a_sleeve_that_fails_today_is_quarantined_in_each_pass_for_itself_alone(recorded, session, sleeves):
    class Broken(Failing, sleeves["second"]):
        """The second sleeve, broken."""

    found = recorded(session, sleeves["seller"], sleeves["second"])
    went = found.again(sleeves["seller"], Broken)
    sides = [event for d in went.differences for event in (d.stored, d.today) if event is not None]
    assert {event.kind for event in sides} >= {"PluginFaulted", "Quarantined"}
    assert {event.ledger for event in sides if event.kind != "PluginFaulted"} == {"second"}
    assert went.different == 4


class Idle:
    """Mixed into a sleeve: closes nothing."""

    def manage(self, position, view):
        """Holds."""
        yield from ()


def test_exits_are_compared_like_entries(recorded, script, sleeves, put):
    class Holding(Idle, sleeves["leaver"]):
        """The leaver, who stays."""

    market = script(Grain.GRID)
    for minute in (0, 5, 10):
        market.at(f"10:{minute:02d}", {put: TIGHT})
    found = recorded(market.close(), sleeves["leaver"])
    closes = [e for e in found.run.entries(kind="IntentRecorded") if e.event.action == "close"]
    assert closes
    gone = [d.stored for d in found.again(Holding).differences if d.today is None]
    assert {event.action for event in gone if event.kind == "IntentRecorded"} == {"close"}
