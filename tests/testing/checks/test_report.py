"""What a report says, and what it calls failed."""

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.testing.checks import CHECKS, Status, check_observer, check_sleeve, run_checks, sleeve_checks
from tests.bad_plugins.honest import Tail
from tests.bad_sleeves.honest import Honest
from tests.bad_sleeves.s205_insider import Liar as Insider
from tests.bad_sleeves.s303_prophet import Liar as Prophet


class Idle(Honest):
    """Never finds anything to do."""

    name = "idle"

    def write(self, symbol, view):
        return view.skip(symbol, "CAD-4", "not today")


def statuses(report):
    return {row.where: row.status for row in report.rows}


def test_a_failure_says_what_and_why_and_how_to_mend_it_and_how_to_see_it_again():
    (row,) = check_sleeve(Insider, only=("S205",)).failed
    what, why, mend, again = row.text.splitlines()
    assert what == "what:  s205_insider.py:3 imports allusr_sdk.kernel.sizing.allot, which is not public"
    assert why.startswith("why:   Whoever reaches past the SDK")
    assert mend.startswith("mend:  Import names of allusr_sdk")
    assert "from tests.bad_sleeves.s205_insider import Liar; print(check_sleeve(Liar, only=['S205']))" in again


def test_an_installed_plugin_is_seen_again_by_the_command():
    (row,) = check_sleeve("spx_weekly", only=("S502",)).failed
    assert row.text.splitlines()[-1] == "again: allusr plugins check spx_weekly --only S502"


def test_a_failure_on_a_scenario_names_it():
    report = check_sleeve(Prophet, only=("S303",), scenarios=("crash",), seed=11)
    (row,) = report.failed
    assert (row.id, row.scenario, row.where) == ("S303", "crash", "S303-crash")
    assert "scenarios=['crash'], seed=11" in row.text
    assert str(row) in str(report)


def test_a_check_that_saw_nothing_in_any_scenario_is_vacuous_and_counts_as_failed():
    report = check_sleeve(Idle, only=("S403",))
    found = statuses(report)
    assert found.pop("S403-any") is Status.VACUOUS
    assert set(found.values()) == {Status.SKIPPED}
    assert [row.where for row in report.failed] == ["S403-any"]


def test_one_scenario_that_shows_nothing_is_skipped_where_another_shows_something():
    found = statuses(check_sleeve(Honest, only=("S404",)))
    assert set(found.values()) == {Status.PASSED, Status.SKIPPED}
    assert "S404-any" not in found


def test_an_expected_failure_is_no_failure_and_one_that_passes_is():
    expected = {"S205": "the kernel's arithmetic is borrowed on purpose"}
    known = check_sleeve(Insider, only=("S205",), expected=expected)
    assert statuses(known) == {"S205": Status.EXPECTED}
    assert not known.failed
    (row,) = check_sleeve(Honest, only=("S205",), expected=expected).failed
    assert "was expected to fail (the kernel's arithmetic is borrowed on purpose) and passes" in row.text


def test_a_report_as_json_has_every_row_and_the_verdict():
    body = check_sleeve(Insider, only=("S101", "S205")).as_json()
    assert (body["subject"], body["kind"], body["seed"], body["ok"]) == ("insider", "sleeve", 7, False)
    assert body["counts"] == {"failed": 1, "passed": 1}
    assert [(row["id"], row["status"]) for row in body["rows"]] == [("S101", "passed"), ("S205", "failed")]


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"only": ("S999",)}, "no check S999"),
        ({"scenarios": ("crush",)}, "no scenario crush; did you mean 'crash'?"),
    ],
)
def test_an_unknown_check_or_scenario_is_refused_with_the_nearest(wrong, line):
    with pytest.raises(InputError, match=line.replace("?", r"\?")):
        check_sleeve(Honest, **wrong)


def test_a_plugin_of_several_objects_has_a_report_of_each():
    class Both:
        name = "both"

    from allusr_sdk import hookimpl

    both = Both()
    both.allusr_sleeves = hookimpl(lambda: [Honest])
    both.allusr_event = hookimpl(lambda event: None)
    reports = run_checks(both, only=("S101", "O101"))
    assert [(report.kind, report.subject) for report in reports] == [("sleeve", "honest"), ("observer", "both")]
    assert not any(report.failed for report in reports)


def test_a_plugin_that_brings_nothing_of_the_kind_is_refused():
    with pytest.raises(InputError, match="brings no sleeve to check"):
        check_sleeve(Tail())
    assert not check_observer(Tail(), only=("O101",)).failed


def test_every_id_is_used_once():
    ids = [check.id(kind) for check in CHECKS for kind in check.kinds]
    assert len(ids) == len(set(ids))


# --- as pytest ids --------------------------------------------------------------------------------------------------


def params(decorated):
    (mark,) = decorated.pytestmark
    return {param.id: param for param in mark.args[1]}


def test_there_is_one_id_for_each_check_and_scenario_and_one_for_whether_it_saw_anything():
    @sleeve_checks(Honest, only=("S101", "S303"))
    def test(check):
        check()

    assert [*params(test)] == ["S101", "S303-calm", "S303-crash", "S303-any"]


def test_an_id_fails_with_the_story_and_passes_without_one():
    @sleeve_checks(Insider, only=("S101", "S205"))
    def test(check):
        check()

    found = params(test)
    found["S101"].values[0]()
    with pytest.raises(pytest.fail.Exception, match=r"(?s)S205.*what: .*again: "):
        found["S205"].values[0]()


def test_an_id_of_a_scenario_that_shows_nothing_is_skipped_and_the_last_one_fails():
    @sleeve_checks(Idle, only=("S403",))
    def test(check):
        check()

    found = params(test)
    with pytest.raises(pytest.skip.Exception):
        found["S403-calm"].values[0]()
    with pytest.raises(pytest.fail.Exception, match="saw nothing to check"):
        found["S403-any"].values[0]()


def test_an_expected_failure_is_one_strict_test():
    @sleeve_checks(Prophet, only=("S303",), expected_failures={"S303": "it believes in oracles"})
    def test(check):
        check()

    (param,) = params(test).values()
    (mark,) = [mark for mark in param.marks if mark.name == "xfail"]
    assert (param.id, mark.kwargs["strict"], mark.kwargs["reason"]) == ("S303", True, "it believes in oracles")
    with pytest.raises(pytest.fail.Exception):
        param.values[0]()


def test_an_expected_failure_of_an_unknown_check_is_refused():
    with pytest.raises(InputError, match="expected_failures: no check P401 of a sleeve"):
        sleeve_checks(Honest, expected_failures={"P401": "?"})
