"""Chains of the home to which several processes write without a lease: each entry goes behind the newest there is."""

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.model.events import Event

_TRIES = 20  # writers that come between are few and short


def put_behind(ledger: Ledger, name: str, event: Event) -> int:
    """Write an event behind the newest entry of the home's chain of a name; its number in the chain.

    Raises:
        KernelError: the database refused, or others were faster each time.
    """
    for _ in range(_TRIES):
        chain, now = ledger.chain(name), clocks.now()
        if chain is None:
            made = ledger.start_chain(name, event, now, rulebook="")
            first = ledger.chain(name)
            if first is not None and first.id == made.id:
                return made.seq
            continue  # two began it at once: the older one is the chain
        seq = chain.seq
        try:
            return chain.append(event, at=now, cycle=0, state=chain.book.state, rulebook="").seq
        except KernelError:
            newer = ledger.chain(name)
            if newer is None or newer.seq == seq:
                raise
    raise KernelError(f"KS-7: {event.kind} found no place in the home's chain {name}: give it again")
