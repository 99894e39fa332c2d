"""What companies did overnight and the books do not have: splits and adjusted contracts (B11, B15, LQ-7)."""

from collections.abc import Iterator

from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case
from allusr_sdk.kernel.gaps import Gap, gaps, holdings
from allusr_sdk.kernel.shadow import symbol_of
from allusr_sdk.ledger.lots import contract_of

_MOST = 50  # the largest ratio that is looked for where nobody tells one


def restated(case: Case) -> Iterator[Finding]:
    """B11 and B15: a symbol that moved by a ratio, contracts that go on under another root. Neither is booked here."""
    open_gaps = gaps(case)
    for symbol in sorted({gap.symbol for gap in open_gaps.values()}):
        mine = {name: gap for name, gap in open_gaps.items() if gap.symbol == symbol}
        if ratio := _ratio(symbol, mine, case):
            case.settled.update(mine)
            yield _split(symbol, ratio, case)
        else:
            yield from _adjusted(mine, case)


def _ratio(symbol: str, mine: dict[str, Gap], case: Case) -> int:
    """New units for each old one: told by the broker, or of shares and options that all fit one; 0 for no split."""
    told = case.theirs.splits.get(symbol, 0)
    held = {name: count for name, count in case.shadow.held().items() if symbol_of(name) == symbol}
    theirs = {name: count for name, count in holdings(case).items() if symbol_of(name) == symbol}
    options = any(name != symbol for name in held)
    ratios = [told] if told else range(2, _MOST + 1) if options else []
    return next((ratio for ratio in ratios if ratio > 1 and held and theirs == _split_up(held, ratio)), 0)


def _split_up(held: dict[str, int], ratio: int) -> dict[str, int]:
    after: dict[str, int] = {}
    for name, count in held.items():
        contract = contract_of(name)
        after[contract.after_split(ratio).osi if contract else name] = count * ratio
    return after


def _split(symbol: str, ratio: int, case: Case) -> Finding:
    told = symbol in case.theirs.splits
    return found(
        "B11", symbol, symbol=symbol, what=f"{symbol}: everything moved {ratio} for 1",
        ours="not booked", theirs=f"{ratio} for 1",
        cause="a split that is not booked" if told else "it looks like a split, and nobody tells one",
    )  # fmt: skip


def _adjusted(mine: dict[str, Gap], case: Case) -> Iterator[Finding]:
    for gap in mine.values():
        other = next((o for o in mine.values() if _renamed(gap, o)), None)
        if other:
            case.settled |= {gap.instrument, other.instrument}
            yield found(
                "B15", gap.instrument, symbol=gap.symbol, what=f"{gap.instrument} goes on as {other.instrument}",
                ours=f"{gap.ours}", theirs=f"{other.theirs} {other.instrument}",
                cause="its deliverable was adjusted by a corporate action",
            )  # fmt: skip


def _renamed(before: Gap, after: Gap) -> bool:
    """Whether a contract is another one under its root and a digit."""
    one, other = before.contract, after.contract
    if one is None or other is None or not other.kind.adjusted:
        return False
    terms = (one.expiry, one.right, one.strike) == (other.expiry, other.right, other.strike)
    return terms and other.root[:-1] == one.root and after.theirs == before.ours and before.theirs == 0
