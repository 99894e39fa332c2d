"""The home's chain `audits`: that books and broker were compared; what came of it stands in the run's own."""

from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.journal import Run
from allusr_sdk.model.broker import Statement
from allusr_sdk.model.events import Audited

CHAIN = "audits"


class Evidence:
    """The chain as one run writes it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._chain: Run | None = None

    def keep(self, found: Statement) -> None:
        """Write that a statement was compared, stamped by the wall clock."""
        event = Audited(
            rule="RECON", run=self._run.id, instant=found.at, holdings=len(found.holdings), orders=len(found.orders),
            executions=len(found.executions), cash=found.cash, breaks=len(self._run.book.breaks),
        )  # fmt: skip
        self._chain = self._chain or self._run.ledger.chain(CHAIN)
        if self._chain is None:
            self._chain = self._run.ledger.start_chain(CHAIN, event, clocks.now(), rulebook="")
        else:
            self._chain.append(event, at=clocks.now(), cycle=0, state=self._chain.book.state, rulebook="")
