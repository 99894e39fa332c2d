"""Instants at which an opening order is made: one of each kind, by the house's plugins and by a sleeve that trusts."""

from collections.abc import Callable
from datetime import date

from allusr_com_acc import ComAcc
from allusr_gen_acc import GenAcc
from allusr_llms.ladder import Llms
from allusr_protocol.engine import Protocol
from attrs import frozen

from tests.builders import World, contract, moment, sell, stub
from tests.kernel.ladder_scenes import give, long_calls
from tests.kernel.scenes import aapl, held_shares

MONDAY = date(2026, 2, 9)
SAYING = ("Decided", "Quarantined", "PluginFaulted", "SwitchChanged", "Frozen")


@frozen(eq=False)
class Opening:
    """A kind of opening order: who makes it, over which books, and on which market."""

    plugins: tuple[object, ...]
    view: Callable[[], object]
    books: Callable[[World], None] = lambda world: None
    ledger: str = "gen_acc"

    def run(self, spoil=lambda view: view):
        """The opening orders of one pass over a spoiled view, and all that was said of it to the session's end."""
        with World(*self.plugins) as world:
            self.books(world)
            view = spoil(self.view())
            opened = [order for order in world.cycle(view) if order.opening]
            world.close(view)
            return opened, [Said(e.symbol, e.rule, getattr(e, "why", ""))
                            for kind in SAYING for e in world.events(kind)]  # fmt: skip


@frozen
class Said:
    """Something that the journal says, and of which symbol."""

    symbol: str
    rule: str
    why: str

    @property
    def rules(self):
        return self.rule.split()


def trusting(what, delta):
    """Proposes one contract by its fresh quote, where there is one, and looks at nothing else."""

    def propose(view):
        found = view.quote(what)
        return [sell(found, delta=delta)] if found is not None else []

    return stub("gen_acc", propose)


def covered(world):
    held_shares(world, ledger="gen_acc")


OPENINGS = {
    "a put": Opening((GenAcc, Protocol), aapl),
    "a call on shares": Opening((GenAcc, Protocol), aapl, covered),
    "shares": Opening((ComAcc, Protocol), lambda: aapl(at=moment(MONDAY)), ledger="com_acc"),
    "a rung": Opening((stub(), Llms), long_calls, give, ledger="llms"),
    "a put that its sleeve trusts": Opening((trusting(contract(99.5), -0.38), Protocol), aapl),
}
