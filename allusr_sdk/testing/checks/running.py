"""Running the checks: cases in an order that shares walks, results, and rows with the whole story of a failure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.host.discovery import discover
from allusr_sdk.settings import nearest
from allusr_sdk.testing.checks.check import EVERY, Check
from allusr_sdk.testing.checks.outcome import Broken, Report, Row, Status, Unfit
from allusr_sdk.testing.checks.registry import CHECKS
from allusr_sdk.testing.checks.subject import Subject
from allusr_sdk.testing.checks.trial import Lab, Trial

ANY = "any"
"""Stands where a scenario would in the row that says whether a check saw anything in any of them."""
_UNSEEN = "saw nothing to check here"
_FIRST = ("", "calm")
"""Checks that bring their own markets walk the calm one as well: they come together."""


@frozen
class Case:
    """One check on one scenario; without one where it needs none, with `ANY` for whether it saw anything at all."""

    check: Check
    scenario: str = ""


@frozen
class Result:
    """How one case ended: what it saw, or what is wrong, or why it does not apply."""

    status: Status
    seen: int = 0
    text: str = ""


def cases(kind: str, only: Sequence[str] = (), scenarios: Sequence[str] = ()) -> list[Case]:
    """The cases of a kind of plugins, those of one scenario after the other.

    Raises:
        InputError: no check has such an id, or no scenario such a name.
    """
    known = {check.id(k) for check in CHECKS for k in check.kinds}
    for wrong, valid, what in ((set(only) - known, known, "check"), (set(scenarios) - {*EVERY}, EVERY, "scenario")):
        if wrong:
            name = min(wrong)
            raise InputError(f"no {what} {name}; {nearest(name, valid)}")
    chosen = [check for check in CHECKS if kind in check.kinds and (not only or check.id(kind) in only)]
    found = [Case(check, scenario) for check in chosen for scenario in _played(check, scenarios)]
    return sorted(found, key=lambda case: turn(case.scenario))


def _played(check: Check, scenarios: Sequence[str]) -> Sequence[str]:
    if not check.scenarios:
        return ("",) if not scenarios else ()
    return [name for name in check.scenarios if not scenarios or name in scenarios]


def turn(scenario: str) -> int:
    """The place of a scenario: those of one place share walks, which are dropped before the next."""
    return 0 if scenario in _FIRST else EVERY.index(scenario)


def result(case: Case, lab: Lab) -> Result:
    """Run one case."""
    try:
        seen = case.check.look(Trial(lab, case.scenario))
    except Broken as broken:
        return Result(Status.FAILED, 1, str(broken))
    except Unfit as unfit:
        return Result(Status.SKIPPED, 0, str(unfit))
    except Exception as error:  # a stranger's code may raise anything where a check did not think of it
        return Result(Status.FAILED, 1, f"{type(error).__name__}: {error}")
    return Result(Status.PASSED if seen else Status.VACUOUS, seen)


def report(
    subject: Subject, only: Sequence[str] = (), scenarios: Sequence[str] = (), seed: int = 7, *,
    expected: Mapping[str, str] = MappingProxyType({}),
) -> Report:  # fmt: skip
    """Run the checks of a plugin object's kind.

    Args:
        only: ids of checks, as ``S303``; all where none is named.
        scenarios: names of standard scenarios; then only checks that play on them run.
        seed: of fills and faults.
        expected: ids of checks that fail, each with the reason; one that passes all the same fails.

    Raises:
        InputError: no check has such an id, or no scenario such a name.
    """
    lab, results = Lab(subject, seed), {}
    for _, group in groupby(cases(subject.kind, only, scenarios), key=lambda case: turn(case.scenario)):
        for case in group:
            results[case] = result(case, lab)
        lab.drop()
    told = [row for check in CHECKS for row in rows(check, results, subject, seed)]
    return Report(subject.name, subject.kind, seed, tuple(_foretold(told, expected)))


def rows(check: Check, results: Mapping[Case, Result], subject: Subject, seed: int) -> Iterator[Row]:
    """The rows of one check; one that saw nothing in any of its scenarios has a row for that."""
    mine = {case: found for case, found in results.items() if case.check is check}
    for case, found in mine.items():
        yield row(case, found, subject, seed)
    if mine and all(case.scenario and found.status is Status.VACUOUS for case, found in mine.items()):
        yield row(Case(check, ANY), Result(Status.VACUOUS), subject, seed)


def row(case: Case, found: Result, subject: Subject, seed: int) -> Row:
    """One result as a row; that one scenario of several shows nothing to check is no failure yet."""
    check, id = case.check, case.check.id(subject.kind)
    if found.status is Status.VACUOUS and case.scenario not in ("", ANY):
        return Row(id, check.asserts, case.scenario, Status.SKIPPED, _UNSEEN)
    if found.status is Status.VACUOUS:
        found = Result(found.status, 0, "it saw nothing to check, so that it passed says nothing")
    text = found.text if found.status in (Status.PASSED, Status.SKIPPED) else story(case, found.text, subject, seed)
    return Row(id, check.asserts, case.scenario, found.status, text)


def story(case: Case, what: str, subject: Subject, seed: int) -> str:
    """What is wrong, why it matters, how to mend it, and the line that shows it again."""
    again = repeated(case, subject, seed)
    return f"what:  {what}\nwhy:   {case.check.why}\nmend:  {case.check.mend}\nagain: {again}"


def repeated(case: Case, subject: Subject, seed: int) -> str:
    """The command that runs one case again; for a class that is not installed a line of Python."""
    id, scenario = case.check.id(subject.kind), "" if case.scenario == ANY else case.scenario
    if subject.plugin or any(found.name == subject.given for found in discover()):
        where = (f" --scenario {scenario}" if scenario else "") + (f" --seed {seed}" if seed != 7 else "")
        return f"allusr plugins check {subject.given} --only {id}{where}"
    module, name = getattr(subject.made, "__module__", "__main__"), getattr(subject.made, "__qualname__", subject.given)
    narrowed = (
        f", only=['{id}']"
        + (f", scenarios=['{scenario}']" if scenario else "")
        + (f", seed={seed}" if seed != 7 else "")
    )
    call = f"from allusr_sdk.testing import check_{subject.kind}; from {module} import {name}"
    return f'python -c "{call}; print(check_{subject.kind}({name}{narrowed}))"'


def _foretold(found: Sequence[Row], expected: Mapping[str, str]) -> Iterator[Row]:
    """Rows with what was expected to fail; an expected failure that passes fails."""
    failing = {each.id for each in found if each.status in (Status.FAILED, Status.VACUOUS)}
    for each in found:
        if each.id in expected and each.status in (Status.FAILED, Status.VACUOUS):
            yield Row(each.id, each.name, each.scenario, Status.EXPECTED, f"expected: {expected[each.id]}")
        else:
            yield each
    ran = {each.id: each.name for each in found}
    for id in expected:
        if id in ran and id not in failing:
            text = f"it was expected to fail ({expected[id]}) and passes: take it out of the expected failures"
            yield Row(id, ran[id], "", Status.FAILED, text)
