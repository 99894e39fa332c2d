"""Positions on both sides: held on one alone, in another number, or at another basis (B01, B02, B03, B16)."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case, foreign_to_us
from allusr_sdk.kernel.shadow import named, symbol_of
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.broker import key_of
from allusr_sdk.model.options import MULTIPLIER, Contract


@frozen
class Gap:
    """An instrument that both sides hold differently; `moved` is what the broker has more, foreign units left out."""

    instrument: str
    symbol: str
    contract: Contract | None
    ours: int
    theirs: int
    moved: int


def gaps(case: Case) -> dict[str, Gap]:
    """All of them by instrument, those left out that a break was found for already."""
    ours, theirs = case.shadow.held(), holdings(case)
    return {
        name: _gap(name, ours.get(name, 0), theirs.get(name, 0), case)
        for name in sorted(ours.keys() | theirs.keys())
        if name not in case.settled and theirs.get(name, 0) not in _agreed(name, ours.get(name, 0), case)
    }


def holdings(case: Case) -> dict[str, int]:
    """The broker's positions by instrument."""
    totals: dict[str, int] = {}
    for holding in case.theirs.holdings:
        name = named(holding.instrument)
        totals[name] = totals.get(name, 0) + holding.quantity
    return totals


def _agreed(name: str, ours: int, case: Case) -> tuple[int, int]:
    return ours, ours + case.foreign(name)


def _gap(name: str, ours: int, theirs: int, case: Case) -> Gap:
    symbol = symbol_of(name)
    contract = contract_of(name) if symbol != name else None
    return Gap(name, symbol, contract, ours, theirs, theirs - ours - case.foreign(name))


# --- B01, B02, B03 ---


def positions(case: Case) -> Iterator[Finding]:
    """What no execution, assignment or corporate action explains."""
    for gap in gaps(case).values():
        code, what = _kind(gap)
        yield found(
            code, gap.instrument, symbol=gap.symbol, what=f"{gap.instrument}: {what}",
            ours=str(gap.ours), theirs=str(gap.theirs), cause=_cause(gap, case),
        )  # fmt: skip


def _kind(gap: Gap) -> tuple[str, str]:
    if gap.ours == 0:
        return "B01", "the broker holds it, the books do not"
    return ("B03", "in another number") if gap.theirs else ("B02", "the books hold it, the broker does not")


def _cause(gap: Gap, case: Case) -> str:
    """The first that fits of: a pinned option after all, a changed execution, somebody else's, the expiry, nothing."""
    for execution in case.theirs.executions:
        if named(execution.instrument) != gap.instrument:
            continue
        if not key_of(execution.reference):
            return f"execution {execution.id} of {foreign_to_us(execution)}"
        booked = case.ours.fills.get(execution.corrects or execution.id)
        if booked and booked.quantity != execution.quantity:
            return f"execution {execution.id} is booked as {booked.quantity:+d} and told as {execution.quantity:+d} now"
    if gap.symbol in case.theirs.splits:
        return f"it does not fit the split of {case.theirs.splits[gap.symbol]} for 1 that the broker tells"
    if gap.contract is None and gap.moved % MULTIPLIER == 0 and _pinned(gap.symbol, case):
        return "an option that expired near its strike may have been exercised after all"
    if gap.contract and gap.theirs and case.over(gap.contract.expiry):
        return "it has expired, and the broker has not cleared it away yet"
    return "no execution explains it: moved in or out, or traded elsewhere"


def _pinned(symbol: str, case: Case) -> bool:
    return any(symbol_of(name) == symbol for ledger in case.ours.book.ledgers.values() for name in ledger.pinned)


# --- B16 ---


def bases(case: Case) -> Iterator[Finding]:
    """B16, where the broker tells a basis and both sides hold the same number of it."""
    ours = case.shadow.held()
    for holding in case.theirs.holdings:
        name = named(holding.instrument)
        if holding.basis is None or case.shadow.pending or ours.get(name) != holding.quantity:
            continue
        mine = case.shadow.basis(name)
        if abs(abs(holding.basis) - mine) > case.rules.money("RECON.basis"):
            yield _basis(name, mine, holding.basis)


def _basis(name: str, ours: Decimal, theirs: Decimal) -> Finding:
    return found(
        "B16", name, symbol=symbol_of(name), what=f"{name}: basis", ours=f"{ours:,.2f}", theirs=f"{theirs:,.2f}",
        cause="the broker matched other lots, or counts a wash sale",
    )  # fmt: skip
