"""One trial of a sweep, as a worker makes it: a backtest in memory, of which what it came to is left."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from allusr_sdk.cli.adopted import Changes, rulebook
from allusr_sdk.errors import AllusrError, InputError

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.trials.space import Axis, Space, Variant
    from allusr_sdk.trials.sweep import Outcome

_Part = tuple[int, str]

_TRIES = 50  # combinations that a value is tried in before it is taken for one that none can use


@frozen(kw_only=True)
class Job:
    """A trial as it travels to a worker, which may be on another machine.

    Attributes:
        options: what it is run with, its own settings and seed in them, without a rulebook.
        adopted: changes of the rulebook that persons approved, in their order.
    """

    options: "Options"
    adopted: tuple[Changes, ...] = ()


def work(job: Job) -> "Outcome":
    """Run a trial. Equal jobs come to equal journals, wherever and after whatever they are run."""
    from allusr_sdk.execution.run import simulate
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.reports.evidence import evaluated, of_run
    from allusr_sdk.trials.sweep import Outcome
    from allusr_sdk.trials.workers import settled

    settled()
    planned = planned_of(job)
    with open_ledger("sqlite://") as ledger:
        run = simulate(planned, ledger)
        curve = of_run(run)
        found = evaluated(curve, rate=planned.rules.number("RATE-1.rate"), seed=planned.seed)
        return Outcome(
            head=run.head, entries=run.seq, estimates=found.estimates, days=tuple(curve.path),
            equity=tuple(curve.path.values()),
        )  # fmt: skip


def planned_of(job: Job) -> "Plan":
    """A trial's plan. Raises what `plan` does."""
    from allusr_sdk.cli.planning import plan

    return plan(evolve(job.options, rules=rulebook(job.adopted)))


def job_of(options: "Options", adopted: tuple[Changes, ...], space: "Space", variant: "Variant", seed: int) -> Job:
    """A variant of a space as a trial of some options."""
    own = evolve(
        options, seed=seed, rules=None, sets=(*options.sets, *space.pairs(variant)),
        what_if=(*options.what_if, *space.pairs(variant, loosening=True)),
    )  # fmt: skip
    return Job(options=own, adopted=adopted)


def check(jobs: "Mapping[tuple[str, ...], Job]", axes: "Sequence[Axis]") -> None:
    """Refuse values that no combination can use, before anything is run.

    A combination that is refused where its values are not is a row of the sweep, which says why. Numbers that are drawn
    from a range stand for each other here.

    Args:
        jobs: by values of their variants.
        axes: in the order of these values.

    Raises:
        InputError: the first refusal of such a value.
    """
    good, refused = set[_Part](), dict[_Part, list[AllusrError]]()
    for values, job in jobs.items():
        parts = {(i, value if axes[i].values else "") for i, value in enumerate(values)}
        if parts <= good or any(len(refused.get(part, ())) >= _TRIES for part in parts):
            continue
        try:
            _loaded(job)
            good |= parts
        except AllusrError as error:
            for part in parts - good:
                refused.setdefault(part, []).append(error)
    if bad := sorted(refused.keys() - good):
        place, value = bad[0]
        what = f"{axes[place].key}={value}" if value else axes[place].key
        raise InputError(f"--over {what}: {refused[bad[0]][0]}")


def _loaded(job: Job) -> None:
    """Settings, rules, plugins and shares of a trial, without its market."""
    from allusr_sdk.cli.planning import configured, told_by
    from allusr_sdk.execution.split import split
    from allusr_sdk.host import Host

    options = evolve(job.options, rules=rulebook(job.adopted))
    config = configured(options, told_by(options))
    split(tuple(Host.load(config).sleeves), config.rulebook, shares=config.account.shares)


def plugins_of(use: Sequence[str]) -> str:
    """Which code the selected plugins are, those by a path included."""
    from allusr_sdk.host.contents import digest_of, of_module
    from allusr_sdk.host.lock import digest
    from allusr_sdk.layers import by_path

    once = list(dict.fromkeys(use))
    paths = [Path(plugin) for plugin in once if by_path(plugin)]
    return " ".join((digest([p for p in once if not by_path(p)]), *(digest_of(of_module(path)) for path in paths)))
