"""`allusr plugins check`: the SDK's conformance checks without pytest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import Json, names
from allusr_sdk.cli.plugins.options import NameOrPath

if TYPE_CHECKING:
    from allusr_sdk.testing.checks import Report
    from allusr_sdk.testing.checks.outcome import Row


def check(
    plugin: NameOrPath,
    only: Annotated[str | None, typer.Option(metavar="A,B", help="These checks alone, as S302.")] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="A,B", help="These standard scenarios alone, as crash.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of markets, fills and made-up views.")] = 7,
    as_json: Json = False,
) -> None:
    """Check that a plugin keeps its contract.

    That it is pure and repeatable, stays inside its bands, knows no future, and that bad data and bad brokers do
    not move it. Each failure says what is wrong, why it matters, how to mend it, and the line that repeats it. Exit
    0 where everything passed, 1 where not. A check that saw nothing to look at fails as vacuous.
    """
    from allusr_sdk.cli.output import emit

    reports = _checked(plugin, names(only, "--only") or (), names(scenario, "--scenario") or (), seed)
    ok = not any(report.failed for report in reports)
    if as_json:
        emit({"ok": ok, "reports": [report.as_json() for report in reports]})
    else:
        print("\n\n".join("\n".join(_told(report)) for report in reports))
    if not ok:
        raise typer.Exit(1)


def _checked(plugin: str, only: Sequence[str], scenarios: Sequence[str], seed: int) -> "tuple[Report, ...]":
    """A report of each thing that a plugin brings and that these checks ask about."""
    from allusr_sdk.errors import InputError
    from allusr_sdk.testing.checks import run_checks

    reports = run_checks(plugin, only, scenarios, seed)
    if not any(report.rows for report in reports):
        kinds = " and ".join(dict.fromkeys(report.kind for report in reports))
        raise InputError(f"plugins check {plugin}: nothing of --only and --scenario asks a {kinds}: leave one out")
    return tuple(report for report in reports if report.rows)


def _told(report: "Report") -> Iterator[str]:
    yield f"{report.kind} {report.subject}, seed {report.seed}"
    by_check: dict[tuple[str, str], list[Row]] = {}
    for row in report.rows:
        by_check.setdefault((row.id, row.name), []).append(row)
    for (number, name), rows in by_check.items():
        yield f"  {_verdict(rows):8}  {number:5} {name}{_counted(rows)}"
    for row in report.failed:
        yield f"\n{row.where} {row.status.value}: {row.name}"
        yield from (f"  {line}" for line in row.text.splitlines())
    yield f"\n{', '.join(f'{number} {status}' for status, number in report.counts().items()) or 'nothing was checked'}"


def _verdict(rows: "Sequence[Row]") -> str:
    """The outcome of a check that counts: the gravest, and a skip only where nothing else happened."""
    found = {row.status.value for row in rows}
    return next(status for status in ("failed", "vacuous", "expected", "passed", "skipped") if status in found)


def _counted(rows: "Sequence[Row]") -> str:
    """How many scenarios passed, where a check looks at several; why it has nothing to say, where none did."""
    counts = Counter(row.status.value for row in rows)
    if counts["skipped"] == len(rows):
        return f": {rows[0].text}"
    if len(rows) == 1:
        return ""
    return f": {counts['passed']} of {len(rows)} passed" + (f", {counts['skipped']} skipped" * bool(counts["skipped"]))
