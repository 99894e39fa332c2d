"""Conformance: what the SDK asks of every plugin, as functions, as pytest ids, and as `allusr plugins check` prints it.

`check_sleeve(MySleeve)` gives a report and raises nothing; `@sleeve_checks(MySleeve)` makes one test of each check and
scenario; `run_checks("my_sleeve")` is what the command runs. The table of checks is `registry.CHECKS`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.decorators import CasesOf
from allusr_sdk.testing.checks.outcome import Report, Row, Status
from allusr_sdk.testing.checks.registry import CHECKS
from allusr_sdk.testing.checks.running import report
from allusr_sdk.testing.checks.subject import Subject, Table, subjects

NONE: Mapping[str, str] = MappingProxyType({})


class ReportOf:
    """The report of one plugin object of a kind: what `check_sleeve` and its like are."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __call__(
        self, what: object, settings: Table = MappingProxyType({}), *, only: Sequence[str] = (),
        scenarios: Sequence[str] = (), seed: int = 7, expected: Mapping[str, str] = NONE,
    ) -> Report:  # fmt: skip
        """Run the checks; what fails stands in the report and is not raised.

        Args:
            what: a contract class, a maker, a module or object with hooks, or the name or path of a plugin.
            settings: its table, as `allusr.toml` has it.
            only, scenarios: ids of checks and names of scenarios; all where none is named.
            seed: of the markets and of what is drawn.
            expected: ids of checks that fail, each with the reason.

        Raises:
            InputError: an id, name or plugin that is not known.
        """
        subject = subjects(what, settings=settings, kind=self._kind)[0]
        return report(subject, only, scenarios, seed, expected=expected)


def run_checks(
    plugin: object, only: Sequence[str] = (), scenarios: Sequence[str] = (), seed: int = 7
) -> tuple[Report, ...]:
    """A report of each object that a plugin brings, in the order of the hooks; arguments as of `check_sleeve`.

    Raises:
        InputError: an id, name or plugin that is not known.
    """
    return tuple(report(subject, only, scenarios, seed) for subject in subjects(plugin))


check_sleeve: ReportOf = ReportOf("sleeve")
check_protocol: ReportOf = ReportOf("protocol")
check_ladder: ReportOf = ReportOf("ladder")
check_fork: ReportOf = ReportOf("fork")
check_market: ReportOf = ReportOf("market")
check_broker: ReportOf = ReportOf("broker")
check_observer: ReportOf = ReportOf("observer")

sleeve_checks: CasesOf = CasesOf("sleeve")
protocol_checks: CasesOf = CasesOf("protocol")
ladder_checks: CasesOf = CasesOf("ladder")
fork_checks: CasesOf = CasesOf("fork")
market_checks: CasesOf = CasesOf("market")
broker_checks: CasesOf = CasesOf("broker")
observer_checks: CasesOf = CasesOf("observer")

__all__ = [
    "CHECKS",
    "Check",
    "Report",
    "Row",
    "Status",
    "Subject",
    "broker_checks",
    "check_broker",
    "check_fork",
    "check_ladder",
    "check_market",
    "check_observer",
    "check_protocol",
    "check_sleeve",
    "fork_checks",
    "ladder_checks",
    "market_checks",
    "observer_checks",
    "protocol_checks",
    "run_checks",
    "sleeve_checks",
    "subjects",
]  # fmt: skip
