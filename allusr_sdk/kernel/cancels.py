"""Which working orders must go, and by which rule (KS-6, PE-7, CAD-7, CAD-13, ORD-3, RECON)."""

from collections.abc import Mapping

from allusr_sdk.contracts.windows import entries_end
from allusr_sdk.kernel import freezes
from allusr_sdk.kernel.crossing import crossed
from allusr_sdk.kernel.scene import cancelled, enters
from allusr_sdk.kernel.switches import PERMITS, rule_of
from allusr_sdk.model.positions import Book, LedgerBook, Working
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook

Reason = tuple[str, str]


def cancels(book: Book, view: MarketView | None, rules: Rulebook) -> Mapping[str, Reason]:
    """Keys of working orders that must go, each with the rule and the reason."""
    busy = [ledger for ledger in book.ledgers.values() if ledger.working]
    if not busy:
        return {}
    over = _over(view, rules)
    return {
        order.key: reason
        for ledger in busy
        for order in ledger.working.values()
        if (
            reason := _stopped(order, ledger, book)
            or _broken(order, book)
            or _frozen(order, ledger)
            or _crossed(order, book)
            or (over if enters(order) else None)
        )
    }


def _over(view: MarketView | None, rules: Rulebook) -> Reason | None:
    """No entry order works on once the entry window is over; coarse data has its own walk (CAD-7, CAD-14)."""
    if view is None or view.grain is not Grain.GRID:
        return None
    end = entries_end(view.session, rules)
    return ("CAD-7", f"entry orders end at {end:%H:%M}") if view.clock >= end else None


def _crossed(order: Working, book: Book) -> Reason | None:
    """An entry against which another ledger leaves: the two would fill each other (CAD-13)."""
    against = crossed(order, book) if enters(order) else ""
    return ("CAD-13", f"SELF_CROSS: {against} leaves against it") if against else None


def _stopped(order: Working, ledger: LedgerBook, book: Book) -> Reason | None:
    """The gravest switch that cancels the order."""
    for scope, switches in (("", book.switches), (ledger.name, ledger.switches)):
        for cause, tier in sorted(switches.items(), key=lambda pair: PERMITS[pair[1]].closes):
            if cancelled(order, tier):
                return rule_of(cause, scope), f"stopped by kill switch {cause} at {tier}"
    return None


def _broken(order: Working, book: Book) -> Reason | None:
    """Every order of a symbol of which books and broker disagree, whatever it does."""
    found = freezes.vetoes(book, order.symbol)
    return (found[0].rule, found[0].why) if found else None


def _frozen(order: Working, ledger: LedgerBook) -> Reason | None:
    """Entries of a frozen sleeve or symbol; calls on shares under water go on (PE-7, PE-3)."""
    if not enters(order):
        return None
    call = order.contract is not None and not order.contract.is_put
    for scope in ("*", order.symbol):
        rule = ledger.frozen.get(scope)
        if rule and not (call and rule == "PE-3"):
            return "PE-7", f"entries of {'the sleeve' if scope == '*' else scope} are frozen by {rule}"
    return None
