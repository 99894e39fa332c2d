"""Being the one engine of a home while a plan is run: its lease, its heartbeat, its log and its end."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from allusr_sdk.cli.options import HOME
from allusr_sdk.cli.progress import sessions
from allusr_sdk.cli.stopping import Stop, stopping
from allusr_sdk.errors import StateRefusal
from allusr_sdk.office.places import shown

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.execution.pulse import Pulse
    from allusr_sdk.ledger import Ledger, Run
    from allusr_sdk.market.recording import Recorder
    from allusr_sdk.model.views import Step


@contextmanager
def simulated(
    plan: "Plan", options: "Options", recorder: "Recorder | None" = None, *, anew: bool = False, quiet: bool = False,
    seen: "Callable[[Step], None]" = lambda step: None,
) -> "Iterator[Run]":  # fmt: skip
    """A plan run to its end in the options' home, whose ledger stays open; `seen` is given every step of the market."""
    from allusr_sdk.execution.run import simulate
    from allusr_sdk.ledger import open_ledger

    gc.freeze()  # what the imports made lives as long as the process; there is no use in walking it again
    with open_ledger(options.home or HOME) as ledger:
        with (
            stopping() as stop, alone(ledger, stop) as pulse, _logged(plan, options, pulse),
            sessions(plan, quiet=quiet) as on_step,
        ):  # fmt: skip
            if not anew:
                tell_finished(plan, ledger)

            def told(step: "Step") -> None:
                seen(step)
                on_step(step)

            done = simulate(plan, ledger, on_step=told, recorder=recorder, anew=anew, pulse=pulse)
        yield done


def tell_finished(plan: "Plan", ledger: "Ledger") -> None:
    """Say where there is nothing left to run."""
    from allusr_sdk.execution.resume import finished

    if (run := finished(plan, ledger)) is not None:
        print(f"run {run.id} came to its end before: this is it; --anew begins another", file=sys.stderr)


@contextmanager
def alone(ledger: "Ledger", stop: Stop) -> "Iterator[Pulse]":
    """Be the one engine of the home, led back from MAINTENANCE, with a heartbeat (RULE-2, KS-9), until asked to end."""
    from allusr_sdk.execution.pulse import Pulse
    from allusr_sdk.ledger.hearts import heart_of
    from allusr_sdk.ledger.maintenance import lead_back

    with ExitStack() as stack:
        try:
            stack.enter_context(ledger.lease())
        except StateRefusal as why:
            raise StateRefusal(f"RULE-2: one engine a home: {why}") from None
        if told := lead_back(ledger):
            print(f"maintenance: {told}; it goes on", file=sys.stderr)
        yield stack.enter_context(Pulse(heart_of(ledger), stop.look))


@contextmanager
def _logged(plan: "Plan", options: "Options", pulse: "Pulse") -> Iterator[None]:
    """Write the log as [logs] says; in a file of its own stands also by what a run ended."""
    from allusr_sdk.logs import written

    wanted, log, home = plan.host.config.logs, logging.getLogger("allusr.run"), shown(options.home or HOME)

    def known() -> Mapping[str, object]:
        return {"account": options.account, "home": home} | dict(zip(("run", "instant"), pulse.stands, strict=True))

    with written(wanted, known, who=options.account or ""):
        log.info("a %s run begins: %s to %s, %s", plan.mode, plan.first, plan.last, plan.pace)
        try:
            yield
        except BaseException as why:  # told on stderr by whoever called
            by_hand = isinstance(why, KeyboardInterrupt) or not wanted.file
            log.log(logging.INFO if by_hand else logging.ERROR, "it ends by %s: %s", type(why).__name__, why)
            raise
        log.info("it has come to its end")
