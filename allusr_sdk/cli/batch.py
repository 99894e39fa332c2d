"""The accounts of one engine of a crowd, as a worker lives them: backtests in memory, of which rows are left."""

import sys
import time
from collections.abc import Generator
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from allusr_sdk.cli.adopted import Changes, rulebook
from allusr_sdk.errors import AllusrError

if TYPE_CHECKING:
    from allusr_sdk.cli.planning import Options
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.execution.shared import Markets
    from allusr_sdk.trials.crowd import Engine, Member, Row
    from allusr_sdk.trials.failed import Failed


@frozen(kw_only=True)
class Batch:
    """The accounts of one engine as they travel to a worker; `adopted` are approved changes of the rulebook."""

    number: int
    options: "Options"
    adopted: tuple[Changes, ...]
    members: "tuple[Member, ...]"


def work(batch: Batch) -> "Engine":
    """Live the accounts of a batch to their ends in one engine."""
    from allusr_sdk.execution.shared import Markets
    from allusr_sdk.execution.together import together
    from allusr_sdk.trials.crowd import Engine
    from allusr_sdk.trials.failed import failed
    from allusr_sdk.trials.workers import settled

    settled()
    began, markets = time.process_time(), Markets()
    found: dict[int, Row | Failed] = {}
    lives = {}
    for member in batch.members:
        try:
            lives[member.number] = _lived(_planned(batch, member, markets), member, batch.number)
        except AllusrError as error:
            found[member.number] = failed(error)
    ends = together({str(number): life for number, life in lives.items()})
    found |= {int(name): failed(end) if isinstance(end, Exception) else end for name, end in ends.items()}
    rows = tuple(found[member.number] for member in batch.members)
    return Engine(rows=rows, seconds=time.process_time() - began, megabytes=_peak())


def _planned(batch: Batch, member: "Member", markets: "Markets") -> "Plan":
    from allusr_sdk.cli.planning import plan

    sets = (*batch.options.sets, f"execution.seed={member.number}", *member.pairs)
    own = evolve(batch.options, sets=sets, first=member.first or batch.options.first, rules=rulebook(batch.adopted))
    return plan(own, markets=markets)


def _lived(plan: "Plan", member: "Member", engine: int) -> "Generator[bool, None, Row]":
    from allusr_sdk.execution.run import lived
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.trials.crowd import row_of

    with open_ledger("sqlite://") as ledger:
        return row_of((yield from lived(plan, ledger)), member, engine)


def _peak() -> float:
    """The most memory that this process has had, megabytes."""
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
