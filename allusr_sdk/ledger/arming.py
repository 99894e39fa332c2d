"""The home's chain `arming`: what a person has armed for live trading, and when it was taken back (KS-11.15)."""

from datetime import UTC, datetime

from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.model.events import Armed, Disarmed

CHAIN = "arming"


class Arming:
    """The chain of one home. Nothing is written before the first arming; it needs no lease."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def stands(self) -> Armed | None:
        """What is armed now; None where nothing is. Raises `BreakError` where the chain is broken."""
        chain = self._ledger.chain(CHAIN)
        if chain is None:
            return None
        newest = next(chain.entries(after=chain.seq - 1)).event  # reading `seq` goes through every hash
        return newest if isinstance(newest, Armed) else None

    def write(self, event: Armed | Disarmed) -> None:
        """Arm or disarm the home from now on.

        Raises:
            KernelError: the database refused it, or another process wrote to the chain at the same time.
        """
        chain, now = self._ledger.chain(CHAIN), datetime.now(UTC)
        if chain is None:
            self._ledger.start_chain(CHAIN, event, now, rulebook="")
        else:
            chain.append(event, at=now, cycle=0, state=chain.book.state, rulebook="")
