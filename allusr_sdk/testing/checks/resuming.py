"""A run that is stopped after every session and goes on with everything built anew over its journal."""

from collections.abc import Callable

from attrs import evolve

from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.runner import Runner, head_of
from allusr_sdk.host import Host
from allusr_sdk.ledger import Ledger, Run
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.trial import Trial, Walk
from allusr_sdk.testing.sandbox import Sandbox, in_memory


def restarted(trial: Trial) -> Walk:
    """The scenario's walk, as a process sees it that starts anew every morning."""
    log: list[Ask] = []
    plugins, tables = trial.lab.cast(log)
    plan = Sandbox(trial.tape, *plugins, config=tables, seed=trial.lab.seed).plan()
    at = trial.tape.steps_[0].view.at

    def play(ledger: Ledger) -> Run:
        run = ledger.start_run(head_of(plan), at, batch=True)
        return _lived(plan, run, lambda: Host.of(*plugins, config=plan.host.config))

    return Walk(tuple(log), in_memory(play))


def _lived(plan: Plan, run: Run, host: Callable[[], Host]) -> Run:
    steps = tuple(plan.source.steps(plan.first, plan.last))
    runner = Runner(plan, run)
    try:
        runner.begin(steps[0].view.at)
        for number, step in enumerate(steps):
            runner.take(step)
            if step.closing and step is not steps[-1]:
                runner.close()
                runner = Runner(evolve(plan, host=host()), run)
                for passed in steps[: number + 1]:
                    runner.pass_over(passed)
                runner.arrive()
        return runner.finish()
    finally:
        runner.close()
