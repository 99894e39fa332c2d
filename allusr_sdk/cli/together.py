"""`allusr run` with several accounts in one engine: one process and one market, each account under its home's lease."""

import gc
import logging
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from attrs import Factory, define, evolve

from allusr_sdk.cli.accounts import as_one, show
from allusr_sdk.cli.engine import alone, tell_finished
from allusr_sdk.cli.progress import sessions
from allusr_sdk.cli.stopping import Stop, stopping
from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.office.places import shown

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.execution.pulse import Pulse
    from allusr_sdk.market.recording import Recorder
    from allusr_sdk.model.views import Step

_LOG = logging.getLogger("allusr.run")


@define
class _Account:
    """One account of the engine: what it runs, what it printed, and where it stands."""

    plan: "Plan"
    options: "Options"
    recorder: "Recorder | None"
    out: StringIO = Factory(StringIO)
    pulse: "Pulse | None" = None

    @property
    def home(self) -> str:
        """Where its ledger is."""
        return self.options.home or ""

    def known(self) -> Mapping[str, object]:
        """What a line of the log says of it."""
        stands = self.pulse.stands if self.pulse is not None else (0, None)
        return {"account": self.options.account, "home": shown(self.home), "run": stands[0], "instant": stands[1]}


def run_together(
    options: "Options", homes: Mapping[str, str], record: bool | None, *, anew: bool, as_json: bool
) -> int:  # fmt: skip
    """Run all accounts, show what each printed, and return the highest of their exit codes.

    Raises:
        InputError: an account cannot be planned, or is a broker's; none has begun then.
    """
    from allusr_sdk.execution.together import together

    accounts = _planned(options, homes, record)
    gc.freeze()  # what the imports made lives as long as the process
    first = next(iter(accounts.values()))
    with stopping() as stop, _logged(accounts) as turns, sessions(first.plan, quiet=as_json) as on_step:
        ends = together({
            name: _lived(account, stop, on_step if account is first else _unseen, anew=anew, as_json=as_json)
            for name, account in accounts.items()
        }, turns)  # fmt: skip
    printed = {name: account.out.getvalue() for name, account in accounts.items()}
    if as_json:
        as_one(printed)
    for name, text in printed.items():
        if not as_json:
            show(name, text)
    return max(_code(name, end) for name, end in ends.items())


def _planned(options: "Options", homes: Mapping[str, str], record: bool | None) -> Mapping[str, _Account]:
    from allusr_sdk.cli.planning import plan
    from allusr_sdk.cli.views import recorder
    from allusr_sdk.execution.shared import Markets

    found, markets = dict[str, _Account](), Markets()
    for name, home in homes.items():
        one = evolve(options, account=name, home=home)
        found[name] = _Account(plan(one, markets=markets), one, recorder(home, options.mode, record))
    brokers = {name: account.plan.broker for name, account in found.items() if account.plan.broker is not None}
    for broker in brokers.values():
        broker.close()
    if brokers:
        which = next(iter(brokers))
        raise InputError(f"--together: account {which} is a broker's: it has a process of its own (RULE-2)")
    return found


def _lived(
    account: _Account, stop: Stop, on_step: "Callable[[Step], None]", *, anew: bool, as_json: bool
) -> Generator[bool, None, None]:
    """An account from its lease to its summary, turn by turn."""
    from allusr_sdk.cli.summary import show as summary
    from allusr_sdk.execution.run import lived
    from allusr_sdk.ledger import open_ledger

    plan, recorder = account.plan, account.recorder
    try:
        with open_ledger(account.home) as ledger:
            with alone(ledger, stop) as account.pulse:
                if not anew:
                    tell_finished(plan, ledger)
                done = yield from lived(
                    plan, ledger, on_step=on_step, recorder=recorder, anew=anew, pulse=account.pulse
                )
            with redirect_stdout(account.out):
                summary(done, account.home, as_json=as_json)
    except Exception as why:
        level = logging.ERROR if plan.host.config.logs.file else logging.INFO  # on stderr it is told at the end
        _LOG.log(level, "it ends by %s: %s", type(why).__name__, why)
        raise
    if recorder is not None and recorder.problem:
        print(f"warning: {account.options.account}: {recorder.problem}", file=sys.stderr)


@contextmanager
def _logged(accounts: Mapping[str, _Account]) -> Iterator[Callable[[str], None]]:
    """Write one log for all, as the first account's [logs] says: each line is of the account whose turn it is."""
    from allusr_sdk.logs import written

    now = [next(iter(accounts))]

    def turns(name: str) -> None:
        now[0] = name

    with written(accounts[now[0]].plan.host.config.logs, lambda: accounts[now[0]].known()):
        yield turns


def _code(name: str, end: object) -> int:
    """The exit code of an account's end, which is told where it is an error."""
    if not isinstance(end, Exception):
        return 0
    text = str(end) if isinstance(end, AllusrError) else f"unexpected {type(end).__name__}: {end}"
    print(f"error: account {name}: {' '.join(text.split())}", file=sys.stderr)
    return end.exit_code if isinstance(end, AllusrError) else 1


def _unseen(step: "Step") -> None:
    """The bar counts the steps of one account."""
