"""`sleeve_checks` and its like: one pytest id for each check and scenario."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.settings import nearest
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Status
from allusr_sdk.testing.checks.registry import CHECKS
from allusr_sdk.testing.checks.running import ANY, Case, Result, cases, result, row, turn
from allusr_sdk.testing.checks.subject import Subject, Table, subjects
from allusr_sdk.testing.checks.trial import Lab

NONE: Mapping[str, str] = MappingProxyType({})
Test = Callable[..., None]


class _Bench:
    """One plugin's cases in a test run: results are kept, walks only as long as their scenario is under way."""

    def __init__(self, subject: Subject, seed: int) -> None:
        self.lab, self._results, self._turn = Lab(subject, seed), dict[Case, Result](), 0

    def result(self, case: Case) -> Result:
        """The result of a case, run at most once."""
        if case not in self._results:
            if turn(case.scenario) != self._turn:
                self.lab.drop()
                self._turn = turn(case.scenario)
            self._results[case] = result(case, self.lab)
        return self._results[case]

    def alone(self, case: Case) -> None:
        """Run one case as a test."""
        if case.scenario == ANY:
            self._seen(case)
        else:
            self._told(case, self.result(case))

    def together(self, check: Check, every: Sequence[Case]) -> None:
        """Run all scenarios of a check that is expected to fail as one test."""
        for case in every:
            self._told(case, self.result(case), skips=False)
        self._seen(Case(check, ANY), every)

    def _seen(self, case: Case, every: Sequence[Case] = ()) -> None:
        mine = every or [Case(case.check, name) for name in case.check.scenarios]
        if mine and all(
            self.result(each).status is Status.VACUOUS for each in mine
        ):  # one that saw something is enough
            self._told(case, Result(Status.VACUOUS))

    def _told(self, case: Case, found: Result, *, skips: bool = True) -> None:
        told = row(case, found, self.lab.subject, self.lab.seed)
        if told.status in (Status.FAILED, Status.VACUOUS):
            pytest.fail(f"{told.where}: {told.name}\n{told.text}", pytrace=False)
        if told.status is Status.SKIPPED and skips:
            pytest.skip(told.text)


class CasesOf:
    """One test for each check and scenario: what `sleeve_checks` and its like are."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __call__[F: Test](
        self, what: object, settings: Table = MappingProxyType({}), expected_failures: Mapping[str, str] = NONE, *,
        only: Sequence[str] = (), scenarios: Sequence[str] = (), seed: int = 7,
    ) -> Callable[[F], F]:  # fmt: skip
        """A decorator that runs a test once for each check and scenario; the test takes `check` and calls it.

        Args:
            what: a contract class, or what brings one object of the kind.
            settings: its table, as `allusr.toml` has it.
            expected_failures: ids of checks that fail, each with the reason; such a check is one test, and fails where
                it passes.
            only, scenarios: ids and names to which the tests are narrowed.
            seed: of the markets and of what is drawn.

        Raises:
            InputError: an id, name or plugin that is not known.
        """
        kind = self._kind
        subject = subjects(what, settings=settings, kind=kind)[0]
        bench, every = _Bench(subject, seed), cases(kind, only, scenarios)
        _known(expected_failures, kind)
        of = {check: [case for case in every if case.check is check] for check in CHECKS}
        found = [param for check in CHECKS for param in _params(check, of[check], bench, expected_failures)]
        ordered = sorted(found, key=lambda p: p[0])
        params = [pytest.param(call, id=id, marks=marks) for _, id, call, marks in ordered]
        return pytest.mark.parametrize("check", params)


_Param = tuple[int, str, Callable[[], None], list[pytest.MarkDecorator]]


def _params(check: Check, mine: Sequence[Case], bench: _Bench, expected: Mapping[str, str]) -> list[_Param]:
    """Its tests with the place at which they come: scenario by scenario, since walks are shared; expected ones last."""
    if not mine:
        return []
    id = check.id(bench.lab.subject.kind)
    if id in expected:
        mark = pytest.mark.xfail(reason=expected[id], strict=True)
        return [(99, id, partial(bench.together, check, mine), [mark])]
    order = {name: number for number, name in enumerate(("", *dict.fromkeys(s for c in CHECKS for s in c.scenarios)))}
    found: list[_Param] = [(order[c.scenario], _id(id, c.scenario), partial(bench.alone, c), []) for c in mine]
    if check.scenarios and len(mine) == len(check.scenarios):
        found.append((90, _id(id, ANY), partial(bench.alone, Case(check, ANY)), []))
    return found


def _id(id: str, scenario: str) -> str:
    return f"{id}-{scenario}" if scenario else id


def _known(expected: Mapping[str, str], kind: str) -> None:
    ids = [check.id(kind) for check in CHECKS if kind in check.kinds]
    for id in expected:
        if id not in ids:
            raise InputError(f"expected_failures: no check {id} of a {kind}; {nearest(id, ids)}")
